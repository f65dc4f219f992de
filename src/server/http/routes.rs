//! Every URL with its access rule: the only source of the router and of the test that walks every
//! route as every role.

use axum::routing::{MethodRouter, delete, get, patch, post, put};

use crate::domain::staff::Access;
use crate::domain::staff::Access::{Admin, Public, Seller, SignedIn, Staff};
use crate::server::api::{
    bulk, couriers, docs, export, figures, jobs, moves, openapi, order_edits, order_items, order_lists, orders, papers,
    placing, products, rates, shipments, stores, webhook_log,
};
use crate::server::http::functions;
use crate::server::pages::{admin, shop};
use crate::server::{App, assets, live, operations, webhooks};

/// One entry of the table.
pub struct Route {
    /// HTTP method; GET answers HEAD too.
    pub method: &'static str,
    /// Path in the router's syntax. `/api/v1/…` also answers at `/api/…`, with and without slash.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// What answers.
    pub handler: fn() -> MethodRouter<App>,
}

const fn route(method: &'static str, path: &'static str, access: Access, handler: fn() -> MethodRouter<App>) -> Route {
    Route { method, path, access, handler }
}

/// Where Prometheus asks. Open on a machine that nobody else can reach (`Route::access_on`).
pub const METRICS_PATH: &str = "/metrics";

