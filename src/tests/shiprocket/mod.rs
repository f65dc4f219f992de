//! Our client for Shiprocket against the sandbox, over real HTTP on this machine: what works, every way it
//! can fail, and what the shop makes of it.

mod booking;
mod logins;
mod papers;
pub mod shop;
mod tracking;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use harkara::domain::couriers::{CourierAccount, Numbers, Parcel, ParcelItem, ParcelSize, Provider, WebhookMode};
use harkara::domain::customers::{Address, Country, Phone};
use harkara::domain::ids::{CourierId, StoreId};
use harkara::domain::money::{Currency, Minor};
use harkara::server::clock::{Chance, Clock};
use harkara::server::couriers::account::Account;
use harkara::server::couriers::http::Outbound;
use harkara::server::couriers::shiprocket::Shiprocket;
use harkara::server::couriers::tokens::{Kept, MemoryKeeper, Session, SessionKeeper, Tokens};
use harkara::server::couriers::{Booking, Courier, CourierError};
use serde_json::Value;

use crate::support::desk::{self, Desk};

/// A keeper that counts logins, as one that writes to a database would see them.
#[derive(Default)]
struct Counting {
    kept: MemoryKeeper,
    tokens: AtomicU64,
}

impl SessionKeeper for Counting {
    fn load<'a>(&'a self, account: &'a CourierId) -> Kept<'a, Option<Session>> {
        self.kept.load(account)
    }

    fn save<'a>(&'a self, account: &'a CourierId, session: Session) -> Kept<'a, ()> {
        self.tokens.fetch_add(u64::from(session.token.is_some()), Ordering::SeqCst);
        self.kept.save(account, session)
    }
}

/// A sandbox with a Shiprocket account.
struct Rocket {
    desk: Desk,
    account: Account,
    http: Outbound,
    keeper: Arc<Counting>,
    clock: Clock,
}

async fn rocket(seed: u64) -> Rocket {
    let desk = desk::desk(seed).await;
    let path = desk.sandbox.base_path(Provider::Shiprocket).expect("a path");
    let account = account(&format!("http://{}{path}", desk.host), desk.sandbox.keys(Provider::Shiprocket));
    let keeper = Arc::new(Counting::default());
    let clock = Clock::manual(desk.sandbox.now());
    let tokens = Tokens::new(Arc::clone(&keeper) as Arc<dyn SessionKeeper>, clock.clone());
    let http = Outbound::new(true).expect("a client").timed_by(&clock, &Chance::System).logged_in_by(tokens);
    Rocket { desk, account, http, keeper, clock }
}

fn account(base_url: &str, keys: &[(&str, &str)]) -> Account {
    Account {
        shown: CourierAccount {
            id: CourierId::new("rocket"),
            store_id: StoreId::new("store"),
            slug: "in1".to_owned(),
            name: "Shiprocket".to_owned(),
            provider: Provider::Shiprocket,
            base_url: Some(base_url.to_owned()),
            is_enabled: true,
            is_test: true,
            credentials_set_at: None,
            webhook_mode: WebhookMode::Header,
            webhook_name: None,
            webhook_secret_set_at: None,
            webhook_token: "token".to_owned(),
            pickup_location: Some("Main Godown".to_owned()),
            pickup_pincode: Some("560034".to_owned()),
        },
        credentials: keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        webhook_secret: None,
        settings: Value::Null,
    }
}

/// A parcel for a customer in Pune.
fn parcel(reference: &str) -> Parcel {
    let item = |sku: &str, quantity: i64, price: i64| ParcelItem {
        sku: sku.to_owned(),
        name: format!("Thing {sku}"),
        quantity,
        unit_price: Minor(price),
    };
    Parcel {
        reference: reference.to_owned(),
        name: "Meera Tandale".to_owned(),
        phone: Phone::parse("9000000411", Country::IN).expect("a phone"),
        email: String::new(),
        address: Address {
            line1: "Flat 4, Kaveri Residency".to_owned(),
            line2: String::new(),
            landmark: "the water tank".to_owned(),
            city: "Pune".to_owned(),
            state: "Maharashtra".to_owned(),
            pincode: "411045".to_owned(),
            country: Country::IN,
        },
        note: "Call before".to_owned(),
        contents: "2 × Thing A, 1 × Thing a".to_owned(),
        items: vec![item("A", 2, 74_900), item("a", 1, 35_050)],
        pieces: 3,
        ordered_at: crate::support::START,
        weight_grams: 800,
        size: ParcelSize { length_mm: 280, width_mm: 220, height_mm: 60 },
        currency: Currency::INR,
        cod_amount: Minor(184_850),
        declared_value: Minor(184_850),
        service_id: None,
    }
}

/// The same, paid before.
fn prepaid(reference: &str) -> Parcel {
    Parcel { cod_amount: Minor(0), ..parcel(reference) }
}

impl Rocket {
    async fn book(&self, reference: &str) -> Result<Booking, CourierError> {
        Shiprocket.book(&self.http, &self.account, &parcel(reference)).await
    }

    async fn numbers(&self, reference: &str) -> Numbers {
        let numbers = self.book(reference).await.expect("booked").numbers;
        assert!(numbers.awb.is_some(), "{numbers:?}");
        numbers
    }

    async fn find(&self, reference: &str) -> Result<Option<Booking>, CourierError> {
        Shiprocket.find(&self.http, &self.account, reference).await
    }

    async fn assign(&self, numbers: &Numbers) -> Result<Booking, CourierError> {
        Shiprocket.assign_awb(&self.http, &self.account, numbers, None).await
    }

    /// Tokens that were fetched so far.
    fn logins(&self) -> u64 {
        self.keeper.tokens.load(Ordering::SeqCst)
    }

    /// Lets something happen to a parcel.
    async fn tell(&self, numbers: &Numbers, status: &str) {
        let awb = numbers.awb.as_deref().expect("an AWB");
        self.desk.sandbox.event(awb, Some(status.to_owned()), status.to_lowercase()).await.expect("a parcel");
    }
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, CourierError>) -> String {
    let Err(CourierError::Refused(sentence)) = outcome else { panic!("refused: {outcome:?}") };
    sentence
}

fn is_unavailable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unavailable { .. }))
}
