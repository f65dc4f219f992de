//! What programs ask of couriers about booked shipments: AWBs, labels, manifests, pickups, failed attempts,
//! and news of many at once.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::ndr::{self, NdrWish};
use crate::server::actions::papers::{self, PARCELS_MAX};
use crate::server::actions::{awbs, checking, shipping};
use crate::server::api::address::Named;
use crate::server::api::answers::{Problem, instant, private};
use crate::server::api::body::{Body, OptionalBody};
use crate::server::api::keys;
use crate::server::api::shipments::{ShipmentAnswer, seen, shipment_answer};
use crate::server::operations::paper;
use crate::server::visit::Visit;

/// The shipments something is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Many {
    /// Their ids.
    #[schema(min_items = 1, max_items = 50)]
    pub shipments: Vec<String>,
}

/// What came of it for one of many.
#[derive(Serialize, ToSchema)]
pub struct OneOfMany {
    /// The shipment.
    pub id: String,
    /// Whether it was done.
    pub done: bool,
    /// Why not, or what is new.
    pub message: String,
    /// Address of its label, where that is here.
    #[schema(required = true)]
    pub label: Option<String>,
    /// When the rider comes for it, where that was asked for.
    #[schema(required = true, format = DateTime)]
    pub pickup_at: Option<String>,
}

/// What came of it for all.
#[derive(Serialize, ToSchema)]
pub struct ManyAnswer {
    /// In the order of the ids.
    pub results: Vec<OneOfMany>,
}

/// A manifest that was made.
#[derive(Serialize, ToSchema)]
pub struct ManifestAnswer {
    /// Identity.
    pub id: String,
    /// Address of the PDF.
    pub pdf: String,
}

/// A day on which a rider is wanted.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PickupDay {
    /// Day of the store, such as `2026-11-22`; empty is as soon as can be.
    #[schema(required = false)]
    pub date: String,
}

/// What is to be done about a failed attempt.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NdrBody {
    /// `reattempt` or `give_back`.
    #[schema(required = true)]
    pub answer: String,
    /// Day of the next attempt, such as `2026-11-22`.
    #[schema(required = false)]
    pub date: String,
    /// Another phone of the customer.
    #[schema(required = false)]
    pub phone: String,
    /// Another street address.
    #[schema(required = false)]
    pub line1: String,
    /// Another landmark.
    #[schema(required = false)]
    pub landmark: String,
    /// What the rider should know, or why it is to come back.
    #[schema(required = false)]
    pub note: String,
}

fn many(body: &Body) -> Result<Many, AppError> {
    let many = body.read(|fields| {
        fields.only(&["shipments"]);
        if !fields.has("shipments") {
            fields.wrong("shipments", EN.api_required);
        }
        Many { shipments: fields.texts("shipments") }
    })?;
    if (1..=PARCELS_MAX).contains(&many.shipments.len()) {
        Ok(many)
    } else {
        Err(AppError::invalid("shipments", (EN.paper_count)(PARCELS_MAX)))
    }
}

fn label_address(visit: &Visit, id: &str) -> String {
    format!("{}/api/v1/shipments/{id}/label.pdf", visit.site_url())
}

fn as_json(answer: &impl Serialize) -> Result<Value, AppError> {
    serde_json::to_value(answer).map_err(|_| AppError::Internal)
}

async fn now_is(visit: &Visit, id: &str) -> Result<Value, AppError> {
    let (shown, at) = seen(visit, id).await?;
    as_json(&shipment_answer(&shown.order.reference, &shown.shipments[at]))
}

/// Ask for the AWB of a shipment that was booked without one
///
/// The courier has the order already: it is not booked again. `error_message` of the shipment says why
/// there is no AWB yet; it is asked for by itself too.
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/awb/", tag = "Shipping", operation_id = "ask_for_awb",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "The shipment with its AWB.", body = ShipmentAnswer),
        (status = 409, description = "There is none to be had now, or the courier gives none on demand.", body = Problem)
    )
)]
pub async fn ask_for_awb(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    awbs::ask_again(&visit.app, &Actor::of(&visit), &id).await?;
    Ok(private(StatusCode::OK, &now_is(&visit, &id).await?))
}

