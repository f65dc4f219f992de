//! A served sandbox with a Delhivery account, and a letterbox for its webhooks.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use harkara::domain::couriers::{CourierAccount, Numbers, Parcel, ParcelSize, Provider, Push, WebhookMode};
use harkara::domain::customers::{Address, Country, Phone};
use harkara::domain::ids::{CourierId, StoreId};
use harkara::domain::money::{Currency, Minor};
use harkara::domain::shipping::Leg;
use harkara::server::couriers::account::Account;
use harkara::server::couriers::delhivery::Delhivery;
use harkara::server::couriers::http::Outbound;
use harkara::server::couriers::status::{Meaning, meaning};
use harkara::server::couriers::{Courier, CourierError, Heard, Report};
use harkara::server::listen;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::{Sandbox, delhivery};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::desk::{outbound, served};
use crate::support::wire::{Reply, Wire};

/// What webhooks carry.
pub const SECRET: &str = "a-webhook-secret";

/// A sandbox that is served, and an account with it.
pub struct Desk {
    pub sandbox: Sandbox,
    pub host: String,
    pub account: Account,
    pub http: Outbound,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// A sandbox on a free port.
pub async fn desk(seed: u64) -> Desk {
    let (sandbox, host, stop) = served(seed).await;
    let base_url = format!("http://{host}{}", sandbox.base_path(Provider::Delhivery).expect("a path"));
    let account = account(&base_url, sandbox.keys(Provider::Delhivery));
    Desk { sandbox, host, account, http: outbound(), _stop: stop }
}

fn account(base_url: &str, keys: &[(&str, &str)]) -> Account {
    Account {
        shown: CourierAccount {
            id: CourierId::new("account"),
            store_id: StoreId::new("store"),
            slug: "delhivery".to_owned(),
            name: "Delhivery".to_owned(),
            provider: Provider::Delhivery,
            base_url: Some(base_url.to_owned()),
            is_enabled: true,
            is_test: true,
            credentials_set_at: None,
            webhook_mode: WebhookMode::Header,
            webhook_name: None,
            webhook_secret_set_at: None,
            webhook_token: "token".to_owned(),
            pickup_location: Some(delhivery::WAREHOUSE.to_owned()),
            pickup_pincode: Some("400053".to_owned()),
        },
        credentials: keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        webhook_secret: None,
        settings: Value::Null,
    }
}

/// A parcel for a customer in Pune, cash on delivery.
pub fn parcel(reference: &str) -> Parcel {
    Parcel {
        reference: reference.to_owned(),
        name: "Meher & Sons".to_owned(),
        phone: Phone::parse("9812345678", Country::IN).expect("a phone"),
        email: String::new(),
        address: Address {
            line1: "Flat #3; Lotus Court".to_owned(),
            line2: String::new(),
            landmark: "the 100% Cotton shop".to_owned(),
            city: "Pune".to_owned(),
            state: "Maharashtra".to_owned(),
            pincode: "411001".to_owned(),
            country: Country::IN,
        },
        note: String::new(),
        contents: "1 × Cotton kurta".to_owned(),
        items: Vec::new(),
        pieces: 1,
        ordered_at: crate::support::START,
        weight_grams: 400,
        size: ParcelSize { length_mm: 200, width_mm: 150, height_mm: 100 },
        currency: Currency::INR,
        cod_amount: Minor(125_050),
        declared_value: Minor(125_050),
        service_id: None,
    }
}

/// A parcel by its AWB.
pub fn numbered(awb: &str) -> Numbers {
    Numbers { awb: Some(awb.to_owned()), ..Numbers::default() }
}

/// What the last thing said of a parcel means.
pub fn means(leg: Leg, report: Report) -> Meaning {
    let heard: Vec<Heard> = report.heard.expect("readable");
    meaning(&Delhivery, &[], leg, &heard.last().expect("news").code)
}

impl Desk {
    /// Books a parcel.
    pub async fn book(&self, reference: &str) -> Result<Numbers, CourierError> {
        Delhivery.book(&self.http, &self.account, &parcel(reference)).await.map(|booking| booking.numbers)
    }

