//! Badges: the state of an order, and how much of something is left.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::domain::orders::OrderStatus;
use crate::domain::shipping::ShipmentStatus;

/// From this many pieces on, a page does not count them for the visitor.
const PLENTY: i64 = 6;

/// The state of an order as a badge, in the customer's words.
pub fn order_status(status: OrderStatus, words: &'static Messages) -> AnyView {
    view! { <span class=order_class(status)>{words.order_status(status)}</span> }.into_any()
}

/// The state of an order as a badge, in the words of the desk.
pub fn desk_status(status: OrderStatus, words: &'static Messages) -> AnyView {
    view! { <span class=order_class(status)>{words.desk_status(status)}</span> }.into_any()
}

fn order_class(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "badge badge-warn",
        OrderStatus::Confirmed | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::OutForDelivery => {
            "badge"
        }
        OrderStatus::Delivered => "badge badge-good",
        OrderStatus::Cancelled | OrderStatus::Refunded => "badge badge-bad",
    }
}

/// The state of a parcel as a badge.
pub fn shipment_status(status: ShipmentStatus, words: &'static Messages) -> AnyView {
    view! { <span class=shipment_class(status)>{words.shipment_status(status)}</span> }.into_any()
}

/// The look of a badge with the state of a parcel.
pub fn shipment_class(status: ShipmentStatus) -> &'static str {
    match status {
        ShipmentStatus::Pending
        | ShipmentStatus::ReadyToShip
        | ShipmentStatus::PickedUp
        | ShipmentStatus::InTransit
        | ShipmentStatus::OutForDelivery => "badge",
        ShipmentStatus::Delivered => "badge badge-good",
        ShipmentStatus::Undelivered | ShipmentStatus::OnHold | ShipmentStatus::RtoInitiated => "badge badge-warn",
        ShipmentStatus::RtoDelivered | ShipmentStatus::Cancelled | ShipmentStatus::Lost => "badge badge-bad",
    }
}

/// That little or nothing is left, in words; nothing to say when there is plenty.
pub fn scarce_words(quantity: i64, words: &'static Messages) -> Option<String> {
    match quantity {
        none if none < 1 => Some(words.sold_out.to_owned()),
        few if few < PLENTY => Some((words.only_left)(few)),
        _ => None,
    }
}

/// How much is left, as a badge.
pub fn stock(quantity: i64, words: &'static Messages) -> AnyView {
    let class = match quantity {
        none if none < 1 => "badge badge-bad",
        few if few < PLENTY => "badge badge-warn",
        _ => "badge badge-good",
    };
    let left = scarce_words(quantity, words).unwrap_or_else(|| words.in_stock.to_owned());
    view! { <span class=class>{left}</span> }.into_any()
}
