//! What staff do with a parcel once it is written down: enter its AWB, hand it over, void it, ask it back,
//! correct it. Booking is in `booking`.

use crate::domain::checkout::{clean_line, clean_note};
use crate::domain::couriers::{Booking, Capabilities, Numbers};
use crate::domain::ids::ShipmentId;
use crate::domain::messages::EN;
use crate::domain::orders::{OrderAction, OrderStatus};
use crate::domain::shipping::{BookingState, Phase, ShipmentStatus};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::booking::book;
use crate::server::actions::fulfilment::{self as moves, Step};
use crate::server::actions::tracking::{self, Pen, Statement};
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, Courier, CourierError};
use crate::server::db::fulfilment::{self, LockedOrder};
use crate::server::db::shipping::{self, Shipment};
use crate::server::db::write::{Failure, Work};
use crate::server::db::{Conn, orders, tracking as cases};
use crate::server::live::Hint;

impl App {
    /// What a transaction of the tracking room needs.
    pub fn pen(&self) -> Pen {
        Pen { engine: self.db.engine, chance: self.chance.clone(), now: self.clock.now() }
    }
}

/// Gives a booked shipment the AWB that was pending.
///
/// # Errors
/// [`AppError::Conflict`] when it has one, or it is another parcel's.
pub async fn set_awb(app: &App, actor: &Actor, shipment: &str, awb: &str) -> Result<(), AppError> {
    let awb = read_awb(awb)?;
    let actor = actor.clone();
    change(app, shipment, move |conn, pen, shipment| {
        let (awb, actor) = (awb.clone(), actor.clone());
        Box::pin(async move {
            actor.must_work_in(&shipment.store_id, "Shipment")?;
            if shipment.awb.is_some() {
                return Err(AppError::conflict(EN.awb_known).into());
            }
            let booking = Booking { numbers: Numbers { awb: Some(awb), ..Numbers::default() }, ..Booking::default() };
            book(conn, &pen, &shipment, &booking).await
        })
    })
    .await
}

/// Notes that the parcel was given to the courier: the order is shipped.
///
/// # Errors
/// [`AppError::Conflict`] when the order or the parcel is not where it can be handed over.
pub async fn hand_over(app: &App, actor: &Actor, shipment: &str) -> Result<(), AppError> {
    let actor = actor.clone();
    change(app, shipment, move |conn, pen, shipment| {
        let actor = actor.clone();
        Box::pin(async move {
            actor.must_work_in(&shipment.store_id, "Shipment")?;
            if !shipment.is_live() || shipment.status.phase() != Phase::BeforeHandover {
                return Err(AppError::conflict(EN.void_nothing).into());
            }
            let order = locked(conn, &shipment).await?;
            let step = Step { actor: &actor, note: "", chance: &pen.chance, now: pen.now };
            step.apply(conn, &order, OrderAction::Ship).await?;
            shipping::set_handed_over(conn, &shipment.id, pen.now).await?;
            declare(conn, &pen, &actor, &shipment, ShipmentStatus::PickedUp, false, "").await
        })
    })
    .await
}

/// Calls a booking off, at the courier where it can be done by a call; otherwise the merchant has done it
/// in the courier's panel and says so (`attested`).
///
/// # Errors
/// [`AppError::Conflict`] when it is on its way, unknown, or the courier refuses.
pub async fn void(app: &App, actor: &Actor, shipment: &str, attested: bool) -> Result<(), AppError> {
    let found = find(app, actor, shipment).await?;
    match found.booking_state {
        BookingState::InFlight | BookingState::Unknown => return Err(AppError::conflict(EN.void_unknown)),
        BookingState::Booked | BookingState::Refused | BookingState::NotAsked => {}
    }
    if found.released_at.is_some() {
        return Err(AppError::conflict(EN.void_nothing));
    }
    if found.booking_state == BookingState::Booked && found.is_live() {
        if !matches!(found.status.phase(), Phase::BeforeHandover) && found.status != ShipmentStatus::OnHold {
            return Err(AppError::conflict(EN.void_too_late));
        }
        let account = app.accounts.find(app, &found.courier_id).await?;
        let courier = couriers::of(account.provider());
        match courier.filter(|courier| courier.capabilities().cancels) {
            Some(courier) => {
                courier.cancel(&app.outbound, &account, &found.numbers()).await.map_err(failed)?;
            }
            None if attested => {}
            None => return Err(AppError::conflict(EN.void_by_hand)),
        }
    }
    let actor = actor.clone();
    change(app, shipment, move |conn, pen, shipment| {
        let actor = actor.clone();
        Box::pin(async move {
            if shipment.is_live() {
                declare(conn, &pen, &actor, &shipment, ShipmentStatus::Cancelled, true, "").await?;
            }
            Ok(shipping::release(conn, &shipment.id, pen.now).await?)
        })
    })
    .await
}

/// Asks a parcel on its way back; the order is cancelled when it has returned. A courier that cannot be
/// asked by a call is asked by the merchant; that it was is noted all the same.
///
/// # Errors
/// [`AppError::Conflict`] when nothing is on its way, or the courier refuses.
pub async fn recall(app: &App, actor: &Actor, order: &str, reason: &str) -> Result<OrderStatus, AppError> {
    let order_id = {
        let mut conn = app.db.read().await?;
        let found = orders::find(&mut conn, &clean_line(order)).await?.ok_or_else(|| AppError::not_found("Order"))?;
        actor.must_work_in(&found.order.store_id, "Order")?;
        if !OrderAction::Recall.of_table().from.contains(&found.order.status) {
            drop(conn);
            return moves::change(app, actor, order, OrderAction::Recall, reason).await;
        }
        found.order.id
    };
    let parcels = shipping::of_orders(&mut *app.db.read().await?, std::slice::from_ref(&order_id)).await?;
    for parcel in parcels.iter().filter(|parcel| parcel.is_live() && parcel.booking_state == BookingState::Booked) {
        let account = app.accounts.find(app, &parcel.courier_id).await?;
        if let Some(courier) = couriers::of(account.provider()).filter(|courier| courier.capabilities().recalls) {
            courier.recall(&app.outbound, &account, &parcel.numbers(), reason).await.map_err(failed)?;
        }
    }
    moves::change(app, actor, order_id.as_str(), OrderAction::Recall, reason).await
}

