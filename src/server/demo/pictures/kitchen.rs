//! What is eaten and drunk, and what it is cooked in: tea, spices, honey, a pan.

use super::Picture;
use super::paint::{Ink, around, shadow};

const STEEL: Ink = Ink(0xb9bec4);
const BRASS: Ink = Ink(0xc9983e);
/// Ground spices of the box, the middle one first.
const SPICES: [Ink; 7] =
    [Ink(0xb3361f), Ink(0xe0a526), Ink(0x8b5a2b), Ink(0x4f6b3a), Ink(0xc9772b), Ink(0x3b2a22), Ink(0xe4d3a2)];

/// Two curls of steam rising from a point.
fn steam(x: i32, y: i32) -> String {
    format!(
        r#"<g fill="none" stroke="{}" stroke-width="13" stroke-linecap="round" opacity=".8"><path d="M{} {y}c-30-40 30-70 0-116"/><path d="M{} {}c-34-44 34-84 0-138"/></g>"#,
        Ink(0xffffff),
        x - 34,
        x + 34,
        y - 4,
    )
}

/// A tin of tea with a sprig on its label.
pub fn caddy(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, pale, leaf) = (main.dark(34), accent.light(78), Ink(0x3f6b3c));
    format!(
        r#"{shade}<path d="M232 262h336v380q-168 40-336 0z" fill="{main}"/><path d="M232 262h336v380q-168 40-336 0z" fill="url(#w)" opacity=".55"/><path d="M500 262h68v380q-30 8-68 12z" fill="{dark}" opacity=".35"/><path d="M256 262h24v400l-24-4z" fill="{pale}" opacity=".25"/><path d="M218 210q182-32 364 0v58q-182 34-364 0z" fill="{accent}"/><path d="M218 210q182 34 364 0-182-32-364 0z" fill="{lid}"/><path d="M218 252q182 34 364 0" fill="none" stroke="{deep}" stroke-width="5" opacity=".5"/><ellipse cx="400" cy="198" rx="34" ry="14" fill="{deep}"/><ellipse cx="400" cy="188" rx="26" ry="14" fill="{accent}"/><ellipse cx="400" cy="460" rx="112" ry="134" fill="{pale}"/><ellipse cx="400" cy="460" rx="98" ry="120" fill="none" stroke="{accent}" stroke-width="5"/><path d="M400 560V410" stroke="{leaf}" stroke-width="7"/><path d="M400 420c-30-24-30-60 0-84 30 24 30 60 0 84zM398 476c-44 2-72-18-76-56 44-2 72 18 76 56zM402 476c44 2 72-18 76-56-44-2-72 18-76 56zM398 540c-40 4-66-10-74-44 40-4 66 10 74 44zM402 540c40 4 66-10 74-44-40-4-66 10-74 44z" fill="{leaf}"/><path d="M232 628q168 40 336 0" fill="none" stroke="{accent}" stroke-width="12"/>{leaves}"#,
        shade = shadow(410, 666, 226, 26),
        lid = accent.light(38),
        deep = accent.dark(40),
        leaves = dry_leaves(),
    )
}

