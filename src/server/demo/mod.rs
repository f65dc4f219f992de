//! The demo shop: two stores, forty products with pictures, and somebody of every role.
//!
//! `data` the tables · `couriers` accounts and the sandbox they speak to · `wearables` and `household` the products · `pictures` draws them. It is
//! written category by category, each in one transaction, so that checkout never waits long and a
//! start that was interrupted goes on where it stopped.

pub mod couriers;
pub mod data;
mod household;
pub mod pictures;
mod wearables;

use std::sync::Arc;

use crate::domain::catalogue::{Category, Product, Store, Variant};
use crate::domain::customers::Phone;
use crate::domain::ids::{BlobId, ProductId, StoreId, UserId, VariantId};
use crate::domain::money::Minor;
use crate::domain::time::{UnixMillis, sequence};
use crate::error::AppError;
use crate::server::auth::hash_password;
use crate::server::clock::Chance;
use crate::server::db::blobs::{self, Blob};
use crate::server::db::catalogue::{self, NewProduct};
use crate::server::db::people::{self, UserRow};
use crate::server::db::stock::{self, Movement};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, extras, settings};
use crate::server::{App, demo::data::CATEGORIES};
use data::{DemoCategory, DemoProduct, PASSWORD, STORES, USERS};

/// The setting of the whole instance that says how far the demo has come.
const MARKER: &str = "demo.filled";
const STARTED: &str = "started";
const FINISHED: &str = "finished";

const REFERENCE_PREFIX: &str = "LEG";
const MINOR_PER_MAJOR: i64 = 100;
const AUTHOR: &str = "system";

/// Makes the demo shop in a database that has no store yet; says whether anything was written.
///
/// # Errors
/// [`AppError::Internal`] when the database cannot be written; the next call goes on from there.
pub async fn fill(app: &App) -> Result<bool, AppError> {
    let mut conn = app.db.read().await?;
    let marker = settings::get(&mut conn, "", MARKER).await?;
    let is_empty = catalogue::stores(&mut conn).await?.is_empty();
    drop(conn);
    match marker.as_deref() {
        Some(STARTED) => {}
        None if is_empty => open_stores(app).await?,
        Some(_) | None => return Ok(false),
    }
    let mut conn = app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    drop(conn);
    for place in 0..CATEGORIES.len() {
        fill_category(app, place, &stores).await?;
    }
    mark(app, FINISHED).await?;
    Ok(true)
}

async fn mark(app: &App, state: &'static str) -> Result<(), AppError> {
    let now = app.clock.now();
    app.db.write(move |conn| Box::pin(async move { Ok(settings::set(conn, "", MARKER, state, now).await?) })).await
}

/// The stores, the people who work and buy in them, and the marker, all at once.
async fn open_stores(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let stores = STORES.iter().map(|store| new_store(store, &app.chance, now)).collect::<Result<Vec<_>, _>>()?;
    // One hash for all: the password is public, and hashing takes its time.
    let password_hash = hash_password(PASSWORD.to_owned()).await?;
    let users: Vec<UserRow> = USERS
        .iter()
        .map(|user| UserRow {
            id: UserId::new(app.chance.id(now)),
            email: user.email.to_owned(),
            name: user.name.to_owned(),
            password_hash: password_hash.clone(),
            role: user.role,
            store_id: user.shop.and_then(|shop| find_store(&stores, shop)).map(|store| store.id.clone()),
        })
        .collect();
    let people = Arc::new((stores, users));
    app.db
        .write(move |conn| {
            let people = Arc::clone(&people);
            Box::pin(async move {
                let (stores, users) = &*people;
                for (position, store) in (0..).zip(stores) {
                    catalogue::insert_store(conn, store, position, now).await?;
                }
                for user in users {
                    // The operator may have made an account before.
                    if people::find_by_email(conn, &user.email).await?.is_none() {
                        people::insert_user(conn, user, now).await?;
                    }
                }
                Ok(settings::set(conn, "", MARKER, STARTED, now).await?)
            })
        })
        .await
}

fn new_store(store: &data::DemoStore, chance: &Chance, now: UnixMillis) -> Result<Store, AppError> {
    Ok(Store {
        id: StoreId::new(chance.id(now)),
        slug: store.shop.slug().to_owned(),
        name: store.name.to_owned(),
        country: store.country,
        whatsapp_phone: Phone::parse(store.whatsapp, store.country).ok_or(AppError::Internal)?,
        reference_prefix: REFERENCE_PREFIX.to_owned(),
    })
}

fn find_store(stores: &[Store], shop: data::Shop) -> Option<&Store> {
    stores.iter().find(|store| store.slug == shop.slug())
}

/// A product with everything its rows need.
struct Item {
    product: Product,
    picture: Blob,
    seq: i64,
    position: i64,
    weight_grams: i64,
    tax_rate_bp: i64,
    hsn: &'static str,
    movements: Vec<String>,
}

