//! What is worn: kurtas, panjabis and shirts, laid flat.

use super::Picture;
use super::paint::Ink;

const WOOD: Ink = Ink(0x8a5a36);

/// A hanger behind the collar.
fn hanger(y: i32) -> String {
    format!(
        r#"<path d="M400 {}c0-26 34-22 30-46-3-18-30-18-34 0" fill="none" stroke="{}" stroke-width="8" stroke-linecap="round"/><path d="M262 {}q138-66 276 0" fill="none" stroke="{WOOD}" stroke-width="16" stroke-linecap="round"/>"#,
        y - 26,
        WOOD.dark(35),
        y + 34,
    )
}

/// A garment's outline twice: once as its shadow, once filled and patterned.
fn cut(outline: &str, main: Ink) -> String {
    format!(
        r#"<path transform="translate(10 14)" d="{outline}" fill="{}" opacity=".15"/><clipPath id="c"><path d="{outline}"/></clipPath><path d="{outline}" fill="{main}"/><path d="{outline}" fill="url(#w)"/>"#,
        main.dark(90)
    )
}

/// Round buttons in a row downwards.
fn buttons(top: i32, step: i32, count: i32, ink: Ink) -> String {
    (0..count).map(|at| format!(r#"<circle cx="400" cy="{}" r="7.5" fill="{ink}"/>"#, top + at * step)).collect()
}

/// A long kurta or panjabi.
pub fn kurta(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let outline = "M352 138l-80 26c-16 6-26 16-34 32l-96 262 84 34 62-142-16 180-22 172h300l-22-172-16-180 62 142 84-34-96-262c-8-16-18-26-34-32l-80-26q-48 40-96 0z";
    tunic(picture, outline, 700, 404)
        + &format!(
            r#"<path d="M250 702l14-116M550 702l-14-116" stroke="{}" stroke-width="5"/><path d="M264 582l-5 30M536 582l5 30" stroke="{accent}" stroke-width="9" stroke-linecap="round"/>"#,
            main.dark(38)
        )
}

/// A short kurta with wide sleeves.
pub fn fatua(picture: &Picture) -> String {
    let outline = "M352 158l-82 26c-16 6-28 16-36 32l-92 174 88 54 56-76-10 130-10 134h268l-10-134-10-130 56 76 88-54-92-174c-8-16-20-26-36-32l-82-26q-48 40-96 0z";
    format!(r#"<g transform="translate(0 14)">{}</g>"#, tunic(picture, outline, 632, 384))
}

fn tunic(picture: &Picture, outline: &str, hem: i32, placket: i32) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, pale) = (main.dark(40), accent.light(55));
    let (neck, band) = (if hem > 660 { 138 } else { 158 }, hem - 44);
    format!(
        r#"{hanger}{cut}<g clip-path="url(#c)"><path d="M100 {band}h600v60H100z" fill="{accent}"/><path d="M100 {stitch}h600" stroke="{pale}" stroke-width="6" stroke-linecap="round" stroke-dasharray=".1 15"/><path d="M100 {line}h600" stroke="{accent}" stroke-width="5"/><path d="M312 340q-10 160-26 {deep}M488 340q10 160 26 {deep}M360 430q-4 120-10 {deep}M442 430q4 120 10 {deep}" fill="none" stroke="{dark}" stroke-width="12" opacity=".13"/><path d="M288 350q-8 10-60 142l-30-10zM512 350q8 10 60 142l30-10z" fill="{dark}" opacity=".2"/></g>{cuffs}<path d="M370 {top}h60v{length}l-30 26-30-26z" fill="{accent}"/><path d="M381 {top}v{inner}l19 17 19-17v-{inner}" fill="{main}"/><path d="M370 {top}v{length}l30 26 30-26v-{length}" fill="none" stroke="{pale}" stroke-width="4" stroke-dasharray="2 8" stroke-linecap="round"/><path d="M352 {neck}q48 40 96 0l14 8q-10 46-62 46t-62-46z" fill="{accent}"/><path d="M352 {neck}q48 40 96 0-16-14-48-14t-48 14z" fill="{dark}"/>{buttons}"#,
        hanger = hanger(neck - 4),
        cut = cut(outline, main),
        stitch = band + 22,
        line = band - 12,
        deep = hem - 340,
        top = neck + 46,
        length = placket - neck - 46,
        inner = placket - neck - 58,
        cuffs = if hem > 660 { cuffs(accent, pale) } else { wide_cuffs(accent, pale) },
        buttons = buttons(neck + 78, 42, 4, pale),
    )
}

fn cuffs(accent: Ink, pale: Ink) -> String {
    format!(
        r#"<path d="M142 458l84 34 11-26-84-34zM658 458l-84 34-11-26 84-34z" fill="{accent}"/><path d="M150 446l82 33M650 446l-82 33" stroke="{pale}" stroke-width="5" stroke-linecap="round" stroke-dasharray=".1 12"/>"#
    )
}

fn wide_cuffs(accent: Ink, pale: Ink) -> String {
    format!(
        r#"<path d="M142 390l88 54 14-20-88-54zM658 390l-88 54-14-20 88-54z" fill="{accent}"/><path d="M151 381l85 52M649 381l-85 52" stroke="{pale}" stroke-width="5" stroke-linecap="round" stroke-dasharray=".1 12"/>"#
    )
}

/// A shirt with long sleeves.
pub fn shirt_long(picture: &Picture) -> String {
    let outline = "M338 150l-74 24c-18 6-30 18-36 36l-84 330 80 24 62-208-4 306q118 34 236 0l-4-306 62 208 80-24-84-330c-6-18-18-30-36-36l-74-24q-62 34-124 0z";
    let cuffs = "M144 540l80 24 9-32-80-24zM656 540l-80 24-9-32 80-24z";
    shirt(picture, outline, cuffs)
}

/// A shirt with short sleeves.
pub fn shirt_short(picture: &Picture) -> String {
    let outline = "M338 150l-78 24c-18 6-30 18-38 36l-84 150 96 58 52-72-4 316q118 34 236 0l-4-316 52 72 96-58-84-150c-8-18-20-30-38-36l-78-24q-62 34-124 0z";
    let cuffs = "M138 360l96 58 12-18-96-58zM662 360l-96 58-12-18 96-58z";
    shirt(picture, outline, cuffs)
}

fn shirt(picture: &Picture, outline: &str, cuffs: &str) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, lit) = (main.dark(42), main.light(16));
    format!(
        r#"{hanger}{cut}<g clip-path="url(#c)"><path d="M320 340q-8 180-18 330M480 340q8 180 18 330M352 470v200M452 470v200" stroke="{dark}" stroke-width="12" fill="none" opacity=".12"/><path d="M286 350l-4 300M514 350l4 300" stroke="{dark}" stroke-width="8" opacity=".2"/></g><path d="{cuffs}" fill="{lit}" stroke="{dark}" stroke-width="3" stroke-opacity=".4"/><path d="M382 214h36v462q-18 2-36 0z" fill="{lit}"/><path d="M382 214v462M418 214v462" stroke="{dark}" stroke-width="2.5" stroke-opacity=".45"/><path d="M446 300h78v82l-39 18-39-18z" fill="{lit}" stroke="{dark}" stroke-width="3" stroke-opacity=".45"/><path d="M446 318h78" stroke="{accent}" stroke-width="6"/><path d="M338 150q62 34 124 0l-20-22q-42-14-84 0z" fill="{dark}"/><path d="M358 128l-24 18-10 70 76-6zM442 128l24 18 10 70-76-6z" fill="{lit}" stroke="{dark}" stroke-width="3" stroke-opacity=".5" stroke-linejoin="round"/>{buttons}"#,
        hanger = hanger(138),
        cut = cut(outline, main),
        buttons = buttons(246, 72, 6, accent.light(30)),
    )
}
