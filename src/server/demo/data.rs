//! What the demo shop sells, as plain tables: stores, people, categories, and the shape of a product.
//!
//! The products themselves are in `wearables` and `household`. Nothing here is random: the same
//! tables make the same shop, and tests may rely on its slugs.

use crate::domain::customers::Country;
use crate::domain::staff::Role;
use crate::server::demo::pictures::Picture;
use crate::server::demo::{household, wearables};

/// Everybody of the demo signs in with it; `serve --demo` therefore listens on loopback only.
pub const PASSWORD: &str = "harkara-demo";

/// Which of the two stores sells a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shop {
    /// In Bangladesh, prices in taka.
    Dhaka,
    /// In India, prices in rupees.
    Mumbai,
}

impl Shop {
    /// The store's slug.
    pub fn slug(self) -> &'static str {
        match self {
            Shop::Dhaka => "dhaka",
            Shop::Mumbai => "mumbai",
        }
    }
}

/// A store of the demo.
#[derive(Debug)]
pub struct DemoStore {
    /// Which one.
    pub shop: Shop,
    /// Name for people.
    pub name: &'static str,
    /// Decides its currency.
    pub country: Country,
    /// Where its orders go. Neither country sets numbers aside for fiction; these lie in ranges that
    /// no operator was known to use, so that a trial order does not reach a stranger.
    pub whatsapp: &'static str,
}

/// Both stores, in the order they are shown.
pub const STORES: [DemoStore; 2] = [
    DemoStore { shop: Shop::Dhaka, name: "Meghna Crafts", country: Country::BD, whatsapp: "+8801590000001" },
    DemoStore { shop: Shop::Mumbai, name: "Sahyadri Bazaar", country: Country::IN, whatsapp: "+916100000001" },
];

/// Somebody who can sign in.
#[derive(Debug)]
pub struct DemoUser {
    /// Address, lower-cased.
    pub email: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Role.
    pub role: Role,
    /// Store a seller works in.
    pub shop: Option<Shop>,
}

/// One person of every role, and a seller in each store.
pub const USERS: [DemoUser; 5] = [
    DemoUser { email: "admin@example.com", name: "Anika Rahman", role: Role::Admin, shop: None },
    DemoUser { email: "staff@example.com", name: "Vikram Joshi", role: Role::Staff, shop: None },
    DemoUser { email: "seller.dhaka@example.com", name: "Tania Akter", role: Role::Seller, shop: Some(Shop::Dhaka) },
    DemoUser { email: "seller.mumbai@example.com", name: "Meera Patil", role: Role::Seller, shop: Some(Shop::Mumbai) },
    DemoUser { email: "customer@example.com", name: "Imran Hossain", role: Role::Customer, shop: None },
];

/// A category with everything on its shelf, from both stores.
#[derive(Debug)]
pub struct DemoCategory {
    /// Name in URLs.
    pub slug: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What is in it, best first.
    pub products: &'static [DemoProduct],
}

/// Every category, in the order they are shown.
pub const CATEGORIES: [DemoCategory; 8] = [
    DemoCategory { slug: "sarees", name: "Sarees", products: wearables::SAREES },
    DemoCategory { slug: "kurtas-panjabi", name: "Kurtas & Panjabi", products: wearables::KURTAS },
    DemoCategory { slug: "jewellery", name: "Jewellery", products: wearables::JEWELLERY },
    DemoCategory { slug: "kitchen-pottery", name: "Kitchen & Pottery", products: household::KITCHEN },
    DemoCategory { slug: "shirts", name: "Shirts", products: wearables::SHIRTS },
    DemoCategory { slug: "home-textiles", name: "Home Textiles", products: household::TEXTILES },
    DemoCategory { slug: "tea-spices", name: "Tea & Spices", products: household::PANTRY },
    DemoCategory { slug: "toys-books", name: "Toys & Books", products: household::PLAY },
];

/// A size, or a pack.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// As the customer reads it.
    pub label: &'static str,
    /// What it costs above the product's price, in whole rupees or taka.
    pub extra: i64,
    /// What it weighs above the product's weight.
    pub extra_grams: i64,
}

/// A size that costs and weighs as its product.
pub const fn size(label: &'static str) -> Size {
    Size { label, extra: 0, extra_grams: 0 }
}

