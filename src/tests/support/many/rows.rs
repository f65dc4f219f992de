//! The rows of many orders, table by table.

use harkara::domain::orders::OrderStatus;
use harkara::domain::time::HOUR_MS;

use super::made::{Dice, Made, NEVER_DUE_MS};
use super::{Shelf, Ware};

/// Longest statement, in bytes; SQLite takes a million.
const STATEMENT_BYTES: usize = 400_000;
/// What carrying costs where it is not free, in minor units.
const SHIPPING_MINOR: i64 = 6_000;

/// A value of a row.
#[derive(Clone, Debug)]
pub enum Cell {
    Text(String),
    Number(i64),
    Null,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Cell {
        Cell::Text(text.clone())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Cell {
        Cell::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

/// Rows for a table.
pub struct Table {
    name: &'static str,
    columns: &'static str,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    fn new(name: &'static str, columns: &'static str) -> Table {
        Table { name, columns, rows: Vec::new() }
    }

    /// The statements that insert them.
    pub fn inserts(&self) -> Vec<String> {
        let mut statements = Vec::new();
        let mut text = String::new();
        for row in &self.rows {
            if text.is_empty() {
                text = format!("INSERT INTO {} ({}) VALUES ", self.name, self.columns);
            } else {
                text.push_str(", ");
            }
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
                    Cell::Number(number) => number.to_string(),
                    Cell::Null => "NULL".to_owned(),
                })
                .collect();
            text.push('(');
            text.push_str(&cells.join(", "));
            text.push(')');
            if text.len() > STATEMENT_BYTES {
                statements.push(std::mem::take(&mut text));
            }
        }
        statements.extend((!text.is_empty()).then_some(text));
        statements
    }

    /// The statement that copies them.
    pub fn copy(&self) -> String {
        format!("COPY {} ({}) FROM STDIN", self.name, self.columns)
    }

    /// The rows as COPY wants them.
    pub fn copied(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Cell::Text(text) => text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"),
                    Cell::Number(number) => number.to_string(),
                    Cell::Null => "\\N".to_owned(),
                })
                .collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        text
    }
}

macro_rules! add {
    ($table:expr, $($cell:expr),+ $(,)?) => { $table.rows.push(vec![$(Cell::from($cell)),+]) };
}

/// Every table that an order has rows in, in the order in which they refer to each other.
pub struct Tables {
    checkouts: Table,
    orders: Table,
    items: Table,
    movements: Table,
    events: Table,
    shipments: Table,
    contents: Table,
    tracking: Table,
}

impl Tables {
    /// Empty ones.
    pub fn new() -> Tables {
        Tables {
            checkouts: Table::new("checkouts", "id, key, token, fingerprint, message, created_at"),
            orders: Table::new(
                "orders",
                "id, seq, checkout_id, store_id, reference, status, payment_status, payment_method, customer_name,
                 customer_phone, address_line1, address_city, address_country, currency, goods_minor, shipping_minor,
                 total_minor, item_count, weight_grams, created_at, updated_at, confirmed_at, delivered_at",
            ),
            items: Table::new(
                "order_items",
                "id, order_id, position, product_id, variant_id, product_name, sku, barcode, size, color, picture_id,
                 quantity, unit_price_minor, subtotal_minor, weight_grams, tax_rate_bp, hsn",
            ),
            movements: Table::new(
                "stock_movements",
                "id, store_id, variant_id, quantity, reason, order_id, author, created_at",
            ),
            events: Table::new("order_events", "id, order_id, kind, from_status, to_status, author_kind, created_at"),
            shipments: Table::new(
                "shipments",
                "id, seq, store_id, order_id, courier_id, leg, booking_state, awb, booked_at, status, status_event_id,
                 status_at, last_event_at, delivered_at, next_poll_at, weight_grams, length_mm, width_mm, height_mm,
                 currency, cod_amount_minor, declared_value_minor, author_kind, created_at, updated_at",
            ),
            contents: Table::new("shipment_items", "shipment_id, order_item_id, store_id, quantity"),
            tracking: Table::new(
                "tracking_events",
                "id, store_id, shipment_id, source, happened_at, received_at, raw_status, status, activity, location",
            ),
        }
    }

    /// All of them.
    pub fn all(&self) -> [&Table; 8] {
        [
            &self.checkouts,
            &self.orders,
            &self.items,
            &self.movements,
            &self.events,
            &self.shipments,
            &self.contents,
            &self.tracking,
        ]
    }

    /// Adds the rows of an order.
    pub fn add(&mut self, made: &Made, shelf: &Shelf) {
        let mut dice = Dice::of(made.number, 7);
        add!(self.checkouts, &made.checkout_id, &made.key, &made.token, "scale", "An order.", made.at);
        let lines = lines(shelf, &mut dice);
        let item_ids = self.add_lines(made, &lines, shelf, &mut dice);
        self.add_order(made, &lines, shelf, &mut dice);
        self.add_events(made, &mut dice);
        let is_under_way = matches!(
            made.status,
            OrderStatus::Shipped | OrderStatus::OutForDelivery | OrderStatus::Delivered | OrderStatus::Refunded
        );
        if made.has_parcel && is_under_way {
            self.add_parcel(made, &lines, shelf, &item_ids, &mut dice);
        }
    }

