//! Sarees and home textiles: cloth that hangs, lies folded or covers something.

use super::Picture;
use super::paint::{Ink, shadow};

/// A rod with round ends, for what hangs over it.
fn rod() -> String {
    let wood = Ink(0x8a5a36);
    format!(
        r#"<path d="M120 160h560" stroke="{wood}" stroke-width="20" stroke-linecap="round"/><path d="M122 155h556" stroke="{}" stroke-width="5" stroke-linecap="round" opacity=".7"/><circle cx="116" cy="160" r="18" fill="{}"/><circle cx="684" cy="160" r="18" fill="{}"/>"#,
        wood.light(45),
        wood.dark(25),
        wood.dark(25)
    )
}

/// Soft light and shade of vertical folds between two heights.
fn folds(top: i32, bottom: i32) -> String {
    let height = bottom - top;
    let mut folds = String::new();
    for (x, width, ink) in [
        (248, 22, "#000"),
        (276, 14, "#fff"),
        (322, 26, "#000"),
        (352, 16, "#fff"),
        (402, 24, "#000"),
        (430, 18, "#fff"),
        (478, 28, "#000"),
        (512, 14, "#fff"),
        (548, 20, "#000"),
    ] {
        folds.push_str(&format!(
            r#"<path d="M{x} {top}q{width} {half} 0 {height}l{width} 0q{width}-{half} 0-{height}z" fill="{ink}" opacity=".09"/>"#,
            half = height / 2
        ));
    }
    folds
}

/// A row of temple points along a line, standing up from it.
fn temples(left: i32, right: i32, y: i32, width: i32, height: i32) -> String {
    let mut path = format!("M{left} {y}");
    for _ in 0..(right - left) / width {
        path.push_str(&format!("l{} -{height} {} {height}", width / 2, width - width / 2));
    }
    path + "z"
}

/// A saree over a rod.
pub fn drape(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let body = "M206 150h388c6 0 8 6 8 14l6 508q-100 16-204 10t-204-6l8-512c0-8 2-14 0-14z";
    let back = main.dark(32);
    format!(
        r#"{rod}<path d="M236 152h390l18 474q-30 14-60 2t-62 2-270 0z" fill="{back}"/><path d="M604 180l40 446-20-4-28-440z" fill="{accent}" opacity=".8"/><clipPath id="c"><path d="{body}"/></clipPath><g clip-path="url(#c)"><path d="M190 140h430v560H190z" fill="{main}"/><path d="M190 140h430v380H190z" fill="url(#w)"/><path d="M196 140h34v540h-34zM574 140h40v540h-40z" fill="{accent}"/><path d="M238 140v400M566 140v400" stroke="{accent}" stroke-width="5" stroke-dasharray="10 8"/><path d="M190 530h430v170H190z" fill="{accent}"/><path d="{temples}" fill="{accent}"/><g fill="none" stroke="{deep}"><path d="M190 546h430M190 640h430" stroke-width="8"/><path d="M190 560h430M190 626h430" stroke-width="3"/></g><path d="{lower}" fill="{main}"/><path d="M190 593h430" stroke="{pale}" stroke-width="7" stroke-linecap="round" stroke-dasharray=".1 16.4"/>{folds}<path d="M190 140h430v34H190z" fill="{pale}" opacity=".28"/><path d="M190 172h430v16H190z" fill="{deep}" opacity=".14"/></g>{tassels}"#,
        rod = rod(),
        temples = temples(190, 622, 531, 24, 26),
        lower = temples(190, 622, 668, 24, 22),
        deep = main.dark(28),
        pale = accent.light(60),
        folds = folds(176, 690),
        tassels = tassels(accent, 676),
    )
}