/// Fetch the label of a shipment
///
/// From the courier, once; after that the one that was kept is the label.
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/label/", tag = "Shipping", operation_id = "fetch_label",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "Where the label is.", body = OneOfMany),
        (status = 409, description = "The courier draws no labels, or did not.", body = Problem)
    )
)]
pub async fn fetch_label(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    papers::fetch_label(&visit.app, &Actor::of(&visit), &id).await?;
    let label = Some(label_address(&visit, &id));
    let answer = OneOfMany { id, done: true, message: EN.done_label.to_owned(), label, pickup_at: None };
    Ok(private(StatusCode::OK, &answer))
}

/// Read the label of a shipment
///
/// The PDF that was fetched before; nobody is asked for it here.
#[utoipa::path(
    get, path = "/api/v1/shipments/{id}/label.pdf", tag = "Shipping", operation_id = "read_label",
    params(("id" = String, Path, description = "Id.")),
    responses((status = 200, description = "The label.", content_type = "application/pdf", body = Vec<u8>))
)]
pub async fn read_label(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let (_, label) = papers::label(&visit.app, &Actor::of(&visit), &id).await?;
    Ok(paper(&label, "label"))
}

/// Fetch the labels of many shipments
///
/// One that cannot be had is named and does not keep the others waiting.
#[utoipa::path(
    post, path = "/api/v1/shipments/labels/", tag = "Shipping", operation_id = "fetch_labels", request_body = Many,
    responses((status = 200, description = "What came of each.", body = ManyAnswer))
)]
pub async fn fetch_labels(visit: Visit, body: Body) -> Result<Response, AppError> {
    let many = many(&body)?;
    let actor = Actor::of(&visit);
    let mut results = Vec::with_capacity(many.shipments.len());
    for id in many.shipments {
        let outcome = papers::fetch_label(&visit.app, &actor, &id).await;
        if outcome == Err(AppError::Internal) {
            return Err(AppError::Internal);
        }
        let label = outcome.is_ok().then(|| label_address(&visit, &id));
        let message = outcome.as_ref().err().map_or_else(|| EN.done_label.to_owned(), AppError::sentence);
        results.push(OneOfMany { id, done: outcome.is_ok(), message, label, pickup_at: None });
    }
    Ok(private(StatusCode::OK, &ManyAnswer { results }))
}

/// Make the manifest of shipments
///
/// Of one courier account, all of them still to be handed over.
#[utoipa::path(
    post, path = "/api/v1/shipments/manifest/", tag = "Shipping", operation_id = "make_manifest", request_body = Many,
    responses(
        (status = 201, description = "Where the manifest is.", body = ManifestAnswer),
        (status = 404, description = "One of the shipments is not there.", body = Problem),
        (status = 409, description = "The courier makes no manifests, or did not.", body = Problem)
    )
)]
pub async fn make_manifest(visit: Visit, method: Method, headers: HeaderMap, body: Body) -> Result<Response, AppError> {
    let many = many(&body)?;
    let what = format!("shipments/manifest {}", many.shipments.join(","));
    let work = async {
        let id = papers::make_manifest(&visit.app, &Actor::of(&visit), &many.shipments).await?;
        let pdf = format!("{}/api/v1/manifests/{id}/manifest.pdf", visit.site_url());
        as_json(&ManifestAnswer { id, pdf })
    };
    keys::once_as(StatusCode::CREATED, &visit, &headers, &method, &what, work).await
}

/// Read a manifest
#[utoipa::path(
    get, path = "/api/v1/manifests/{id}/manifest.pdf", tag = "Shipping", operation_id = "read_manifest",
    params(("id" = String, Path, description = "Id.")),
    responses((status = 200, description = "The manifest.", content_type = "application/pdf", body = Vec<u8>))
)]
pub async fn read_manifest(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    Ok(paper(&papers::manifest(&visit.app, &Actor::of(&visit), &id).await?, "manifest"))
}

