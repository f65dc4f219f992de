//! Pictures of the demo products, drawn by the program: nothing to download, nobody's photographs.
//!
//! `paint` inks, patterns, backdrops · `cloth` sarees and home textiles · `garments` what is worn ·
//! `jewellery` · `kitchen` tea, spices and pans · `pottery` clay, glaze, brass · `play` toys and books. A picture is a
//! flat SVG of a few kB without scripts, text or references to anything outside it.

mod cloth;
mod garments;
mod jewellery;
mod kitchen;
pub mod paint;
mod play;
mod pottery;

use paint::{Backdrop, Ink, Weave};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    /// A saree over a rod, with its border and pallu.
    Drape,
    /// A saree folded for the shelf.
    FoldedSaree,
    /// A checked cloth with tassels over a rod.
    Towel,
    /// Folded quilts or throws, one on the other.
    Stack,
    /// A cushion with tassels.
    Cushion,
    /// A rug with fringes.
    Rug,
    /// A long kurta or panjabi.
    Kurta,
    /// A short kurta.
    Fatua,
    /// A shirt with long sleeves.
    LongSleeves,
    /// A shirt with short sleeves.
    ShortSleeves,
    /// A pair of bell-shaped earrings.
    Jhumka,
    /// A pair of pearl drops.
    Pearls,
    /// A column of bangles.
    Bangles,
    /// Two open metal bracelets.
    Cuffs,
    /// A string of beads.
    Necklace,
    /// A tin of tea.
    Caddy,
    /// A steaming clay cup.
    Kulhad,
    /// A round spice box from above.
    SpiceBox,
    /// A heap of ground spice in a bowl.
    Heap,
    /// A jar of honey.
    Jar,
    /// A painted plate.
    Plate,
    /// A water pot of clay.
    WaterPot,
    /// A lamp of brass, lit.
    Lamp,
    /// A glazed cup on its saucer.
    Cup,
    /// An iron pan with two handles.
    Kadhai,
    /// An elephant on wheels.
    Elephant,
    /// A painted rickshaw.
    Rickshaw,
    /// Spinning tops.
    Tops,
    /// A book with mountains on its cover.
    MountainBook,
    /// A book with a boat on its cover.
    RiverBook,
}

/// Everything that makes one picture differ from another.
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    /// What is drawn.
    pub motif: Motif,
    /// Colour of the thing.
    pub main: Ink,
    /// Colour of its borders and ornaments.
    pub accent: Ink,
    /// Colour of the wall behind it.
    pub ground: Ink,
    /// Pattern of the thing, where it has one.
    pub weave: Weave,
    /// Pattern of the wall.
    pub wall: Weave,
    /// What is behind it.
    pub backdrop: Backdrop,
}

/// A picture in three colours: the thing's, its ornaments' and the wall's.
pub const fn picture(motif: Motif, inks: [u32; 3], weave: Weave, wall: Weave, backdrop: Backdrop) -> Picture {
    Picture { motif, main: Ink(inks[0]), accent: Ink(inks[1]), ground: Ink(inks[2]), weave, wall, backdrop }
}

/// The picture as an SVG file.
pub fn svg(picture: &Picture) -> String {
    let Picture { main, accent, ground, weave, wall, backdrop, .. } = *picture;
    let wall = wall.pattern("g", ground.dark(7), ground.light(35));
    let weave = weave.pattern("w", accent, main.dark(34));
    let behind = backdrop.paint(ground);
    let thing = draw(picture);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" width="800" height="800"><defs>{wall}{weave}</defs>{behind}{thing}</svg>"#
    )
}

fn draw(picture: &Picture) -> String {
    match picture.motif {
        Motif::Drape => cloth::drape(picture),
        Motif::FoldedSaree => cloth::folded_saree(picture),
        Motif::Towel => cloth::towel(picture),
        Motif::Stack => cloth::stack(picture),
        Motif::Cushion => cloth::cushion(picture),
        Motif::Rug => cloth::rug(picture),
        Motif::Kurta => garments::kurta(picture),
        Motif::Fatua => garments::fatua(picture),
        Motif::LongSleeves => garments::shirt_long(picture),
        Motif::ShortSleeves => garments::shirt_short(picture),
        Motif::Jhumka => jewellery::jhumka(picture),
        Motif::Pearls => jewellery::pearls(picture),
        Motif::Bangles => jewellery::bangles(picture),
        Motif::Cuffs => jewellery::cuffs(picture),
        Motif::Necklace => jewellery::necklace(picture),
        Motif::Caddy => kitchen::caddy(picture),
        Motif::Kulhad => kitchen::kulhad(picture),
        Motif::SpiceBox => kitchen::spice_box(picture),
        Motif::Heap => kitchen::heap(picture),
        Motif::Jar => kitchen::jar(picture),
        Motif::Kadhai => kitchen::kadhai(picture),
        Motif::Plate => pottery::plate(picture),
        Motif::WaterPot => pottery::water_pot(picture),
        Motif::Lamp => pottery::lamp(picture),
        Motif::Cup => pottery::cup(picture),
        Motif::Elephant => play::elephant(picture),
        Motif::Rickshaw => play::rickshaw(picture),
        Motif::Tops => play::tops(picture),
        Motif::MountainBook => play::mountain_book(picture),
        Motif::RiverBook => play::river_book(picture),
    }
}
