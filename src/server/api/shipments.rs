//! Shipments: booking a courier, attaching a number that was booked elsewhere, and reading what became of
//! it.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::ShipmentId;
use crate::domain::messages::EN;
use crate::domain::orders::{DeskOrder, ShipmentView, TrackingStep};
use crate::domain::shipping::{ShipmentStatus, SyncStatus};
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::{booking, desk, shipping};
use crate::server::api::address::Named;
use crate::server::api::answers::{Problem, instant, private};
use crate::server::api::body::Body;
use crate::server::api::keys;
use crate::server::api::orders::find;
use crate::server::visit::Visit;

/// A shipment to make: one to book, or with an `awb` one that was booked elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewShipment {
    /// Slug of a courier account of the order's store.
    pub courier: String,
    /// The courier's service, where it has several.
    #[schema(required = false)]
    pub service_id: String,
    /// Its number, when it was booked elsewhere.
    #[schema(required = false)]
    pub awb: String,
    /// The courier's id of the order, with an `awb`.
    #[schema(required = false)]
    pub courier_order_id: String,
    /// The state it is in, with an `awb`; otherwise the courier is asked.
    pub status: Option<ShipmentStatus>,
}

/// A shipment.
#[derive(Serialize, ToSchema)]
#[schema(as = Shipment)]
pub struct ShipmentAnswer {
    /// Identity.
    pub id: String,
    /// Reference of its order.
    pub order: String,
    /// Slug of the courier account.
    pub courier: String,
    /// Its number; missing while it is pending.
    #[schema(required = true)]
    pub awb: Option<String>,
    /// State.
    pub status: ShipmentStatus,
    /// The courier's own word for it.
    #[schema(required = true)]
    pub raw_status: Option<String>,
    /// Whether the courier has it: `pending` also while nobody knows.
    pub sync_status: SyncStatus,
    /// Why the courier refused it, or what is in the way.
    #[schema(required = true)]
    pub error_message: Option<String>,
    /// When the courier expects to deliver it.
    #[schema(required = true, format = DateTime)]
    pub estimated_delivery: Option<String>,
    /// What was said about it, oldest first.
    pub events: Vec<StepAnswer>,
}

/// Something that was said about a shipment.
#[derive(Serialize, ToSchema)]
#[schema(as = ShipmentEvent)]
pub struct StepAnswer {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// What it means; nothing for a line of text.
    #[schema(required = true)]
    pub status: Option<ShipmentStatus>,
    /// The courier's own word.
    pub raw: String,
    /// What happened.
    pub activity: String,
    /// Where.
    pub location: String,
}

impl From<&TrackingStep> for StepAnswer {
    fn from(step: &TrackingStep) -> Self {
        StepAnswer {
            at: instant(step.at),
            status: step.status,
            raw: step.raw_status.clone(),
            activity: step.activity.clone(),
            location: step.location.clone(),
        }
    }
}

/// A shipment as the API shows it.
pub fn shipment_answer(reference: &str, view: &ShipmentView) -> ShipmentAnswer {
    ShipmentAnswer {
        id: view.id.to_string(),
        order: reference.to_owned(),
        courier: view.courier_slug.clone(),
        awb: view.awb.clone(),
        status: view.status,
        raw_status: view.raw_status.clone(),
        sync_status: view.booking_state.sync_status(),
        error_message: view.error_message.clone(),
        estimated_delivery: view.expected_delivery_at.map(instant),
        events: view.steps.iter().map(StepAnswer::from).collect(),
    }
}

/// Book a courier for an order, or attach a number
///
/// The answer says what is known: `sync_status` is `pending` while nobody knows whether the courier has
/// it. A pending order takes no shipment, and one with a live shipment no second.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/shipments/", tag = "Shipping", operation_id = "create_shipment",
    params(("id" = String, Path, description = "Id or reference.")), request_body = NewShipment,
    responses(
        (status = 200, description = "The shipment, answered again under its idempotency key.", body = ShipmentAnswer),
        (status = 201, description = "The shipment.", body = ShipmentAnswer),
        (status = 409, description = "The order takes no shipment now.", body = Problem)
    )
)]
pub async fn create(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
    body: Body,
) -> Result<Response, AppError> {
    let found = find(&visit, &mut *visit.app.db.read().await?, &id).await?;
    let new = body.read(|fields| {
        fields.only(&["courier", "service_id", "awb", "courier_order_id", "status"]);
        if !fields.has("courier") {
            fields.wrong("courier", EN.api_required);
        }
        let status = fields.text("status");
        NewShipment {
            courier: fields.text("courier"),
            service_id: fields.text("service_id"),
            awb: fields.text("awb"),
            courier_order_id: fields.text("courier_order_id"),
            status: (!status.is_empty())
                .then(|| status.parse().map_err(|error: String| fields.wrong("status", error)).ok())
                .flatten(),
        }
    })?;
    let order = found.order.id.to_string();
    let what = format!("orders/{order}/shipments {}", serde_json::to_string(&new).unwrap_or_default());
    let actor = Actor::of(&visit);
    let work = async {
        let shipment = make(&visit, &actor, &order, &new).await?;
        let shown = desk::order(&visit.app, &order, actor.only_store.as_ref()).await?;
        let view = shown.shipments.iter().find(|view| view.id == shipment).ok_or(AppError::Internal)?;
        serde_json::to_value(shipment_answer(&shown.order.reference, view)).map_err(|_| AppError::Internal)
    };
    let mut response = keys::once(&visit, &headers, &method, &what, work).await?;
    if !response.headers().contains_key("idempotency-replayed") {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

async fn make(visit: &Visit, actor: &Actor, order: &str, new: &NewShipment) -> Result<ShipmentId, AppError> {
    let app = &visit.app;
    if new.awb.trim().is_empty() {
        return booking::create(app, actor, order, &new.courier, &new.service_id).await;
    }
    let shipment = booking::attach(app, actor, order, &new.courier, &new.awb, &new.courier_order_id).await?;
    if let Some(status) = new.status {
        shipping::correct(app, actor, shipment.as_str(), status, "").await?;
    }
    Ok(shipment)
}

/// Read a shipment
#[utoipa::path(
    get, path = "/api/v1/shipments/{id}/", tag = "Shipping", operation_id = "read_shipment",
    params(("id" = String, Path, description = "Id.")),
    responses((status = 200, description = "The shipment.", body = ShipmentAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let (shown, at) = seen(&visit, &id).await?;
    Ok(private(StatusCode::OK, &shipment_answer(&shown.order.reference, &shown.shipments[at])))
}

/// Ask the courier about a shipment
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/sync/", tag = "Shipping", operation_id = "sync_shipment",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "The shipment as it is now.", body = ShipmentAnswer),
        (status = 409, description = "The courier cannot be asked or did not answer.", body = Problem)
    )
)]
pub async fn sync(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let actor = Actor::of(&visit);
    crate::server::actions::checking::check_one(&visit.app, &actor, &id).await?;
    show(visit, Named(id)).await
}

async fn seen(visit: &Visit, id: &str) -> Result<(DeskOrder, usize), AppError> {
    let missing = || AppError::not_found("Shipment");
    let actor = Actor::of(visit);
    let found = shipping::find(&visit.app, &actor, id).await?;
    let shown = desk::order(&visit.app, found.order_id.as_str(), actor.only_store.as_ref()).await?;
    let at = shown.shipments.iter().position(|view| view.id == found.id).ok_or_else(missing)?;
    Ok((shown, at))
}
