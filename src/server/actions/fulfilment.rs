//! Moving an order from state to state by the table of `domain::orders::MOVES`: one transaction with the
//! stock it takes or gives back, its event, the activity, the promised effect and the counters.

use crate::domain::checkout::{clean_line, clean_note};
use crate::domain::messages::EN;
use crate::domain::orders::{Move, OrderAction, OrderStatus, StockEffect, moves_from};
use crate::domain::shipping::Leg;
use crate::domain::time::UnixMillis;
use crate::domain::tracking::{are_returned, counted};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::work::Work;
use crate::server::clock::Chance;
use crate::server::db::events::{self, Author, OrderChange};
use crate::server::db::fulfilment::{self, LockedOrder};
use crate::server::db::stock::{self, Movement};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, shipping};
use crate::server::live::Hint;

/// Longest note that is kept with a change, in characters.
const NOTE_MAX: usize = 500;

/// Does something to an order; answers the state it is in then. Confirming and the like answer the
/// present state when that is where they would lead.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see, [`AppError::Conflict`] with the allowed
/// actions when the state does not allow it, [`AppError::InsufficientStock`].
pub async fn change(
    app: &App,
    actor: &Actor,
    order: &str,
    action: OrderAction,
    note: &str,
) -> Result<OrderStatus, AppError> {
    let note: String = clean_note(note).chars().take(NOTE_MAX).collect();
    let (now, chance) = (app.clock.now(), app.chance.clone());
    let (actor, order_name) = (actor.clone(), clean_line(order));
    let (id, status) = app
        .db
        .write(move |conn| {
            let (actor, order, note, chance) = (actor.clone(), order_name.clone(), note.clone(), chance.clone());
            Box::pin(async move {
                let locked = fulfilment::lock(conn, &order).await?.ok_or_else(|| AppError::not_found("Order"))?;
                let step = Step { actor: &actor, note: &note, chance: &chance, now };
                let status = step.apply(conn, &locked, action).await?;
                Ok((locked.id, status))
            })
        })
        .await?;
    app.live.publish(Hint::order(&id));
    Ok(status)
}

/// One change under its lock.
pub struct Step<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// What was written with it.
    pub note: &'a str,
    /// Randomness for ids.
    pub chance: &'a Chance,
    /// When.
    pub now: UnixMillis,
}

