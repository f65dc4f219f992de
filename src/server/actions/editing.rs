//! What staff change about an order that is not its state: who gets it and where, the note; and putting it
//! away.

use crate::domain::checkout::{CheckoutForm, Postcode};
use crate::domain::messages::EN;
use crate::domain::orders::{Order, OrderStatus};
use crate::domain::staff::Role;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::fulfilment::order_change;
use crate::server::db::write::Failure;
use crate::server::db::{Conn, events, fulfilment, orders, shipping};
use crate::server::live::Hint;

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderEdit {
    /// Name of the customer.
    pub name: Option<String>,
    /// Phone, as people write it.
    pub phone: Option<String>,
    /// E-mail; empty for none.
    pub email: Option<String>,
    /// The parts of the address with their names in the form.
    pub address: Vec<(&'static str, String)>,
    /// The customer's note.
    pub note: Option<String>,
}

impl OrderEdit {
    fn is_of_customer(&self) -> bool {
        self.name.is_some() || self.phone.is_some() || self.email.is_some() || !self.address.is_empty()
    }

    /// The order's own words with the changes in them, to be checked by the rules of the checkout.
    fn form(&self, order: &Order) -> CheckoutForm {
        let kept = |new: &Option<String>, old: &str| new.clone().unwrap_or_else(|| old.to_owned());
        let address = &order.address;
        let part = |name: &str, old: &str| {
            let new = self.address.iter().find(|(part, _)| *part == name).map(|(_, text)| text.clone());
            new.unwrap_or_else(|| old.to_owned())
        };
        CheckoutForm {
            name: kept(&self.name, &order.customer_name),
            phone: kept(&self.phone, order.customer_phone.as_str()),
            email: kept(&self.email, &order.customer_email),
            line1: part("line1", &address.line1),
            line2: part("line2", &address.line2),
            landmark: part("landmark", &address.landmark),
            city: part("city", &address.city),
            state: part("state", &address.state),
            pincode: part("pincode", &address.pincode),
            country: part("country", address.country.code()),
            payment_method: order.payment_method.code().to_owned(),
            note: kept(&self.note, &order.note),
            ..CheckoutForm::default()
        }
    }
}

/// Changes what an order says about its customer.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see, [`AppError::Invalid`] by the rules of the
/// checkout with its names of the fields, [`AppError::Conflict`] once a courier has the parcel.
pub async fn edit(app: &App, actor: &Actor, order: &str, edit: OrderEdit) -> Result<(), AppError> {
    let pen = app.pen();
    let (actor, name) = (actor.clone(), order.to_owned());
    let id = app
        .db
        .write(move |conn| {
            let (pen, actor, name, edit) = (pen.clone(), actor.clone(), name.clone(), edit.clone());
            Box::pin(async move {
                let locked = fulfilment::lock(conn, &name).await?.ok_or_else(|| AppError::not_found("Order"))?;
                actor.must_work_in(&locked.store_id, "Order")?;
                if edit.is_of_customer() {
                    must_be_here(conn, &locked).await?;
                }
                let found = orders::find(conn, locked.id.as_str()).await?.ok_or(AppError::Internal)?;
                let parsed = edit.form(&found.order).parse(Postcode::Optional, &EN);
                let details = parsed.map_err(|fields| AppError::Invalid { fields })?;
                let edited = Order {
                    customer_name: details.name,
                    customer_phone: details.phone,
                    customer_email: details.email,
                    address: details.address,
                    note: details.note,
                    ..found.order
                };
                fulfilment::set_customer(conn, &edited, pen.now).await?;
                let change = order_change(&locked, "edited", None, &actor.author, "", &pen.chance, pen.now);
                events::insert_changes(conn, &[change], pen.now).await?;
                Ok(locked.id)
            })
        })
        .await?;
    app.live.publish(Hint::order(&id));
    Ok(())
}

/// A courier that has the parcel has the old name and address with it.
async fn must_be_here(conn: &mut Conn, order: &fulfilment::LockedOrder) -> Result<(), Failure> {
    let is_open = matches!(order.status, OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing);
    let parcels = shipping::of_orders(conn, std::slice::from_ref(&order.id)).await?;
    if is_open && !parcels.iter().any(shipping::Shipment::is_live) {
        return Ok(());
    }
    Err(AppError::conflict(EN.order_edit_late).into())
}

/// Puts an order away: it is in no list any more. Nothing is erased; that is a command of its own.
///
/// # Errors
/// [`AppError::Forbidden`] for anybody but an admin, [`AppError::NotFound`], [`AppError::Conflict`] while
/// the order holds stock or a parcel.
pub async fn archive(app: &App, actor: &Actor, order: &str) -> Result<(), AppError> {
    if actor.role != Some(Role::Admin) {
        return Err(AppError::Forbidden);
    }
    let pen = app.pen();
    let (actor, name) = (actor.clone(), order.to_owned());
    let id = app
        .db
        .write(move |conn| {
            let (pen, actor, name) = (pen.clone(), actor.clone(), name.clone());
            Box::pin(async move {
                let locked = fulfilment::lock(conn, &name).await?.ok_or_else(|| AppError::not_found("Order"))?;
                actor.must_work_in(&locked.store_id, "Order")?;
                let is_closed = match locked.status {
                    OrderStatus::Pending | OrderStatus::Delivered | OrderStatus::Cancelled | OrderStatus::Refunded => {
                        true
                    }
                    OrderStatus::Confirmed
                    | OrderStatus::Processing
                    | OrderStatus::Shipped
                    | OrderStatus::OutForDelivery => false,
                };
                if !is_closed {
                    return Err(AppError::conflict(EN.order_archive_open).into());
                }
                fulfilment::archive(conn, &locked.id, pen.now).await?;
                let counter = format!("orders.{}", locked.status.code());
                events::count(conn, &pen.chance.id(pen.now), &locked.store_id, &counter, -1, pen.now).await?;
                let activity = events::NewActivity {
                    id: pen.chance.id(pen.now),
                    store_id: Some(locked.store_id.clone()),
                    action: "order.archived",
                    entity: "order",
                    entity_id: locked.id.to_string(),
                    author: actor.author.clone(),
                };
                events::insert_activity(conn, &activity, pen.now).await?;
                Ok(locked.id)
            })
        })
        .await?;
    app.live.publish(Hint::order(&id));
    Ok(())
}