/// Dry tea leaves on the table.
fn dry_leaves() -> String {
    let mut leaves = String::new();
    for (x, y, turn) in [
        (168, 690, 20),
        (196, 712, -30),
        (148, 722, 70),
        (222, 690, 50),
        (606, 702, -20),
        (640, 716, 40),
        (592, 724, 10),
        (664, 694, -60),
    ] {
        leaves.push_str(&format!(
            r#"<path transform="translate({x} {y}) rotate({turn})" d="M-20 0q20-14 40 0-20 12-40 0z"/>"#
        ));
    }
    format!(r#"<g fill="{}">{leaves}</g>"#, Ink(0x3a2b20))
}

/// A steaming clay cup, and a small one behind it.
pub fn kulhad(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, pale, tea) = (main.dark(36), main.light(48), Ink(0xb9763f));
    let cup = format!(
        r#"<path d="M-138-120h276l-44 232c-4 20-40 30-94 30s-90-10-94-30z" fill="{main}"/><path d="M56-120h82l-44 232c-4 18-34 28-76 30 40-60 50-160 38-262z" fill="{dark}" opacity=".32"/><path d="M-128-66q128 46 256 0l-6 30q-122 44-244 0z" fill="{pale}"/><path d="M-118-44q118 42 236 0" fill="none" stroke="{accent}" stroke-width="8" stroke-linecap="round" stroke-dasharray=".1 16"/><path d="M-104 62q104 36 208 0" fill="none" stroke="{pale}" stroke-width="6"/><path d="M-110 26q110 40 220 0" fill="none" stroke="{dark}" stroke-width="4" opacity=".45"/><ellipse cy="-120" rx="138" ry="44" fill="{pale}"/><ellipse cy="-118" rx="120" ry="34" fill="{dark}"/><ellipse cy="-110" rx="110" ry="27" fill="{tea}"/><ellipse cx="-26" cy="-114" rx="48" ry="10" fill="{cream}" opacity=".55"/>"#,
        cream = tea.light(60),
    );
    format!(
        r#"{shade}<g transform="translate(548 534) scale(.72)">{cup}</g><g transform="translate(332 510) scale(1.14)">{cup}</g>{steam}{pods}"#,
        shade = shadow(410, 654, 280, 30),
        steam = steam(332, 330),
        pods = pods(),
    )
}

/// Cardamom pods and a stick of cinnamon in front.
fn pods() -> String {
    let (pod, bark) = (Ink(0x8fa563), Ink(0x8a5128));
    let mut pods = String::new();
    for (x, y, turn) in [(196, 700, -18), (254, 722, 24), (306, 704, 60)] {
        pods.push_str(&format!(
            r#"<g transform="translate({x} {y}) rotate({turn})"><path d="M-28 0q28-26 56 0-28 26-56 0z" fill="{pod}"/><path d="M-22 0h44" stroke="{}" stroke-width="3"/></g>"#,
            pod.dark(36)
        ));
    }
    format!(
        r#"{pods}<g transform="rotate(-9 540 706)"><rect x="430" y="688" width="214" height="34" rx="17" fill="{bark}"/><path d="M446 700h180" stroke="{}" stroke-width="5" opacity=".6"/><circle cx="630" cy="705" r="9" fill="{}"/></g>"#,
        bark.light(40),
        bark.dark(45)
    )
}

/// A round spice box from above: one bowl in the middle, six around it.
pub fn spice_box(picture: &Picture) -> String {
    let (steel, rim) = (STEEL.light(20), STEEL.dark(30));
    let mut bowls = String::new();
    for (at, spice) in SPICES.into_iter().enumerate() {
        let (x, y) = if at == 0 { (400.0, 400.0) } else { around((400.0, 400.0), 168.0, at as f64 * 60.0 - 30.0) };
        bowls.push_str(&format!(
            r#"<g transform="translate({x:.0} {y:.0})"><circle r="80" fill="{rim}" opacity=".6"/><circle r="76" fill="{lit}"/><circle r="66" fill="{deep}"/><path d="M-64-6c-8-50 96-86 122-22 18 46-20 88-60 86-40 0-60-30-62-64z" fill="{spice}"/><circle cx="-10" cy="-14" r="34" fill="{spice_lit}" opacity=".55"/><g fill="{deep}" opacity=".7"><circle cx="-30" cy="20" r="4"/><circle cx="8" cy="30" r="3.5"/><circle cx="30" cy="2" r="4"/><circle cx="-2" cy="-26" r="3"/><circle cx="-36" cy="-14" r="3"/><circle cx="20" cy="-30" r="4"/></g></g>"#,
            lit = STEEL.light(70),
            deep = spice.dark(40),
            spice_lit = spice.light(30),
        ));
    }
    format!(
        r#"<circle cx="412" cy="420" r="296" fill="{}" opacity=".16"/><circle cx="400" cy="400" r="292" fill="{rim}"/><circle cx="400" cy="400" r="284" fill="{steel}"/><circle cx="400" cy="400" r="262" fill="{inner}"/><path d="M150 330a260 260 0 0 1 190-184" fill="none" stroke="{}" stroke-width="10" stroke-linecap="round" opacity=".9"/>{bowls}<path d="M398 404l170 128" stroke="{}" stroke-width="12" stroke-linecap="round"/><ellipse cx="386" cy="394" rx="30" ry="20" transform="rotate(37 386 394)" fill="{}"/>"#,
        Ink(0x2a1710),
        STEEL.light(85),
        STEEL.dark(12),
        STEEL.light(40),
        inner = picture.accent.toward(STEEL, 78),
    )
}

