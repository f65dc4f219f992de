//! Inks, woven patterns and backdrops: what every picture of the demo shop is painted with.

use std::fmt::{Display, Formatter, Result};

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(pub u32);

/// Shadows lean to brown and lights to cream, so that mixed colours stay warm.
const SHADE: Ink = Ink(0x2a1710);
const CREAM: Ink = Ink(0xfffaf0);
/// Percent of a whole.
const WHOLE: u32 = 100;

impl Ink {
    /// This colour with some percent of another one.
    pub fn toward(self, other: Ink, percent: u32) -> Ink {
        let channel = |shift: u32| {
            let (from, to) = ((self.0 >> shift) & 255, (other.0 >> shift) & 255);
            ((from * (WHOLE - percent) + to * percent) / WHOLE) << shift
        };
        Ink(channel(16) | channel(8) | channel(0))
    }

    /// Darker by some percent.
    pub fn dark(self, percent: u32) -> Ink {
        self.toward(SHADE, percent)
    }

    /// Lighter by some percent.
    pub fn light(self, percent: u32) -> Ink {
        self.toward(CREAM, percent)
    }
}

impl Display for Ink {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "#{:06x}", self.0)
    }
}

/// What is woven into or printed on a cloth or a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weave {
    /// Small drops with a bent tip, as blocks print them.
    Buta,
    /// Rings of tied dots.
    Bandhani,
    /// Checks of a gamcha.
    Checks,
    /// Stepped diamonds with blurred edges.
    Ikat,
    /// A lattice of petals.
    Jali,
    /// Rows of running stitches.
    Kantha,
    /// Sprigs on the slant, as on a jamdani.
    Jamdani,
    /// Stars in circles.
    Ajrakh,
    /// Fine stripes.
    Stripes,
}

impl Weave {
    /// The definition of the pattern `id`, drawn with two inks on nothing.
    pub fn pattern(self, id: &str, first: Ink, second: Ink) -> String {
        let (side, tile) = self.tile(first, second);
        format!(r#"<pattern id="{id}" width="{side}" height="{side}" patternUnits="userSpaceOnUse">{tile}</pattern>"#)
    }

    fn tile(self, first: Ink, second: Ink) -> (u32, String) {
        match self {
            Weave::Buta => (64, buta(first, second)),
            Weave::Bandhani => (48, bandhani(first, second)),
            Weave::Checks => (56, checks(first, second)),
            Weave::Ikat => (72, ikat(first, second)),
            Weave::Jali => (60, jali(first, second)),
            Weave::Kantha => (48, kantha(first, second)),
            Weave::Jamdani => (72, jamdani(first, second)),
            Weave::Ajrakh => (72, ajrakh(first, second)),
            Weave::Stripes => (28, stripes(first, second)),
        }
    }
}

fn buta(first: Ink, second: Ink) -> String {
    let drop = |x: i32, y: i32, ink: Ink, heart: Ink| {
        format!(
            r#"<path transform="translate({x} {y})" d="M0 11c-8 0-10-9-6-15 3-5 8-6 8-12 5 4 8 10 8 16 0 7-4 11-10 11z" fill="{ink}"/><circle cx="{x}" cy="{y}" r="3" fill="{heart}"/>"#
        )
    };
    format!("{}{}", drop(16, 18, first, second), drop(48, 50, first, second))
}

fn bandhani(first: Ink, second: Ink) -> String {
    format!(
        r#"<g fill="none" stroke="{first}" stroke-width="4.5" stroke-linecap="round"><circle cx="24" cy="24" r="12" stroke-dasharray=".1 9.4"/></g><g fill="{second}"><circle cx="24" cy="24" r="3.4"/><circle r="3.4"/><circle cx="48" r="3.4"/><circle cy="48" r="3.4"/><circle cx="48" cy="48" r="3.4"/></g>"#
    )
}

fn checks(first: Ink, second: Ink) -> String {
    format!(
        r#"<path d="M0 14h56M14 0v56" stroke="{first}" stroke-width="16" opacity=".55"/><path d="M0 42h56M42 0v56" stroke="{second}" stroke-width="4" opacity=".8"/><path d="M6 6h16v16h-16z" fill="{first}" opacity=".5"/>"#
    )
}

fn ikat(first: Ink, second: Ink) -> String {
    format!(
        r#"<path d="M36 6l8 8h6l-2 6 10 8v16l-10 8 2 6h-6l-8 8-8-8h-6l2-6-10-8V28l10-8-2-6h6z" fill="{first}"/><path d="M36 20l12 16-12 16-12-16z" fill="{second}"/><path d="M0 28l8 8-8 8zM72 28l-8 8 8 8zM28 0h16l-8 6zM28 72h16l-8-6z" fill="{second}"/>"#
    )
}

fn jali(first: Ink, second: Ink) -> String {
    format!(
        r#"<g fill="none" stroke="{first}" stroke-width="3"><path d="M30 0c10 10 10 20 0 30-10-10-10-20 0-30zM30 30c10 10 10 20 0 30-10-10-10-20 0-30zM0 30c10-10 20-10 30 0-10 10-20 10-30 0zM30 30c10-10 20-10 30 0-10 10-20 10-30 0z"/></g><g fill="{second}"><circle cx="30" cy="30" r="4"/><circle r="4"/><circle cx="60" r="4"/><circle cy="60" r="4"/><circle cx="60" cy="60" r="4"/></g>"#
    )
}

fn kantha(first: Ink, second: Ink) -> String {
    format!(
        r#"<g fill="none" stroke-width="3" stroke-linecap="round" stroke-dasharray="9 7"><path d="M2 8h48M-6 32h60" stroke="{first}"/><path d="M-4 20h60M4 44h48" stroke="{second}"/></g>"#
    )
}

fn jamdani(first: Ink, second: Ink) -> String {
    format!(
        r#"<g fill="{first}"><path d="M18 8l7 9-7 9-7-9zM54 44l7 9-7 9-7-9z"/></g><g fill="none" stroke="{second}" stroke-width="3" stroke-linecap="round"><path d="M18 28v8m-8-4l8 4 8-4M54 64v7m-8-4l8 4 8-4M54 6v12m-6-6h12M18 46v12m-6-6h12"/></g>"#
    )
}

fn ajrakh(first: Ink, second: Ink) -> String {
    format!(
        r#"<circle cx="36" cy="36" r="27" fill="none" stroke="{first}" stroke-width="4"/><path d="M36 14l6 16 16 6-16 6-6 16-6-16-16-6 16-6z" fill="{first}"/><circle cx="36" cy="36" r="5" fill="{second}"/><g fill="{second}"><path d="M0-10L10 0 0 10-10 0zM72-10L82 0 72 10 62 0zM0 62l10 10-10 10-10-10zM72 62l10 10-10 10-10-10z"/></g>"#
    )
}

fn stripes(first: Ink, second: Ink) -> String {
    format!(
        r#"<path d="M8 0v28" stroke="{first}" stroke-width="7"/><path d="M21 0v28" stroke="{second}" stroke-width="2"/>"#
    )
}

/// What is behind the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backdrop {
    /// A cusped arch in a wall, with a floor.
    Arch,
    /// A disc with a ring of dots.
    Sun,
    /// A wall with a table.
    Table,
}

