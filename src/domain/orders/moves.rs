//! The only ways an order may change: one table, from which buttons, refusals, documents and tests are
//! made.

use serde::{Deserialize, Serialize};

use crate::domain::orders::OrderStatus::{self, *};
use crate::domain::staff::Role;

/// Something that can be done to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderAction {
    /// Accept it and take its stock.
    Confirm,
    /// Start packing; booking a courier does this too.
    Process,
    /// Hand it over to the courier.
    Ship,
    /// Give it to the rider.
    SendOut,
    /// Hand it to the customer.
    Deliver,
    /// Call it off and give its stock back.
    Cancel,
    /// Ask a parcel on its way back; the order is cancelled when it has returned.
    Recall,
    /// Give the money back.
    Refund,
}

/// What an action does to the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockEffect {
    /// Nothing.
    Untouched,
    /// Takes every line, all or none.
    Take,
    /// Gives back what was taken, once.
    GiveBack,
}

/// One line of the table.
#[derive(Debug)]
pub struct Move {
    /// What is done.
    pub action: OrderAction,
    /// Its name in the API and in forms.
    pub code: &'static str,
    /// The states it is allowed in.
    pub from: &'static [OrderStatus],
    /// The state it leads to; `None` leaves the state as it is.
    pub to: Option<OrderStatus>,
    /// The least role that may do it to any order of its store.
    pub role: Role,
    /// The states in which the customer may do it to the own order.
    pub customer_from: &'static [OrderStatus],
    /// What it does to the stock.
    pub stock: StockEffect,
    /// Whether a booking that may be live stands in its way.
    pub needs_no_live_booking: bool,
}

const fn by_hand(
    action: OrderAction,
    code: &'static str,
    from: &'static [OrderStatus],
    to: Option<OrderStatus>,
) -> Move {
    Move {
        action,
        code,
        from,
        to,
        role: Role::Seller,
        customer_from: &[],
        stock: StockEffect::Untouched,
        needs_no_live_booking: false,
    }
}

/// Every move, in the order of the enum.
pub static MOVES: [Move; 8] = [
    Move { stock: StockEffect::Take, ..by_hand(OrderAction::Confirm, "confirm", &[Pending], Some(Confirmed)) },
    by_hand(OrderAction::Process, "process", &[Confirmed], Some(Processing)),
    by_hand(OrderAction::Ship, "ship", &[Confirmed, Processing], Some(Shipped)),
    by_hand(OrderAction::SendOut, "send_out", &[Shipped], Some(OutForDelivery)),
    by_hand(OrderAction::Deliver, "deliver", &[Shipped, OutForDelivery], Some(Delivered)),
    Move {
        stock: StockEffect::GiveBack,
        customer_from: &[Pending],
        needs_no_live_booking: true,
        ..by_hand(OrderAction::Cancel, "cancel", &[Pending, Confirmed, Processing], Some(Cancelled))
    },
    by_hand(OrderAction::Recall, "recall", &[Shipped, OutForDelivery], None),
    by_hand(OrderAction::Refund, "refund", &[Shipped, Delivered], Some(Refunded)),
];

impl OrderAction {
    /// Its line of the table.
    pub fn of_table(self) -> &'static Move {
        &MOVES[self as usize]
    }

    /// Its name in the API and in forms.
    pub fn code(self) -> &'static str {
        self.of_table().code
    }

    /// The action that leads to a state; nothing leads back to where orders begin.
    pub fn leading_to(status: OrderStatus) -> Option<OrderAction> {
        MOVES.iter().find(|row| row.to == Some(status)).map(|row| row.action)
    }

    /// What "cancel" means in a state: once a parcel is on its way it can only be asked back.
    pub fn cancelling(status: OrderStatus) -> OrderAction {
        if OrderAction::Recall.of_table().from.contains(&status) { OrderAction::Recall } else { OrderAction::Cancel }
    }
}

impl std::str::FromStr for OrderAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        MOVES.iter().find(|row| row.code.eq_ignore_ascii_case(text.trim())).map(|row| row.action).ok_or_else(|| {
            let codes: Vec<_> = MOVES.iter().map(|row| row.code).collect();
            format!("The action must be one of {}.", codes.join(", "))
        })
    }
}

