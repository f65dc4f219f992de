//! Booking a parcel, with its three outcomes: booked, refused, unknown.
//!
//! The parcel is written down before the courier is called, no call is made inside a transaction, and none
//! is repeated before the courier was asked what became of the last one.

use std::time::Duration;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Booking, Numbers, Parcel, ParcelItem};
use crate::domain::ids::ShipmentId;
use crate::domain::messages::EN;
use crate::domain::money::Minor;
use crate::domain::orders::{OrderItem, OrderStatus};
use crate::domain::payments::PaymentMethod;
use crate::domain::shipping::{BookingState, ShipmentStatus};
use crate::domain::time::{SECOND_MS, UnixMillis, sequence};
use crate::domain::tracking::{CaseKind, FoldedCase};
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::awbs::next_question;
use crate::server::actions::fulfilment as moves;
use crate::server::actions::pushes::cleaned_numbers;
use crate::server::actions::shipping::{change, failed, locked, read_awb};
use crate::server::actions::tracking::Pen;
use crate::server::actions::work::Work;
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, CourierError};
use crate::server::db::fulfilment::{self, LockedOrder};
use crate::server::db::shipping::{self, NewShipment, Shipment};
use crate::server::db::tracking as cases;
use crate::server::db::write::Failure;
use crate::server::db::{Conn, awbs, events, is_unique, orders, webhooks};
use crate::server::live::Hint;
use crate::server::metrics::SyncKind;
use crate::server::{App, secrets};

/// After this long a booking that is still in flight was lost by whoever made it. Longer than the call.
pub const BOOKING_GRACE_MS: i64 = 75 * SECOND_MS;
/// How long whoever books waits for the courier's answer. Shorter than any request may take.
const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// How soon after an unclear answer the courier is asked what became of it.
const RESOLVE_AFTER_MS: i64 = 5 * SECOND_MS;
/// How often a booking that the courier proved not to have is tried in all.
const BOOKINGS_MAX: i64 = 4;
/// Packed size where nothing better is known, in millimetres (R104).
const SIZE_MM: (i64, i64, i64) = (200, 150, 100);

/// Books a courier for an order. The outcome is on the shipment: booked, refused, or being found out.
///
/// # Errors
/// [`AppError::Conflict`] when the order takes no shipment or has a live one, [`AppError::Invalid`] when
/// the account is none.
pub async fn create(
    app: &App,
    actor: &Actor,
    order: &str,
    courier: &str,
    service_id: &str,
) -> Result<ShipmentId, AppError> {
    let account = account_for(app, actor, order, courier).await?;
    let courier = couriers::of(account.provider()).ok_or_else(|| AppError::invalid("courier", EN.courier_unknown))?;
    if !courier.capabilities().books {
        return Err(AppError::invalid("courier", EN.courier_by_hand));
    }
    let draft = Draft {
        awb: None,
        courier_order_id: None,
        service_id: Some(clean_line(service_id)).filter(|id| !id.is_empty()),
    };
    // Tasks of their own: whoever asked may go away, but what is written down is asked of the courier, and
    // the answer is wanted.
    let opened = {
        let (app, actor, order) = (app.clone(), actor.clone(), order.to_owned());
        tokio::spawn(async move {
            let shipment = open_parcel(&app, &actor, &order, &account, draft).await?;
            let id = shipment.id.clone();
            Ok::<_, AppError>((id, tokio::spawn(async move { attempt(&app, &account, &shipment).await })))
        })
    };
    let (id, asking) = opened.await.map_err(|_| AppError::Internal)??;
    // Without an answer by then it stands as in flight, and the page shows what becomes of it.
    if let Ok(answered) = tokio::time::timeout(ANSWER_WAIT, asking).await {
        answered.map_err(|_| AppError::Internal)??;
    }
    Ok(id)
}