/// A product of the demo.
#[derive(Debug)]
pub struct DemoProduct {
    /// Who sells it.
    pub shop: Shop,
    /// Name in its URL.
    pub slug: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Two or three sentences.
    pub description: &'static str,
    /// Start of its variants' SKUs.
    pub sku: &'static str,
    /// Whether its variants carry a barcode.
    pub barcode: bool,
    /// In whole rupees or taka, tax included.
    pub price: i64,
    /// Packed.
    pub weight_grams: i64,
    /// Length, width and height, packed.
    pub packed_mm: (i64, i64, i64),
    /// Tariff code.
    pub hsn: &'static str,
    /// Tax in hundredths of a percent.
    pub tax_rate_bp: i64,
    /// Colours; none for a product without a choice.
    pub colors: &'static [&'static str],
    /// Sizes; none for a product without a choice.
    pub sizes: &'static [Size],
    /// Pieces of every variant: the sizes of the first colour, then those of the next.
    pub stock: &'static [i64],
    /// What is drawn, in the first colour.
    pub picture: Picture,
}

/// A variant of a product of the demo.
#[derive(Debug)]
pub struct DemoVariant {
    /// Unique within its store.
    pub sku: String,
    /// Barcode, possibly empty.
    pub barcode: String,
    /// Colour, possibly empty.
    pub color: &'static str,
    /// Size, possibly empty.
    pub size: &'static str,
    /// In whole rupees or taka.
    pub price: i64,
    /// Packed.
    pub weight_grams: i64,
    /// Pieces in stock.
    pub stock: i64,
}

impl DemoProduct {
    /// Every variant; `number` tells the barcodes of one product from those of another.
    pub fn variants(&self, number: usize) -> Vec<DemoVariant> {
        let colors = if self.colors.is_empty() { &[""][..] } else { self.colors };
        let sizes = if self.sizes.is_empty() { &[size("")][..] } else { self.sizes };
        let choices = colors.iter().flat_map(|color| sizes.iter().map(move |size| (color, size)));
        choices
            .zip(self.stock)
            .enumerate()
            .map(|(at, ((color, size), stock))| DemoVariant {
                sku: sku(self.sku, color, size.label),
                barcode: if self.barcode { barcode(number, at) } else { String::new() },
                color,
                size: size.label,
                price: self.price + size.extra,
                weight_grams: self.weight_grams + size.extra_grams,
                stock: *stock,
            })
            .collect()
    }
}

/// The product's code with three letters of the colour and the whole size, as `KUR-CHI-IVO-XL`.
fn sku(base: &str, color: &str, size: &str) -> String {
    let mut sku = base.to_owned();
    for (option, length) in [(color, 3), (size, usize::MAX)] {
        let code: String = option.chars().filter(char::is_ascii_alphanumeric).take(length).collect();
        if !code.is_empty() {
            sku.push('-');
            sku.push_str(&code.to_uppercase());
        }
    }
    sku
}

/// An EAN-13 that begins with 200: GS1 keeps those for use inside a shop, so no real article has it.
fn barcode(product: usize, variant: usize) -> String {
    let digits = format!("200{product:06}{variant:03}");
    let sum: u32 =
        digits.bytes().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::customers::Phone;

    /// Rows one write may touch (DESIGN 4).
    const WRITE_ROWS_MAX: usize = 200;

    fn products() -> impl Iterator<Item = &'static DemoProduct> {
        CATEGORIES.iter().flat_map(|category| category.products)
    }

    #[test]
    fn slugs_and_skus_are_unique_and_every_variant_has_its_stock() {
        let (mut slugs, mut skus) = (BTreeSet::new(), BTreeSet::new());
        for (number, product) in products().enumerate() {
            assert!(slugs.insert(product.slug), "{} twice", product.slug);
            assert_eq!(
                product.stock.len(),
                product.colors.len().max(1) * product.sizes.len().max(1),
                "{}: one stock per variant",
                product.slug
            );
            for variant in product.variants(number) {
                assert!(skus.insert((product.shop.slug(), variant.sku.clone())), "{} twice", variant.sku);
                assert!(!variant.sku.ends_with('-') && !variant.sku.contains("--"), "{}", variant.sku);
            }
        }
    }

    #[test]
    fn stores_have_numbers_that_parse() {
        for store in &STORES {
            let phone = Phone::parse(store.whatsapp, store.country);
            assert_eq!(phone.as_ref().map(Phone::as_str), Some(store.whatsapp));
        }
    }

    #[test]
    fn a_barcode_has_the_check_digit_of_an_ean() {
        assert_eq!(barcode(0, 0), "2000000000008");
        assert_eq!(barcode(12, 3), "2000000120034");
    }

    #[test]
    fn a_category_fits_one_write() {
        for category in &CATEGORIES {
            // Blob, product and search row; variant, stock and movement.
            let rows: usize = category.products.iter().map(|product| 3 + 3 * product.stock.len()).sum();
            assert!(rows < WRITE_ROWS_MAX, "{}: {rows} rows", category.slug);
        }
    }
}
