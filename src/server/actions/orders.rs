//! Placing an order: once per cart, whatever is sent how often.

use std::sync::Arc;

use crate::domain::checkout::{CartKey, CheckoutDetails, Placed, PlacedCheckout, Quote, StoreQuote};
use crate::domain::ids::{CheckoutId, OrderId, UserId};
use crate::domain::messages::Messages;
use crate::domain::orders::{Order, OrderItem, OrderMoney, OrderStatus, reference};
use crate::domain::payments::PaymentStatus;
use crate::domain::time::{UnixMillis, sequence};
use crate::domain::whatsapp;
use crate::error::AppError;
use crate::server::db::events::{self, Author, NewActivity, NewOrderEvent};
use crate::server::db::jobs::outbox::{self, NewEffect};
use crate::server::db::orders::{self, NewCheckout, NewLine, NewOrder};
use crate::server::db::{Conn, write::Failure};
use crate::server::live::Hint;
use crate::server::{App, secrets};

/// Everything an order is made of.
#[derive(Clone, Debug)]
pub struct PlaceOrder {
    /// The cart's key.
    pub key: CartKey,
    /// Who gets it, checked.
    pub details: CheckoutDetails,
    /// What it costs, from the server's own prices.
    pub quote: Quote,
    /// Whose order it is, if somebody signed in placed it.
    pub user_id: Option<UserId>,
    /// Who placed it.
    pub author: Author,
    /// The shop's own address, for the link in the message.
    pub site_url: String,
}

/// The digest of what a visitor saw and agreed to; the form carries it.
pub fn contents_digest(quote: &Quote) -> String {
    secrets::digest(quote.contents().as_bytes())[..32].to_owned()
}

/// The digest that tells a repeated request from another one under the same key.
pub fn fingerprint(details: &CheckoutDetails, contents: &str) -> String {
    let details = serde_json::to_string(details).unwrap_or_default();
    format!("{}:{contents}", secrets::digest(details.as_bytes()))
}

/// Whether a request with these details and contents is the one that placed the checkout. Contents
/// that were not sent (a program that kept only the form's visible fields) are not compared.
pub fn is_repeat(placed: &PlacedCheckout, details: &CheckoutDetails, contents: &str) -> bool {
    if contents.is_empty() {
        let kept = placed.fingerprint.split(':').next().unwrap_or("");
        return fingerprint(details, "").trim_end_matches(':') == kept;
    }
    placed.fingerprint == fingerprint(details, contents)
}

/// What placing under this key has led to before.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn placed_before(app: &App, key: &CartKey) -> Result<Option<PlacedCheckout>, AppError> {
    let mut conn = app.db.read().await?;
    Ok(orders::placed_by_key(&mut conn, key.as_str()).await?)
}

/// Answers a key that was used: the same request gets the same answer, another one is told so.
///
/// # Errors
/// [`AppError::OrderedAlready`] when the request is not the one that placed the order.
pub fn answer_again(placed: &PlacedCheckout, details: &CheckoutDetails, contents: &str) -> Result<Placed, AppError> {
    if is_repeat(placed, details, contents) {
        return Ok(Placed { token: placed.token.clone(), references: placed.references() });
    }
    Err(AppError::OrderedAlready { reference: placed.references().join(", "), token: None })
}

/// Saves a checkout with one order per store, its events, activity, outbox and counters, in one
/// transaction. Stock is not touched; it is taken when the merchant confirms.
///
/// # Errors
/// [`AppError::OrderedAlready`] when the key has placed something else.
pub async fn place(app: &App, place: PlaceOrder, words: &Messages) -> Result<Placed, AppError> {
    let now = app.clock.now();
    let contents = contents_digest(&place.quote);
    let plan = Arc::new(plan(app, &place, &contents, now, words));
    let written = Arc::clone(&plan);
    let is_new = app
        .db
        .write(move |conn| {
            let plan = Arc::clone(&written);
            Box::pin(async move { save(conn, &plan, now).await })
        })
        .await?;
    if is_new {
        for (planned, part) in plan.orders.iter().zip(&place.quote.stores) {
            app.metrics.order_placed(&part.store.slug);
            app.live.publish(Hint::order(&planned.new.order.id));
        }
        return Ok(Placed { token: plan.checkout.token.clone(), references: plan.references() });
    }
    let placed = placed_before(app, &place.key).await?.ok_or(AppError::Internal)?;
    answer_again(&placed, &place.details, &contents)
}

/// Every row of a placement, made before the transaction so that it can be repeated unchanged.
struct Plan {
    checkout: NewCheckout,
    orders: Vec<PlannedOrder>,
}

struct PlannedOrder {
    new: NewOrder,
    event: NewOrderEvent,
    activity: NewActivity,
    outbox_id: String,
    counter_id: String,
}

