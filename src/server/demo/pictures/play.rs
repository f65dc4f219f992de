//! Toys and books.

use super::Picture;
use super::paint::{Ink, shadow};

const WOOD: Ink = Ink(0xb98452);

/// A wooden wheel with a hub.
fn wheel(x: i32, y: i32, radius: i32, ink: Ink) -> String {
    format!(
        r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{}"/><circle cx="{x}" cy="{y}" r="{}" fill="{ink}"/><circle cx="{x}" cy="{y}" r="{}" fill="none" stroke="{}" stroke-width="5" stroke-dasharray="3 9" stroke-linecap="round"/><circle cx="{x}" cy="{y}" r="{}" fill="{}"/>"#,
        WOOD.dark(40),
        radius - 8,
        radius - 20,
        ink.light(60),
        radius / 4,
        WOOD.light(40),
    )
}

/// An elephant on wheels.
pub fn elephant(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit, gold) = (main.dark(32), main.light(30), accent.light(55));
    format!(
        r#"{shade}<path d="M132 612h520" stroke="{wood}" stroke-width="26" stroke-linecap="round"/><path d="M648 612q60-6 78-60" fill="none" stroke="{accent}" stroke-width="6"/><circle cx="728" cy="544" r="15" fill="{accent}"/><path d="M168 400c0-120 96-176 214-176 60 0 96 14 128 40 60-30 128 6 134 80 4 60-10 96-6 150 2 22 28 22 32 0 4-18 30-14 28 8-6 60-92 62-100-2-4-40 0-62-8-88-16 24-36 40-56 48v132H446v-96c-50 12-100 12-146 0v96H212V480c-22-18-44-44-44-80z" fill="{main}"/><path d="M212 480v112h88v-96q-50-14-88-16zM446 496v96h30V490z" fill="{dark}" opacity=".35"/><path d="M172 372c-40 10-50 50-36 92" fill="none" stroke="{main}" stroke-width="14" stroke-linecap="round"/><path d="M478 300c-50-20-92 10-92 62 0 56 40 92 82 82 40-10 50-90 10-144z" fill="{dark}"/><path d="M476 316c-40-14-72 10-72 48s30 66 60 58c30-10 40-66 12-106z" fill="{lit}"/><circle cx="560" cy="318" r="11" fill="{ink}"/><circle cx="557" cy="314" r="4" fill="{white}"/><path d="M584 424q40 22 60-10" fill="none" stroke="{white}" stroke-width="17" stroke-linecap="round"/><path d="M250 262q80-56 180-34l-6 130q-80 40-168 6z" fill="{accent}"/><path d="M262 276q76-44 156-28l-4 98q-70 32-146 6z" fill="none" stroke="{gold}" stroke-width="6" stroke-dasharray=".1 13" stroke-linecap="round"/><path d="M338 274l34 34-34 34-34-34z" fill="{gold}"/><circle cx="338" cy="308" r="13" fill="{dark}"/><path d="M258 366q84 36 166-6" fill="none" stroke="{gold}" stroke-width="12" stroke-dasharray="2 18" stroke-linecap="round"/><path d="M540 266q34-8 64 16" fill="none" stroke="{accent}" stroke-width="17" stroke-linecap="round"/><path d="M540 266q34-8 64 16" fill="none" stroke="{gold}" stroke-width="6" stroke-dasharray=".1 12" stroke-linecap="round"/><path d="M212 570h88M446 570h88" stroke="{accent}" stroke-width="14"/>{back}{front}"#,
        shade = shadow(400, 684, 290, 20),
        wood = WOOD,
        ink = Ink(0x2a1710),
        white = Ink(0xfffaf0),
        back = wheel(256, 632, 50, accent),
        front = wheel(520, 632, 50, accent),
    )
}

