//! Parcels: booking, attaching, handing over, voiding, asking about them.

use leptos::prelude::*;

use crate::domain::ids::ShipmentId;
use crate::error::AppError;

/// Books a courier account (by its slug) for an order; the outcome is on the shipment.
#[server(prefix = "/fn", endpoint = "create_shipment")]
pub async fn create_shipment(order: String, courier: String, service_id: String) -> Result<ShipmentId, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::booking::create(&visit.app, &actor, &order, &courier, &service_id).await
}

/// Attaches an AWB that was booked elsewhere.
#[server(prefix = "/fn", endpoint = "attach_shipment")]
pub async fn attach_shipment(order: String, courier: String, awb: String) -> Result<ShipmentId, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::booking::attach(&visit.app, &actor, &order, &courier, &awb, "").await
}

/// Gives a booked shipment the AWB that was pending.
#[server(prefix = "/fn", endpoint = "set_awb")]
pub async fn set_awb(shipment: String, awb: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::shipping::set_awb(&visit.app, &actor, &shipment, &awb).await
}

/// Asks for the AWB of a shipment that was booked without one.
#[server(prefix = "/fn", endpoint = "ask_for_awb")]
pub async fn ask_for_awb(shipment: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::awbs::ask_again(&visit.app, &actor, &shipment).await
}

/// Fetches the label of a shipment from its courier, unless it is here already.
#[server(prefix = "/fn", endpoint = "fetch_label")]
pub async fn fetch_label(shipment: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::papers::fetch_label(&visit.app, &actor, &shipment).await
}

/// Asks for a rider to fetch shipments of one account, on a day or as soon as can be; answers how many
/// are fetched.
#[server(prefix = "/fn", endpoint = "request_pickup")]
pub async fn request_pickup(shipments: Vec<String>, day: String) -> Result<usize, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    let asked = crate::server::actions::papers::request_pickup(&visit.app, &actor, &shipments, &day).await?;
    match asked.iter().find_map(|(_, outcome)| outcome.as_ref().err()) {
        Some(reason) => Err(AppError::conflict((visit.words().courier_failed)(reason))),
        None => Ok(asked.len()),
    }
}

/// Makes the manifest of shipments of one account; answers its id.
#[server(prefix = "/fn", endpoint = "make_manifest")]
pub async fn make_manifest(shipments: Vec<String>) -> Result<String, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::papers::make_manifest(&visit.app, &actor, &shipments).await
}

/// Tells the courier what to do about a failed attempt: `reattempt` or `give_back`.
#[server(prefix = "/fn", endpoint = "answer_ndr")]
pub async fn answer_ndr(
    shipment: String,
    answer: String,
    day: String,
    phone: String,
    line1: String,
    landmark: String,
    note: String,
) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    let wish = crate::server::actions::ndr::NdrWish { answer, day, phone, line1, landmark, note };
    crate::server::actions::ndr::answer(&visit.app, &actor, &shipment, &wish).await
}

/// Notes that the parcel was given to the courier.
#[server(prefix = "/fn", endpoint = "hand_over")]
pub async fn hand_over(shipment: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::shipping::hand_over(&visit.app, &actor, &shipment).await
}

/// Calls a booking off; `attested` is `yes` when the merchant has done it in the courier's panel.
#[server(prefix = "/fn", endpoint = "void_shipment")]
pub async fn void_shipment(shipment: String, attested: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::shipping::void(&visit.app, &actor, &shipment, attested == "yes").await
}

/// Asks the parcel of this shipment back; the order is cancelled when it has returned.
#[server(prefix = "/fn", endpoint = "recall_shipment")]
pub async fn recall_shipment(shipment: String, reason: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    let found = crate::server::actions::shipping::find(&visit.app, &actor, &shipment).await?;
    let order = found.order_id.to_string();
    crate::server::actions::shipping::recall(&visit.app, &actor, &order, &reason).await.map(|_| ())
}

/// Asks the courier about a shipment; answers what came of it in one sentence.
#[server(prefix = "/fn", endpoint = "check_shipment")]
pub async fn check_shipment(shipment: String) -> Result<String, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::checking::check_one(&visit.app, &actor, &shipment).await
}

/// Sets the state of a parcel by a person's decision.
#[server(prefix = "/fn", endpoint = "correct_shipment")]
pub async fn correct_shipment(shipment: String, status: String, note: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    let status = status.parse().map_err(|error: String| AppError::invalid("status", error))?;
    crate::server::actions::shipping::correct(&visit.app, &actor, &shipment, status, &note).await
}

/// Closes an open question.
#[server(prefix = "/fn", endpoint = "close_case")]
pub async fn close_case(case: String, resolution: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::shipping::close_case(&visit.app, &actor, &case, &resolution).await
}

/// Begins to ask couriers about every live parcel that was booked at least so many hours ago; answers
/// the id of the run.
#[server(prefix = "/fn", endpoint = "check_delivery_status")]
pub async fn check_delivery_status(older_than_hours: String) -> Result<String, AppError> {
    use crate::domain::time::HOUR_MS;
    use crate::server::actions::checking::{RUN_MAX, RunWish, begin_run};
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    let hours = match older_than_hours.trim() {
        "" => 0,
        text => text
            .parse::<i64>()
            .ok()
            .filter(|hours| (0..=8_760).contains(hours))
            .ok_or_else(|| AppError::invalid("older_than_hours", (visit.words().api_between)(0, 8_760)))?,
    };
    let wish = RunWish { courier: None, older_than_ms: hours * HOUR_MS, max: RUN_MAX };
    begin_run(&visit.app, &actor, &wish).await
}