impl Step<'_> {
    /// Applies an action to a locked order, in the caller's transaction.
    ///
    /// # Errors
    /// As [`change`].
    pub async fn apply(
        &self,
        conn: &mut Conn,
        order: &LockedOrder,
        action: OrderAction,
    ) -> Result<OrderStatus, Failure> {
        let row = action.of_table();
        self.must_be_allowed(order, row)?;
        if !row.from.contains(&order.status) {
            let is_there = row.to == Some(order.status) && row.stock != StockEffect::GiveBack;
            let repeats = is_there && action != OrderAction::Refund;
            return if repeats { Ok(order.status) } else { Err(refused(order.status).into()) };
        }
        if row.needs_no_live_booking && self.has_live_parcel(conn, order).await? {
            return Err(AppError::conflict(EN.order_live_parcel).into());
        }
        match row.stock {
            StockEffect::Untouched => {}
            StockEffect::Take => self.take_stock(conn, order).await?,
            StockEffect::GiveBack => self.give_back_stock(conn, order).await?,
        }
        match row.to {
            Some(to) => self.set(conn, order, to).await?,
            None => {
                fulfilment::set_recalled(conn, &order.id, self.now).await?;
                let change =
                    order_change(order, "recalled", None, &self.actor.author, self.note, self.chance, self.now);
                events::insert_changes(conn, &[change], self.now).await?;
                if self.has_returned(conn, order).await? {
                    // No news will come that could cancel it later.
                    self.cancel_returned(conn, order).await?;
                    return Ok(OrderStatus::Cancelled);
                }
            }
        }
        Ok(row.to.unwrap_or(order.status))
    }

    fn must_be_allowed(&self, order: &LockedOrder, row: &Move) -> Result<(), AppError> {
        let owns = self.actor.user_id.is_some() && self.actor.user_id == order.user_id;
        let works_here = self.actor.works_in(&order.store_id);
        if !owns && !works_here {
            return Err(AppError::not_found("Order"));
        }
        let role = if works_here { self.actor.role } else { None };
        if row.allows(role, owns, order.status) {
            return Ok(());
        }
        // The own order, but no longer for the customer to change.
        if row.customer_from.is_empty() { Err(AppError::Forbidden) } else { Err(refused(order.status)) }
    }

    async fn has_live_parcel(&self, conn: &mut Conn, order: &LockedOrder) -> Result<bool, Failure> {
        let parcels = shipping::of_orders(conn, std::slice::from_ref(&order.id)).await?;
        Ok(parcels.iter().any(shipping::Shipment::is_live))
    }

    /// Whether every parcel that counts for the order is back already.
    async fn has_returned(&self, conn: &mut Conn, order: &LockedOrder) -> Result<bool, Failure> {
        let parcels = shipping::of_orders(conn, std::slice::from_ref(&order.id)).await?;
        let forward = parcels.iter().filter(|parcel| parcel.leg == Leg::Forward).collect();
        let counted = counted(forward, |parcel| parcel.released_at.is_some());
        Ok(are_returned(counted.iter().map(|parcel| parcel.status)))
    }

    /// Takes every line's pieces, in the order of the variants' ids, all or none.
    async fn take_stock(&self, conn: &mut Conn, order: &LockedOrder) -> Result<(), Failure> {
        for need in stock::needs_of(conn, &order.id).await? {
            let movement = Movement {
                id: &self.chance.id(self.now),
                store_id: &order.store_id,
                variant_id: &need.variant_id,
                quantity: -need.quantity,
                reason: "confirmed",
                order_id: Some(&order.id),
                author: self.actor.author.kind,
            };
            if !stock::move_stock(conn, &movement, self.now).await? {
                let available = stock::available(conn, &need.variant_id).await?;
                return Err(AppError::InsufficientStock { product: need.product_name, available }.into());
            }
        }
        Ok(())
    }

    async fn give_back_stock(&self, conn: &mut Conn, order: &LockedOrder) -> Result<(), Failure> {
        for (variant, quantity) in stock::taken_by(conn, &order.id).await? {
            let movement = Movement {
                id: &self.chance.id(self.now),
                store_id: &order.store_id,
                variant_id: &variant,
                quantity,
                reason: "cancelled",
                order_id: Some(&order.id),
                author: self.actor.author.kind,
            };
            stock::move_stock(conn, &movement, self.now).await?;
        }
        Ok(())
    }

    async fn set(&self, conn: &mut Conn, order: &LockedOrder, to: OrderStatus) -> Result<(), Failure> {
        if !fulfilment::set_status(conn, &order.id, order.status, to, self.now).await? {
            return Err(AppError::Internal.into());
        }
        let change = order_change(order, kind_of(to), Some(to), &self.actor.author, self.note, self.chance, self.now);
        events::insert_changes(conn, &[change], self.now).await?;
        if to == OrderStatus::Shipped {
            self.ask_courier(conn, order).await?;
        }
        Ok(())
    }

    /// An order that a person calls shipped is asked for at its courier at once: it may be further.
    async fn ask_courier(&self, conn: &mut Conn, order: &LockedOrder) -> Result<(), Failure> {
        for parcel in shipping::of_orders(conn, std::slice::from_ref(&order.id)).await? {
            if parcel.is_live() {
                let work = Work::CheckShipment(parcel.id.clone());
                work.enqueue(conn, self.chance, self.now, self.now).await?;
            }
        }
        Ok(())
    }

    /// Cancels an order whose recalled parcel has come back, and gives its stock back.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn cancel_returned(&self, conn: &mut Conn, order: &LockedOrder) -> Result<(), Failure> {
        self.give_back_stock(conn, order).await?;
        self.set(conn, order, OrderStatus::Cancelled).await
    }
}

/// The kind of event a state is reached by.
pub fn kind_of(to: OrderStatus) -> &'static str {
    match to {
        OrderStatus::Pending => "placed",
        OrderStatus::Confirmed => "confirmed",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Refunded => "refunded",
        OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::OutForDelivery | OrderStatus::Delivered => {
            "status_changed"
        }
    }
}

/// What is written beside a change of an order.
pub fn order_change(
    order: &LockedOrder,
    kind: &'static str,
    to: Option<OrderStatus>,
    author: &Author,
    note: &str,
    chance: &Chance,
    now: UnixMillis,
) -> OrderChange {
    OrderChange {
        store_id: order.store_id.clone(),
        order_id: order.id.clone(),
        kind,
        from: to.map(|_| order.status),
        to,
        author: author.clone(),
        note: note.to_owned(),
        ids: std::array::from_fn(|_| chance.id(now)),
    }
}

fn refused(status: OrderStatus) -> AppError {
    AppError::Conflict {
        message: (EN.order_move_refused)(&status.code().replace('_', " ")),
        allowed: moves_from(status).map(|row| row.code.to_owned()).collect(),
    }
}
