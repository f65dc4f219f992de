//! Every URL with its access rule: the only source of the router and of the test that walks every
//! route as every role.

use axum::routing::{MethodRouter, get, patch, post};

use crate::domain::staff::Access;
use crate::domain::staff::Access::{Public, Seller, SignedIn};
use crate::server::api::{docs, openapi, orders, placing, products, stores};
use crate::server::http::functions;
use crate::server::pages::shop;
use crate::server::{App, assets, operations};

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
    route("GET", "/login", Public, || get(shop::login::show)),
    route("POST", "/login", Public, || post(shop::login::submit)),
    route("POST", "/logout", Public, || post(shop::login::leave)),
    route("GET", "/account/orders", SignedIn, || get(shop::account::orders)),
    // What islands call.
    route("POST", "/fn/add_to_cart", Public, || post(functions::answer)),
    route("POST", "/fn/set_cart_line", Public, || post(functions::answer)),
    route("POST", "/fn/place_order", Public, || post(functions::answer)),
    route("POST", "/fn/order_again", Public, || post(functions::answer)),
    route("POST", "/fn/log_in", Public, || post(functions::answer)),
    route("POST", "/fn/log_out", Public, || post(functions::answer)),
    // Files.
    route("GET", "/pkg/{name}", Public, || get(assets::serve)),
    route("GET", "/favicon.svg", Public, || get(assets::public_file)),
    route("GET", "/favicon.ico", Public, || get(assets::public_file)),
    route("GET", "/robots.txt", Public, || get(assets::public_file)),
    route("GET", "/blobs/{id}", Public, || get(operations::blob)),
    // Operations.
    route("GET", "/healthz", Public, || get(operations::healthz)),
    route("GET", "/readyz", Public, || get(operations::readyz)),
    // Programs; each also at /api/… and with or without its last slash.
    route("GET", "/api/v1/stores/", Public, || get(stores::list)),
    route("GET", "/api/v1/stores/{id}/", Public, || get(stores::show)),
    route("GET", "/api/v1/products/", Public, || get(products::list)),
    route("GET", "/api/v1/products/{id}/", Public, || get(products::show)),
    route("PATCH", "/api/v1/products/{id}/variants/{variant}/", Seller, || patch(products::set_stock)),
    route("GET", "/api/v1/orders/", SignedIn, || get(orders::list)),
    route("POST", "/api/v1/orders/", Public, || post(placing::create)),
    route("GET", "/api/v1/orders/my_orders/", SignedIn, || get(orders::mine)),
    route("GET", "/api/v1/orders/my-orders/", SignedIn, || get(orders::mine_hyphenated)),
    route("GET", "/api/v1/orders/recent_orders/", SignedIn, || get(orders::recent)),
    route("GET", "/api/v1/orders/pending_orders/", SignedIn, || get(orders::pending)),
    route("GET", "/api/v1/orders/{id}/", SignedIn, || get(orders::show)),
    route("GET", "/api/v1/orders/{id}/events/", SignedIn, || get(orders::timeline)),
    route("GET", "/api/v1/openapi.json", Public, || get(openapi::document_for_programs)),
    route("GET", "/api/docs", Public, || get(docs::show)),
];