/// Attaches a number that was booked elsewhere.
///
/// # Errors
/// As [`create`]; [`AppError::Invalid`] for the field `awb`.
pub async fn attach(
    app: &App,
    actor: &Actor,
    order: &str,
    courier: &str,
    awb: &str,
    courier_order_id: &str,
) -> Result<ShipmentId, AppError> {
    let account = account_for(app, actor, order, courier).await?;
    let awb = read_awb(awb)?;
    let courier_order_id = Some(clean_line(courier_order_id)).filter(|id| !id.is_empty() && id != "0");
    let draft = Draft { awb: Some(awb), courier_order_id, service_id: None };
    let shipment = open_parcel(app, actor, order, &account, draft).await?;
    Ok(shipment.id)
}

#[derive(Clone)]
struct Draft {
    awb: Option<String>,
    courier_order_id: Option<String>,
    service_id: Option<String>,
}

async fn account_for(app: &App, actor: &Actor, order: &str, courier: &str) -> Result<Account, AppError> {
    let missing = || AppError::not_found("Order");
    let found = orders::find(&mut *app.db.read().await?, &clean_line(order)).await?.ok_or_else(missing)?;
    actor.must_work_in(&found.order.store_id, "Order")?;
    app.accounts.of_store(app, &found.order.store_id, courier.trim()).await
}

/// Writes the parcel down before anybody is called, with the job that finds out what became of it should
/// this process not live to say.
async fn open_parcel(
    app: &App,
    actor: &Actor,
    order: &str,
    account: &Account,
    draft: Draft,
) -> Result<Shipment, AppError> {
    let pen = app.pen();
    let (actor, order, account) = (actor.clone(), clean_line(order), account.clone());
    let shipment = app
        .db
        .write(move |conn| {
            let (pen, actor, order, account) = (pen.clone(), actor.clone(), order.clone(), account.clone());
            let draft = draft.clone();
            Box::pin(async move {
                let order = fulfilment::lock(conn, &order).await?.ok_or_else(|| AppError::not_found("Order"))?;
                actor.must_work_in(&order.store_id, "Order")?;
                must_take_shipment(&order)?;
                insert_parcel(conn, &pen, &actor, &order, &account, draft).await
            })
        })
        .await?;
    app.live.publish(Hint::order(&shipment.order_id));
    Ok(shipment)
}

fn must_take_shipment(order: &LockedOrder) -> Result<(), AppError> {
    match order.status {
        OrderStatus::Pending => Err(AppError::conflict(EN.shipment_not_confirmed)),
        OrderStatus::Confirmed | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::OutForDelivery => Ok(()),
        OrderStatus::Delivered | OrderStatus::Cancelled | OrderStatus::Refunded => {
            Err(AppError::conflict((EN.shipment_over)(order.status.code())))
        }
    }
}

async fn insert_parcel(
    conn: &mut Conn,
    pen: &Pen,
    actor: &Actor,
    order: &LockedOrder,
    account: &Account,
    draft: Draft,
) -> Result<Shipment, Failure> {
    let before = shipping::of_orders(conn, std::slice::from_ref(&order.id)).await?;
    if before.iter().any(Shipment::is_live) {
        return Err(AppError::conflict(EN.shipment_live).into());
    }
    for dead in before.iter().filter(|one| one.released_at.is_none()) {
        shipping::release(conn, &dead.id, pen.now).await?;
    }
    let booking = before.iter().map(|one| one.booking).max().unwrap_or(0) + 1;
    let is_attached = draft.awb.is_some();
    let cod = if order.payment_method == PaymentMethod::Cod { order.total_minor } else { Minor(0) };
    let new = NewShipment {
        id: ShipmentId::new(pen.chance.id(pen.now)),
        seq: sequence(pen.now, pen.chance.number()),
        store_id: order.store_id.clone(),
        order_id: order.id.clone(),
        courier_id: account.shown.id.clone(),
        booking,
        booking_state: if is_attached { BookingState::Booked } else { BookingState::InFlight },
        our_reference: (!is_attached).then(|| our_reference(&order.reference, booking)),
        awb: draft.awb,
        service_id: draft.service_id,
        status: ShipmentStatus::Pending,
        weight_grams: order.weight_grams,
        size_mm: SIZE_MM,
        currency: order.currency,
        cod_amount: cod,
        declared_value: order.total_minor,
        author: actor.author.clone(),
    };
    shipping::insert(conn, &new, pen.now).await.map_err(awb_taken)?;
    if is_attached {
        let numbers = Numbers { courier_order_id: draft.courier_order_id, ..Numbers::default() };
        let booking = Booking { numbers, ..Booking::default() };
        shipping::add_numbers(conn, &new.id, &booking, pen.now).await?;
        process_order(conn, pen, order, actor).await?;
        take_up_pushes(conn, pen, account, new.awb.as_deref()).await?;
        Work::CheckShipment(new.id.clone()).enqueue(conn, &pen.chance, pen.now, pen.now).await?;
    } else {
        let later = pen.now.plus(BOOKING_GRACE_MS);
        Work::ResolveBooking(new.id.clone()).enqueue(conn, &pen.chance, later, pen.now).await?;
    }
    shipping::find(conn, &new.id).await?.ok_or(Failure::Refused(AppError::Internal))
}

