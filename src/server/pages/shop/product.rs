//! `/p/{slug}`: one product, its choices, and the button that puts it into the cart.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::catalogue::{Product, Variant};
use crate::domain::checkout::clean_line;
use crate::domain::messages::Messages;
use crate::domain::money::Minor;
use crate::error::{AppError, FieldError};
use crate::server::db::catalogue;
use crate::server::forms::Fields;
use crate::server::pages::parts::fields::{self, Errors, field_error, field_id};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::picture::{Urgency, picture};
use crate::server::pages::parts::status::{scarce_words, stock};
use crate::server::pages::{Page, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::cart::add_to_cart;

const PICTURE_SIDE_PX: u32 = 900;
const DESCRIPTION_MAX_CHARS: usize = 160;

/// What was chosen, and what is wrong with it.
struct Choice {
    variant: String,
    quantity: String,
    errors: Vec<FieldError>,
}

/// `GET /p/{slug}`.
pub async fn show(visit: Visit, Path(slug): Path<String>) -> Response {
    match load(&visit, &slug).await {
        Ok(product) => {
            let variant = first_choice(&product);
            answer(&visit, product, Choice { variant, quantity: "1".to_owned(), errors: Vec::new() })
        }
        Err(error) => problem(&visit, &error),
    }
}

/// `POST /p/{slug}`: into the cart, or the page again with what is wrong.
pub async fn add(visit: Visit, Path(slug): Path<String>, fields: Fields) -> Response {
    let (variant, quantity) = (fields.get("variant").to_owned(), fields.get("quantity").to_owned());
    let added = call(&visit, add_to_cart(variant.clone(), quantity.clone())).await;
    let errors = match added {
        Ok(_) => return redirect(&visit, "/cart"),
        Err(AppError::Invalid { fields }) => fields,
        Err(error) => return problem(&visit, &error),
    };
    match load(&visit, &slug).await {
        Ok(product) => answer(&visit, product, Choice { variant, quantity, errors }),
        Err(error) => problem(&visit, &error),
    }
}

async fn load(visit: &Visit, slug: &str) -> Result<Product, AppError> {
    let mut conn = visit.app.db.read().await?;
    catalogue::find(&mut conn, &clean_line(slug)).await?.ok_or_else(|| AppError::not_found("Product"))
}

/// The first variant that can be had; the first of all when none can.
fn first_choice(product: &Product) -> String {
    let wanted = product.variants.iter().find(|variant| variant.in_stock()).or_else(|| product.variants.first());
    wanted.map(|variant| variant.id.to_string()).unwrap_or_default()
}

fn answer(visit: &Visit, product: Product, choice: Choice) -> Response {
    let words = visit.words();
    let status = if choice.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let description: String = clean_line(&product.description).chars().take(DESCRIPTION_MAX_CHARS).collect();
    let page = Page::new(product.name.clone()).described(description).status(status);
    let page = if status == StatusCode::OK { page.indexable() } else { page };
    respond(visit, page, || product_view(product, choice, words))
}

fn product_view(product: Product, choice: Choice, words: &'static Messages) -> AnyView {
    let about = (!product.description.is_empty()).then(|| {
        view! {
            <section class="stack-small" aria-labelledby="about">
                <h2 id="about">{words.product_about}</h2>
                <p class="prose">{product.description.clone()}</p>
            </section>
        }
    });
    view! {
        {trail(&product, words)}
        <article class="product">
            <div class="product-picture">
                {picture(product.picture.as_ref(), &product.name, PICTURE_SIDE_PX, Urgency::First)}
            </div>
            <div class="stack">
                <div class="stack-small">
                    <p class="soft">{(words.sold_by)(&product.store.name)}</p>
                    <h1>{product.name.clone()}</h1>
                    {price_line(&product, words)}
                </div>
                {if product.in_stock() { buy(&product, choice, words) } else { gone(words) }}
                {about}
                {promises(&product, words)}
            </div>
        </article>
    }
    .into_any()
}

fn trail(product: &Product, words: &'static Messages) -> AnyView {
    let category = product.category.clone().map(|category| {
        let href = format!("/?category={}", crate::domain::whatsapp::percent_encode(&category.slug));
        view! { <li><a href=href>{category.name}</a></li> }
    });
    view! {
        <nav aria-label=words.product_trail>
            <ul class="trail">
                <li><a href="/">{words.home_all}</a></li>
                {category}
            </ul>
        </nav>
    }
    .into_any()
}

fn price_line(product: &Product, words: &'static Messages) -> AnyView {
    let currency = product.store.currency();
    let lowest = product.variants.iter().map(|variant| variant.price).min().unwrap_or(Minor(0));
    let varies = product.variants.iter().any(|variant| variant.price != lowest);
    let amount = lowest.display(currency);
    let price = if varies { (words.price_from)(&amount) } else { amount };
    // With choices, those of which few are left say so themselves.
    let left = match product.variants.as_slice() {
        [only] => only.stock_quantity,
        several => several.iter().map(|variant| variant.stock_quantity).sum(),
    };
    view! { <p class="row"><span class="product-price">{price}</span> {stock(left, words)}</p> }.into_any()
}

fn gone(words: &'static Messages) -> AnyView {
    view! {
        <div class="notice">
            <p>{words.product_gone}</p>
            <a href="/">{words.home_show_all}</a>
        </div>
    }
    .into_any()
}

fn buy(product: &Product, choice: Choice, words: &'static Messages) -> AnyView {
    let errors = choice.errors.as_slice();
    let choices = match product.variants.as_slice() {
        [only] => view! {
            <input type="hidden" name="variant" value=only.id.to_string()/>
            {field_error(errors, "variant")}
        }
        .into_any(),
        _ => variants(product, &choice.variant, errors, words),
    };
    view! {
        <form class="product-buy" method="post" action=format!("/p/{}", product.slug)>
            {fields::error_summary(errors, |name| format!("#{}", field_id(name)), words)}
            {choices}
            <div class="field">
                <label class="label" for=field_id("quantity")>{words.quantity}</label>
                <input class="input quantity-input" id=field_id("quantity") name="quantity" type="number" inputmode="numeric"
                    min="1" max="999" value=choice.quantity aria-invalid=fields::invalid(errors, "quantity")
                    aria-describedby=fields::described_by("quantity", "")/>
                {field_error(errors, "quantity")}
            </div>
            <button class="button button-primary button-wide button-large" type="submit">{icon(Icon::Bag)} {words.add_to_cart}</button>
        </form>
    }
    .into_any()
}

/// The choices: one row, or with sizes in several colours one row per colour.
fn variants(product: &Product, chosen: &str, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let mut rows: Vec<(&str, Vec<AnyView>)> = Vec::new();
    let by_color = has_rows(&product.variants);
    let lowest = product.variants.iter().map(|variant| variant.price).min().unwrap_or(Minor(0));
    let varies = product.variants.iter().any(|variant| variant.price != lowest);
    for (at, variant) in product.variants.iter().enumerate() {
        let id = if at == 0 { field_id("variant") } else { field_id(variant.id.as_str()) };
        let price = varies.then(|| variant.price.display(product.store.currency()));
        let choice = variant_choice(variant, by_color, id, chosen == variant.id.as_str(), price, words);
        let color = if by_color { variant.color.as_str() } else { "" };
        match rows.iter_mut().find(|(name, _)| *name == color) {
            Some((_, row)) => row.push(choice),
            None => rows.push((color, vec![choice])),
        }
    }
    let rows = rows.into_iter().map(|(color, row)| {
        // Every choice names its colour to screen readers.
        let title = by_color.then(|| view! { <p class="choices-title" aria-hidden="true">{color.to_owned()}</p> });
        view! { <div>{title} <div class="choices-row">{row}</div></div> }
    });
    view! {
        <fieldset class="stack-small" aria-describedby=fields::described_by("variant", "")>
            <legend class="label">{words.product_choose}</legend>
            {rows.collect_view()}
            {field_error(errors, "variant")}
        </fieldset>
    }
    .into_any()
}

/// Whether there are sizes in more than one colour.
fn has_rows(variants: &[Variant]) -> bool {
    let first = variants.first().map_or("", |variant| variant.color.as_str());
    variants.iter().any(|variant| variant.color != first) && variants.iter().all(|variant| !variant.size.is_empty())
}

fn variant_choice(
    variant: &Variant,
    by_color: bool,
    id: String,
    is_chosen: bool,
    price: Option<String>,
    words: &'static Messages,
) -> AnyView {
    let label = variant.label();
    let name = match (by_color, label.is_empty()) {
        (true, _) => {
            let color = view! { <span class="visually-hidden">" · " {variant.color.clone()}</span> };
            view! { <span>{variant.size.clone()} {color}</span> }.into_any()
        }
        (false, true) => variant.sku.clone().into_any(),
        (false, false) => label.into_any(),
    };
    let can_be_had = variant.in_stock();
    let price = price.filter(|_| can_be_had).map(|price| view! { <small>{price}</small> });
    let left = scarce_words(variant.stock_quantity, words).map(|left| view! { <small>{left}</small> });
    view! {
        <label class="choice">
            <input type="radio" name="variant" id=id value=variant.id.to_string() required checked=is_chosen && can_be_had
                disabled=!can_be_had/>
            <span class="choice-face">{name} {price} {left}</span>
        </label>
    }
    .into_any()
}

fn promises(product: &Product, words: &'static Messages) -> AnyView {
    let weight = product.variants.first().map(|variant| variant.weight_grams).filter(|grams| *grams > 0);
    let mut lines = vec![
        (Icon::Chat, words.product_promise_chat.to_owned()),
        (Icon::Parcel, words.product_promise_follow.to_owned()),
        (Icon::Tick, words.product_promise_price.to_owned()),
    ];
    lines.extend(weight.map(|grams| (Icon::Bag, (words.product_weight)(grams))));
    let lines =
        lines.into_iter().map(|(drawing, line)| view! { <li>{icon(drawing)} <span>{line}</span></li> }).collect_view();
    view! {
        <section aria-labelledby="facts">
            <h2 class="visually-hidden" id="facts">{words.product_facts}</h2>
            <ul class="promises">{lines}</ul>
        </section>
    }
    .into_any()
}