impl Plan {
    fn references(&self) -> Vec<String> {
        self.orders.iter().map(|planned| planned.new.order.reference.clone()).collect()
    }
}

fn plan(app: &App, place: &PlaceOrder, contents: &str, now: UnixMillis, words: &Messages) -> Plan {
    let checkout_id = CheckoutId::new(app.chance.id(now));
    let token = app.chance.token();
    let page_url = format!("{}/o/{token}", place.site_url);
    // Orders of one moment are listed as their stores stand in the cart.
    let mut seqs: Vec<i64> = place.quote.stores.iter().map(|_| sequence(now, app.chance.number())).collect();
    seqs.sort_unstable();
    let parts = place.quote.stores.iter().zip(seqs);
    let orders: Vec<_> = parts.map(|(part, seq)| plan_order(app, place, part, &checkout_id, (now, seq))).collect();
    let message = place
        .quote
        .stores
        .iter()
        .zip(&orders)
        .map(|(part, planned)| whatsapp::order_text(&planned.new.order, &part.store.name, &page_url, words))
        .collect::<Vec<_>>()
        .join("\n\n");
    Plan {
        checkout: NewCheckout {
            id: checkout_id,
            key: place.key.as_str().to_owned(),
            token,
            fingerprint: fingerprint(&place.details, contents),
            message,
            user_id: place.user_id.clone(),
        },
        orders,
    }
}

fn plan_order(
    app: &App,
    place: &PlaceOrder,
    part: &StoreQuote,
    checkout_id: &CheckoutId,
    (now, seq): (UnixMillis, i64),
) -> PlannedOrder {
    let id = || app.chance.id(now);
    let order_id = OrderId::new(id());
    let author = place.author.clone();
    let order = Order {
        id: order_id.clone(),
        reference: reference(&part.store.reference_prefix, now, app.chance.number()),
        store_id: part.store.id.clone(),
        status: OrderStatus::Pending,
        payment_method: place.details.payment_method,
        payment_status: PaymentStatus::Pending,
        customer_name: place.details.name.clone(),
        customer_phone: place.details.phone.clone(),
        customer_email: place.details.email.clone(),
        address: place.details.address.clone(),
        note: place.details.note.clone(),
        currency: part.store.currency(),
        money: OrderMoney { goods: part.goods(), ..OrderMoney::default() },
        items: part.lines.iter().map(order_item).collect(),
        created_at: now,
        updated_at: now,
    };
    PlannedOrder {
        new: NewOrder {
            order,
            seq,
            checkout_id: checkout_id.clone(),
            user_id: place.user_id.clone(),
            lines: part
                .lines
                .iter()
                .map(|line| NewLine {
                    id: id(),
                    product_id: line.product_id.to_string(),
                    barcode: line.barcode.clone(),
                    tax_rate_bp: line.tax_rate_bp,
                    hsn: line.hsn.clone(),
                })
                .collect(),
        },
        event: NewOrderEvent {
            id: id(),
            order_id: order_id.clone(),
            kind: "placed",
            from: None,
            to: Some(OrderStatus::Pending),
            author: author.clone(),
        },
        activity: NewActivity {
            id: id(),
            store_id: Some(part.store.id.clone()),
            action: "order.placed",
            entity: "order",
            entity_id: order_id.to_string(),
            author,
        },
        outbox_id: id(),
        counter_id: id(),
    }
}

fn order_item(line: &crate::domain::checkout::QuoteLine) -> OrderItem {
    OrderItem {
        variant_id: line.variant_id.clone(),
        product_name: line.product_name.clone(),
        sku: line.sku.clone(),
        size: line.size.clone(),
        color: line.color.clone(),
        picture: line.picture.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        weight_grams: line.weight_grams,
    }
}

/// Writes the plan; false when the key was used, and then nothing was written.
async fn save(conn: &mut Conn, plan: &Plan, now: UnixMillis) -> Result<bool, Failure> {
    if !orders::insert_checkout(conn, &plan.checkout, now).await? {
        return Ok(false);
    }
    for planned in &plan.orders {
        orders::insert(conn, &planned.new).await?;
        events::insert_event(conn, &planned.event, now).await?;
        events::insert_activity(conn, &planned.activity, now).await?;
        let effect = NewEffect {
            id: &planned.outbox_id,
            store_id: Some(planned.new.order.store_id.as_str()),
            event_id: &planned.event.id,
            effect: "order.placed",
            entity: "order",
            entity_id: planned.new.order.id.as_str(),
            payload: "{}",
            run_at: now,
        };
        outbox::promise(conn, &effect, now).await?;
        events::count(conn, &planned.counter_id, &planned.new.order.store_id, "orders.pending", 1, now).await?;
    }
    Ok(true)
}