/// Sets a parcel's state by a person's decision.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see.
pub async fn correct(
    app: &App,
    actor: &Actor,
    shipment: &str,
    status: ShipmentStatus,
    note: &str,
) -> Result<(), AppError> {
    let (actor, note) = (actor.clone(), clean_note(note).chars().take(500).collect::<String>());
    change(app, shipment, move |conn, pen, shipment| {
        let (actor, note) = (actor.clone(), note.clone());
        Box::pin(async move {
            actor.must_work_in(&shipment.store_id, "Shipment")?;
            declare(conn, &pen, &actor, &shipment, status, true, &note).await
        })
    })
    .await
}

/// Closes an open question.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see.
pub async fn close_case(app: &App, actor: &Actor, case: &str, resolution: &str) -> Result<(), AppError> {
    let (found, store) = cases::find_case(&mut *app.db.read().await?, &clean_line(case))
        .await?
        .ok_or_else(|| AppError::not_found("Case"))?;
    actor.must_work_in(&store, "Case")?;
    let (now, author) = (app.clock.now(), actor.author.clone());
    let (case, resolution) = (found.id.clone(), clean_note(resolution).chars().take(500).collect::<String>());
    app.db
        .write(move |conn| {
            let (case, resolution, author) = (case.clone(), resolution.clone(), author.clone());
            Box::pin(async move {
                cases::close_case(conn, &case, Some(&author), &resolution, Some(now)).await?;
                Ok(())
            })
        })
        .await?;
    app.live.publish(Hint::order(&found.order_id));
    Ok(())
}

/// The parcel with an id, if it is the actor's to see.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn find(app: &App, actor: &Actor, shipment: &str) -> Result<Shipment, AppError> {
    let id = ShipmentId::new(clean_line(shipment));
    let found = shipping::find(&mut *app.db.read().await?, &id).await?;
    let found = found.ok_or_else(|| AppError::not_found("Shipment"))?;
    actor.must_work_in(&found.store_id, "Shipment")?;
    Ok(found)
}

/// The courier of an account, if it `can`.
///
/// # Errors
/// [`AppError::Conflict`] that says what it `cannot`.
pub fn able(
    account: &Account,
    can: impl Fn(&Capabilities) -> bool,
    cannot: &str,
) -> Result<&'static dyn Courier, AppError> {
    let courier = couriers::of(account.provider()).filter(|courier| can(courier.capabilities()));
    courier.ok_or_else(|| AppError::conflict((EN.courier_cannot)(&account.shown.name, cannot)))
}

/// A sentence for a courier that would not or could not.
pub fn failed(error: CourierError) -> AppError {
    AppError::conflict((EN.courier_failed)(&error.to_string()))
}

/// Locks the order of a parcel.
///
/// # Errors
/// When the database is away.
pub async fn locked(conn: &mut Conn, shipment: &Shipment) -> Result<LockedOrder, Failure> {
    fulfilment::lock(conn, shipment.order_id.as_str()).await?.ok_or(Failure::Refused(AppError::Internal))
}

async fn declare(
    conn: &mut Conn,
    pen: &Pen,
    actor: &Actor,
    shipment: &Shipment,
    status: ShipmentStatus,
    is_correction: bool,
    note: &str,
) -> Result<(), Failure> {
    let statement = Statement { status, is_correction, note: note.to_owned(), author: actor.author.clone() };
    tracking::declare(conn, pen, shipment, &statement).await?;
    Ok(())
}

/// Changes a parcel under the lock of its order, and tells open pages.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, and what the work refuses with.
pub async fn change<T, F>(app: &App, shipment: &str, work: F) -> Result<T, AppError>
where
    T: Send + 'static,
    F: for<'c> Fn(&'c mut Conn, Pen, Shipment) -> Work<'c, T> + Send + Sync + 'static,
{
    let missing = || AppError::not_found("Shipment");
    let id = ShipmentId::new(clean_line(shipment));
    let order_id = shipping::find(&mut *app.db.read().await?, &id).await?.ok_or_else(missing)?.order_id;
    let (pen, order, work) = (app.pen(), order_id.clone(), std::sync::Arc::new(work));
    let result = app
        .db
        .write(move |conn| {
            let (pen, id, order, work) = (pen.clone(), id.clone(), order.clone(), std::sync::Arc::clone(&work));
            Box::pin(async move {
                fulfilment::lock(conn, order.as_str()).await?;
                let present = shipping::lock(conn, &id).await?.ok_or_else(missing)?;
                work(conn, pen, present).await
            })
        })
        .await?;
    app.live.publish(Hint::order(&order_id));
    Ok(result)
}

/// An AWB as somebody typed it.
///
/// # Errors
/// [`AppError::Invalid`] for the field `awb`.
pub fn read_awb(text: &str) -> Result<String, AppError> {
    let awb = clean_line(text);
    let fits = (3..=40).contains(&awb.len()) && awb.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits && awb.bytes().any(|byte| byte != b'0' && byte != b'-') {
        Ok(awb)
    } else {
        Err(AppError::invalid("awb", EN.awb_needed))
    }
}