    fn add_order(&mut self, made: &Made, lines: &[(&Ware, i64)], shelf: &Shelf, dice: &mut Dice) {
        let goods: i64 = lines.iter().map(|(ware, quantity)| ware.unit_price_minor * quantity).sum();
        let shipping = if dice.below(3) == 0 { SHIPPING_MINOR } else { 0 };
        let when = |state| made.way().into_iter().find(|(other, _)| *other == state).map(|(_, at)| at);
        add!(
            self.orders,
            &made.id,
            made.seq,
            &made.checkout_id,
            &shelf.id,
            &made.reference,
            made.status.code(),
            "pending",
            "cod",
            &made.name,
            made.phone.as_str(),
            format!("House {}, Road {}", dice.below(200) + 1, dice.below(40) + 1),
            made.city,
            if made.store == 0 { "BD" } else { "IN" },
            shelf.currency.code(),
            goods,
            shipping,
            goods + shipping,
            lines.iter().map(|(_, quantity)| quantity).sum::<i64>(),
            lines.iter().map(|(ware, quantity)| ware.weight_grams * quantity).sum::<i64>(),
            made.at,
            made.updated_at(),
            when(OrderStatus::Confirmed),
            when(OrderStatus::Delivered),
        );
    }

    /// The lines, and the stock they have taken or given back.
    fn add_lines(&mut self, made: &Made, lines: &[(&Ware, i64)], shelf: &Shelf, dice: &mut Dice) -> Vec<String> {
        let mut ids = Vec::new();
        for ((ware, quantity), position) in lines.iter().zip(0_i64..) {
            let id = dice.id(made.at);
            add!(
                self.items,
                &id,
                &made.id,
                position,
                &ware.product_id,
                &ware.variant_id,
                &ware.product_name,
                &ware.sku,
                &ware.barcode,
                &ware.size,
                &ware.color,
                ware.picture_id.clone(),
                *quantity,
                ware.unit_price_minor,
                ware.unit_price_minor * quantity,
                ware.weight_grams,
                ware.tax_rate_bp,
                &ware.hsn,
            );
            ids.push(id);
            for (state, at) in made.way() {
                let (reason, moved) = match state {
                    OrderStatus::Confirmed => ("confirmed", -quantity),
                    OrderStatus::Cancelled if made.is_taken() => ("cancelled", *quantity),
                    _ => continue,
                };
                let movement = dice.id(at);
                add!(self.movements, movement, &shelf.id, &ware.variant_id, moved, reason, &made.id, "system", at);
            }
        }
        ids
    }

    fn add_events(&mut self, made: &Made, dice: &mut Dice) {
        let mut from = None;
        for (state, at) in made.way() {
            let (kind, author) = match state {
                OrderStatus::Pending => ("placed", "customer"),
                OrderStatus::Confirmed => ("confirmed", "user"),
                OrderStatus::Cancelled => ("cancelled", "user"),
                OrderStatus::Refunded => ("refunded", "user"),
                _ => ("status_changed", "courier"),
            };
            add!(self.events, dice.id(at), &made.id, kind, from, state.code(), author, at);
            from = Some(state.code());
        }
    }

    fn add_parcel(&mut self, made: &Made, lines: &[(&Ware, i64)], shelf: &Shelf, item_ids: &[String], dice: &mut Dice) {
        let id = dice.id(made.at);
        let booked_at = made.at + 20 * HOUR_MS;
        let steps: &[&str] = match made.status {
            OrderStatus::Shipped => &["picked_up", "in_transit"],
            OrderStatus::OutForDelivery => &["picked_up", "in_transit", "out_for_delivery"],
            _ => &["picked_up", "in_transit", "out_for_delivery", "delivered"],
        };
        let (mut event_id, mut happened_at) = (String::new(), booked_at);
        for (step, place) in steps.iter().zip(1_i64..) {
            event_id = format!("scale-{}-{place}", made.number);
            happened_at = booked_at + place * 8 * HOUR_MS;
            let words = step.replace('_', " ");
            add!(
                self.tracking,
                &event_id,
                &shelf.id,
                &id,
                "manual",
                happened_at,
                happened_at,
                &words,
                *step,
                &words,
                made.city
            );
        }
        let status = steps.last().copied().unwrap_or("pending");
        let is_delivered = status == "delivered";
        let goods: i64 = lines.iter().map(|(ware, quantity)| ware.unit_price_minor * quantity).sum();
        add!(
            self.shipments,
            &id,
            made.seq,
            &shelf.id,
            &made.id,
            &shelf.courier_id,
            "forward",
            "booked",
            awb(made),
            booked_at,
            status,
            &event_id,
            happened_at,
            happened_at,
            is_delivered.then_some(happened_at),
            (!is_delivered).then_some(NEVER_DUE_MS),
            lines.iter().map(|(ware, quantity)| ware.weight_grams * quantity).sum::<i64>().max(1),
            200,
            200,
            100,
            shelf.currency.code(),
            goods,
            goods,
            "user",
            booked_at,
            happened_at,
        );
        for (item, (_, quantity)) in item_ids.iter().zip(lines) {
            add!(self.contents, &id, item, &shelf.id, *quantity);
        }
    }
}

/// The number of an order's parcel.
pub fn awb(made: &Made) -> String {
    format!("7{:012}", made.number)
}

/// One to three different wares, one or two pieces of each.
fn lines<'s>(shelf: &'s Shelf, dice: &mut Dice) -> Vec<(&'s Ware, i64)> {
    let count = shelf.wares.len();
    let first = dice.below(count as u64) as usize;
    let lines = 1 + dice.below(3) as usize;
    (0..lines.min(count))
        .map(|line| (&shelf.wares[(first + line * 7) % count], 1 + i64::from(dice.below(4) == 0)))
        .collect()
}