impl Backdrop {
    /// The wall, and what is on it; the pattern `g` must be defined.
    pub fn paint(self, ground: Ink) -> String {
        let (wall, lit, floor) = (ground, ground.light(48), ground.dark(9));
        let back = format!(
            r#"<path d="M0 0h800v800H0z" fill="{wall}"/><path d="M0 0h800v800H0z" fill="url(#g)" opacity=".5"/>"#
        );
        let front = match self {
            Backdrop::Arch => format!(
                r#"<path d="M110 800V380c0-60 30-84 62-96 4-40 36-72 78-76 18-42 62-64 96-66 22-8 40-24 54-46 14 22 32 38 54 46 34 2 78 24 96 66 42 4 74 36 78 76 32 12 62 36 62 96v420z" fill="{lit}"/><path d="M110 800V380c0-60 30-84 62-96 4-40 36-72 78-76 18-42 62-64 96-66 22-8 40-24 54-46 14 22 32 38 54 46 34 2 78 24 96 66 42 4 74 36 78 76 32 12 62 36 62 96v420" fill="none" stroke="{floor}" stroke-width="6"/>"#
            ),
            Backdrop::Sun => format!(
                r#"<circle cx="400" cy="400" r="318" fill="{lit}"/><circle cx="400" cy="400" r="346" fill="none" stroke="{floor}" stroke-width="9" stroke-linecap="round" stroke-dasharray=".1 27.17"/>"#
            ),
            Backdrop::Table => format!(
                r#"<circle cx="400" cy="330" r="262" fill="{lit}"/><path d="M0 596h800v204H0z" fill="{floor}"/><path d="M0 596h800" stroke="{lit}" stroke-width="6"/>"#
            ),
        };
        back + &front
    }
}

/// The shadow a thing throws on what it stands on.
pub fn shadow(x: i32, y: i32, half_width: i32, half_height: i32) -> String {
    format!(r#"<ellipse cx="{x}" cy="{y}" rx="{half_width}" ry="{half_height}" fill="{SHADE}" opacity=".16"/>"#)
}

/// A point on a circle, by the angle in degrees from upright, clockwise.
pub fn around(center: (f64, f64), radius: f64, degrees: f64) -> (f64, f64) {
    let angle = degrees.to_radians();
    (center.0 + radius * angle.sin(), center.1 - radius * angle.cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_colour_lies_between_the_two() {
        assert_eq!(Ink(0x000000).toward(Ink(0xffffff), 50), Ink(0x7f7f7f));
        assert_eq!(Ink(0x123456).toward(Ink(0xffffff), 0), Ink(0x123456));
        assert_eq!(Ink(0x123456).to_string(), "#123456");
    }
}
