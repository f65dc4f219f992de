//! The OpenAPI document, made from the handlers and their types. Who may ask comes from `ROUTES`, so
//! that the document cannot promise something else than the router does.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{OpenApi, ToSchema};

use crate::domain::messages::{EN, Messages};
use crate::domain::staff::Access;
use crate::server::api::answers::Problem;
use crate::server::api::keys::{HEADER, KEY_MAX};
use crate::server::api::{
    bulk, couriers, export, figures, jobs, moves, order_edits, order_items, order_lists, orders, papers, placing,
    products, rates, shipments, stores, webhook_log,
};
use crate::server::http::routes::{ROUTES, Route};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Harkara",
        version = "1",
        description = "The shop for programs. Every address also answers without `v1/` and without its last slash. \
            Names in bodies may be in snake_case or camelCase; answers are in snake_case. Amounts are texts of \
            major units (`\"1499.00\"`), instants are RFC 3339 in UTC, phones are E.164.\n\n\
            Sign in with `Authorization: Bearer TOKEN`; `harkara token create` makes tokens.\n\n\
            A POST or PATCH with an `Idempotency-Key` has its effect once: the same request again is answered as \
            before, another one under the same key is refused with 422, and with 409 when nobody has signed in. A \
            request that was refused leaves its key free.\n\n\
            `Accept: application/vnd.api+json;version=1` is understood; answers are `application/json`."
    ),
    paths(
        document_for_programs,
        stores::list,
        stores::show,
        products::list,
        products::show,
        products::set_stock,
        order_lists::list,
        placing::create,
        orders::show,
        order_edits::change,
        order_edits::replace,
        order_edits::delete,
        orders::timeline,
        order_lists::mine,
        order_lists::mine_hyphenated,
        order_lists::recent,
        order_lists::pending,
        figures::stats,
        export::export,
        bulk::update_status,
        bulk::show,
        bulk::check_all,
        bulk::check_one,
        order_items::list,
        order_items::by_order,
        order_items::show,
        moves::confirm,
        moves::confirm_patch,
        moves::confirm_order,
        moves::confirm_order_patch,
        moves::ship,
        moves::ship_patch,
        moves::ship_order,
        moves::ship_order_patch,
        moves::deliver,
        moves::deliver_patch,
        moves::deliver_order,
        moves::deliver_order_patch,
        moves::cancel,
        moves::cancel_patch,
        moves::cancel_order,
        moves::cancel_order_patch,
        moves::refund,
        moves::refund_patch,
        moves::refund_order,
        moves::refund_order_patch,
        shipments::list,
        shipments::create,
        shipments::show,
        shipments::sync,
        shipments::cancel,
        papers::ask_for_awb,
        papers::fetch_label,
        papers::read_label,
        papers::fetch_labels,
        papers::make_manifest,
        papers::read_manifest,
        papers::request_pickup,
        papers::answer_ndr,
        papers::track,
        rates::check,
        couriers::list,
        couriers::add,
        couriers::show,
        couriers::change,
        webhook_log::list,
        webhook_log::replay,
        jobs::list,
        jobs::retry,
        jobs::discard,
    ),
    components(schemas(Problem))
)]
struct Document;

/// The document as JSON text.
pub fn document() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| complete().to_pretty_json().unwrap_or_default());
    TEXT.clone()
}

/// Read this document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "About the API", operation_id = "read_document",
    responses((status = 200, description = "The OpenAPI document.", body = Object))
)]
pub async fn document_for_programs() -> Response {
    let mut response = document().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Who an access rule lets in, for people.
pub fn access_words(access: Access, words: &Messages) -> &'static str {
    match access {
        Access::Public => words.docs_public,
        Access::SignedIn => words.docs_signed_in,
        Access::Seller => words.docs_seller,
        Access::Staff => words.docs_staff,
        Access::Admin => words.docs_admin,
    }
}

fn complete() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    if let Some(components) = &mut document.components {
        name_list_items(components);
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "session",
                "The cookie of a browser that has signed in; writes must come from the shop's own pages. Over TLS it is \
                 called __Host-session.",
            ))),
        );
    }
    for route in ROUTES {
        let operation = document.paths.paths.get_mut(route.path).and_then(|item| operation(item, route.method));
        if let Some(operation) = operation {
            finish(operation, route);
        }
    }
    document
}

/// utoipa writes the items of a generic list out in full; here they get their name.
fn name_list_items(components: &mut Components) {
    for (name, schema) in &mut components.schemas {
        let (Some(item), RefOr::T(Schema::Object(list))) = (name.strip_prefix("Listing_"), schema) else { continue };
        if let Some(RefOr::T(Schema::Array(results))) = list.properties.get_mut("results") {
            let item: RefOr<Schema> = Ref::from_schema_name(item).into();
            results.items = ArrayItems::RefOrSchema(Box::new(item));
        }
    }
}

fn operation<'d>(item: &'d mut PathItem, method: &str) -> Option<&'d mut Operation> {
    match method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "PUT" => item.put.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

/// What all operations have in common: who may ask, the idempotency key, the errors.
fn finish(operation: &mut Operation, route: &Route) {
    let known = || ["token", "session"].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
    let is_write = route.method != "GET";
    let mut security: Vec<SecurityRequirement> = known().into();
    if route.access == Access::Public {
        security.insert(0, SecurityRequirement::default());
    }
    operation.security = Some(security);
    let mut errors = vec![("401", EN.error_sign_in), ("429", EN.api_too_many), ("500", EN.error_internal)];
    if is_write || operation.parameters.is_some() {
        errors.push(("400", EN.error_invalid));
    }
    if matches!(route.access, Access::Seller | Access::Staff | Access::Admin) {
        errors.push(("403", EN.error_forbidden));
    }
    if route.path.contains('{') {
        errors.push(("404", EN.error_not_found));
    }
    if is_write {
        errors.extend([("403", EN.error_cross_site), ("413", EN.error_too_large), ("422", EN.api_key_reused)]);
        let key = ParameterBuilder::new()
            .name(HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some((EN.api_key_wrong)(KEY_MAX)))
            .schema(Some(<String as utoipa::PartialSchema>::schema()))
            .build();
        operation.parameters.get_or_insert_default().push(key.into());
    }
    for (status, sentence) in errors {
        let problem: RefOr<Schema> = Ref::from_schema_name(Problem::name()).into();
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let response = ResponseBuilder::new().description(sentence).content("application/json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
    }
}