/// A heap of ground spice in a brass bowl.
pub fn heap(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(30), main.light(38));
    let mut grains = String::new();
    for (at, (x, y)) in [
        (300, 400),
        (340, 330),
        (372, 384),
        (420, 300),
        (448, 372),
        (492, 404),
        (396, 262),
        (470, 330),
        (330, 424),
        (524, 428),
    ]
    .into_iter()
    .enumerate()
    {
        let ink = if at % 2 == 0 { lit } else { dark };
        grains.push_str(&format!(r#"<circle cx="{x}" cy="{y}" r="6" fill="{ink}" opacity=".7"/>"#));
    }
    format!(
        r#"{shade}<path d="M196 450C250 420 330 196 400 190s150 230 204 260z" fill="{main}"/><path d="M400 190c70 6 150 230 204 260H440c30-80 10-190-40-260z" fill="{dark}" opacity=".35"/><path d="M372 230c-40 50-74 120-104 170" stroke="{lit}" stroke-width="16" stroke-linecap="round" fill="none" opacity=".5"/>{grains}<path d="M168 436h464c0 130-80 206-170 216h-124c-90-10-170-86-170-216z" fill="{BRASS}"/><path d="M470 436h162c0 130-80 206-170 216h-40c60-50 70-130 48-216z" fill="{shade_brass}" opacity=".5"/><path d="M160 424h480q10 26-16 30H176q-26-4-16-30z" fill="{lit_brass}"/><path d="M194 496q206 60 412 0" fill="none" stroke="{shade_brass}" stroke-width="6"/><path d="M198 516q202 60 404 0" fill="none" stroke="{lit_brass}" stroke-width="12" stroke-linecap="round" stroke-dasharray=".1 22"/><path d="M330 652h140l16 34H314z" fill="{shade_brass}"/><path d="M214 560c16 34 44 58 78 72" stroke="{lit_brass}" stroke-width="10" stroke-linecap="round" fill="none" opacity=".8"/>{roots}"#,
        shade = shadow(400, 690, 250, 26),
        shade_brass = BRASS.dark(38),
        lit_brass = BRASS.light(46),
        roots = roots(accent),
    )
}

/// Fingers of a root beside the bowl.
fn roots(ink: Ink) -> String {
    let mut roots = String::new();
    for (x, y, turn) in [(168, 704, -12), (232, 726, 10), (618, 712, 14)] {
        roots.push_str(&format!(
            r#"<g transform="translate({x} {y}) rotate({turn})"><path d="M-62-4c20-22 84-24 112-12 24 10 14 36-10 34-34 2-70 6-92 0-16-4-20-14-10-22z" fill="{ink}"/><path d="M-30-14q6 14 0 30M0-18q8 16 0 34M28-16q6 14 2 32" stroke="{}" stroke-width="4" fill="none" opacity=".7"/></g>"#,
            ink.dark(34)
        ));
    }
    roots
}

/// A jar of honey with a cloth over its lid.
pub fn jar(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(34), main.light(55));
    format!(
        r#"{shade}<path d="M270 280h260c48 22 64 52 64 96v220c0 46-26 70-70 70H276c-44 0-70-24-70-70V376c0-44 16-74 64-96z" fill="{glass}"/><path d="M222 372c60 18 116-14 178 0s118 14 178 0v224c0 38-20 54-56 54H278c-36 0-56-16-56-54z" fill="{main}"/><path d="M500 372c26 6 52 6 78 0v224c0 38-20 54-56 54h-60c40-70 50-180 38-278z" fill="{dark}" opacity=".4"/><path d="M222 372c60 18 116-14 178 0s118 14 178 0" fill="none" stroke="{lit}" stroke-width="7"/><path d="M244 410v170" stroke="{lit}" stroke-width="16" stroke-linecap="round" opacity=".75"/><path d="M296 440h208v150H296z" fill="{paper}"/><path d="M306 450h188v130H306z" fill="none" stroke="{accent}" stroke-width="4"/>{bee}<path d="M252 258q148 40 296 0l-4 34q-144 34-288 0z" fill="{rope}"/><path d="M230 262c-20-14-30-32-26-46 50-70 342-70 392 0 4 14-6 32-26 46-30-14-60 10-90-4-30 14-60 10-80 6-30 8-60 6-86-6-30 12-56-10-84 4z" fill="{accent}"/><path d="M230 262c-20-14-30-32-26-46 50-70 342-70 392 0 4 14-6 32-26 46-30-14-60 10-90-4-30 14-60 10-80 6-30 8-60 6-86-6-30 12-56-10-84 4z" fill="url(#w)" opacity=".8"/><path d="M244 262q156 36 312 0" fill="none" stroke="{rope}" stroke-width="12"/>"#,
        shade = shadow(400, 668, 230, 26),
        glass = lit.light(55),
        paper = Ink(0xfdf6e6),
        rope = Ink(0xd9c19a),
        bee = bee(),
    )
}

