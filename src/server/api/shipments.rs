//! Shipments: booking a courier, attaching a number that was booked elsewhere, and reading what became of
//! it.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::ids::{OrderId, ShipmentId};
use crate::domain::messages::EN;
use crate::domain::orders::{DeskOrder, ShipmentView, TrackingStep};
use crate::domain::shipping::{ShipmentStatus, SyncStatus};
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::{booking, desk, shipping};
use crate::server::api::address::{Cursored, Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, Problem, instant, private};
use crate::server::api::body::{Body, OptionalBody};
use crate::server::api::caller::Sight;
use crate::server::api::keys;
use crate::server::api::orders::find;
use crate::server::db::orders::by_ids;
use crate::server::db::paging::{Cut, Part};
use crate::server::db::shipment_list::{self, Listed, ShipmentFilter};
use crate::server::db::{Conn, catalogue, desk as rows};
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
    keys::once_as(StatusCode::CREATED, &visit, &headers, &method, &what, work).await
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

/// Which shipments a list has.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct ShipmentFilters {
    /// Only with this number.
    awb: Option<String>,
    /// Only in this state.
    #[param(inline)]
    status: Option<ShipmentStatus>,
    /// Only with a booking that stands so.
    #[param(inline)]
    sync_status: Option<SyncStatus>,
    /// Slug of a courier account.
    courier: Option<String>,
    /// Slug or id of a store.
    store: Option<String>,
}

/// List shipments
///
/// Newest booking first.
#[utoipa::path(
    get, path = "/api/v1/shipments/", tag = "Shipping", operation_id = "list_shipments",
    params(Paging, Cursored, ShipmentFilters),
    responses((status = 200, description = "A page of shipments.", body = Listing<ShipmentAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let slice = query.slice::<i64>()?;
    let accounts = desk::accounts(&visit.app, None).await?;
    let slugged = |slug: &str| accounts.iter().filter(|one| one.slug == slug).map(|one| one.id.clone()).collect();
    let mut conn = visit.app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    let wanted = query.store(&stores)?.map(|store| store.id.clone());
    let mut filter = ShipmentFilter {
        store_id: wanted.clone(),
        awb: query.get("awb").map(str::to_owned),
        status: query.one_of("status")?,
        sync_status: query.one_of("sync_status")?,
        couriers: query.get("courier").map(slugged),
    };
    let is_possible = filter.awb.as_deref().is_none_or(is_name)
        && match Sight::of(visit.identity.as_ref()) {
            Sight::Nothing | Sight::Own(_) => false,
            Sight::Store(own) => {
                let overlaps = wanted.is_none_or(|wanted| wanted == own);
                filter.store_id = Some(own);
                overlaps
            }
            Sight::Everything => true,
        };
    let (found, count) = match (is_possible, &slice.part) {
        (false, _) => (Cut::nothing(), Some(0)),
        (true, Part::Page(_)) => {
            let count = shipment_list::count(&mut conn, &filter).await?;
            (shipment_list::list(&mut conn, &filter, &slice).await?, Some(count))
        }
        (true, _) => (shipment_list::list(&mut conn, &filter, &slice).await?, None),
    };
    let page = answers_of(&mut conn, &found.rows).await?;
    let answer = query.part(&slice, (&found, count), |(_, _, seq)| *seq, &visit.site_url(), page);
    Ok(private(StatusCode::OK, &answer))
}

async fn answers_of(conn: &mut Conn, listed: &[Listed]) -> Result<Vec<ShipmentAnswer>, AppError> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let orders: Vec<OrderId> = listed.iter().map(|(_, order, _)| order.clone()).collect();
    let parcels = rows::parcels(conn, &orders).await?;
    let references = by_ids(conn, &orders).await?;
    let reference =
        |id: &OrderId| references.iter().find(|(_, order)| order.id == *id).map(|(_, order)| &order.reference);
    let answer = |(id, order, _): &Listed| {
        let view = parcels.get(order)?.iter().find(|view| view.id == *id)?;
        Some(shipment_answer(reference(order)?, view))
    };
    Ok(listed.iter().filter_map(answer).collect())
}

/// A shipment to call off.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Voiding {
    /// The merchant has called it off in the courier's own panel; for couriers that take no call for it.
    #[schema(required = false, default = false)]
    pub attested: bool,
}

/// Call a booked shipment off
///
/// By a call where the courier takes one. Only until it has the parcel; after that, `cancel` the order,
/// and the parcel is asked back.
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/cancel/", tag = "Shipping", operation_id = "cancel_shipment",
    params(("id" = String, Path, description = "Id.")), request_body = Option<Voiding>,
    responses(
        (status = 200, description = "The shipment as it is now.", body = ShipmentAnswer),
        (status = 409, description = "It is on its way, nobody knows, or the courier refuses.", body = Problem)
    )
)]
pub async fn cancel(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
    OptionalBody(body): OptionalBody,
) -> Result<Response, AppError> {
    let voiding = body.read(|fields| {
        fields.only(&["attested"]);
        Voiding { attested: fields.flag("attested").unwrap_or(false) }
    })?;
    let (shown, at) = seen(&visit, &id).await?;
    let shipment = shown.shipments[at].id.to_string();
    let what = format!("shipments/{shipment}/cancel {}", voiding.attested);
    keys::once(&visit, &headers, &method, &what, async {
        shipping::void(&visit.app, &Actor::of(&visit), &shipment, voiding.attested).await?;
        let (shown, at) = seen(&visit, &shipment).await?;
        serde_json::to_value(shipment_answer(&shown.order.reference, &shown.shipments[at]))
            .map_err(|_| AppError::Internal)
    })
    .await
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

/// A shipment that whoever asks may see, with its order.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn seen(visit: &Visit, id: &str) -> Result<(DeskOrder, usize), AppError> {
    let missing = || AppError::not_found("Shipment");
    let actor = Actor::of(visit);
    let found = shipping::find(&visit.app, &actor, id).await?;
    let shown = desk::order(&visit.app, found.order_id.as_str(), actor.only_store.as_ref()).await?;
    let at = shown.shipments.iter().position(|view| view.id == found.id).ok_or_else(missing)?;
    Ok((shown, at))
}
