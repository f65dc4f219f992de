//! Sums over all orders of a store, which are kept for a while: they read every order.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::catalogue::Store;
use crate::domain::ids::{StoreId, UserId};
use crate::domain::money::Minor;
use crate::domain::orders::{ORDER_STATUSES, OrderStatus};
use crate::domain::time::{DAY_MS, MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::db::order_list::{self, DayFigures};

/// How long figures are kept (R80).
pub const KEPT_MS: i64 = 10 * MINUTE_MS;
/// How far back "recent" goes.
const RECENT_DAYS: i64 = 30;
/// Sets of figures kept; a shop has a few stores, but customers may ask for their own, too.
const KEPT_MAX: usize = 1_000;

/// The orders of a store, or of a person at a store, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many in each state, in the order of the table of states.
    pub by_status: Vec<(OrderStatus, i64)>,
    /// How many were placed in each month of the store's time zone, `2026-11`, earliest first.
    pub by_month: BTreeMap<String, i64>,
    /// Orders that count for the revenue: accepted, and neither called off nor refunded.
    pub earning: i64,
    /// What customers pay for those, tax included.
    pub revenue: Minor,
    /// How many were placed in the last 30 days, today included.
    pub recent: i64,
    /// When this was counted.
    pub counted_at: UnixMillis,
}

impl Figures {
    /// All orders.
    pub fn total(&self) -> i64 {
        self.by_status.iter().map(|(_, count)| count).sum()
    }

    fn of(days: &[DayFigures], today: i64, counted_at: UnixMillis) -> Figures {
        let mut figures = Figures { counted_at, ..Figures::default() };
        for row in &ORDER_STATUSES {
            let count = days.iter().filter(|day| day.status == row.status).map(|day| day.orders).sum();
            figures.by_status.push((row.status, count));
        }
        for day in days {
            if day.day > today - RECENT_DAYS {
                figures.recent += day.orders;
            }
            *figures.by_month.entry(month(day.day)).or_default() += day.orders;
            if earns(day.status) {
                figures.earning += day.orders;
                figures.revenue = Minor(figures.revenue.0.saturating_add(day.total.0));
            }
        }
        figures
    }
}

fn earns(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Pending | OrderStatus::Cancelled | OrderStatus::Refunded => false,
        OrderStatus::Confirmed
        | OrderStatus::Processing
        | OrderStatus::Shipped
        | OrderStatus::OutForDelivery
        | OrderStatus::Delivered => true,
    }
}

/// The month of a day counted from 1970-01-01, as `2026-11`.
fn month(day: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(day.saturating_mul(DAY_MS)).unwrap_or_default();
    instant.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string()
}

type Kept = HashMap<(StoreId, Option<UserId>), Figures>;

/// Figures in memory.
#[derive(Clone, Debug, Default)]
pub struct KeptFigures(Arc<Mutex<Kept>>);

impl KeptFigures {
    fn get(&self, store: &StoreId, user: Option<&UserId>, now: UnixMillis) -> Option<Figures> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&(store.clone(), user.cloned()))?;
        (0..KEPT_MS).contains(&(now.0 - found.counted_at.0)).then(|| found.clone())
    }

    fn keep(&self, store: &StoreId, user: Option<&UserId>, figures: &Figures) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert((store.clone(), user.cloned()), figures.clone());
    }
}

/// The figures of a store, or of one person's orders there; up to ten minutes old.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn of_store(app: &App, store: &Store, user: Option<&UserId>) -> Result<Figures, AppError> {
    let now = app.clock.now();
    let kept = app.figures.get(&store.id, user, now);
    app.metrics.looked_up("figures", kept.is_some());
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let days = order_list::figures(&mut *app.db.read().await?, store, user).await?;
    let today = (now.0 + store.country.utc_offset_minutes() * MINUTE_MS).div_euclid(DAY_MS);
    let figures = Figures::of(&days, today, now);
    app.figures.keep(&store.id, user, &figures);
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_summed_by_state_and_month_and_only_what_earns_is_revenue() {
        let day = |day, status, orders, total| DayFigures { day, status, orders, total: Minor(total) };
        let days = [
            day(20_423, OrderStatus::Delivered, 2, 300),
            day(20_423, OrderStatus::Cancelled, 1, 1_000),
            day(20_454, OrderStatus::Pending, 4, 5_000),
            day(20_454, OrderStatus::Confirmed, 1, 50),
        ];
        let figures = Figures::of(&days, 20_453, UnixMillis(7));
        assert_eq!((figures.total(), figures.recent), (8, 5), "30 days before today is not recent any more");
        assert_eq!((figures.earning, figures.revenue), (3, Minor(350)));
        assert_eq!(
            figures.by_month.into_iter().collect::<Vec<_>>(),
            [("2025-12".to_owned(), 3), ("2026-01".to_owned(), 5)]
        );
        assert_eq!(figures.by_status.len(), ORDER_STATUSES.len());
        assert!(figures.by_status.contains(&(OrderStatus::Cancelled, 1)));
    }
}