/// A painted rickshaw, seen from the side.
pub fn rickshaw(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit, iron) = (main.dark(34), main.light(55), Ink(0x3b332f));
    let spokes = |x: i32, radius: i32| {
        let lines: String = (0..180)
            .step_by(30)
            .map(|turn| format!(r#"<path transform="rotate({turn})" d="M0-{radius}v{}"/>"#, radius * 2))
            .collect();
        format!(
            r#"<g transform="translate({x} 560)"><circle r="{radius}" fill="none" stroke="{iron}" stroke-width="13"/><circle r="{inner}" fill="none" stroke="{accent}" stroke-width="5"/><g stroke="{iron}" stroke-width="3">{lines}</g><circle r="13" fill="{accent}"/></g>"#,
            inner = radius - 10
        )
    };
    let flower = |x: i32, y: i32| {
        let petals: String = (0..360)
            .step_by(60)
            .map(|turn| format!(r#"<circle transform="rotate({turn})" cy="-13" r="8"/>"#))
            .collect();
        format!(r#"<g transform="translate({x} {y})"><g fill="{lit}">{petals}</g><circle r="7" fill="{accent}"/></g>"#)
    };
    format!(
        r#"{shade}{rear}{fore}<path d="M248 560L380 500l108 28 96-120M584 404l40 156" fill="none" stroke="{iron}" stroke-width="12" stroke-linejoin="round" stroke-linecap="round"/><path d="M562 380q30-26 66-12" fill="none" stroke="{iron}" stroke-width="12" stroke-linecap="round"/><path d="M456 412q36-16 74 0l-12 18h-52z" fill="{iron}"/><path d="M494 424l-8 96" stroke="{iron}" stroke-width="10"/><circle cx="488" cy="530" r="22" fill="none" stroke="{accent}" stroke-width="9"/><path d="M120 350h236v76h54l-20 84H164c-30-40-44-96-44-160z" fill="{main}"/><path d="M140 420h250l-8 26H150z" fill="{accent}"/><path d="M132 372h206" stroke="{lit}" stroke-width="6" stroke-dasharray=".1 13" stroke-linecap="round"/><path d="M164 510c-10-14-18-30-26-50h258l-12 50z" fill="{dark}" opacity=".5"/><path d="M150 346h196l10 42H140z" fill="{dark}"/><path d="M108 352C92 210 190 132 316 146c50 6 84 26 108 64-56-8-92 6-104 40-10 30-12 62-12 102z" fill="{accent}"/><path d="M170 352c-8-90 20-156 82-206M236 352c-4-84 14-150 74-204" fill="none" stroke="{deep}" stroke-width="6" opacity=".55"/><path d="M424 210c-56-8-92 6-104 40" fill="none" stroke="{lit}" stroke-width="10" stroke-linecap="round" stroke-dasharray=".1 18"/><path d="M112 340h196" stroke="{main}" stroke-width="18"/><path d="M112 340h196" stroke="{lit}" stroke-width="6" stroke-dasharray=".1 14" stroke-linecap="round"/>{a}{b}{c}"#,
        shade = shadow(420, 658, 320, 20),
        rear = spokes(248, 92),
        fore = spokes(624, 92),
        deep = accent.dark(40),
        a = flower(196, 480),
        b = flower(262, 482),
        c = flower(328, 480),
    )
}

/// Spinning tops with their cord.
pub fn tops(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let top = |x: i32, y: i32, size: &str, turn: i32, first: Ink, second: Ink| {
        let dark = first.dark(45);
        format!(
            r#"<g transform="translate({x} {y}) rotate({turn}) scale({size})"><path d="M-14-170h28l8 76h-44z" fill="{WOOD}"/><circle cy="-176" r="22" fill="{second}"/><path d="M-130-50c0-44 70-54 130-54s130 10 130 54c0 60-84 110-118 176H-12C-46 60-130 10-130-50z" fill="{first}"/><path d="M-130-44q130 48 260 0-2 20-14 38-116 42-232 0-12-18-14-38z" fill="{second}"/><path d="M-92 22q92 36 184 0l-22 26q-70 26-140 0z" fill="{lit}"/><path d="M-54 70q54 22 108 0l-14 20q-40 14-80 0z" fill="{second}"/><path d="M-118-66q118-40 236 0" fill="none" stroke="{lit}" stroke-width="7" stroke-dasharray=".1 14" stroke-linecap="round"/><path d="M40-100c60 6 90 20 90 50 0 60-84 110-118 176h-8c40-60 70-150 36-226z" fill="{dark}" opacity=".3"/><path d="M-12 126h24l-10 36h-4z" fill="{iron}"/></g>"#,
            lit = first.light(68),
            iron = Ink(0x4a4541),
        )
    };
    format!(
        r#"{shade}<path d="M120 690c60-60 150 40 230-8s120-60 160-10 110 40 160-14" fill="none" stroke="{cord}" stroke-width="10" stroke-linecap="round"/>{small}{other}{large}"#,
        shade = shadow(400, 668, 270, 24),
        cord = Ink(0xe9dcc0).dark(12),
        small = top(232, 520, ".82", -14, accent, main),
        other = top(572, 512, ".86", 16, main.light(30), accent),
        large = top(402, 456, "1.16", 4, main, accent),
    )
}

/// A standing book; the picture on its cover fills 280 by 400 from (0, 0).
fn book(picture: &Picture, cover: &str) -> String {
    let Picture { main, accent, .. } = *picture;
    let page = Ink(0xf6ecd8);
    format!(
        r#"{shade}<path d="M210 158l356-30c14 0 22 8 22 22v470l-24 24-354 26z" fill="{deep}"/><path d="M228 640l330-24V150l12-2v484l-344 28z" fill="{page}"/><path d="M232 648l334-25M232 655l336-25" stroke="{line}" stroke-width="2.5"/><path d="M200 140h330c16 0 24 8 24 24v458H228c-18 0-28 8-28 22z" fill="{main}"/><path d="M200 140h34v482c-20 0-34 8-34 22z" fill="{deep}" opacity=".55"/><path d="M254 164h276v434H254z" fill="none" stroke="{accent}" stroke-width="6"/><path d="M266 176h252v410H266z" fill="none" stroke="{accent}" stroke-width="5" stroke-dasharray=".1 12" stroke-linecap="round"/><clipPath id="c"><path d="M286 566V316c0-60 40-100 106-116 66 16 106 56 106 116v250z"/></clipPath><g clip-path="url(#c)"><g transform="translate(252 180)">{cover}</g></g><path d="M286 566V316c0-60 40-100 106-116 66 16 106 56 106 116v250z" fill="none" stroke="{accent}" stroke-width="7"/><path d="M470 622h26v96l-13-14-13 14z" fill="{ribbon}"/>"#,
        shade = shadow(400, 674, 240, 22),
        deep = main.dark(42),
        line = page.dark(22),
        ribbon = accent.dark(16),
    )
}

/// A book with mountains on its cover.
pub fn mountain_book(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let sky = accent.light(62);
    let cover = format!(
        r#"<path d="M0 0h280v400H0z" fill="{sky}"/><circle cx="178" cy="112" r="44" fill="{sun}"/><path d="M0 236l60-70 46 44 62-92 66 80 46-30v232H0z" fill="{far}"/><path d="M0 290l76-56 50 40 66-52 88 64v114H0z" fill="{near}"/><path d="M0 340q80-36 150-10t130-16v86H0z" fill="{field}"/><path d="M84 116q10-12 20 0 10-12 20 0M116 86q8-10 16 0 8-10 16 0" fill="none" stroke="{dark}" stroke-width="5" stroke-linecap="round"/>"#,
        sun = Ink(0xe8743b),
        far = main.light(46),
        near = main.light(14),
        field = main.dark(20),
        dark = main.dark(50),
    );
    book(picture, &cover)
}

/// A book with a boat on its cover.
pub fn river_book(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (sky, water) = (accent.light(70), main.light(40));
    let cover = format!(
        r#"<path d="M0 0h280v400H0z" fill="{sky}"/><circle cx="96" cy="128" r="40" fill="{sun}"/><path d="M0 246h280v160H0z" fill="{water}"/><path d="M0 250q60-30 120-12t160-10v24H0z" fill="{bank}"/><path d="M140 286V110" stroke="{wood}" stroke-width="7"/><path d="M146 116c60 24 84 76 72 136h-72z" fill="{sail}"/><path d="M146 170c34-4 56 0 72 18M146 214q40-8 74 4" fill="none" stroke="{wood}" stroke-width="4" opacity=".6"/><path d="M54 276q90 26 196-14-20 60-76 62h-60c-32-2-52-20-60-48z" fill="{wood}"/><path d="M86 276q8-34 46-32v36z" fill="{straw}"/><path d="M34 344h50M110 356h70M200 342h44M60 376h90M180 378h60" stroke="{foam}" stroke-width="6" stroke-linecap="round"/>"#,
        sun = Ink(0xe8743b),
        bank = Ink(0x5f7d45),
        wood = Ink(0x5a3723),
        sail = Ink(0xc64a2c),
        straw = Ink(0xd9b36a),
        foam = water.light(65),
    );
    book(picture, &cover)
}
