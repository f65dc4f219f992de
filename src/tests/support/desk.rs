//! A served sandbox with an account, and a letterbox for its webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use harkara::domain::couriers::{CourierAccount, Numbers, Parcel, ParcelSize, Provider, Push, WebhookMode};
use harkara::domain::customers::{Address, Country, Phone};
use harkara::domain::ids::{CourierId, StoreId};
use harkara::domain::money::{Currency, Minor};
use harkara::domain::shipping::Leg;
use harkara::domain::time::UnixMillis;
use harkara::server::clock::{Chance, Clock};
use harkara::server::couriers::account::Account;
use harkara::server::couriers::http::Outbound;
use harkara::server::couriers::packzy::Packzy;
use harkara::server::couriers::status::{Meaning, meaning};
use harkara::server::couriers::{Courier, CourierError};
use harkara::server::listen;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::{Sandbox, serve};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::wire::Wire;

/// A sandbox that is served, and an account with it.
pub struct Desk {
    pub sandbox: Sandbox,
    pub host: String,
    pub account: Account,
    pub http: Outbound,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// A sandbox on a free port: itself, where it is, and what ends it when it goes.
pub async fn served(seed: u64) -> (Sandbox, String, tokio::sync::oneshot::Sender<()>) {
    let sandbox = Sandbox::new(seed);
    sandbox.set_hold(Duration::ZERO);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(serve(listener, sandbox.clone(), async move {
        stopped.await.ok();
    }));
    (sandbox, host, stop)
}

/// A way out to it that waits for nothing.
pub fn outbound() -> Outbound {
    let clock = Clock::manual(crate::support::START);
    Outbound::new(true).expect("a client").timed_by(&clock, &Chance::System)
}

/// One with a Packzy account.
pub async fn desk(seed: u64) -> Desk {
    let (sandbox, host, stop) = served(seed).await;
    let mut account = account(&format!("http://{host}{}", sandbox.base_path(Provider::Packzy).expect("a path")));
    for (name, value) in sandbox.keys(Provider::Packzy) {
        account.credentials.insert((*name).to_owned(), (*value).to_owned());
    }
    Desk { sandbox, host, account, http: outbound(), _stop: stop }
}

/// One whose webhooks go to a letterbox.
pub async fn desk_with_letterbox(seed: u64) -> (Desk, Letterbox) {
    let (desk, letterbox) = (desk(seed).await, Letterbox::default());
    let url = letterbox.open().await;
    desk.sandbox.set_webhook(Provider::Packzy, &url, "a-webhook-secret").expect("an address");
    (desk, letterbox)
}

/// An account with Packzy at an address; its keys are wrong.
pub fn account(base_url: &str) -> Account {
    Account {
        shown: CourierAccount {
            id: CourierId::new("account"),
            store_id: StoreId::new("store"),
            slug: "packzy".to_owned(),
            name: "Packzy".to_owned(),
            provider: Provider::Packzy,
            base_url: Some(base_url.to_owned()),
            is_enabled: true,
            is_test: true,
            credentials_set_at: None,
            webhook_mode: WebhookMode::Bearer,
            webhook_name: None,
            webhook_secret_set_at: None,
            webhook_token: "token".to_owned(),
            pickup_location: None,
            pickup_pincode: None,
        },
        credentials: ["api_key", "secret_key"].map(|name| (name.to_owned(), "wrong".to_owned())).into(),
        webhook_secret: None,
        settings: Value::Null,
    }
}

/// A parcel for a customer in Dhaka.
pub fn parcel(reference: &str) -> Parcel {
    Parcel {
        reference: reference.to_owned(),
        name: "Zubeida Quill".to_owned(),
        phone: Phone::parse("01712345678", Country::BD).expect("a phone"),
        email: String::new(),
        address: Address {
            line1: "House 3, Road 7".to_owned(),
            line2: String::new(),
            landmark: "the lake".to_owned(),
            city: "Dhaka".to_owned(),
            state: "Dhaka".to_owned(),
            pincode: "1209".to_owned(),
            country: Country::BD,
        },
        note: "Call before".to_owned(),
        contents: "1 × Cotton saree".to_owned(),
        items: Vec::new(),
        pieces: 1,
        ordered_at: crate::support::START,
        size: ParcelSize { length_mm: 200, width_mm: 150, height_mm: 100 },
        weight_grams: 400,
        currency: Currency::BDT,
        cod_amount: Minor(125_050),
        declared_value: Minor(125_050),
        service_id: None,
    }
}

impl Desk {
    /// Books a parcel.
    pub async fn book(&self, reference: &str) -> Result<Numbers, CourierError> {
        Packzy.book(&self.http, &self.account, &parcel(reference)).await.map(|booking| booking.numbers)
    }

    /// Whether the courier knows a reference.
    pub async fn is_found(&self, reference: &str) -> Result<bool, CourierError> {
        Packzy.find(&self.http, &self.account, reference).await.map(|found| found.is_some())
    }

    /// What asking for a parcel means, or why there is no answer.
    pub async fn ask(&self, numbers: Numbers) -> Result<Meaning, CourierError> {
        let answers = Packzy.track(&self.http, &self.account, &[numbers]).await.expect("one entry per parcel");
        let report = answers.into_iter().next().expect("an entry")?;
        let heard = report.heard.expect("readable").into_iter().next().expect("news");
        assert_eq!(heard.at, None, "an answer is an observation");
        Ok(meaning(&Packzy, &[], Leg::Forward, &heard.code))
    }

    /// Lets one thing go wrong, once.
    pub fn fault(&self, operation: &str, fault: Fault) {
        self.sandbox.set_faults(vec![Rule::new(operation, fault).times(1)]);
    }

    /// Steers the sandbox.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut wire = Wire::connect(&self.host).await.expect("a connection");
        let headers = [("content-type", "application/json")];
        let reply = wire.send(method, path, &headers, body.to_string().as_bytes()).await.expect("an answer");
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or_default())
    }
}

/// A shop that writes down what it is sent.
#[derive(Clone, Default)]
pub struct Letterbox(pub Arc<Mutex<Vec<(String, String)>>>);

impl Letterbox {
    /// Starts it and says where.
    pub async fn open(&self) -> String {
        let take = |State(Letterbox(letters)): State<Letterbox>, headers: HeaderMap, body: String| async move {
            let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
            letters.lock().expect("letters").push((bearer, body));
            Packzy.push_accepted(&account("")).body
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks/t/x", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hooks/t/x", post(take)).with_state(self.clone());
        tokio::spawn(listen::serve(listener, router, std::future::pending()));
        url
    }

    /// What has come, read as the shop reads it: the AWB, the code's text, the instant.
    pub fn read(&self) -> Vec<(String, String, UnixMillis)> {
        let letters = self.0.lock().expect("letters");
        let read = |(bearer, body): &(String, String)| {
            assert_eq!(bearer, "Bearer a-webhook-secret");
            let Ok(Push::Parcels { mut reports, .. }) = Packzy.read_push(body.as_bytes()) else { panic!("{body}") };
            let report = reports.remove(0);
            let heard = report.heard.expect("readable").remove(0);
            (report.numbers.awb.expect("an AWB"), heard.code.text, heard.at.expect("a time"))
        };
        letters.iter().map(read).collect()
    }

    /// The statuses that have come, folded.
    pub fn statuses(&self) -> Vec<String> {
        self.read().into_iter().map(|(_, text, _)| text).filter(|text| !text.is_empty()).collect()
    }
}
