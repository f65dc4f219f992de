//! Bugs that are planted into a run of this thread, for the tests that have to find them: the shop does not
//! know of them, and no program that is not a test has them.

use std::cell::Cell;

use crate::domain::couriers::{Capabilities, Code, Meaning, Provider};
use crate::domain::shipping::ShipmentStatus;
use crate::server::App;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{Accepted, Booking, Call, Courier, CourierError, Numbers, Parcel, Push, Report};
use crate::server::db::shipping;
use crate::server::simulation::steps::parcels_of;

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Nobody asks a courier whether it has a booking before it is made again.
    NoLookUp,
    /// Nothing keeps two people from booking the same order.
    NoLease,
    /// A status that has the word for delivered in it is taken for delivered.
    Substring,
    /// Shiprocket's numbers of orders are read as numbers of shipments.
    WrongSpace,
    /// A push is acknowledged first and stored later.
    StoreLater,
}

thread_local! {
    static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
}

/// Runs something with a bug in place.
pub fn with<T>(plant: Option<Plant>, run: impl FnOnce() -> T) -> T {
    PLANTED.set(plant);
    let done = run();
    PLANTED.set(None);
    done
}

/// Whether this bug is in place.
pub fn is(plant: Plant) -> bool {
    PLANTED.get() == Some(plant)
}

/// Ends the claim of an order's bookings, as if nobody had made one.
pub async fn take_lease_away(app: &App, reference: &str) {
    let mut conn = app.db.writer_pool().acquire().await.expect("the writer");
    for parcel in parcels_of(app, reference).await.expect("parcels") {
        shipping::release(&mut conn, &parcel.id, app.clock.now()).await.expect("released");
    }
}

/// A courier with the bug that is in place, if it is one of couriers.
pub fn courier(provider: Provider, right: &'static dyn Courier) -> &'static dyn Courier {
    match PLANTED.get() {
        Some(Plant::NoLookUp) => Box::leak(Box::new(Wrong { right, plant: Plant::NoLookUp })),
        Some(Plant::Substring) => Box::leak(Box::new(Wrong { right, plant: Plant::Substring })),
        Some(Plant::WrongSpace) if provider == Provider::Shiprocket => {
            Box::leak(Box::new(Wrong { right, plant: Plant::WrongSpace }))
        }
        Some(Plant::WrongSpace | Plant::NoLease | Plant::StoreLater) | None => right,
    }
}

/// A courier that is right but for one thing.
struct Wrong {
    right: &'static dyn Courier,
    plant: Plant,
}

impl Wrong {
    fn code(&self, code: Code) -> Code {
        match self.plant {
            Plant::Substring if code.text.to_lowercase().contains("deliver") => {
                let delivered = Meaning::Is(ShipmentStatus::Delivered);
                let row = self.right.statuses().iter().find(|row| row.meaning == delivered);
                row.map_or(code, |row| Code {
                    id_space: row.id_space.to_owned(),
                    kind: row.kind.to_owned(),
                    text: row.text.to_owned(),
                    code: row.code.to_owned(),
                })
            }
            Plant::WrongSpace if !code.code.is_empty() => {
                Code { id_space: other_space(&code.id_space), text: String::new(), ..code }
            }
            Plant::Substring | Plant::WrongSpace | Plant::NoLookUp | Plant::NoLease | Plant::StoreLater => code,
        }
    }

    fn report(&self, report: Report) -> Report {
        let heard = report.heard.map(|all| {
            all.into_iter()
                .map(|heard| crate::server::couriers::Heard { code: self.code(heard.code.clone()), ..heard })
                .collect()
        });
        Report { heard, ..report }
    }
}

fn other_space(space: &str) -> String {
    match space {
        "shipment" => "order".to_owned(),
        "order" => "shipment".to_owned(),
        other => other.to_owned(),
    }
}

impl Courier for Wrong {
    fn capabilities(&self) -> &'static Capabilities {
        self.right.capabilities()
    }

    fn statuses(&self) -> &'static [StatusRow] {
        self.right.statuses()
    }

    fn statuses_version(&self) -> i64 {
        self.right.statuses_version()
    }

    fn base_url(&self) -> &'static str {
        self.right.base_url()
    }

    fn book<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcel: &'a Parcel) -> Call<'a, Booking> {
        self.right.book(http, account, parcel)
    }

    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>> {
        if self.plant == Plant::NoLookUp {
            return Box::pin(async { Ok(None) });
        }
        self.right.find(http, account, reference)
    }

    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        Box::pin(async move {
            let reports = self.right.track(http, account, parcels).await?;
            Ok(reports.into_iter().map(|report| report.map(|report| self.report(report))).collect())
        })
    }

    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()> {
        self.right.cancel(http, account, numbers)
    }

    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        reason: &'a str,
    ) -> Call<'a, ()> {
        self.right.recall(http, account, numbers, reason)
    }

    fn assign_awb<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        service: Option<&'a str>,
    ) -> Call<'a, Booking> {
        self.right.assign_awb(http, account, numbers, service)
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        Ok(match self.right.read_push(body)? {
            Push::Parcels { event_type, reports } => {
                Push::Parcels { event_type, reports: reports.into_iter().map(|report| self.report(report)).collect() }
            }
            ignored => ignored,
        })
    }

    fn push_accepted(&self, account: &Account) -> Accepted {
        self.right.push_accepted(account)
    }
}
