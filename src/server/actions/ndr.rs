//! Failed attempts (NDR): telling the courier to try again, or to bring the parcel back.

use crate::domain::checkout::{clean_line, clean_note};
use crate::domain::customers::Phone;
use crate::domain::messages::EN;
use crate::domain::orders::{Order, OrderAction};
use crate::domain::shipping::ShipmentStatus;
use crate::domain::time::DAY_MS;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::fulfilment as moves;
use crate::server::actions::shipping::{able, change, failed, find};
use crate::server::couriers::{Contact, NdrAnswer, scalar};
use crate::server::db::events::{self, NewActivity};
use crate::server::db::shipping::Shipment;
use crate::server::db::{orders, papers};

/// The furthest day another attempt is put off to.
const PUT_OFF_MAX_MS: i64 = 14 * DAY_MS;
const NOTE_CHARACTERS_MAX: usize = 190;

/// What is to be done about a failed attempt, as texts of a form.
#[derive(Clone, Debug, Default)]
pub struct NdrWish {
    /// `reattempt` or `give_back`.
    pub answer: String,
    /// The day of the next attempt, `2026-11-22`; empty is as soon as can be.
    pub day: String,
    /// Another phone of the customer; empty is the one that is known.
    pub phone: String,
    /// Another street address; empty is the one that is known.
    pub line1: String,
    /// Another landmark; empty is the one that is known.
    pub landmark: String,
    /// What the rider should know, or why it is to come back.
    pub note: String,
}

/// Tells the courier what to do about a failed attempt. What comes back ends with a cancelled order, as
/// when it is asked back.
///
/// # Errors
/// [`AppError::Invalid`] with the wrong fields, [`AppError::Conflict`] when no attempt has failed, and when
/// the courier cannot be told or refuses.
pub async fn answer(app: &App, actor: &Actor, shipment: &str, wish: &NdrWish) -> Result<(), AppError> {
    let found = find(app, actor, shipment).await?;
    let account = app.accounts.find(app, &found.courier_id).await?;
    let courier = able(&account, |can| can.ndr, EN.cannot_ndr)?;
    if !found.is_live() || found.status != ShipmentStatus::Undelivered {
        return Err(AppError::conflict(EN.ndr_none));
    }
    let order = order_of(app, &found).await?;
    let answer = read(app, wish, &order)?;
    courier.answer_ndr(&app.outbound, &account, &found.numbers(), &answer).await.map_err(failed)?;
    let author = actor.author.clone();
    let store = found.store_id.clone();
    change(app, found.id.as_str(), move |conn, pen, shipment| {
        let activity = NewActivity {
            id: pen.chance.id(pen.now),
            store_id: Some(store.clone()),
            action: "shipment.ndr_answered",
            entity: "shipments",
            entity_id: shipment.id.to_string(),
            author: author.clone(),
        };
        Box::pin(async move {
            papers::set_ndr_answered(conn, &shipment.id, pen.now).await?;
            Ok(events::insert_activity(conn, &activity, pen.now).await?)
        })
    })
    .await?;
    match answer {
        NdrAnswer::GiveBack { reason } if OrderAction::Recall.of_table().from.contains(&order.status) => {
            moves::change(app, actor, order.id.as_str(), OrderAction::Recall, &reason).await.map(drop)
        }
        NdrAnswer::GiveBack { .. } | NdrAnswer::Reattempt { .. } => Ok(()),
    }
}

async fn order_of(app: &App, shipment: &Shipment) -> Result<Order, AppError> {
    let found = orders::by_ids(&mut *app.db.read().await?, std::slice::from_ref(&shipment.order_id)).await?;
    found.into_iter().next().map(|(_, order)| order).ok_or(AppError::Internal)
}

fn read(app: &App, wish: &NdrWish, order: &Order) -> Result<NdrAnswer, AppError> {
    let note: String = clean_note(&wish.note).chars().take(NOTE_CHARACTERS_MAX).collect();
    match wish.answer.trim() {
        "give_back" => Ok(NdrAnswer::GiveBack { reason: note }),
        "reattempt" => {
            Ok(NdrAnswer::Reattempt { day: day(app, wish, order)?, contact: contact(wish, order)?.map(Box::new), note })
        }
        _ => Err(AppError::invalid("answer", (EN.api_one_of)("reattempt, give_back"))),
    }
}

fn day(app: &App, wish: &NdrWish, order: &Order) -> Result<Option<String>, AppError> {
    let text = wish.day.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let now = app.clock.now();
    let midnight = scalar::instant(&format!("{text} 00:00:00"), order.address.country);
    let is_near = |at: &crate::domain::time::UnixMillis| at.plus(DAY_MS) > now && *at < now.plus(PUT_OFF_MAX_MS);
    midnight.filter(is_near).map(|_| Some(text.to_owned())).ok_or_else(|| AppError::invalid("date", EN.pickup_day))
}

/// Who gets it and where, whole, when anything of it is new.
fn contact(wish: &NdrWish, order: &Order) -> Result<Option<Contact>, AppError> {
    let new = |text: &str| Some(clean_line(text)).filter(|text| !text.is_empty());
    let (phone, line1, landmark) = (new(&wish.phone), new(&wish.line1), new(&wish.landmark));
    if phone.is_none() && line1.is_none() && landmark.is_none() {
        return Ok(None);
    }
    let phone = match phone {
        Some(text) => {
            Phone::parse(&text, order.address.country).ok_or_else(|| AppError::invalid("phone", EN.phone_wrong))?
        }
        None => order.customer_phone.clone(),
    };
    let mut address = order.address.clone();
    if let Some(line1) = line1 {
        address.line1 = line1;
        address.line2 = String::new();
    }
    if let Some(landmark) = landmark {
        address.landmark = landmark;
    }
    Ok(Some(Contact { name: order.customer_name.clone(), phone, address }))
}
