//! `/`: the catalogue with its categories and the search.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::catalogue::{CatalogueQuery, Category, ProductCard};
use crate::domain::checkout::clean_line;
use crate::domain::messages::Messages;
use crate::domain::whatsapp::percent_encode;
use crate::error::AppError;
use crate::server::db::catalogue;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::pagination::pagination;
use crate::server::pages::parts::picture::{Urgency, picture};
use crate::server::pages::{Page, problem, respond};
use crate::server::visit::Visit;

const PAGE_SIZE: i64 = 24;
const PAGE_MAX: i64 = 10_000;
const SEARCH_MAX_CHARS: usize = 100;
/// Cards that are in sight when the page opens.
const CARDS_IN_SIGHT: usize = 4;
const CARD_SIDE_PX: u32 = 600;

/// Everything the page shows.
struct Shelf {
    query: CatalogueQuery,
    categories: Vec<Category>,
    cards: Vec<ProductCard>,
    total: i64,
}

/// `GET /`, with `?q=&category=&page=`.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    match load(&visit, read_query(&asked)).await {
        Ok(shelf) => {
            let words = visit.words();
            let page = describe(&shelf, words);
            respond(&visit, page, || shelf_view(shelf, words))
        }
        Err(error) => problem(&visit, &error),
    }
}

fn read_query(asked: &HashMap<String, String>) -> CatalogueQuery {
    let text = |name: &str| asked.get(name).map(|typed| clean_line(typed)).unwrap_or_default();
    CatalogueQuery {
        search: text("q").chars().take(SEARCH_MAX_CHARS).collect(),
        category: text("category"),
        page: text("page").parse().unwrap_or(1).clamp(1, PAGE_MAX),
    }
}

async fn load(visit: &Visit, query: CatalogueQuery) -> Result<Shelf, AppError> {
    let mut conn = visit.app.db.read().await?;
    let categories = catalogue::categories(&mut conn).await?;
    if !query.category.is_empty() && !categories.iter().any(|category| category.slug == query.category) {
        return Err(AppError::not_found("Category"));
    }
    let (cards, total) = catalogue::list(&mut conn, &query, PAGE_SIZE).await?;
    Ok(Shelf { query, categories, cards, total })
}

fn describe(shelf: &Shelf, words: &'static Messages) -> Page {
    let is_plain = shelf.query.search.is_empty();
    let title =
        if is_plain && shelf.query.category.is_empty() { words.shop_name.to_owned() } else { heading(shelf, words) };
    let page = Page::new(title).described(words.shop_promise).searched(&shelf.query.search);
    if is_plain { page.indexable() } else { page }
}

fn heading(shelf: &Shelf, words: &'static Messages) -> String {
    if !shelf.query.search.is_empty() {
        return (words.home_results)(&shelf.query.search);
    }
    let chosen = shelf.categories.iter().find(|category| category.slug == shelf.query.category);
    chosen.map_or_else(|| words.home_all.to_owned(), |category| category.name.clone())
}

/// The address of a page of the catalogue.
fn href(search: &str, category: &str, page: i64) -> String {
    let mut parts = Vec::new();
    if !search.is_empty() {
        parts.push(format!("q={}", percent_encode(search)));
    }
    if !category.is_empty() {
        parts.push(format!("category={}", percent_encode(category)));
    }
    if page > 1 {
        parts.push(format!("page={page}"));
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
}

fn shelf_view(shelf: Shelf, words: &'static Messages) -> AnyView {
    let query = shelf.query.clone();
    let is_front = query.search.is_empty() && query.category.is_empty() && query.page == 1;
    let heading = heading(&shelf, words);
    let pages = (shelf.total + PAGE_SIZE - 1) / PAGE_SIZE;
    let title =
        if is_front { view! { <h2>{heading}</h2> }.into_any() } else { view! { <h1>{heading}</h1> }.into_any() };
    let content = if shelf.cards.is_empty() { nothing(words) } else { cards(shelf.cards, is_front, words) };
    view! {
        <div class="stack">
            {is_front.then(|| hero(words))}
            {chips(&shelf.categories, &query, words)}
            <section class="stack" aria-labelledby="shelf">
                <div class="row row-apart" id="shelf">
                    {title}
                    <p class="soft">{(words.home_count)(shelf.total)}</p>
                </div>
                {content}
                {pagination(query.page, pages, |page| href(&query.search, &query.category, page), words)}
            </section>
        </div>
    }
    .into_any()
}

fn hero(words: &'static Messages) -> AnyView {
    view! {
        <div class="hero">
            <h1>{words.home_heading}</h1>
            <p>{words.home_intro}</p>
        </div>
    }
    .into_any()
}

fn chips(categories: &[Category], query: &CatalogueQuery, words: &'static Messages) -> AnyView {
    let chip = |slug: &str, name: String| {
        let current = (query.category == slug).then_some("true");
        view! { <li><a class="chip" href=href(&query.search, slug, 1) aria-current=current>{name}</a></li> }
    };
    let all = chip("", words.home_every_category.to_owned());
    let rest = categories.iter().map(|category| chip(&category.slug, category.name.clone())).collect_view();
    view! { <nav aria-label=words.home_categories><ul class="chips">{all} {rest}</ul></nav> }.into_any()
}

fn nothing(words: &'static Messages) -> AnyView {
    view! {
        <div class="empty">
            {icon(Icon::Search)}
            <h2>{words.home_empty}</h2>
            <p>{words.home_empty_hint}</p>
            <a class="button" href="/">{words.home_show_all}</a>
        </div>
    }
    .into_any()
}

/// The front page has a heading more above the cards.
fn cards(cards: Vec<ProductCard>, is_front: bool, words: &'static Messages) -> AnyView {
    let cards = cards.into_iter().enumerate().map(|(at, product)| card(at, product, is_front, words)).collect_view();
    view! { <ul class="cards">{cards}</ul> }.into_any()
}

fn card(at: usize, product: ProductCard, is_front: bool, words: &'static Messages) -> AnyView {
    let urgency = match at {
        0 => Urgency::First,
        near if near < CARDS_IN_SIGHT => Urgency::Soon,
        _ => Urgency::Lazy,
    };
    let amount = product.price_from.display(product.currency);
    let price = if product.price_varies { (words.price_from)(&amount) } else { amount };
    let link = view! { <a href=format!("/p/{}", product.slug)>{product.name}</a> };
    let name = if is_front {
        view! { <h3 class="card-name">{link}</h3> }.into_any()
    } else {
        view! { <h2 class="card-name">{link}</h2> }.into_any()
    };
    let sold_out = (!product.in_stock).then(|| view! { <span class="badge">{words.sold_out}</span> });
    view! {
        <li class="card">
            <div class="card-picture">{picture(product.picture.as_ref(), "", CARD_SIDE_PX, urgency)} {sold_out}</div>
            <div class="card-body">
                {name}
                <p class="card-store">{product.store_name}</p>
                <p class="price">{price}</p>
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_only_what_is_asked() {
        assert_eq!(href("", "", 1), "/");
        assert_eq!(href("red & white", "sarees", 2), "/?q=red%20%26%20white&category=sarees&page=2");
    }

    #[test]
    fn a_nonsense_page_is_the_first() {
        for page in ["", "0", "-1", "x", "99999999999999999999"] {
            assert_eq!(read_query(&HashMap::from([("page".to_owned(), page.to_owned())])).page, 1, "{page}");
        }
    }
}
