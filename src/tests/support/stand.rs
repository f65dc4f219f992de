//! A shop whose Dhaka store has an account with any courier the sandbox plays, opened by the account form;
//! shop and sandbox speak to each other over HTTP, in both directions.

use axum::body::Body;
use axum::http::Request;
use harkara::domain::couriers::{Booking, CourierForm, Numbers, Parcel, Provider, WebhookMode};
use harkara::domain::money::Minor;
use harkara::domain::orders::{DeskOrder, OrderAction};
use harkara::domain::shipping::Leg;
use harkara::domain::staff::Role;
use harkara::error::AppError;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::pushes::{self, Applier};
use harkara::server::actions::{accounts, booking, desk as screens, fulfilment};
use harkara::server::couriers::account::Account;
use harkara::server::couriers::http::Outbound;
use harkara::server::couriers::status::{Meaning, meaning};
use harkara::server::couriers::{self, Courier, CourierError, Report};
use harkara::server::sandbox::Sandbox;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::{http, jobs, listen};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::desk::{self, served};
use crate::support::{Answer, Shop, shop};

/// What the account's webhooks carry.
pub const SECRET: &str = "a-webhook-secret";

/// The shop and the courier.
pub struct Stand {
    pub shop: Shop,
    pub sandbox: Sandbox,
    pub provider: Provider,
    form: CourierForm,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// Opens one, whose account's form is filled in further by `fill`.
pub async fn stand(provider: Provider, seed: u64, fill: impl FnOnce(&mut CourierForm)) -> Stand {
    let (sandbox, host, stop) = served(seed).await;
    let shop = shop().await;
    shop.demo().await;
    let mut form = CourierForm {
        slug: provider.code().to_owned(),
        store: "dhaka".to_owned(),
        name: couriers::of(provider).expect("a courier").capabilities().name.to_owned(),
        provider: provider.code().to_owned(),
        base_url: format!("http://{host}{}", sandbox.base_path(provider).expect("a path")),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        webhook_secret: SECRET.to_owned(),
        ..CourierForm::default()
    };
    for (place, (_, key)) in form.credentials_mut().into_iter().zip(sandbox.keys(provider)) {
        *place = (*key).to_owned();
    }
    fill(&mut form);
    let stand = Stand { shop, sandbox, provider, form, _stop: stop };
    stand.change(|_| ()).await;
    stand
}

/// A parcel for a customer in Dhaka, of whole taka.
pub fn parcel(reference: &str) -> Parcel {
    Parcel { cod_amount: Minor(125_000), declared_value: Minor(125_000), ..desk::parcel(reference) }
}

/// A parcel by its number.
pub fn numbered(awb: &str) -> Numbers {
    Numbers { awb: Some(awb.to_owned()), ..Numbers::default() }
}

impl Stand {
    /// Saves the account's form with a change.
    pub async fn change(&self, change: impl FnOnce(&mut CourierForm)) {
        let mut form = self.form.clone();
        change(&mut form);
        accounts::save(&self.shop.app, &Actor::system(), &form).await.expect("an account");
    }

    /// The account, opened.
    pub async fn account(&self) -> Account {
        let all = self.shop.app.accounts.all(&self.shop.app).await.expect("accounts");
        all.iter().find(|account| account.shown.slug == self.form.slug).expect("the account").clone()
    }

    /// The way out.
    pub fn http(&self) -> &Outbound {
        &self.shop.app.outbound
    }

    /// The code that speaks to the courier.
    pub fn courier(&self) -> &'static dyn Courier {
        couriers::of(self.provider).expect("a courier")
    }

    /// Books a parcel, past the shop.
    pub async fn book(&self, reference: &str) -> Result<Booking, CourierError> {
        self.courier().book(self.http(), &self.account().await, &parcel(reference)).await
    }

    /// Books one that must be taken; answers its number.
    pub async fn booked(&self, reference: &str) -> String {
        self.book(reference).await.expect("booked").numbers.awb.expect("an AWB")
    }

    /// What the courier says about a parcel.
    pub async fn report(&self, numbers: Numbers) -> Result<Report, CourierError> {
        let answers = self.courier().track(self.http(), &self.account().await, &[numbers]).await;
        answers.expect("one entry per parcel").remove(0)
    }

    /// What the last of it means.
    pub async fn ask(&self, awb: &str) -> Result<Meaning, CourierError> {
        let heard = self.report(numbered(awb)).await?.heard.expect("readable");
        Ok(meaning(self.courier(), &[], Leg::Forward, &heard.last().expect("news").code))
    }