/// `-R2` and so on from the second booking: some couriers hand a cancelled one back as if it were new.
fn our_reference(reference: &str, booking: i64) -> String {
    if booking == 1 { reference.to_owned() } else { format!("{reference}-R{booking}") }
}

fn awb_taken(error: sqlx::Error) -> Failure {
    if is_unique(&error, "shipments_awb", "shipments.awb") {
        AppError::conflict(EN.awb_taken).into()
    } else if is_unique(&error, "shipments_current", "shipments.order_id, shipments.leg") {
        AppError::conflict(EN.shipment_live).into()
    } else {
        error.into()
    }
}

// ---- the call and its outcome

/// Calls the courier once and writes down what came of it.
async fn attempt(app: &App, account: &Account, shipment: &Shipment) -> Result<(), AppError> {
    let courier = couriers::of(account.provider()).ok_or(AppError::Internal)?;
    let parcel = parcel_of(app, shipment).await?;
    let outcome = courier.book(&app.outbound, account, &parcel).await;
    app.metrics.synced(account.provider(), SyncKind::Booking, outcome.is_ok());
    settle(app, shipment, outcome.map(Some)).await
}

/// Writes the outcome of a booking or of a look-up down; `Ok(None)` is the proof that there is none.
async fn settle(
    app: &App,
    shipment: &Shipment,
    outcome: Result<Option<Booking>, CourierError>,
) -> Result<(), AppError> {
    let tried = shipment.clone();
    change(app, shipment.id.as_str(), move |conn, pen, present| {
        let (outcome, tried) = (outcome.clone(), tried.clone());
        Box::pin(async move {
            match outcome {
                // What the courier has it has, whoever asked first.
                Ok(Some(booking)) => book(conn, &pen, &present, &booking).await,
                Ok(None) => Ok(()),
                Err(CourierError::Refused(reason)) => {
                    let state = BookingState::Refused;
                    shipping::settle_booking(conn, &tried, state, Some(&clean_line(&reason)), pen.now).await?;
                    close_unknown(conn, &pen, &present).await
                }
                Err(CourierError::Unavailable { reason, .. } | CourierError::Unreadable(reason)) => {
                    doubt(conn, &pen, &tried, &reason).await
                }
            }
        })
    })
    .await
}

/// Nobody knows: a person sees it, and the courier is asked soon.
async fn doubt(conn: &mut Conn, pen: &Pen, tried: &Shipment, reason: &str) -> Result<(), Failure> {
    if !note_doubt(conn, pen, tried, reason).await? {
        return Ok(());
    }
    let soon = pen.now.plus(RESOLVE_AFTER_MS);
    Ok(Work::ResolveBooking(tried.id.clone()).enqueue(conn, &pen.chance, soon, pen.now).await?)
}