impl Move {
    /// Whether somebody with this role may do it; `owns` says that the order is the own one.
    pub fn allows(&self, role: Option<Role>, owns: bool, status: OrderStatus) -> bool {
        role >= Some(self.role) || (owns && self.customer_from.contains(&status))
    }
}

/// What staff can do to an order in a state.
pub fn moves_from(status: OrderStatus) -> impl Iterator<Item = &'static Move> {
    MOVES.iter().filter(move |row| row.from.contains(&status))
}

/// The state a courier's news brings an order to, if it brings it forward. It never takes an order
/// back, nor out of cancelled or refunded, nor into the courier's hands before it was confirmed.
pub fn advance(present: OrderStatus, heard: OrderStatus) -> Option<OrderStatus> {
    const PROGRESS: [OrderStatus; 5] = [Confirmed, Processing, Shipped, OutForDelivery, Delivered];
    let place = |status: OrderStatus| PROGRESS.iter().position(|step| *step == status);
    match (place(present), place(heard)) {
        (Some(now), Some(then)) if then > now => Some(heard),
        (Some(_) | None, Some(_) | None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::orders::ORDER_STATUSES;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_reads_back() {
        for (at, row) in MOVES.iter().enumerate() {
            assert_eq!(row.action as usize, at, "{}", row.code);
            assert_eq!(row.code.parse(), Ok(row.action));
            assert_eq!(serde_json::to_string(&row.action).unwrap(), format!("\"{}\"", row.code));
        }
        assert!("explode".parse::<OrderAction>().is_err());
    }

    /// Every move in every state: what is not listed here is forbidden.
    #[test]
    fn every_allowed_and_every_forbidden_move() {
        let allowed = [
            (Pending, vec!["confirm", "cancel"]),
            (Confirmed, vec!["process", "ship", "cancel"]),
            (Processing, vec!["ship", "cancel"]),
            (Shipped, vec!["send_out", "deliver", "recall", "refund"]),
            (OutForDelivery, vec!["deliver", "recall"]),
            (Delivered, vec!["refund"]),
            (Cancelled, vec![]),
            (Refunded, vec![]),
        ];
        assert_eq!(allowed.len(), ORDER_STATUSES.len());
        for (status, codes) in allowed {
            assert_eq!(moves_from(status).map(|row| row.code).collect::<Vec<_>>(), codes, "{status:?}");
        }
    }

    #[test]
    fn a_customer_may_only_cancel_the_own_pending_order() {
        for row in &MOVES {
            for status in ORDER_STATUSES.iter().map(|row| row.status) {
                let may = row.allows(Some(Role::Customer), true, status);
                assert_eq!(may, row.action == OrderAction::Cancel && status == Pending, "{} {status:?}", row.code);
                assert!(!row.allows(Some(Role::Customer), false, status));
                assert!(!row.allows(None, false, status));
                assert!(row.allows(Some(Role::Seller), false, status));
            }
        }
    }

    #[test]
    fn a_courier_only_ever_brings_an_order_forward() {
        let all = ORDER_STATUSES.each_ref().map(|row| row.status);
        for present in all {
            for heard in all {
                let expected = matches!(present, Confirmed | Processing | Shipped | OutForDelivery)
                    && matches!(heard, Processing | Shipped | OutForDelivery | Delivered)
                    && heard as usize > present as usize;
                assert_eq!(advance(present, heard), expected.then_some(heard), "{present:?} {heard:?}");
            }
        }
    }

    #[test]
    fn stock_is_held_from_where_it_is_taken_to_where_it_is_given_back() {
        for row in &MOVES {
            for from in row.from {
                let to = row.to.unwrap_or(*from);
                let expected = match row.stock {
                    StockEffect::Untouched => from.holds_stock(),
                    StockEffect::Take => true,
                    StockEffect::GiveBack => false,
                };
                assert_eq!(to.holds_stock(), expected, "{} from {from:?}", row.code);
            }
        }
    }

    #[test]
    fn cancelling_a_parcel_on_its_way_asks_it_back() {
        assert_eq!(OrderAction::cancelling(Pending), OrderAction::Cancel);
        assert_eq!(OrderAction::cancelling(Shipped), OrderAction::Recall);
        assert_eq!(OrderAction::cancelling(Delivered), OrderAction::Cancel, "which is refused there");
    }
}
