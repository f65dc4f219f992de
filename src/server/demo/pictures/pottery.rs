//! Clay, glaze and brass: plates, pots, cups and lamps.

use super::Picture;
use super::paint::{Ink, shadow};

/// Copies of a shape turned around the middle, filled with one ink.
fn turned(shape: &str, step: usize, ink: Ink) -> String {
    let copies: String =
        (0..360).step_by(step).map(|turn| format!(r#"<path transform="rotate({turn})" d="{shape}"/>"#)).collect();
    format!(r#"<g fill="{ink}">{copies}</g>"#)
}

/// A painted plate from above.
pub fn plate(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (glaze, pale) = (Ink(0xf6f5ef), main.light(52));
    format!(
        r#"<circle cx="412" cy="418" r="292" fill="{deep}" opacity=".16"/><g transform="translate(400 400)"><circle r="288" fill="{main}"/><circle r="278" fill="{glaze}"/>{rim}{rim_dots}<circle r="190" fill="{main}"/><circle r="180" fill="{pale}"/>{petals}{between}{inner}<circle r="52" fill="{accent}"/>{heart}<circle r="15" fill="{main}"/><path d="M-226-120A256 256 0 0 1-80-243" fill="none" stroke="{white}" stroke-width="12" stroke-linecap="round" opacity=".55"/></g>"#,
        deep = main.dark(85),
        rim = turned("M0-272c26 18 30 44 0 70-30-26-26-52 0-70z", 24, main),
        rim_dots = turned("M0-216a9 9 0 1 0 .1 0zM-30-262a6 6 0 1 0 .1 0z", 24, accent),
        petals = turned("M0-172c40 40 44 90 0 128-44-38-40-88 0-128z", 45, main),
        between = turned("M0-156c22 24 24 54 0 78-24-24-22-54 0-78z", 45, accent),
        inner = turned("M0-140c18 22 20 46 0 68-20-22-18-46 0-68z", 45, glaze),
        heart = turned("M0-44c10 10 12 20 0 30-12-10-10-20 0-30z", 45, glaze),
        white = Ink(0xffffff),
    )
}

/// A water pot of clay with a painted band.
pub fn water_pot(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(36), main.light(34));
    let body = "M306 276c-110 34-170 110-170 204 0 110 104 186 264 186s264-76 264-186c0-94-60-170-170-204z";
    format!(
        r#"{shade}<path d="{body}" fill="{main}"/><clipPath id="c"><path d="{body}"/></clipPath><g clip-path="url(#c)"><path d="M110 420q290 110 580 0v96q-290 110-580 0z" fill="{dark}"/><path d="M110 436q290 110 580 0M110 500q290 110 580 0" fill="none" stroke="{accent}" stroke-width="6"/><path d="M120 470q280 106 560 0" fill="none" stroke="{accent}" stroke-width="24" stroke-linecap="round" stroke-dasharray=".1 44"/><path d="M120 470q280 106 560 0" fill="none" stroke="{main}" stroke-width="10" stroke-linecap="round" stroke-dasharray=".1 44"/><path d="M142 400q258 90 516 0" fill="none" stroke="{accent}" stroke-width="8" stroke-linecap="round" stroke-dasharray=".1 22"/><path d="M520 270c110 60 130 260-30 400h200V270z" fill="{deep}" opacity=".22"/><path d="M196 450c0-60 30-104 76-130" fill="none" stroke="{lit}" stroke-width="22" stroke-linecap="round" opacity=".75"/></g><path d="M306 286c14-30 14-58-6-82h200c-20 24-20 52-6 82q-94 30-188 0z" fill="{dark}"/><path d="M318 262q82 26 164 0" fill="none" stroke="{accent}" stroke-width="6" stroke-dasharray="4 9" stroke-linecap="round"/><path d="M272 188q0-22 128-22t128 22q0 30-128 30t-128-30z" fill="{main}"/><ellipse cx="400" cy="186" rx="106" ry="17" fill="{deep}"/><path d="M286 196q40 16 90 18" fill="none" stroke="{lit}" stroke-width="6" stroke-linecap="round"/>"#,
        shade = shadow(400, 668, 236, 28),
        deep = main.dark(62),
    )
}

/// A lamp of brass on a stem, lit.
pub fn lamp(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(40), main.light(52));
    let flame = |x: i32, y: i32, size: &str| {
        format!(
            r#"<g transform="translate({x} {y}) scale({size})"><circle cy="-44" r="86" fill="{glow}" opacity=".28"/><path d="M0 10c-34-6-40-40-18-68 10-14 16-28 18-50 22 24 42 54 38 84-2 22-18 34-38 34z" fill="{orange}"/><path d="M0 6c-16-4-18-22-8-38 6-8 8-14 10-24 12 14 20 30 18 44-2 12-10 18-20 18z" fill="{yellow}"/></g>"#,
            glow = Ink(0xffd88a),
            orange = Ink(0xf08a24),
            yellow = Ink(0xffe27a),
        )
    };
    format!(
        r#"{shade}<path d="M232 650c10-44 80-62 168-62s158 18 168 62c2 22-336 22-336 0z" fill="{main}"/><path d="M404 588c86 0 154 20 164 62 2 14-84 18-160 17 60-14 40-54-4-79z" fill="{dark}" opacity=".4"/><path d="M262 634c30-20 70-26 110-28" stroke="{lit}" stroke-width="9" fill="none" stroke-linecap="round"/><path d="M372 600c6-30-18-40-18-62s26-24 26-46-24-24-24-48 22-32 24-70h40c2 38 24 46 24 70s-24 26-24 48 26 24 26 46-24 32-18 62z" fill="{main}"/><path d="M404 374h16c2 38 24 46 24 70s-24 26-24 48 26 24 26 46-24 32-18 62h-24z" fill="{dark}" opacity=".42"/><path d="M356 444h88M354 538h92" stroke="{accent}" stroke-width="8"/><path d="M170 322c70 14 390 14 460 0-6 60-110 86-230 86s-224-26-230-86z" fill="{main}"/><path d="M420 330c90 0 160-2 210-8-6 60-110 86-214 86 60-20 50-50 4-78z" fill="{dark}" opacity=".4"/><path d="M192 350q208 58 416 0" stroke="{lit}" stroke-width="7" fill="none" stroke-linecap="round" stroke-dasharray=".1 16"/><ellipse cx="400" cy="320" rx="232" ry="30" fill="{lit}"/><ellipse cx="400" cy="322" rx="208" ry="21" fill="{dark}"/>{left}{right}{middle}<path d="M388 322h24v-42h-24z" fill="{main}"/>"#,
        shade = shadow(400, 662, 224, 22),
        left = flame(232, 316, ".62"),
        right = flame(568, 316, ".62"),
        middle = flame(400, 286, "1.05"),
    )
}

/// A glazed cup on its saucer.
pub fn cup(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit, tea) = (main.dark(38), main.light(52), Ink(0x9a4f22));
    let body = "M212 350h340c-2 110-34 204-108 244h-124c-74-40-106-134-108-244z";
    format!(
        r#"{shade}<ellipse cx="384" cy="626" rx="254" ry="48" fill="{dark}"/><ellipse cx="384" cy="614" rx="254" ry="48" fill="{main}"/><ellipse cx="384" cy="612" rx="226" ry="36" fill="none" stroke="{accent}" stroke-width="5"/><ellipse cx="384" cy="608" rx="140" ry="24" fill="{dark}" opacity=".45"/><path d="M540 396c70-24 116 4 112 58-4 50-62 84-138 70" fill="none" stroke="{dark}" stroke-width="30" stroke-linecap="round"/><path d="M540 390c70-24 112 6 108 58-4 46-58 80-134 68" fill="none" stroke="{main}" stroke-width="22" stroke-linecap="round"/><clipPath id="c"><path d="{body}"/></clipPath><path d="{body}" fill="{main}"/><g clip-path="url(#c)"><path d="M200 410h380v96H200z" fill="{band}"/><path d="M200 410h380v96H200z" fill="url(#w)"/><path d="M200 404h380M200 512h380" stroke="{accent}" stroke-width="9"/><path d="M470 340h90c0 120-40 220-120 260 60-80 60-160 30-260z" fill="{dark}" opacity=".3"/><path d="M240 380c4 80 24 140 58 180" fill="none" stroke="{lit}" stroke-width="14" stroke-linecap="round" opacity=".8"/></g><ellipse cx="382" cy="350" rx="170" ry="42" fill="{lit}"/><ellipse cx="382" cy="352" rx="152" ry="32" fill="{dark}"/><ellipse cx="382" cy="358" rx="144" ry="25" fill="{tea}"/><path d="M280 360q60 20 130 18" stroke="{tea_lit}" stroke-width="6" fill="none" stroke-linecap="round" opacity=".8"/><g fill="none" stroke="{white}" stroke-width="13" stroke-linecap="round" opacity=".8"><path d="M344 300c-30-40 30-70 0-116"/><path d="M420 296c-34-44 34-84 0-138"/></g>"#,
        shade = shadow(390, 668, 250, 20),
        band = main.light(78),
        tea_lit = tea.light(45),
        white = Ink(0xffffff),
    )
}
