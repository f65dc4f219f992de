//! The demo's couriers: Packzy in Dhaka, played by a sandbox in this process, and one by hand in Mumbai.
//! Parcels move while one watches.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::domain::couriers::{CourierForm, Provider};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::accounts;
use crate::server::actions::actor::Actor;
use crate::server::db::catalogue;
use crate::server::demo::data::Shop;
use crate::server::sandbox::{self, Sandbox};

/// An hour of the couriers in a second of whoever watches.
const SPEED: u32 = 3_600;
const PACKZY: &str = "packzy";

/// Starts the sandbox and sets the demo's accounts up with it; answers where it listens. It ends with
/// the process.
///
/// # Errors
/// A sentence when no port is free or the database cannot be written.
pub async fn start(app: &App, shop: SocketAddr) -> Result<SocketAddr, String> {
    let listener = listen().await.map_err(|error| format!("The courier sandbox cannot listen: {error}."))?;
    let addr = listener.local_addr().map_err(|error| error.to_string())?;
    // A shop that knows the parcels of an earlier start must not meet their numbers again.
    let sandbox = Sandbox::starting_at(app.chance.number(), app.clock.now());
    sandbox.set_speed(SPEED);
    sandbox.date_by_machine();
    let secret = app.chance.token();
    set_up(app, &sandbox, addr, &secret).await.map_err(|error| error.sentence())?;
    let all = app.accounts.all(app).await.map_err(|error| error.sentence())?;
    if let Some(account) = all.iter().find(|account| account.shown.slug == PACKZY) {
        let url = format!("http://{shop}/hooks/t/{}", account.shown.webhook_token);
        sandbox.set_webhook(Provider::Packzy, &url, &secret)?;
    }
    tokio::spawn(sandbox::serve(listener, sandbox, std::future::pending()));
    Ok(addr)
}

/// The usual port, or any when several demos run.
async fn listen() -> std::io::Result<TcpListener> {
    match TcpListener::bind(sandbox::DEFAULT_ADDR).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind("127.0.0.1:0").await,
    }
}

async fn set_up(app: &App, sandbox: &Sandbox, addr: SocketAddr, secret: &str) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    drop(conn);
    let has = |shop: Shop| stores.iter().any(|store| store.slug == shop.slug());
    if has(Shop::Dhaka) {
        let keys: Vec<String> = sandbox.keys(Provider::Packzy).iter().map(|(_, value)| (*value).to_owned()).collect();
        let form = CourierForm {
            base_url: format!("http://{addr}{}", sandbox.base_path(Provider::Packzy).unwrap_or("")),
            credential_1: keys.first().cloned().unwrap_or_default(),
            credential_2: keys.get(1).cloned().unwrap_or_default(),
            webhook_secret: secret.to_owned(),
            ..account(Shop::Dhaka, "Packzy (Steadfast)", Provider::Packzy, PACKZY)
        };
        accounts::save(app, &Actor::system(), &form).await?;
    }
    if has(Shop::Mumbai) {
        let form = account(Shop::Mumbai, "Booked by hand", Provider::Manual, "by-hand");
        accounts::save(app, &Actor::system(), &form).await?;
    }
    Ok(())
}

fn account(shop: Shop, name: &str, provider: Provider, slug: &str) -> CourierForm {
    CourierForm {
        slug: slug.to_owned(),
        store: shop.slug().to_owned(),
        name: name.to_owned(),
        provider: provider.code().to_owned(),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        ..CourierForm::default()
    }
}
