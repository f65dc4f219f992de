//! The REST API as a program uses it. `document` what is promised · `placing` orders and their keys ·
//! `reading` who sees what · `lists` pages, cursors, filters, sums · `desk` what the merchant's programs do ·
//! `stock` changes of the stock.

mod desk;
mod document;
mod lists;
mod placing;
mod reading;
mod stock;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use harkara::domain::staff::Role;
use serde_json::{Value, json};

use crate::support::{self, Browser, Shop};

/// An answer with its JSON.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

/// A program: a client with a token, or none.
pub struct Program<'s> {
    browser: Browser<'s>,
}

impl Program<'_> {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], None).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], Some(body.to_string().as_bytes())).await
    }

    pub async fn patch(&mut self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, &[], Some(body.to_string().as_bytes())).await
    }

    /// Deletes something, which has no answer but its status.
    pub async fn delete(&mut self, path: &str) -> StatusCode {
        let request = Request::builder().method("DELETE").uri(path).header("sec-fetch-site", "same-origin");
        self.browser.send(request.body(Body::empty()).expect("a request")).await.status
    }

    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        let own_type = headers.iter().any(|(name, _)| *name == "content-type");
        if body.is_some() && !own_type {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.unwrap_or_default().to_vec())).expect("a request");
        let answer = self.browser.send(request).await;
        assert_eq!(answer.headers["content-type"], "application/json", "{method} {path}: {}", answer.body);
        let json = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{method} {path}: {}", answer.body));
        Reply { status: answer.status, headers: answer.headers, json }
    }
}

pub async fn demo_shop() -> Shop {
    let shop = support::shop().await;
    shop.demo().await;
    shop
}

/// A program without a token.
pub fn guest(shop: &Shop) -> Program<'_> {
    Program { browser: shop.browser() }
}

/// A program with a token.
pub async fn program<'s>(shop: &'s Shop, role: Role, store: Option<&str>) -> Program<'s> {
    let mut browser = shop.browser();
    browser.bearer = Some(shop.token(role, store).await);
    Program { browser }
}

/// A program with a token that is known already.
pub fn program_of<'s>(shop: &'s Shop, token: &str) -> Program<'s> {
    let mut browser = shop.browser();
    browser.bearer = Some(token.to_owned());
    Program { browser }
}

/// A customer who has signed in.
pub async fn customer<'s>(shop: &'s Shop, email: &str) -> Program<'s> {
    let password = "a long password";
    harkara::server::actions::staff::create_user(&shop.app, email, password.to_owned(), Role::Customer, None)
        .await
        .expect("an account");
    let mut browser = shop.browser();
    let answer = browser.post("/login", &[("email", email), ("password", password)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    Program { browser }
}

/// Something of a store with plenty in stock: product, variant, price and stock.
pub struct Sold {
    pub product: String,
    pub variant: String,
    pub price_minor: i64,
    pub stock: i64,
}

pub async fn sold(shop: &Shop, store: &str, offset: i64) -> Sold {
    let mut conn = shop.app.db.read().await.expect("a connection");
    let (product, variant, price_minor, stock) = sqlx::query_as(
        "SELECT v.product_id, v.id, v.price_minor, v.stock_quantity FROM product_variants v
         JOIN stores ON stores.id = v.store_id
         WHERE v.stock_quantity >= 5 AND stores.slug = $1 ORDER BY v.sku LIMIT 1 OFFSET $2",
    )
    .bind(store)
    .bind(offset)
    .fetch_one(&mut *conn)
    .await
    .expect("a variant in stock");
    Sold { product, variant, price_minor, stock }
}

/// An order of two pieces of a variant by a customer in Pune.
pub fn order(variant: &str) -> Value {
    json!({
        "customer_name": "Asha Rao",
        "customer_phone": "098765 43210",
        "address": { "line1": "12 Park Road", "city": "Pune" },
        "payment_method": "cod",
        "notes": "After 6 PM",
        "items": [{ "variant": variant, "quantity": 2 }],
    })
}

/// A copy of a JSON value with one part replaced; `Value::Null` takes it out.
pub fn with(base: &Value, pointer: &str, new: Value) -> Value {
    let mut changed = base.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = changed.pointer_mut(parent).expect("a parent");
    match (parent, new) {
        (Value::Object(object), Value::Null) => {
            object.remove(name);
        }
        (Value::Object(object), new) => {
            object.insert(name.to_owned(), new);
        }
        (Value::Array(list), new) => list[name.parse::<usize>().expect("an index")] = new,
        (other, _) => panic!("no parent at {pointer}: {other}"),
    }
    changed
}
