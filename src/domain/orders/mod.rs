//! What an order is, and the names of the states it can be in. The only ways from one to another are in
//! `moves`; what staff see of an order is in `desk`, and how orders are searched in `search`.

mod desk;
mod moves;
pub mod search;

use serde::{Deserialize, Serialize};

use crate::domain::customers::{Address, Phone};
use crate::domain::ids::{BlobId, OrderId, StoreId, VariantId};
use crate::domain::money::{Currency, Minor};
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::domain::time::UnixMillis;

pub use desk::{
    CaseView, DeskFilter, DeskOrder, DeskPage, OrderEventView, ShipmentView, TrackedOrder, TrackedParcel, TrackingStep,
};
pub use moves::{MOVES, Move, OrderAction, StockEffect, advance, moves_from};

/// The state of an order. This one type is the database's, the API's and the browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Saved; stock is untouched.
    Pending,
    /// Accepted by the merchant; stock is taken.
    Confirmed,
    /// A courier is booked.
    Processing,
    /// On its way.
    Shipped,
    /// With the rider.
    OutForDelivery,
    /// Handed to the customer.
    Delivered,
    /// Called off.
    Cancelled,
    /// Money given back.
    Refunded,
}

/// One line of the table of states.
pub struct OrderStatusRow {
    /// The state.
    pub status: OrderStatus,
    /// Its code in the database and in JSON.
    pub code: &'static str,
}

/// Every state in the order people meet it: the one table everything else is derived from.
pub const ORDER_STATUSES: [OrderStatusRow; 8] = [
    OrderStatusRow { status: OrderStatus::Pending, code: "pending" },
    OrderStatusRow { status: OrderStatus::Confirmed, code: "confirmed" },
    OrderStatusRow { status: OrderStatus::Processing, code: "processing" },
    OrderStatusRow { status: OrderStatus::Shipped, code: "shipped" },
    OrderStatusRow { status: OrderStatus::OutForDelivery, code: "out_for_delivery" },
    OrderStatusRow { status: OrderStatus::Delivered, code: "delivered" },
    OrderStatusRow { status: OrderStatus::Cancelled, code: "cancelled" },
    OrderStatusRow { status: OrderStatus::Refunded, code: "refunded" },
];

impl OrderStatus {
    /// The code stored in the database and spoken by the API.
    pub fn code(self) -> &'static str {
        ORDER_STATUSES[self as usize].code
    }

    /// Whether the goods of an order in this state have left the shelf.
    pub fn holds_stock(self) -> bool {
        match self {
            OrderStatus::Pending | OrderStatus::Cancelled => false,
            OrderStatus::Confirmed
            | OrderStatus::Processing
            | OrderStatus::Shipped
            | OrderStatus::OutForDelivery
            | OrderStatus::Delivered
            | OrderStatus::Refunded => true,
        }
    }
}

impl std::str::FromStr for OrderStatus {
    type Err = String;

    /// Accepts the code in any case, as clients write it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ORDER_STATUSES.iter().find(|row| row.code.eq_ignore_ascii_case(text.trim())).map(|row| row.status).ok_or_else(
            || {
                let codes: Vec<_> = ORDER_STATUSES.iter().map(|row| row.code).collect();
                format!("The status must be one of {}.", codes.join(", "))
            },
        )
    }
}

impl TryFrom<String> for OrderStatus {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A line of an order, with name, price and weight as they were when it was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The variant that was sold.
    pub variant_id: VariantId,
    /// Product name.
    pub product_name: String,
    /// Merchant's code.
    pub sku: String,
    /// Chosen size, possibly empty.
    pub size: String,
    /// Chosen colour, possibly empty.
    pub color: String,
    /// Picture, if there was one.
    pub picture: Option<BlobId>,
    /// Pieces, at least one.
    pub quantity: i64,
    /// Price of one piece, tax included.
    pub unit_price: Minor,
    /// Weight of one piece in grams.
    pub weight_grams: i64,
}

impl OrderItem {
    /// Price of the line. Quantities and prices are bounded at the door, so it always fits.
    pub fn subtotal(&self) -> Minor {
        Minor(self.unit_price.0 * self.quantity)
    }
}

/// The money of an order, every part a column: goods − discount + shipping + cod_fee + giftwrap +
/// transaction = total. Prices include tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMoney {
    /// Sum of the lines.
    pub goods: Minor,
    /// Taken off.
    pub discount: Minor,
    /// Delivery.
    pub shipping: Minor,
    /// Charge for paying at the door.
    pub cod_fee: Minor,
    /// Gift wrap.
    pub giftwrap: Minor,
    /// Transaction charge.
    pub transaction: Minor,
}