    /// Lets one thing go wrong, once.
    pub fn fault(&self, operation: &str, fault: Fault) {
        self.sandbox.set_faults(vec![Rule::new(operation, fault).times(1)]);
    }

    /// Lets something happen to a parcel.
    pub async fn tell(&self, awb: &str, status: &str) {
        self.sandbox.event(awb, Some(status.to_owned()), "On command".to_owned()).await.expect("a parcel");
    }

    /// Serves the shop and has the courier send its webhooks there.
    pub async fn listen(&self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut url = format!("http://{}{}", listener.local_addr().expect("an address"), self.hook().await);
        if self.account().await.shown.webhook_mode == WebhookMode::Query {
            url.push_str(&format!("?token={SECRET}"));
        }
        tokio::spawn(listen::serve(listener, http::router(&self.shop.app), std::future::pending()));
        self.sandbox.set_webhook(self.provider, &url, SECRET).expect("an address");
    }

    /// The path of the account's webhooks.
    pub async fn hook(&self) -> String {
        format!("/hooks/t/{}", self.account().await.shown.webhook_token)
    }

    /// Sends a webhook by hand.
    pub async fn push(&self, query: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = Request::post(format!("{}{query}", self.hook().await));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.shop.browser().send(request.body(Body::from(body.to_string())).expect("a request")).await;
        self.apply().await;
        answer
    }

    /// Applies every push that waits.
    pub async fn apply(&self) {
        let mut applier = Applier::default();
        while pushes::apply_waiting(&self.shop.app, &mut applier).await.expect("applied") > 0 {}
    }

    /// Lets time pass in the shop and at the courier, whose webhooks are applied. The shop's own polling is
    /// left out, so that what is seen was told.
    pub async fn pass(&self, milliseconds: i64) {
        self.shop.app.clock.advance(milliseconds);
        self.sandbox.advance(milliseconds).await;
        self.apply().await;
    }

    /// Works on every job that is due.
    pub async fn work(&self) {
        while jobs::step(&self.shop.app).await.expect("worked") > 0 {}
    }

    /// Places and confirms an order of one piece; answers its reference.
    pub async fn confirmed(&self) -> String {
        let variant: String = {
            let mut conn = self.shop.app.db.read().await.expect("a connection");
            sqlx::query_scalar(
                "SELECT v.id FROM product_variants v JOIN stores ON stores.id = v.store_id
                 WHERE stores.slug = 'dhaka' AND v.stock_quantity >= 10 ORDER BY v.sku LIMIT 1",
            )
            .fetch_one(&mut *conn)
            .await
            .expect("a variant")
        };
        let body = json!({
            "customer_name": "Zubeida Quill", "customer_phone": "01712345678", "payment_method": "cod",
            "address": {"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209"},
            "items": [{"variant": variant, "quantity": 1}],
        });
        let request = Request::post("/api/v1/orders/").header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = self.shop.browser().send(request).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        let order: Value = serde_json::from_str(&answer.body).expect("JSON");
        let reference = order["order_reference"].as_str().expect("a reference").to_owned();
        let confirm = OrderAction::Confirm;
        fulfilment::change(&self.shop.app, &Actor::system(), &reference, confirm, "").await.expect("confirmed");
        reference
    }

    /// Books an order's parcel as staff do.
    pub async fn ship(&self, reference: &str) -> Result<String, AppError> {
        let created = booking::create(&self.shop.app, &Actor::system(), reference, &self.form.slug, "").await;
        created.map(|id| id.to_string())
    }

    /// The order as staff see it.
    pub async fn order(&self, reference: &str) -> DeskOrder {
        screens::order(&self.shop.app, reference, None).await.expect("an order")
    }

    /// The form of a new account with the courier, as an admin sees it.
    pub async fn form_page(&self) -> String {
        let mut browser = self.shop.browser();
        browser.bearer = Some(self.shop.token(Role::Admin, None).await);
        browser.get(&format!("/admin/couriers?new={}", self.provider.code())).await.body
    }

    /// The statuses the courier's webhooks were answered with.
    pub fn answers(&self) -> Vec<Option<u16>> {
        self.sandbox.pushes().into_iter().map(|push| push.answered).collect()
    }

    /// Ends it, with everything sound.
    pub async fn close(self) {
        self.shop.must_be_sound().await;
        self.shop.close().await;
    }
}
