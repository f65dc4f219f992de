//! The router and everything around a handler.
//!
//! `routes` every URL with its access rule · `layers` what each request passes through ·
//! `functions` the `/fn` door of the server functions.

pub mod functions;
pub mod layers;
pub mod routes;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};

use crate::domain::staff::Access;
use crate::error::AppError;
use crate::server::api::answers::is_api_path;
use crate::server::config::Config;
use crate::server::http::layers::{guard, recognise, surround};
use crate::server::http::routes::{METRICS_PATH, ROUTES, Route};
use crate::server::visit::Visit;
use crate::server::webhooks::is_webhook_path;
use crate::server::{App, pages};

/// The whole application, made from [`ROUTES`].
pub fn router(app: &App) -> Router {
    router_of(app, |_| true)
}

/// The application with some of its routes only: the simulation opens thousands of shops and knocks at two
/// doors.
pub fn router_of(app: &App, is_wanted: impl Fn(&Route) -> bool) -> Router {
    let (couriers, people): (Vec<&Route>, Vec<&Route>) =
        ROUTES.iter().filter(|route| is_wanted(route)).partition(|route| is_webhook_path(route.path));
    let people = guarded(app, &people).fallback(not_found);
    surround(recognise(people, app).merge(guarded(app, &couriers)).with_state(app.clone()), app)
}

/// Routes, each behind its access rule.
fn guarded(app: &App, routes: &[&Route]) -> Router<App> {
    let mut router = Router::new();
    for route in routes {
        for path in route.paths() {
            let access = route.access_on(&app.config);
            let layer = axum::middleware::from_fn_with_state((app.clone(), access), guard);
            router = router.route(&path, (route.handler)().layer(layer));
        }
    }
    router.method_not_allowed_fallback(wrong_method)
}

impl Route {
    /// Who may use it with this configuration: what a shop counts about itself is open to a machine that
    /// nobody else can reach.
    pub fn access_on(&self, config: &Config) -> Access {
        if self.path == METRICS_PATH && config.is_private() { Access::Public } else { self.access }
    }

    /// Every path this entry answers: the API with and without version and trailing slash.
    pub fn paths(&self) -> Vec<String> {
        let Some(rest) = self.path.strip_prefix("/api/v1/") else {
            let slashed = self.path.starts_with("/api/").then(|| format!("{}/", self.path));
            return std::iter::once(self.path.to_owned()).chain(slashed).collect();
        };
        let rest = rest.trim_end_matches('/');
        ["/api/v1/", "/api/"].into_iter().flat_map(|base| [format!("{base}{rest}"), format!("{base}{rest}/")]).collect()
    }
}

async fn not_found(OriginalUri(uri): OriginalUri, visit: Visit) -> Response {
    let error = AppError::not_found("Page");
    if is_api_path(uri.path()) { error.into_response() } else { pages::problem(&visit, &error) }
}

async fn wrong_method(State(_): State<App>, OriginalUri(uri): OriginalUri, visit: Visit) -> Response {
    let error = AppError::Unreadable { message: visit.words().error_method.to_owned() };
    let mut response = if is_api_path(uri.path()) { error.into_response() } else { pages::problem(&visit, &error) };
    *response.status_mut() = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    response
}