    /// Books a parcel that must be taken, and answers its AWB.
    pub async fn booked(&self, reference: &str) -> String {
        self.book(reference).await.expect("booked").awb.expect("an AWB")
    }

    /// The AWB of a reference, if Delhivery knows it.
    pub async fn found(&self, reference: &str) -> Result<Option<String>, CourierError> {
        let found = Delhivery.find(&self.http, &self.account, reference).await?;
        Ok(found.map(|booking| booking.numbers.awb.expect("an AWB")))
    }

    /// Everything Delhivery says about a parcel.
    pub async fn report(&self, awb: &str) -> Result<Report, CourierError> {
        let answers = Delhivery.track(&self.http, &self.account, &[numbered(awb)]).await.expect("one entry per parcel");
        answers.into_iter().next().expect("an entry")
    }

    /// What a parcel's state means on the way there.
    pub async fn ask(&self, awb: &str) -> Result<Meaning, CourierError> {
        self.report(awb).await.map(|report| means(Leg::Forward, report))
    }

    /// Lets one thing go wrong, once.
    pub fn fault(&self, operation: &str, fault: Fault) {
        self.sandbox.set_faults(vec![Rule::new(operation, fault).times(1)]);
    }

    /// Lets something happen to a parcel.
    pub async fn tell(&self, awb: &str, status: &str) {
        self.sandbox.event(awb, Some(status.to_owned()), "On command".to_owned()).await.expect("a parcel");
    }

    /// Sends anything with the right token.
    pub async fn raw(&self, method: &str, path: &str, kind: &str, body: &str) -> Reply {
        let headers = [("authorization", "Token sandbox-delhivery-token"), ("content-type", kind)];
        let mut wire = Wire::connect(&self.host).await.expect("a connection");
        wire.send(method, &format!("/delhivery{path}"), &headers, body.as_bytes()).await.expect("an answer")
    }
}

/// A shop that writes down what it is sent.
#[derive(Clone)]
pub struct Letterbox {
    /// Headers and body of each letter.
    pub letters: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    /// The status it answers with.
    pub status: Arc<AtomicU16>,
}

impl Letterbox {
    /// Opens one for a desk's webhooks.
    pub async fn of(desk: &Desk) -> Letterbox {
        let letterbox = Letterbox { letters: Arc::default(), status: Arc::new(AtomicU16::new(200)) };
        let take = |State(letterbox): State<Letterbox>, headers: HeaderMap, body: String| async move {
            letterbox.letters.lock().expect("letters").push((headers, body));
            let status = StatusCode::from_u16(letterbox.status.load(Ordering::SeqCst)).expect("a status");
            (status, Delhivery.push_accepted(&account("", &[])).body)
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks/t/x", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hooks/t/x", post(take)).with_state(letterbox.clone());
        tokio::spawn(listen::serve(listener, router, std::future::pending()));
        desk.sandbox.set_webhook(Provider::Delhivery, &url, SECRET).expect("an address");
        letterbox
    }

    /// The scans that have come, read as the shop reads them: the AWB and what was said.
    pub fn scans(&self) -> Vec<(String, Heard)> {
        let letters = self.letters.lock().expect("letters");
        let read = |(_, body): &(HeaderMap, String)| {
            let Ok(Push::Parcels { mut reports, .. }) = Delhivery.read_push(body.as_bytes()) else { panic!("{body}") };
            let report = reports.remove(0);
            (report.numbers.awb.expect("an AWB"), report.heard.expect("readable").remove(0))
        };
        letters.iter().map(read).collect()
    }

    /// The NSL codes that have come.
    pub fn codes(&self) -> Vec<String> {
        self.scans().into_iter().map(|(_, heard)| heard.code.code).collect()
    }
}
