//! One parcel by today's mapping, side by side with what is stored: its events, and the pushes that are still
//! kept. And everything that was ever unknown.

use std::collections::BTreeSet;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Code, Meaning, Push};
use crate::domain::ids::{OrderId, ShipmentId, StoreId};
use crate::domain::mappings::{CodeKey, Reread};
use crate::domain::orders::OrderStatus;
use crate::domain::time::UnixMillis;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::desk;
use crate::server::actions::parcels::Index;
use crate::server::actions::pushes::{self, Applier};
use crate::server::actions::rereading::{self, Mapping, Outcome};
use crate::server::actions::tracking::Desk;
use crate::server::couriers::account::Account;
use crate::server::db::shipping::Shipment;
use crate::server::db::tracking::StoredEvent;
use crate::server::db::webhooks::KeptPush;
use crate::server::db::{mappings, webhooks};

/// Stored pushes of one parcel that are opened.
const PUSHES_MAX: i64 = 500;
/// The state of a push that has had its effect.
const APPLIED: &str = "applied";

/// A parcel by today's mapping.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Name of the courier account.
    pub courier: String,
    /// Reference of the order.
    pub order: String,
    /// Its events, oldest first, also those that would be new.
    pub lines: Vec<Line>,
    /// Its stored pushes, oldest first.
    pub pushes: Vec<Reopened>,
    /// What would become of it; nothing when nothing would change.
    pub outcome: Option<Outcome>,
    /// Where its order would be brought, and from where.
    pub order_moves: Option<(OrderStatus, OrderStatus)>,
    id: ShipmentId,
    order_id: OrderId,
}

/// An event as it is stored and as it would be read today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it happened.
    pub at: UnixMillis,
    /// Code of `event_sources`.
    pub source: String,
    /// What the courier said.
    pub code: Code,
    /// What is stored; nothing when the event is not.
    pub stored: Option<Meaning>,
    /// What it means today.
    pub today: Meaning,
    id: String,
}

/// A stored push that was opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// Identity.
    pub id: String,
    /// When it came.
    pub received_at: UnixMillis,
    /// Code of `webhook_states`.
    pub state: String,
    /// How many events it would add, or why it cannot be read.
    pub adds: Result<usize, String>,
}

impl Replay {
    /// Whether anything would change.
    pub fn is_change(&self) -> bool {
        self.lines.iter().any(|line| line.stored != Some(line.today)) || !self.fresh_pushes().is_empty()
    }

    fn fresh_pushes(&self) -> Vec<String> {
        self.pushes
            .iter()
            .filter(|push| push.adds.as_ref().is_ok_and(|adds| *adds > 0))
            .map(|push| push.id.clone())
            .collect()
    }
}

/// Every parcel with an AWB by today's mapping; nothing is changed.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub async fn look(app: &App, awb: &str) -> Result<Vec<Replay>, AppError> {
    let found = mappings::with_awb(&mut *app.db.read().await?, &clean_line(awb)).await?;
    if found.is_empty() {
        return Err(AppError::not_found("Parcel"));
    }
    let mapping = Mapping::today(app).await?;
    let mut replays = Vec::new();
    for (shipment, order) in found {
        replays.push(look_at(app, &mapping, shipment, order).await?);
    }
    Ok(replays)
}

async fn look_at(app: &App, mapping: &Mapping, id: ShipmentId, order_id: OrderId) -> Result<Replay, AppError> {
    let mut conn = app.db.read().await?;
    let mut desk = Desk::look(&mut conn, std::slice::from_ref(&order_id)).await?;
    let parcel = desk.parcels.get(&id).cloned().ok_or_else(|| AppError::not_found("Parcel"))?;
    let kept = webhooks::kept(&mut conn, &parcel.courier_id, parcel.awb.as_deref().unwrap_or(""), PUSHES_MAX).await?;
    drop(conn);
    let account = app.accounts.find(app, &parcel.courier_id).await?;
    let mut lines: Vec<Line> = desk.events.get(&id).into_iter().flatten().map(|event| line_of(event, true)).collect();
    desk.read_again(mapping, |event| event.shipment_id == id);
    let pushes = reopen(app, &account, mapping, &mut desk, &parcel, kept);
    for event in desk.events.get(&id).into_iter().flatten() {
        match lines.iter_mut().find(|line| line.id == event.id) {
            Some(line) => line.today = event.reading().meaning(),
            None => lines.push(line_of(event, false)),
        }
    }
    lines.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    let mut outcomes = desk.outcomes();
    let mut replay = Replay {
        courier: account.shown.name.clone(),
        order: desk.orders.first().map(|order| order.reference.clone()).unwrap_or_default(),
        lines,
        pushes,
        outcome: outcomes.parcels.pop(),
        order_moves: outcomes.orders.remove(&order_id),
        id,
        order_id,
    };
    // Whoever was looked at but says nothing new was touched all the same.
    if !replay.is_change() {
        replay.outcome = None;
    }
    Ok(replay)
}

