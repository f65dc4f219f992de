//! A shop with a merchant in it: demo data, a courier sandbox, an account with it, and orders.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use harkara::domain::couriers::{CourierForm, Provider};
use harkara::domain::orders::{DeskOrder, OrderAction, OrderStatus};
use harkara::error::AppError;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::pushes::{self, Applier};
use harkara::server::actions::{accounts, desk as screens, fulfilment};
use harkara::server::jobs;
use serde_json::{Value, json};

use crate::support::desk::{Desk, desk};
use crate::support::{Answer, Shop, shop};

/// What the account's webhooks carry.
pub const WEBHOOK_SECRET: &str = "a-webhook-secret";

/// A shop whose Dhaka store has an account with a served sandbox.
pub struct Merchant {
    pub shop: Shop,
    pub desk: Desk,
}

/// Opens one.
pub async fn merchant(seed: u64) -> Merchant {
    let (shop, desk) = (shop().await, desk(seed).await);
    shop.demo().await;
    let merchant = Merchant { shop, desk };
    merchant.open_account().await;
    merchant
}

impl Merchant {
    async fn open_account(&self) {
        let keys = self.desk.sandbox.keys(Provider::Packzy);
        let form = CourierForm {
            slug: "packzy".into(),
            store: "dhaka".into(),
            name: "Packzy".into(),
            provider: "packzy".into(),
            base_url: self.desk.account.shown.base_url.clone().expect("an address"),
            enabled: "yes".into(),
            test_mode: "yes".into(),
            credential_1: keys[0].1.into(),
            credential_2: keys[1].1.into(),
            webhook_secret: WEBHOOK_SECRET.into(),
            ..CourierForm::default()
        };
        accounts::save(&self.shop.app, &Actor::system(), &form).await.expect("an account");
        let by_hand = CourierForm {
            slug: "by-hand".into(),
            name: "By hand".into(),
            provider: "manual".into(),
            credential_1: String::new(),
            credential_2: String::new(),
            base_url: String::new(),
            webhook_secret: String::new(),
            ..form
        };
        accounts::save(&self.shop.app, &Actor::system(), &by_hand).await.expect("an account");
    }

    /// Variants of the Dhaka store with a good stock.
    pub async fn variants(&self, count: i64) -> Vec<String> {
        let mut conn = self.shop.app.db.read().await.expect("a connection");
        sqlx::query_scalar(
            "SELECT v.id FROM product_variants v JOIN stores ON stores.id = v.store_id
             WHERE stores.slug = 'dhaka' AND v.stock_quantity >= 10 ORDER BY v.sku LIMIT $1",
        )
        .bind(count)
        .fetch_all(&mut *conn)
        .await
        .expect("variants")
    }

    /// Sets a variant's stock to so many pieces.
    pub async fn stock(&self, variant: &str, pieces: i64) {
        let product: String = {
            let mut conn = self.shop.app.db.read().await.expect("a connection");
            sqlx::query_scalar("SELECT product_id FROM product_variants WHERE id = $1")
                .bind(variant)
                .fetch_one(&mut *conn)
                .await
                .expect("a product")
        };
        let set = harkara::server::actions::catalogue::set_stock(
            &self.shop.app,
            &product,
            variant,
            pieces,
            None,
            "test".to_owned(),
        );
        set.await.expect("the stock is set");
    }

    /// Pieces of a variant in stock.
    pub async fn stock_of(&self, variant: &str) -> i64 {
        let mut conn = self.shop.app.db.read().await.expect("a connection");
        sqlx::query_scalar("SELECT stock_quantity FROM product_variants WHERE id = $1")
            .bind(variant)
            .fetch_one(&mut *conn)
            .await
            .expect("a stock")
    }

    /// Places an order; answers its reference.
    pub async fn place(&self, lines: &[(&str, i64)]) -> String {
        let items: Vec<Value> =
            lines.iter().map(|(variant, quantity)| json!({"variant": variant, "quantity": quantity})).collect();
        let body = json!({
            "customer_name": "Zubeida Quill", "customer_phone": "01712345678", "payment_method": "cod",
            "address": {"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209"}, "items": items,
        });
        let answer = self.send("POST", "/api/v1/orders/", None, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        let order: Value = serde_json::from_str(&answer.body).expect("JSON");
        order["order_reference"].as_str().expect("a reference").to_owned()
    }

    /// Places and confirms an order of one piece; answers its reference.
    pub async fn confirmed(&self) -> String {
        let variant = self.variants(1).await.remove(0);
        let reference = self.place(&[(&variant, 1)]).await;
        self.act(&reference, OrderAction::Confirm).await.expect("confirmed");
        reference
    }

    /// Does something to an order as an admin.
    pub async fn act(&self, reference: &str, action: OrderAction) -> Result<OrderStatus, AppError> {
        fulfilment::change(&self.shop.app, &Actor::system(), reference, action, "").await
    }

    /// The order as staff see it.
    pub async fn order(&self, reference: &str) -> DeskOrder {
        screens::order(&self.shop.app, reference, None).await.expect("an order")
    }

    /// The neutral address of the Packzy account's webhooks.
    pub async fn hook(&self) -> String {
        let all = self.shop.app.accounts.all(&self.shop.app).await.expect("accounts");
        let account = all.iter().find(|account| account.shown.slug == "packzy").expect("the account");
        format!("/hooks/t/{}", account.shown.webhook_token)
    }

    /// Sends a genuine push.
    pub async fn push(&self, body: &Value) -> Answer {
        let hook = self.hook().await;
        self.send("POST", &hook, Some(WEBHOOK_SECRET), body).await
    }

    /// Sends JSON with a bearer token.
    pub async fn send(&self, method: &str, path: &str, bearer: Option<&str>, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let request = request.body(Body::from(body.to_string())).expect("a request");
        self.shop.browser().send(request).await
    }

    /// Applies every push that waits.
    pub async fn apply(&self) {
        let mut applier = Applier::default();
        while pushes::apply_waiting(&self.shop.app, &mut applier).await.expect("applied") > 0 {}
    }

    /// Works on every job that is due.
    pub async fn work(&self) {
        while jobs::step(&self.shop.app).await.expect("worked") > 0 {}
    }

    /// Ends it.
    pub async fn close(self) {
        self.shop.close().await;
    }
}