/// Ask for a rider to fetch a shipment
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/pickup/", tag = "Shipping", operation_id = "request_pickup",
    params(("id" = String, Path, description = "Id.")), request_body = Option<PickupDay>,
    responses(
        (status = 200, description = "When the rider comes.", body = OneOfMany),
        (status = 409, description = "The courier cannot be asked, or refuses.", body = Problem)
    )
)]
pub async fn request_pickup(
    visit: Visit,
    Named(id): Named<String>,
    OptionalBody(body): OptionalBody,
) -> Result<Response, AppError> {
    let wish = body.read(|fields| {
        fields.only(&["date"]);
        PickupDay { date: fields.text("date") }
    })?;
    let asked = papers::request_pickup(&visit.app, &Actor::of(&visit), std::slice::from_ref(&id), &wish.date).await?;
    match asked.into_iter().next() {
        Some((_, Ok(at))) => {
            let message = EN.done_pickup.to_owned();
            let answer = OneOfMany { id, done: true, message, label: None, pickup_at: Some(instant(at)) };
            Ok(private(StatusCode::OK, &answer))
        }
        Some((_, Err(reason))) => Err(AppError::conflict((EN.courier_failed)(&reason))),
        None => Err(AppError::Internal),
    }
}

/// Say what is to be done about a failed delivery attempt
///
/// `give_back` also asks the order back: it is cancelled when the parcel has returned.
#[utoipa::path(
    post, path = "/api/v1/shipments/{id}/ndr/", tag = "Shipping", operation_id = "answer_ndr",
    params(("id" = String, Path, description = "Id.")), request_body = NdrBody,
    responses(
        (status = 200, description = "The shipment as it is now.", body = ShipmentAnswer),
        (status = 409, description = "No attempt has failed, or the courier cannot be told.", body = Problem)
    )
)]
pub async fn answer_ndr(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
    body: Body,
) -> Result<Response, AppError> {
    let wish = body.read(|fields| {
        fields.only(&["answer", "date", "phone", "line1", "landmark", "note"]);
        NdrBody {
            answer: fields.text("answer"),
            date: fields.text("date"),
            phone: fields.text("phone"),
            line1: fields.text("line1"),
            landmark: fields.text("landmark"),
            note: fields.text("note"),
        }
    })?;
    let what = format!("shipments/{id}/ndr {}", as_json(&wish)?);
    let work = async {
        let NdrBody { answer, date, phone, line1, landmark, note } = wish;
        let wish = NdrWish { answer, day: date, phone, line1, landmark, note };
        ndr::answer(&visit.app, &Actor::of(&visit), &id, &wish).await?;
        now_is(&visit, &id).await
    };
    keys::once(&visit, &headers, &method, &what, work).await
}

/// Ask the couriers about many shipments
#[utoipa::path(
    post, path = "/api/v1/shipments/track/", tag = "Shipping", operation_id = "track_shipments", request_body = Many,
    responses(
        (status = 200, description = "What came of each.", body = ManyAnswer),
        (status = 404, description = "One of the shipments is not there.", body = Problem)
    )
)]
pub async fn track(visit: Visit, body: Body) -> Result<Response, AppError> {
    let many = many(&body)?;
    let actor = Actor::of(&visit);
    let mut found = Vec::with_capacity(many.shipments.len());
    for id in &many.shipments {
        found.push(shipping::find(&visit.app, &actor, id).await?);
    }
    let checked = checking::ask_all(&visit.app, found.clone()).await?;
    let result = |id: String| {
        let one = checked.iter().find(|one| one.shipment.as_str() == id)?;
        Some(OneOfMany { id, done: one.outcome.is_ok(), message: one.sentence(), label: None, pickup_at: None })
    };
    let results = found.into_iter().filter_map(|one| result(one.id.to_string())).collect();
    Ok(private(StatusCode::OK, &ManyAnswer { results }))
}