/// A category and what is in it, ready to be written.
struct Shelf {
    id: String,
    category: Category,
    position: i64,
    items: Vec<Item>,
}

async fn fill_category(app: &App, place: usize, stores: &[Store]) -> Result<(), AppError> {
    let now = app.clock.now();
    let shelf = Arc::new(new_shelf(place, stores, &app.chance, now)?);
    app.db
        .write(move |conn| {
            let shelf = Arc::clone(&shelf);
            Box::pin(async move { write_shelf(conn, &shelf, now).await })
        })
        .await
}

fn new_shelf(place: usize, stores: &[Store], chance: &Chance, now: UnixMillis) -> Result<Shelf, AppError> {
    let DemoCategory { slug, name, products } = CATEGORIES[place];
    let category = Category { slug: slug.to_owned(), name: name.to_owned() };
    let mut items = Vec::with_capacity(products.len());
    for (at, demo) in products.iter().enumerate() {
        // Row by row through the categories: the first page shows something of each.
        let number = at * CATEGORIES.len() + place;
        let store = find_store(stores, demo.shop).ok_or(AppError::Internal)?;
        items.push(new_item(demo, number, store, &category, chance, now));
    }
    Ok(Shelf { id: chance.id(now), category, position: place as i64, items })
}

fn new_item(
    demo: &DemoProduct,
    number: usize,
    store: &Store,
    category: &Category,
    chance: &Chance,
    now: UnixMillis,
) -> Item {
    let variants: Vec<Variant> = demo
        .variants(number)
        .into_iter()
        .map(|variant| Variant {
            id: VariantId::new(chance.id(now)),
            sku: variant.sku,
            barcode: variant.barcode,
            size: variant.size.to_owned(),
            color: variant.color.to_owned(),
            price: Minor(variant.price * MINOR_PER_MAJOR),
            stock_quantity: variant.stock,
            weight_grams: variant.weight_grams,
        })
        .collect();
    let position = number as i64;
    Item {
        // A millisecond for each: their sequence numbers differ whatever chance gives.
        seq: sequence(now.plus(position), chance.number()),
        position,
        picture: Blob { media_type: "image/svg+xml".to_owned(), bytes: pictures::svg(&demo.picture).into_bytes() },
        weight_grams: demo.weight_grams,
        tax_rate_bp: demo.tax_rate_bp,
        hsn: demo.hsn,
        movements: variants.iter().map(|_| chance.id(now)).collect(),
        product: Product {
            id: ProductId::new(chance.id(now)),
            slug: demo.slug.to_owned(),
            name: demo.name.to_owned(),
            description: demo.description.to_owned(),
            store: store.clone(),
            category: Some(category.clone()),
            picture: Some(BlobId::new(chance.id(now))),
            dimensions_mm: demo.packed_mm,
            variants,
        },
    }
}

async fn write_shelf(conn: &mut Conn, shelf: &Shelf, now: UnixMillis) -> Result<(), Failure> {
    // A category and its products are one transaction: where it is, it is complete.
    if catalogue::categories(conn).await?.iter().any(|present| present.slug == shelf.category.slug) {
        return Ok(());
    }
    catalogue::insert_category(conn, &shelf.id, &shelf.category, shelf.position).await?;
    for item in &shelf.items {
        write_item(conn, item, &shelf.id, now).await?;
    }
    Ok(())
}

async fn write_item(conn: &mut Conn, item: &Item, category_id: &str, now: UnixMillis) -> Result<(), Failure> {
    let product = &item.product;
    if let Some(picture) = &product.picture {
        blobs::insert_public(conn, picture, &product.store.id, &item.picture, now).await?;
    }
    let new = NewProduct {
        product,
        seq: item.seq,
        category_id: Some(category_id),
        weight_grams: item.weight_grams,
        tax_rate_bp: item.tax_rate_bp,
        hsn: item.hsn,
        position: item.position,
    };
    catalogue::insert_product(conn, &new, now).await?;
    for (position, (variant, movement)) in (0..).zip(product.variants.iter().zip(&item.movements)) {
        catalogue::insert_variant(conn, product, variant, position).await?;
        // A movement of nothing is none.
        if variant.stock_quantity > 0 {
            let movement = Movement {
                id: movement,
                store_id: &product.store.id,
                variant_id: &variant.id,
                quantity: variant.stock_quantity,
                reason: "initial",
                order_id: None,
                author: AUTHOR,
            };
            stock::move_stock(conn, &movement, now).await?;
        }
    }
    extras::index_product(conn, item.seq, &searchable(product)).await?;
    Ok(())
}

/// Every word a customer may look for the product with.
fn searchable(product: &Product) -> String {
    let category = product.category.as_ref().map_or("", |category| &category.name);
    let mut words = vec![product.name.as_str(), category, &product.store.name, &product.description];
    for variant in &product.variants {
        for word in [&variant.color, &variant.sku, &variant.barcode] {
            if !word.is_empty() && !words.contains(&word.as_str()) {
                words.push(word);
            }
        }
    }
    words.join(" ")
}