fn bee() -> String {
    let (gold, ink) = (Ink(0xe3a52c), Ink(0x3a2618));
    format!(
        r#"<g transform="translate(400 520)"><g fill="{}" stroke="{ink}" stroke-width="3"><ellipse cx="-26" cy="-30" rx="22" ry="32" transform="rotate(-34 -26 -30)"/><ellipse cx="26" cy="-30" rx="22" ry="32" transform="rotate(34 26 -30)"/></g><ellipse cy="6" rx="50" ry="32" fill="{gold}"/><path d="M-18-22q-8 28 0 56M4-24q6 30 0 60M24-20q6 24 0 50" stroke="{ink}" stroke-width="10" fill="none"/><circle cx="-52" cy="4" r="17" fill="{ink}"/></g>"#,
        Ink(0xeef4f2)
    )
}

/// An iron pan with two handles, with a ladle.
pub fn kadhai(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(45), main.light(34));
    let handle = |x: i32, turn: i32| {
        format!(
            r#"<g transform="translate({x} 392) scale({turn} 1)"><path d="M0-14c66-22 96 0 96 34S66 74-4 54" fill="none" stroke="{main}" stroke-width="26" stroke-linecap="round"/><circle cx="2" cy="-8" r="9" fill="{accent}"/><circle cx="-2" cy="48" r="9" fill="{accent}"/></g>"#
        )
    };
    format!(
        r#"{shade}<path d="M560 384L690 150" stroke="{wood}" stroke-width="26" stroke-linecap="round"/><path d="M566 372L684 160" stroke="{wood_lit}" stroke-width="6" stroke-linecap="round"/>{left}{right}<path d="M142 372h516c-6 170-120 284-258 284S148 542 142 372z" fill="{main}"/><path d="M440 372h218c-6 170-120 284-258 284-30 0-50-4-70-10 110-40 130-160 110-274z" fill="{dark}" opacity=".55"/><path d="M182 456c22 76 66 128 124 158" fill="none" stroke="{lit}" stroke-width="14" stroke-linecap="round" opacity=".8"/><ellipse cx="400" cy="372" rx="262" ry="86" fill="{lit}"/><ellipse cx="400" cy="374" rx="246" ry="74" fill="{dark}"/><ellipse cx="400" cy="396" rx="222" ry="46" fill="{curry}"/><path d="M520 404l60-60" stroke="{steel}" stroke-width="20" stroke-linecap="round"/><g fill="{herb}"><path d="M300 384q20-22 44-4-22 20-44 4zM386 412q22-20 46-2-24 18-46 2zM444 376q20-18 40-2-20 18-40 2z"/></g><g fill="{chilli}"><circle cx="260" cy="404" r="13"/><circle cx="360" cy="378" r="10"/><circle cx="492" cy="420" r="12"/><circle cx="330" cy="424" r="10"/></g>"#,
        shade = shadow(400, 664, 236, 26),
        left = handle(156, -1),
        right = handle(644, 1),
        wood = Ink(0x8a5a36),
        wood_lit = Ink(0xc4976b),
        curry = Ink(0xd98f2e),
        steel = STEEL,
        herb = Ink(0x5d7f3c),
        chilli = Ink(0xa9321f),
    )
}