impl OrderMoney {
    /// What the customer pays.
    pub fn total(&self) -> Minor {
        Minor(self.goods.0 - self.discount.0 + self.shipping.0 + self.cod_fee.0 + self.giftwrap.0 + self.transaction.0)
    }
}

/// A saved order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Identity.
    pub id: OrderId,
    /// `LEG-{time}-{random}`: what customer, merchant and courier call it.
    pub reference: String,
    /// Whose order it is.
    pub store_id: StoreId,
    /// State.
    pub status: OrderStatus,
    /// How it is to be paid.
    pub payment_method: PaymentMethod,
    /// Whether it is paid.
    pub payment_status: PaymentStatus,
    /// Name of the customer.
    pub customer_name: String,
    /// Phone of the customer.
    pub customer_phone: Phone,
    /// E-mail of the customer, possibly empty.
    pub customer_email: String,
    /// Where it goes.
    pub address: Address,
    /// What the customer wrote, possibly empty.
    pub note: String,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Amounts.
    pub money: OrderMoney,
    /// Lines.
    pub items: Vec<OrderItem>,
    /// When it was placed.
    pub created_at: UnixMillis,
    /// When it last changed.
    pub updated_at: UnixMillis,
}

impl Order {
    /// Pieces in the order.
    pub fn item_count(&self) -> i64 {
        self.items.iter().map(|item| item.quantity).sum()
    }

    /// Weight of all pieces in grams.
    pub fn weight_grams(&self) -> i64 {
        self.items.iter().map(|item| item.weight_grams * item.quantity).sum()
    }
}

/// Letters of the random part: no I, L, O, U, 0 or 1, which people misread on the phone.
const REFERENCE_LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const REFERENCE_RANDOM_LETTERS: usize = 6;

/// `{prefix}-{time}-{random}`: seconds since 2024 in base 36 and six random letters.
///
/// The time part sorts and is short to read out; the random part (30^6 per second) makes it unique.
pub fn reference(prefix: &str, now: UnixMillis, random: u64) -> String {
    const EPOCH_SECONDS: i64 = 1_704_067_200;
    let mut seconds = (now.0 / 1_000 - EPOCH_SECONDS).max(0);
    let mut time = Vec::new();
    while seconds > 0 || time.is_empty() {
        let digit = (seconds % 36) as u32;
        time.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
        seconds /= 36;
    }
    let mut rest = random;
    let letters: String = (0..REFERENCE_RANDOM_LETTERS)
        .map(|_| {
            let letter = REFERENCE_LETTERS[(rest % 30) as usize];
            rest /= 30;
            char::from(letter)
        })
        .collect();
    format!("{prefix}-{}-{letters}", time.iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_round_trips_through_text_and_json() {
        for (at, row) in ORDER_STATUSES.iter().enumerate() {
            assert_eq!(row.status as usize, at, "the table is in the order of the enum");
            assert_eq!(row.code.parse(), Ok(row.status));
            assert_eq!(row.code.to_uppercase().parse(), Ok(row.status));
            assert_eq!(serde_json::to_string(&row.status).unwrap(), format!("\"{}\"", row.code));
        }
        assert!("shiped".parse::<OrderStatus>().unwrap_err().contains("out_for_delivery"));
    }

    #[test]
    fn the_code_table_of_the_migration_has_every_status() {
        let sql = include_str!("../../../migrations/0003_orders.sql");
        for row in &ORDER_STATUSES {
            assert!(sql.contains(&format!("('{}')", row.code)), "{}", row.code);
        }
    }

    #[test]
    fn a_reference_has_prefix_time_and_random_part() {
        let made = reference("LEG", UnixMillis(1_763_700_000_000), 123_456_789);
        assert_eq!(made.split('-').count(), 3);
        assert!(made.starts_with("LEG-"));
        assert!((5..=7).contains(&made.split('-').nth(1).map_or(0, str::len)), "{made}");
        assert!(made.ends_with("-B8GE47"), "{made}");
        assert_ne!(made, reference("LEG", UnixMillis(1_763_700_000_000), 123_456_790));
    }

    #[test]
    fn the_total_is_the_sum_of_its_parts() {
        let money = OrderMoney {
            goods: Minor(1_000),
            discount: Minor(100),
            shipping: Minor(60),
            cod_fee: Minor(20),
            giftwrap: Minor(10),
            transaction: Minor(5),
        };
        assert_eq!(money.total(), Minor(995));
    }
}