/// Writes down that nobody knows, where a person sees it; false when somebody has settled it since.
async fn note_doubt(conn: &mut Conn, pen: &Pen, tried: &Shipment, reason: &str) -> Result<bool, Failure> {
    if !shipping::settle_booking(conn, tried, BookingState::Unknown, Some(&clean_line(reason)), pen.now).await? {
        return Ok(false);
    }
    let case =
        FoldedCase { kind: CaseKind::BookingUnknown, event_id: String::new(), opened_at: pen.now, closed_at: None };
    let place = (&tried.store_id, &tried.order_id, Some(&tried.id));
    cases::open_case(conn, &unknown_case_id(tried), place, &case).await?;
    Ok(true)
}

fn unknown_case_id(shipment: &Shipment) -> String {
    secrets::digest(format!("case\n{}\nbooking_unknown", shipment.id).as_bytes())[..32].to_owned()
}

async fn close_unknown(conn: &mut Conn, pen: &Pen, shipment: &Shipment) -> Result<(), Failure> {
    cases::close_case(conn, &unknown_case_id(shipment), None, "", Some(pen.now)).await?;
    Ok(())
}

/// The courier has it: numbers, state, order, and pushes that came before we knew the number.
///
/// # Errors
/// [`AppError::Conflict`] when the AWB is another parcel's.
pub async fn book(conn: &mut Conn, pen: &Pen, shipment: &Shipment, booking: &Booking) -> Result<(), Failure> {
    let booking = &Booking { numbers: cleaned_numbers(booking.numbers.clone()), ..booking.clone() };
    shipping::add_numbers(conn, &shipment.id, booking, pen.now).await.map_err(awb_taken)?;
    shipping::settle_booking(conn, shipment, BookingState::Booked, None, pen.now).await?;
    if let Some(reason) = booking.awb_pending.as_deref().filter(|_| booking.numbers.awb.is_none()) {
        let next_at = next_question(0, shipment.created_at, pen.now);
        awbs::set_pending(conn, &shipment.id, &clean_line(reason), next_at, pen.now).await?;
    }
    close_unknown(conn, pen, shipment).await?;
    let order = locked(conn, shipment).await?;
    process_order(conn, pen, &order, &Actor::system()).await?;
    let awb = booking.numbers.awb.as_deref();
    if let Some(awb) = awb {
        webhooks::requeue_unmatched(conn, &shipment.courier_id, awb, pen.now).await?;
    }
    Ok(())
}

async fn take_up_pushes(conn: &mut Conn, pen: &Pen, account: &Account, awb: Option<&str>) -> Result<(), Failure> {
    if let Some(awb) = awb {
        webhooks::requeue_unmatched(conn, &account.shown.id, awb, pen.now).await?;
    }
    Ok(())
}

/// Booking makes a confirmed order processing.
async fn process_order(conn: &mut Conn, pen: &Pen, order: &LockedOrder, actor: &Actor) -> Result<(), Failure> {
    if order.status != OrderStatus::Confirmed {
        return Ok(());
    }
    let to = OrderStatus::Processing;
    fulfilment::set_status(conn, &order.id, order.status, to, pen.now).await?;
    let change = moves::order_change(order, moves::kind_of(to), Some(to), &actor.author, "", &pen.chance, pen.now);
    Ok(events::insert_changes(conn, &[change], pen.now).await?)
}