fn line_of(event: &StoredEvent, is_stored: bool) -> Line {
    let meaning = event.reading().meaning();
    Line {
        at: event.happened_at,
        source: event.source.clone(),
        code: event.code(),
        stored: is_stored.then_some(meaning),
        today: meaning,
        id: event.id.clone(),
    }
}

/// Opens stored pushes and puts on the desk what they would add.
fn reopen(
    app: &App,
    account: &Account,
    mapping: &Mapping,
    desk: &mut Desk,
    parcel: &Shipment,
    kept: Vec<KeptPush>,
) -> Vec<Reopened> {
    let (pen, added) = (app.pen(), mapping.added());
    let mut opened = Vec::new();
    for KeptPush { push, state } in kept {
        let adds = pushes::read(app, account, &push).and_then(|read| {
            let Push::Parcels { reports, .. } = read else { return Ok(0) };
            let mut fresh = Vec::new();
            for mut report in reports {
                let index = Index::of(std::iter::once(parcel));
                if index.find(&parcel.courier_id, &report.numbers).is_none() {
                    continue;
                }
                if state == APPLIED {
                    // What has no time of its own was compared with the word before it when it came.
                    report.heard = report.heard.map(|all| all.into_iter().filter(|one| one.at.is_some()).collect());
                }
                let news = pushes::heard(&push, account.provider(), parcel, report)?;
                desk.hear(&news, &added, &pen, &mut fresh);
            }
            Ok(fresh.len())
        });
        opened.push(Reopened { id: push.id, received_at: push.received_at, state, adds });
    }
    opened
}

/// Does what [`look`] has shown, once; answers how many events mean something else now, and how many pushes
/// were applied once more.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply(app: &App, replays: &[Replay]) -> Result<(usize, usize), AppError> {
    let (mut events, mut reopened) = (0, 0);
    for replay in replays.iter().filter(|replay| replay.is_change()) {
        let pushes = replay.fresh_pushes();
        reopened += pushes.len();
        events += rereading::read_parcel(app, (&replay.id, &replay.order_id), pushes).await?;
    }
    if reopened > 0 {
        let mut applier = Applier::default();
        while pushes::apply_due(app, &mut applier).await? > 0 {}
    }
    Ok((events, reopened))
}

/// What reading again all that hangs on unknown and explained codes would come to.
#[derive(Clone, Debug, Default)]
pub struct UnknownReplay {
    /// Codes that mean something else today: the account's name, the code, what it means, how many events.
    pub codes: Vec<(String, CodeKey, Meaning, usize)>,
    /// What would come of it, or has.
    pub sum: Reread,
}

/// Looks through everything that was unknown, and reads it again unless `is_dry`.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn unknown(app: &App, is_dry: bool) -> Result<UnknownReplay, AppError> {
    let accounts = desk::accounts(app, None).await?;
    let stores: BTreeSet<StoreId> = accounts.iter().map(|account| account.store_id.clone()).collect();
    let mapping = Mapping::today(app).await?;
    let mut replay = UnknownReplay::default();
    for store in &stores {
        for (key, meaning, count) in rereading::misread_codes(app, store, &mapping).await? {
            let name = accounts.iter().find(|account| account.id == key.courier).map(|account| account.name.clone());
            replay.codes.push((name.unwrap_or_default(), key, meaning, count));
        }
        let sum = match is_dry {
            true => rereading::forecast(app, store, &mapping, None).await?,
            false => rereading::go_on(app, store, usize::MAX).await?,
        };
        replay.sum = replay.sum.and(sum);
    }
    Ok(replay)
}
