//! The catalogue: stores, products and their variants as every layer sees them.

use serde::{Deserialize, Serialize};

use crate::domain::customers::{Country, Phone};
use crate::domain::ids::{BlobId, ProductId, StoreId, VariantId};
use crate::domain::money::{Currency, Minor};

/// A merchant's store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Store {
    /// Identity.
    pub id: StoreId,
    /// Name in URLs and the API.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Decides currency, time zone, phone default and postcode rule.
    pub country: Country,
    /// Where orders go by WhatsApp.
    pub whatsapp_phone: Phone,
    /// Prefix of order references, `LEG` unless the merchant chose another.
    pub reference_prefix: String,
}

impl Store {
    /// The currency of every price of this store.
    pub fn currency(&self) -> Currency {
        self.country.currency()
    }
}

/// A group of products of a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Name in URLs.
    pub slug: String,
    /// Name for people.
    pub name: String,
}

/// A product as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCard {
    /// Name in the URL of the product page.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Name of the store that sells it.
    pub store_name: String,
    /// Currency of the prices.
    pub currency: Currency,
    /// Lowest variant price, tax included.
    pub price_from: Minor,
    /// Whether the variants differ in price.
    pub price_varies: bool,
    /// Picture, if there is one.
    pub picture: Option<BlobId>,
    /// Whether any variant is in stock.
    pub in_stock: bool,
}

/// One sellable variant: the thing that has a price and a stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Identity.
    pub id: VariantId,
    /// Merchant's code.
    pub sku: String,
    /// Barcode, possibly empty.
    pub barcode: String,
    /// Size, possibly empty.
    pub size: String,
    /// Colour, possibly empty.
    pub color: String,
    /// Price of one piece, tax included.
    pub price: Minor,
    /// Pieces in stock; never negative.
    pub stock_quantity: i64,
    /// Weight of one piece in grams.
    pub weight_grams: i64,
}

impl Variant {
    /// Whether at least one piece can be sold. Derived, never stored.
    pub fn in_stock(&self) -> bool {
        self.stock_quantity > 0
    }

    /// Size and colour for people: `M · Blue`, or nothing for a product without choices.
    pub fn label(&self) -> String {
        option_label(&self.size, &self.color)
    }
}

/// Joins the filled options of a variant.
pub fn option_label(size: &str, color: &str) -> String {
    match (size.is_empty(), color.is_empty()) {
        (true, true) => String::new(),
        (false, true) => size.to_owned(),
        (true, false) => color.to_owned(),
        (false, false) => format!("{size} · {color}"),
    }
}

/// A product with everything its page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Identity.
    pub id: ProductId,
    /// Name in the URL.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// What it is, plain text.
    pub description: String,
    /// Who sells it.
    pub store: Store,
    /// Category, if it has one.
    pub category: Option<Category>,
    /// Picture, if there is one.
    pub picture: Option<BlobId>,
    /// Length, width and height of the packed piece in millimetres.
    pub dimensions_mm: (i64, i64, i64),
    /// Variants in the merchant's order.
    pub variants: Vec<Variant>,
}

impl Product {
    /// Whether any variant is in stock.
    pub fn in_stock(&self) -> bool {
        self.variants.iter().any(Variant::in_stock)
    }
}

/// What a visitor asks the catalogue for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CatalogueQuery {
    /// Words to search for, possibly empty.
    pub search: String,
    /// Category slug, possibly empty for all.
    pub category: String,
    /// Page, from 1.
    pub page: i64,
}

/// Words of a search: lower case, at most six, without the wildcards of SQL's LIKE.
pub fn search_words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && !is_mark(letter))
        .filter(|word| !word.is_empty())
        .take(6)
        .map(|word| word.chars().take(40).collect())
        .collect()
}

/// Vowel signs and joiners of Indic scripts belong to their word.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0900}'..='\u{0DFF}' | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_words_drop_wildcards_and_keep_indic_words_whole() {
        assert_eq!(search_words("  Cotton%SHIRT_x "), ["cotton", "shirt", "x"]);
        assert_eq!(search_words("শাড়ি লাল"), ["শাড়ি", "লাল"]);
        assert_eq!(search_words("a b c d e f g h").len(), 6);
    }

    #[test]
    fn a_label_has_a_dot_only_between_two_options() {
        assert_eq!(option_label("M", "Blue"), "M · Blue");
        assert_eq!(option_label("", "Blue"), "Blue");
        assert_eq!(option_label("", ""), "");
    }
}
