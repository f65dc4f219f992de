//! Earrings, bangles and beads.

use super::Picture;
use super::paint::{Ink, around, shadow};

/// Percent of a bead's radius its spark of light lies off the middle.
const SPARK_SHIFT: i32 = 32;

/// A round bead with a spark of light.
fn bead(x: i32, y: i32, radius: i32, ink: Ink) -> String {
    let off = radius * SPARK_SHIFT / 100;
    format!(
        r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{ink}"/><circle cx="{}" cy="{}" r="{}" fill="{}" opacity=".75"/>"#,
        x - off,
        y - off,
        (radius * 30 / 100).max(2),
        ink.light(80)
    )
}

/// A pair of bell-shaped earrings.
pub fn jhumka(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, pale) = (main.dark(38), main.light(55));
    let mut petals = String::new();
    for turn in (0..360).step_by(45) {
        petals.push_str(&format!(r#"<circle transform="rotate({turn})" cy="-46" r="13" fill="{main}"/>"#));
    }
    let fringe: String = (-5..=5).map(|at| bead(at * 20, 262 + (25 - at * at) / 3, 10, accent)).collect();
    let one = format!(
        r#"<path d="M0-56c-4-46 40-46 36-6" fill="none" stroke="{dark}" stroke-width="6" stroke-linecap="round"/>{petals}<circle r="48" fill="{main}"/><circle r="36" fill="none" stroke="{dark}" stroke-width="4" stroke-dasharray="4 7"/><circle r="24" fill="{accent}"/><circle cx="-8" cy="-8" r="7" fill="{spark}" opacity=".8"/><path d="M0 50v34" stroke="{dark}" stroke-width="7"/>{knob}<path d="M-20 100h40c10 70 84 60 92 146q-112 34-224 0c8-86 82-76 92-146z" fill="{main}"/><path d="M0 100h20c10 70 84 60 92 146q-56 17-112 17z" fill="{dark}" opacity=".28"/><path d="M-100 216q100 30 200 0" stroke="{accent}" stroke-width="15" fill="none" stroke-dasharray="3 22" stroke-linecap="round"/><path d="M-82 190q82 24 164 0M-108 240q108 30 216 0" stroke="{pale}" stroke-width="5" fill="none"/><path d="M-40 150q40 14 80 0" stroke="{pale}" stroke-width="6" fill="none" stroke-dasharray=".1 11" stroke-linecap="round"/>{fringe}"#,
        spark = accent.light(85),
        knob = bead(0, 90, 15, main),
    );
    format!(r#"<g transform="translate(268 270)">{one}</g><g transform="translate(532 330)">{one}</g>"#)
}

/// A pair of pearl drops.
pub fn pearls(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (shade, gold) = (main.dark(22), accent.dark(22));
    let one = format!(
        r#"<path d="M0-40c-6-62 58-60 46-4" fill="none" stroke="{accent}" stroke-width="7" stroke-linecap="round"/>{top}<path d="M0 34v40" stroke="{accent}" stroke-width="6"/><path d="M-54 96q54-60 108 0l-54 34z" fill="{accent}"/><path d="M-40 96q40-40 80 0" stroke="{gold}" stroke-width="4" fill="none" stroke-dasharray="3 7" stroke-linecap="round"/><path d="M0 102c50 0 86 62 86 108a86 86 0 0 1-172 0c0-46 36-108 86-108z" fill="{main}"/><path d="M20 106c40 16 66 66 66 104a86 86 0 0 1-120 79c74 4 108-104 54-183z" fill="{shade}" opacity=".35"/><ellipse cx="-34" cy="186" rx="17" ry="30" fill="{lit}" transform="rotate(18 -34 186)"/><circle cx="-22" cy="238" r="7" fill="{lit}" opacity=".8"/>"#,
        top = bead(0, 0, 36, main),
        lit = main.light(90),
    );
    format!(r#"<g transform="translate(272 240)">{one}</g><g transform="translate(528 300)">{one}</g>"#)
}

/// A column of bangles.
pub fn bangles(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let mut rings = String::new();
    for at in 0..7 {
        let y = 560 - at * 46;
        let ink = [main, accent, main.dark(18), main][at as usize % 4];
        let dots = if at % 4 == 1 { main.light(60) } else { accent.light(45) };
        rings.push_str(&format!(
            r#"<path d="M186 {y}a214 76 0 0 0 428 0" fill="none" stroke="{dark}" stroke-width="46"/><path d="M186 {y}a214 76 0 0 0 428 0" fill="none" stroke="{ink}" stroke-width="40"/><path d="M186 {y}a214 76 0 0 0 428 0" fill="none" stroke="{dots}" stroke-width="15" stroke-linecap="round" stroke-dasharray=".1 25.5"/><path d="M190 {top}a214 76 0 0 0 110 62" fill="none" stroke="{lit}" stroke-width="5" opacity=".6" stroke-linecap="round"/>"#,
            dark = ink.dark(45),
            lit = ink.light(75),
            top = y - 6,
        ));
    }
    format!(
        r#"{shade}<ellipse cx="400" cy="284" rx="214" ry="76" fill="{inside}"/><path d="M186 284a214 76 0 0 1 428 0" fill="none" stroke="{back}" stroke-width="40"/><path d="M186 284a214 76 0 0 1 428 0" fill="none" stroke="{dots}" stroke-width="5" stroke-dasharray="3 10"/>{rings}"#,
        shade = shadow(400, 652, 262, 30),
        inside = main.dark(66),
        back = main.dark(30),
        dots = accent.dark(10),
    )
}

/// Two open metal bracelets.
pub fn cuffs(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (dark, pale) = (main.dark(40), main.light(60));
    let one = format!(
        r#"<path d="M-50 150A150 150 0 1 1 74 150" fill="none" stroke="{dark}" stroke-width="62" stroke-linecap="round" opacity=".16"/><path d="M-62 132A150 150 0 1 1 62 132" fill="none" stroke="{dark}" stroke-width="62" stroke-linecap="round"/><path d="M-62 132A150 150 0 1 1 62 132" fill="none" stroke="{main}" stroke-width="52" stroke-linecap="round"/><path d="M-62 132A150 150 0 1 1 62 132" fill="none" stroke="{dark}" stroke-width="26" stroke-dasharray="4 12" opacity=".55"/><path d="M-62 132A150 150 0 1 1 62 132" fill="none" stroke="{pale}" stroke-width="4" transform="scale(1.1)"/><path d="M-118-76A142 142 0 0 1-20-146" fill="none" stroke="{pale}" stroke-width="9" stroke-linecap="round" opacity=".8"/>{left}{right}"#,
        left = bead(-66, 134, 34, accent),
        right = bead(66, 134, 34, accent),
    );
    format!(
        r#"<g transform="translate(300 318) rotate(-14)">{one}</g><g transform="translate(500 452) rotate(18)">{one}</g>"#
    )
}

/// A string of beads with a pendant.
pub fn necklace(picture: &Picture) -> String {
    let Picture { main, accent, .. } = *picture;
    let (mut beads, mut drops) = (String::new(), String::new());
    for at in 0..=28 {
        let degrees = 28.0 + 304.0 * f64::from(at) / 28.0;
        let (x, y) = around((400.0, 330.0), 214.0, degrees);
        let (x, y) = (x.round() as i32, (330.0 + (y - 330.0) * 1.1).round() as i32);
        // Beads grow towards the pendant.
        let size = 16 + (14 - (at - 14_i32).abs()) * 9 / 14;
        let ink = [main, main.dark(20), accent][at as usize % 3];
        beads.push_str(&bead(x, y, size, ink));
        if (at - 14).abs() <= 4 && at != 14 {
            drops.push_str(&format!(r#"<path d="M{x} {y}v46" stroke="{accent}" stroke-width="5"/>"#));
            drops.push_str(&bead(x, y + 54, 13, main.light(18)));
        }
    }
    format!(
        r#"<ellipse cx="408" cy="344" rx="214" ry="235" fill="none" stroke="{dark}" stroke-width="34" opacity=".12"/><path d="M300 124c40-34 160-34 200 0" fill="none" stroke="{cord}" stroke-width="7"/>{drops}{beads}<path d="M400 566l62 62-62 74-62-74z" fill="{accent}"/><path d="M400 588l40 42-40 46-40-46z" fill="{main}"/>{heart}{ring}"#,
        dark = main.dark(90),
        cord = accent.dark(45),
        heart = bead(400, 630, 15, accent.light(40)),
        ring = bead(400, 566, 21, main),
    )
}