/// Every URL of the shop.
pub const ROUTES: &[Route] = &[
    // The shop.
    route("GET", "/", Public, || get(shop::home::show)),
    route("GET", "/p/{slug}", Public, || get(shop::product::show)),
    route("POST", "/p/{slug}", Public, || post(shop::product::add)),
    route("GET", "/cart", Public, || get(shop::cart::show)),
    route("POST", "/cart", Public, || post(shop::cart::change)),
    route("GET", "/checkout", Public, || get(shop::checkout::show)),
    route("POST", "/checkout", Public, || post(shop::checkout::submit)),
    route("GET", "/o/{token}", Public, || get(shop::order::show)),
    route("GET", "/track", Public, || get(shop::track::show)),
    route("POST", "/track", Public, || post(shop::track::submit)),
    route("GET", "/login", Public, || get(shop::login::show)),
    route("POST", "/login", Public, || post(shop::login::submit)),
    route("POST", "/logout", Public, || post(shop::login::leave)),
    route("GET", "/account/orders", SignedIn, || get(shop::account::orders)),
    // The desk.
    route("GET", "/admin", Seller, || get(admin::start)),
    route("GET", "/admin/login", Public, || get(admin::login::show)),
    route("POST", "/admin/login", Public, || post(admin::login::submit)),
    route("GET", "/admin/orders", Seller, || get(admin::orders::show)),
    route("POST", "/admin/orders", Seller, || post(admin::orders::submit)),
    route("GET", "/admin/orders/{id}", Seller, || get(admin::order::show)),
    route("POST", "/admin/orders/{id}", Seller, || post(admin::order::submit)),
    route("GET", "/admin/handover", Seller, || get(admin::handover::show)),
    route("POST", "/admin/handover", Seller, || post(admin::handover::submit)),
    route("GET", "/admin/shipments/{id}/label.pdf", Seller, || get(admin::papers::show_label)),
    route("GET", "/admin/manifests/{id}/manifest.pdf", Seller, || get(admin::papers::show_manifest)),
    route("GET", "/admin/couriers", Admin, || get(admin::couriers::show)),
    route("POST", "/admin/couriers", Admin, || post(admin::couriers::save)),
    route("GET", "/admin/couriers/codes", Seller, || get(admin::codes::show)),
    route("POST", "/admin/couriers/codes", Seller, || post(admin::codes::submit)),
    route("GET", "/admin/couriers/codes.json", Seller, || get(admin::codes::export)),
    route("GET", "/admin/webhooks", Staff, || get(admin::webhooks::show)),
    route("POST", "/admin/webhooks", Staff, || post(admin::webhooks::submit)),
    route("GET", "/mb-admin/{*rest}", Public, || get(admin::moved)),
    // What islands call.
    route("POST", "/fn/add_to_cart", Public, || post(functions::answer)),
    route("POST", "/fn/set_cart_line", Public, || post(functions::answer)),
    route("POST", "/fn/place_order", Public, || post(functions::answer)),
    route("POST", "/fn/order_again", Public, || post(functions::answer)),
    route("POST", "/fn/log_in", Public, || post(functions::answer)),
    route("POST", "/fn/log_out", Public, || post(functions::answer)),
    route("POST", "/fn/change_order", SignedIn, || post(functions::answer)),
    route("POST", "/fn/create_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/attach_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/set_awb", Seller, || post(functions::answer)),
    route("POST", "/fn/ask_for_awb", Seller, || post(functions::answer)),
    route("POST", "/fn/fetch_label", Seller, || post(functions::answer)),
    route("POST", "/fn/request_pickup", Seller, || post(functions::answer)),
    route("POST", "/fn/make_manifest", Seller, || post(functions::answer)),
    route("POST", "/fn/answer_ndr", Seller, || post(functions::answer)),
    route("POST", "/fn/hand_over", Seller, || post(functions::answer)),
    route("POST", "/fn/void_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/recall_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/check_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/correct_shipment", Seller, || post(functions::answer)),
    route("POST", "/fn/close_case", Seller, || post(functions::answer)),
    route("POST", "/fn/check_delivery_status", Seller, || post(functions::answer)),
    route("POST", "/fn/save_courier", Admin, || post(functions::answer)),
    route("POST", "/fn/assign_code", Seller, || post(functions::answer)),
    route("POST", "/fn/remove_code", Seller, || post(functions::answer)),
    route("POST", "/fn/replay_webhook", Seller, || post(functions::answer)),
    // Hints for open pages.
    route("GET", "/admin/events", Seller, || get(live::staff)),
    route("GET", "/o/{token}/events", Public, || get(live::checkout)),
    // Couriers; they prove themselves by their account's own rule.
    route("GET", "/hooks/t/{token}", Public, || get(webhooks::present)),
    route("POST", "/hooks/t/{token}", Public, || post(webhooks::by_token)),
    route("GET", "/api/webhooks/courier/{id}", Public, || get(webhooks::present)),
    route("POST", "/api/webhooks/courier/{id}", Public, || post(webhooks::by_name)),
    route("GET", "/api/webhooks/shiprocket", Public, || get(webhooks::present)),
    route("POST", "/api/webhooks/shiprocket", Public, || post(webhooks::shiprocket)),
    route("GET", "/api/webhooks/packzy", Public, || get(webhooks::present)),
    route("POST", "/api/webhooks/packzy", Public, || post(webhooks::packzy)),
    // Files.
    route("GET", "/pkg/{name}", Public, || get(assets::serve)),
    route("GET", "/favicon.svg", Public, || get(assets::public_file)),
    route("GET", "/favicon.ico", Public, || get(assets::public_file)),
    route("GET", "/robots.txt", Public, || get(assets::public_file)),
    route("GET", "/blobs/{id}", Public, || get(operations::blob)),
    // Operations.
    route("GET", "/healthz", Public, || get(operations::healthz)),
    route("GET", "/readyz", Public, || get(operations::readyz)),
    route("GET", METRICS_PATH, Staff, || get(operations::metrics)),
    // Programs; each also at /api/… and with or without its last slash.
    route("GET", "/api/v1/stores/", Public, || get(stores::list)),
    route("GET", "/api/v1/stores/{id}/", Public, || get(stores::show)),
    route("GET", "/api/v1/products/", Public, || get(products::list)),
    route("GET", "/api/v1/products/{id}/", Public, || get(products::show)),
    route("PATCH", "/api/v1/products/{id}/variants/{variant}/", Seller, || patch(products::set_stock)),
    route("GET", "/api/v1/orders/", SignedIn, || get(order_lists::list)),
    route("POST", "/api/v1/orders/", Public, || post(placing::create)),
    route("GET", "/api/v1/orders/my_orders/", SignedIn, || get(order_lists::mine)),
    route("GET", "/api/v1/orders/my-orders/", SignedIn, || get(order_lists::mine_hyphenated)),
    route("GET", "/api/v1/orders/recent_orders/", SignedIn, || get(order_lists::recent)),
    route("GET", "/api/v1/orders/pending_orders/", SignedIn, || get(order_lists::pending)),
    route("GET", "/api/v1/orders/order_stats/", SignedIn, || get(figures::stats)),
    route("GET", "/api/v1/orders/export.csv", Seller, || get(export::export)),
    route("POST", "/api/v1/orders/bulk_update_status/", Seller, || post(bulk::update_status)),
    route("POST", "/api/v1/orders/check_delivery_status/", Seller, || post(bulk::check_all)),
    route("GET", "/api/v1/bulk-runs/{id}/", Seller, || get(bulk::show)),
    route("GET", "/api/v1/orders/{id}/", SignedIn, || get(orders::show)),
    route("PATCH", "/api/v1/orders/{id}/", Seller, || patch(order_edits::change)),
    route("PUT", "/api/v1/orders/{id}/", Seller, || put(order_edits::replace)),
    route("DELETE", "/api/v1/orders/{id}/", Admin, || delete(order_edits::delete)),
    route("GET", "/api/v1/orders/{id}/events/", SignedIn, || get(orders::timeline)),
    route("POST", "/api/v1/orders/{id}/confirm/", Seller, || post(moves::confirm)),
    route("PATCH", "/api/v1/orders/{id}/confirm/", Seller, || patch(moves::confirm_patch)),
    route("POST", "/api/v1/orders/{id}/confirm_order/", Seller, || post(moves::confirm_order)),
    route("PATCH", "/api/v1/orders/{id}/confirm_order/", Seller, || patch(moves::confirm_order_patch)),
    route("POST", "/api/v1/orders/{id}/ship/", Seller, || post(moves::ship)),
    route("PATCH", "/api/v1/orders/{id}/ship/", Seller, || patch(moves::ship_patch)),
    route("POST", "/api/v1/orders/{id}/ship_order/", Seller, || post(moves::ship_order)),
    route("PATCH", "/api/v1/orders/{id}/ship_order/", Seller, || patch(moves::ship_order_patch)),
    route("POST", "/api/v1/orders/{id}/deliver/", Seller, || post(moves::deliver)),
    route("PATCH", "/api/v1/orders/{id}/deliver/", Seller, || patch(moves::deliver_patch)),
    route("POST", "/api/v1/orders/{id}/deliver_order/", Seller, || post(moves::deliver_order)),
    route("PATCH", "/api/v1/orders/{id}/deliver_order/", Seller, || patch(moves::deliver_order_patch)),
    route("POST", "/api/v1/orders/{id}/cancel/", SignedIn, || post(moves::cancel)),
    route("PATCH", "/api/v1/orders/{id}/cancel/", SignedIn, || patch(moves::cancel_patch)),
    route("POST", "/api/v1/orders/{id}/cancel_order/", SignedIn, || post(moves::cancel_order)),
    route("PATCH", "/api/v1/orders/{id}/cancel_order/", SignedIn, || patch(moves::cancel_order_patch)),
    route("POST", "/api/v1/orders/{id}/refund/", Seller, || post(moves::refund)),
    route("PATCH", "/api/v1/orders/{id}/refund/", Seller, || patch(moves::refund_patch)),
    route("POST", "/api/v1/orders/{id}/refund_order/", Seller, || post(moves::refund_order)),
    route("PATCH", "/api/v1/orders/{id}/refund_order/", Seller, || patch(moves::refund_order_patch)),
    route("POST", "/api/v1/orders/{id}/check_delivery_status/", Seller, || post(bulk::check_one)),
    route("GET", "/api/v1/order-items/", SignedIn, || get(order_items::list)),
    route("GET", "/api/v1/order-items/by_order/", SignedIn, || get(order_items::by_order)),
    route("GET", "/api/v1/order-items/{id}/", SignedIn, || get(order_items::show)),
    route("POST", "/api/v1/orders/{id}/shipments/", Seller, || post(shipments::create)),
    route("GET", "/api/v1/shipments/", Seller, || get(shipments::list)),
    route("GET", "/api/v1/shipments/{id}/", Seller, || get(shipments::show)),
    route("POST", "/api/v1/shipments/{id}/sync/", Seller, || post(shipments::sync)),
    route("POST", "/api/v1/shipments/{id}/cancel/", Seller, || post(shipments::cancel)),
    route("POST", "/api/v1/shipments/labels/", Seller, || post(papers::fetch_labels)),
    route("POST", "/api/v1/shipments/manifest/", Seller, || post(papers::make_manifest)),
    route("POST", "/api/v1/shipments/track/", Seller, || post(papers::track)),
    route("POST", "/api/v1/shipments/{id}/awb/", Seller, || post(papers::ask_for_awb)),
    route("POST", "/api/v1/shipments/{id}/label/", Seller, || post(papers::fetch_label)),
    route("GET", "/api/v1/shipments/{id}/label.pdf", Seller, || get(papers::read_label)),
    route("POST", "/api/v1/shipments/{id}/pickup/", Seller, || post(papers::request_pickup)),
    route("POST", "/api/v1/shipments/{id}/ndr/", Seller, || post(papers::answer_ndr)),
    route("GET", "/api/v1/manifests/{id}/manifest.pdf", Seller, || get(papers::read_manifest)),
    route("GET", "/api/v1/shipping/check-serviceability/", Public, || get(rates::check)),
    route("GET", "/api/v1/couriers/", Admin, || get(couriers::list)),
    route("POST", "/api/v1/couriers/", Admin, || post(couriers::add)),
    route("GET", "/api/v1/couriers/{slug}/", Admin, || get(couriers::show)),
    route("PATCH", "/api/v1/couriers/{slug}/", Admin, || patch(couriers::change)),
    route("GET", "/api/v1/webhook-log/", Staff, || get(webhook_log::list)),
    route("POST", "/api/v1/webhook-log/{id}/replay/", Staff, || post(webhook_log::replay)),
    route("GET", "/api/v1/jobs/", Admin, || get(jobs::list)),
    route("POST", "/api/v1/jobs/{id}/retry/", Admin, || post(jobs::retry)),
    route("POST", "/api/v1/jobs/{id}/discard/", Admin, || post(jobs::discard)),
    route("GET", "/api/v1/openapi.json", Public, || get(openapi::document_for_programs)),
    route("GET", "/api/docs", Public, || get(docs::show)),
];
