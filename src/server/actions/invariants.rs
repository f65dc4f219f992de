//! `harkara check`: goes through the data in batches and says what does not hold.
//!
//! Nothing is locked and no connection is kept for long, so a shop at work goes on. Each statement sees
//! one moment; where two statements are compared, what looks wrong is read once more before it is said.

use std::collections::BTreeMap;

use crate::domain::ids::{OrderId, ShipmentId, VariantId};
use crate::domain::invariants::{self as rules, Finding, FindingKind};
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::work::Work;
use crate::server::db::Db;
use crate::server::db::invariants::{self as facts, Which, Window};

/// Variants or orders looked at together.
const BATCH: i64 = 1_000;
/// Findings of one kind that are kept: a rule that is broken a million times is broken once.
pub const FINDINGS_MAX: usize = 1_000;
/// Rows that wait and are named.
const WAITING_MAX: i64 = 100;
/// How long something due may wait before somebody should look whether the shop runs.
const STUCK_AFTER_MS: i64 = 15 * MINUTE_MS;

/// Everything that does not hold, sorted by kind; at most [`FINDINGS_MAX`] of each.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn check(app: &App) -> Result<Vec<Finding>, AppError> {
    check_database(&app.db, app.clock.now()).await
}

/// The same of a database without a shop around it.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn check_database(db: &Db, now: UnixMillis) -> Result<Vec<Finding>, AppError> {
    let mut findings = Findings::default();
    check_stock(db, &mut findings).await?;
    let counters = facts::counters(&mut *db.read().await?).await?;
    findings.add(counters.iter().filter_map(rules::of_counter));
    let mut after = i64::MIN;
    loop {
        let next = facts::next_window(&mut *db.read().await?, after, BATCH).await?;
        let Some(window) = next else { break };
        check_orders(db, window, &mut findings).await?;
        check_parcels(db, window, &mut findings).await?;
        after = window.upto;
    }
    check_queues(db, now, &mut findings).await?;
    Ok(findings.sorted())
}

#[derive(Default)]
struct Findings {
    by_kind: BTreeMap<FindingKind, Vec<Finding>>,
}

impl Findings {
    fn add(&mut self, found: impl IntoIterator<Item = Finding>) {
        for finding in found {
            let kept = self.by_kind.entry(finding.kind).or_default();
            if kept.len() < FINDINGS_MAX {
                kept.push(finding);
            }
        }
    }

    fn sorted(self) -> Vec<Finding> {
        self.by_kind.into_values().flatten().collect()
    }
}

async fn check_stock(db: &Db, findings: &mut Findings) -> Result<(), AppError> {
    let mut after = VariantId::new("");
    loop {
        let batch = facts::stock(&mut *db.read().await?, &after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.variant_id.clone();
        findings.add(batch.iter().flat_map(rules::of_stock));
    }
}

async fn check_orders(db: &Db, window: Window, findings: &mut Findings) -> Result<(), AppError> {
    let mut conn = db.read().await?;
    let money = facts::wrong_money(&mut conn, window).await?;
    findings.add(money.iter().flat_map(rules::of_money));
    let held = facts::wrong_stock(&mut conn, window).await?;
    findings.add(held.iter().filter_map(rules::of_held));
    let untold = facts::without_step(&mut conn, window).await?;
    findings.add(untold.into_iter().map(|(id, status)| {
        Finding::new(FindingKind::OrderStep, id, format!("Is {status}, and no step of its timeline led there."))
    }));
    Ok(())
}

async fn check_parcels(db: &Db, window: Window, findings: &mut Findings) -> Result<(), AppError> {
    let orders = facts::parcels(&mut *db.read().await?, &Which::Window(window)).await?;
    let suspects: Vec<OrderId> =
        orders.iter().filter(|order| !rules::of_parcels(order).is_empty()).map(|order| order.id.clone()).collect();
    if suspects.is_empty() {
        return Ok(());
    }
    let again = facts::parcels(&mut *db.read().await?, &Which::Orders(suspects)).await?;
    findings.add(again.iter().flat_map(rules::of_parcels));
    Ok(())
}

async fn check_queues(db: &Db, now: UnixMillis, findings: &mut Findings) -> Result<(), AppError> {
    let before = now.plus(-STUCK_AFTER_MS);
    let mut conn = db.read().await?;
    let jobs = facts::stuck_jobs(&mut conn, before, WAITING_MAX).await?;
    findings.add(jobs.into_iter().map(|(id, kind, is_held)| {
        let why = if is_held == 0 { "is due and nobody takes it" } else { "is held by somebody who did not come back" };
        Finding::new(FindingKind::JobStuck, id, format!("The job {kind} {why}. Does the shop run?"))
    }));
    let pushes = facts::stuck_pushes(&mut conn, before, WAITING_MAX).await?;
    findings.add(pushes.into_iter().map(|id| {
        Finding::new(FindingKind::PushStuck, id, "Is due and nobody applies it. Does the shop run?".to_owned())
    }));
    let kind = Work::ResolveBooking(ShipmentId::new("")).kind();
    let bookings = facts::stuck_bookings(&mut conn, before, kind, WAITING_MAX).await?;
    findings.add(bookings.into_iter().map(|id| {
        let sentence = "Nobody finds out whether the courier has it. Does the shop run?".to_owned();
        Finding::new(FindingKind::BookingStuck, id, sentence)
    }));
    Ok(())
}