fn tassels(ink: Ink, y: i32) -> String {
    let mut path = String::new();
    for x in (208..610).step_by(20) {
        path.push_str(&format!("M{x} {y}v26"));
    }
    format!(r#"<path d="{path}" stroke="{ink}" stroke-width="4" stroke-linecap="round" opacity=".85"/>"#)
}

/// A saree folded for the shelf, its pallu laid over it on the slant.
pub fn folded_saree(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (deep, pale) = (main.dark(30), accent.light(58));
    let band = |from: i32, height: i32| {
        format!("M190 {}L600 {}v{height}L190 {}z", from + 420, from + 240, from + 420 + height)
    };
    let line = |from: i32| format!("M190 {}L600 {}", from + 420, from + 240);
    format!(
        r#"<rect x="226" y="166" width="400" height="516" rx="16" fill="{shade}" opacity=".16"/><rect x="216" y="156" width="390" height="510" rx="14" fill="{deep}"/><rect x="208" y="148" width="390" height="510" rx="14" fill="{lit}"/><rect x="200" y="140" width="390" height="510" rx="14" fill="{main}"/><clipPath id="c"><rect x="200" y="140" width="390" height="510" rx="14"/></clipPath><g clip-path="url(#c)"><path d="M200 140h390v510H200z" fill="url(#w)"/><path d="M544 140h46v510h-46z" fill="{accent}"/><path d="M567 140v510" stroke="{pale}" stroke-width="7" stroke-linecap="round" stroke-dasharray=".1 16"/><path d="{temples}" fill="{accent}"/><path d="M534 140v510" stroke="{accent}" stroke-width="4" stroke-dasharray="9 8"/><path d="{cast}" fill="{shade}" opacity=".2"/><path d="{pallu}" fill="{deep}"/><path d="{lower}" fill="url(#w)"/><path d="{bands}" fill="{accent}"/><path d="{fine}" stroke="{pale}" stroke-width="8" fill="none" stroke-linecap="round" stroke-dasharray=".1 17"/><path d="{edge}" stroke="{pale}" stroke-width="5" fill="none"/><path d="M200 140h52v510h-52z" fill="{pale}" opacity=".13"/></g>"#,
        shade = main.dark(90),
        lit = main.light(24),
        temples = "M544 140l-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12-20 12 20 12z",
        cast = band(-20, 30),
        pallu = band(0, 500),
        lower = band(150, 400),
        bands = [band(16, 52), band(84, 8), band(104, 24)].concat(),
        fine = line(42),
        edge = [line(2), line(143)].concat(),
    )
}

/// A checked cloth with tassels over a rod.
pub fn towel(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let body = "M206 150h388l8 496q-100 14-202 8t-202-4z";
    format!(
        r#"{rod}<path d="M250 152h378l8 430q-60 12-120 0t-260 4z" fill="{back}"/><clipPath id="c"><path d="{body}"/></clipPath><g clip-path="url(#c)"><path d="M190 140h430v540H190z" fill="{main}"/><path d="M190 140h430v540H190z" fill="url(#w)"/><path d="M190 560h430v22H190zM190 600h430v10H190zM190 630h430v30H190z" fill="{accent}"/><path d="M196 140h14v540h-14zM588 140h16v540h-16z" fill="{accent}"/>{folds}<path d="M190 140h430v34H190z" fill="{pale}" opacity=".3"/></g>{tassels}"#,
        rod = rod(),
        back = main.dark(26),
        folds = folds(176, 670),
        pale = main.light(70),
        tassels = tassels(accent, 652),
    )
}

/// Folded quilts or throws, one on the other.
pub fn stack(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let layers = [(596, main.light(30), accent), (500, main, main.light(70)), (404, main.light(62), main)];
    let mut cloths = String::new();
    for (y, ink, edge) in layers {
        cloths.push_str(&folded(y, ink, edge));
    }
    format!(
        r#"{shade}{cloths}<path d="M214 306h372l40 98H174z" fill="{main}"/><path d="M214 306h372l40 98H174z" fill="url(#w)"/><path d="M302 306h46l-14 98h-56zM452 306h46l24 98h-56z" fill="{accent}" opacity=".92"/><path d="M174 404l6-14h440l6 14z" fill="{pale}" opacity=".55"/>"#,
        shade = shadow(400, 694, 290, 26),
        pale = accent.light(60),
    )
}

/// One folded cloth seen from the front: two rounded layers with stitches.
fn folded(y: i32, ink: Ink, edge: Ink) -> String {
    let (dark, lower) = (ink.dark(22), y + 48);
    format!(
        r#"<rect x="166" y="{y}" width="468" height="48" rx="24" fill="{ink}"/><rect x="166" y="{lower}" width="468" height="48" rx="24" fill="{ink}"/><path d="M190 {lower}h430" stroke="{dark}" stroke-width="4" opacity=".6"/><path d="M196 {a}h412M196 {b}h412" stroke="{edge}" stroke-width="5" stroke-linecap="round" stroke-dasharray="14 12"/><path d="M612 {y}q22 4 22 24t-22 24q22 4 22 24t-22 24h-26q20-24 0-48 20-24 0-48z" fill="{dark}" opacity=".35"/>"#,
        a = y + 24,
        b = y + 72,
    )
}

/// A cushion with tassels at its corners.
pub fn cushion(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let body = "M168 176q232 36 464 0 -34 224 0 448 -232 -34 -464 0 34-224 0-448z";
    let corner = |x: i32, y: i32, turn: i32| {
        format!(
            r#"<g transform="translate({x} {y}) rotate({turn})"><circle r="15" fill="{accent}"/><path d="M-12 8l-8 44h40l-8-44z" fill="{accent}"/><path d="M-6 16l-3 34M0 16v34M6 16l3 34" stroke="{}" stroke-width="3"/></g>"#,
            accent.dark(30)
        )
    };
    let mut petals = String::new();
    for turn in (0..360).step_by(45) {
        petals.push_str(&format!(r#"<path transform="rotate({turn})" d="M0-22c26-30 26-64 0-98-26 34-26 68 0 98z"/>"#));
    }
    format!(
        r#"{shade}{corners}<clipPath id="c"><path d="{body}"/></clipPath><path d="{body}" fill="{main}"/><path d="{body}" fill="url(#w)"/><g clip-path="url(#c)"><path d="{body}" fill="none" stroke="{accent}" stroke-width="52"/><path d="{body}" fill="none" stroke="{pale}" stroke-width="5" stroke-dasharray="3 9" stroke-linecap="round" transform="translate(400 400) scale(.95) translate(-400 -400)"/><path d="M168 176q40 224 0 448 80-60 110-224T168 176zM632 176q-40 224 0 448-40-110-30-224t30-224z" fill="{dark}" opacity=".13"/></g><g transform="translate(400 400)"><circle r="136" fill="{main}"/><circle r="136" fill="none" stroke="{accent}" stroke-width="8"/><g fill="{accent}">{petals}</g><circle r="24" fill="{pale}"/></g>"#,
        shade = shadow(400, 676, 250, 24),
        corners = [corner(172, 180, 135), corner(628, 180, 225), corner(172, 620, 45), corner(628, 620, 315)].concat(),
        pale = accent.light(62),
        dark = main.dark(80),
    )
}

/// A rug with fringes, seen from above.
pub fn rug(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let pale = accent.light(68);
    let mut fringe = String::new();
    for x in (196..612).step_by(16) {
        fringe.push_str(&format!("M{x} 130v-26M{x} 670v26"));
    }
    let diamond = |y: i32, half: i32, ink: Ink| {
        format!(r#"<path d="M400 {}l{half} {half}-{half} {half}-{half}-{half}z" fill="{ink}"/>"#, y - half)
    };
    let mut medallions = String::new();
    for y in [268, 400, 532] {
        medallions.push_str(&[diamond(y, 66, accent), diamond(y, 46, main.dark(20)), diamond(y, 24, pale)].concat());
    }
    format!(
        r#"<g transform="rotate(-7 400 400)"><path d="M190 142h440v540H190z" fill="{shade}" opacity=".16"/><path d="{fringe}" stroke="{pale}" stroke-width="5" stroke-linecap="round"/><path d="M184 130h432v540H184z" fill="{main}"/><path d="M184 130h432v540H184z" fill="url(#w)" opacity=".55"/><path d="M184 158h432v26H184zM184 616h432v26H184z" fill="{accent}"/><path d="M184 171h432M184 629h432" stroke="{pale}" stroke-width="10" stroke-dasharray="18 18"/><path d="M236 206h328v388H236z" fill="{main}"/><path d="M236 206h328v388H236z" fill="none" stroke="{pale}" stroke-width="6"/><path d="M252 222h296v356H252z" fill="none" stroke="{accent}" stroke-width="12" stroke-dasharray="16 10"/>{medallions}<path d="M284 334l26 0-13 26zM490 334h26l-13 26zM284 466h26l-13-26zM490 466h26l-13-26z" fill="{pale}"/></g>"#,
        shade = main.dark(90),
    )
}