/// Finds out what became of a booking nobody knows about: asks by our reference, and books again only
/// when the courier has proved that it has none.
///
/// # Errors
/// [`AppError::Internal`] when the database is away, [`AppError::Conflict`] when the courier still cannot
/// say; then it is to be asked again later.
pub async fn resolve(app: &App, id: &ShipmentId) -> Result<(), AppError> {
    let Some(shipment) = shipping::find(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    let is_open = matches!(shipment.booking_state, BookingState::InFlight | BookingState::Unknown);
    // What a person has called off meanwhile is not booked after all.
    if !is_open || !shipment.is_live() {
        return Ok(());
    }
    let account = app.accounts.find(app, &shipment.courier_id).await?;
    let courier = couriers::of(account.provider()).ok_or(AppError::Internal)?;
    let reference = shipment.our_reference.clone().unwrap_or_default();
    let found = courier.find(&app.outbound, &account, &reference).await;
    if !matches!(found, Ok(None)) {
        app.metrics.synced(account.provider(), SyncKind::Booking, found.is_ok());
    }
    match found {
        Ok(Some(booking)) => settle(app, &shipment, Ok(Some(booking))).await,
        Ok(None) => book_again(app, &account, &shipment).await,
        Err(error) => {
            let (tried, reason) = (shipment.clone(), error.to_string());
            change(app, id.as_str(), move |conn, pen, _| {
                let (tried, reason) = (tried.clone(), reason.clone());
                Box::pin(async move { note_doubt(conn, &pen, &tried, &reason).await })
            })
            .await?;
            // Where nothing can be looked up, only a push or a person can tell.
            if courier.capabilities().finds_by_reference { Err(failed(error)) } else { Ok(()) }
        }
    }
}

/// The courier has proved that it has no such booking. Whoever takes the next attempt is fenced: an
/// outcome of an earlier one no longer counts.
async fn book_again(app: &App, account: &Account, shipment: &Shipment) -> Result<(), AppError> {
    if shipment.retry_count + 1 >= BOOKINGS_MAX {
        return settle(app, shipment, Err(CourierError::Refused(EN.booking_given_up.to_owned()))).await;
    }
    let tried = shipment.clone();
    let is_ours = change(app, shipment.id.as_str(), move |conn, pen, _| {
        let tried = tried.clone();
        Box::pin(async move {
            let is_ours = shipping::settle_booking(conn, &tried, BookingState::InFlight, None, pen.now).await?;
            if is_ours {
                let later = pen.now.plus(BOOKING_GRACE_MS);
                Work::ResolveBooking(tried.id.clone()).enqueue(conn, &pen.chance, later, pen.now).await?;
            }
            Ok(is_ours)
        })
    })
    .await?;
    if !is_ours {
        return Ok(());
    }
    let fenced = Shipment { retry_count: shipment.retry_count + 1, ..shipment.clone() };
    attempt(app, account, &fenced).await
}

async fn parcel_of(app: &App, shipment: &Shipment) -> Result<Parcel, AppError> {
    let mut conn = app.db.read().await?;
    let found = orders::by_ids(&mut conn, std::slice::from_ref(&shipment.order_id)).await?;
    let (weight_grams, size) = shipping::measures(&mut conn, &shipment.id).await?.ok_or(AppError::Internal)?;
    let (_, order) = found.into_iter().next().ok_or(AppError::Internal)?;
    let contents: Vec<String> =
        order.items.iter().map(|item| format!("{} × {}", item.quantity, item.product_name)).collect();
    let item = |item: &OrderItem| ParcelItem {
        sku: item.sku.clone(),
        name: item.product_name.clone(),
        quantity: item.quantity,
        unit_price: item.unit_price,
    };
    Ok(Parcel {
        reference: shipment.our_reference.clone().unwrap_or_default(),
        name: order.customer_name.clone(),
        phone: order.customer_phone.clone(),
        email: order.customer_email.clone(),
        address: order.address.clone(),
        note: order.note.clone(),
        contents: contents.join(", "),
        items: order.items.iter().map(item).collect(),
        pieces: order.item_count(),
        ordered_at: order.created_at,
        weight_grams,
        size,
        currency: shipment.currency,
        cod_amount: shipment.cod_amount_minor,
        declared_value: order.money.total(),
        service_id: shipment.service_id.clone(),
    })
}

/// Bookings that were begun long ago and that no job works on: they get one.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn sweep_bookings(app: &App) -> Result<(), AppError> {
    const BATCH: i64 = 100;
    let pen = app.pen();
    let before = UnixMillis(pen.now.0 - BOOKING_GRACE_MS);
    let stuck = shipping::stuck_bookings(&mut *app.db.read().await?, before, BATCH).await?;
    if stuck.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |conn| {
            let (pen, stuck) = (pen.clone(), stuck.clone());
            Box::pin(async move {
                for one in &stuck {
                    Work::ResolveBooking(one.id.clone()).enqueue(conn, &pen.chance, pen.now, pen.now).await?;
                }
                Ok(())
            })
        })
        .await
}
