//! What only the server knows, behind the one gate in `lib.rs`.
//!
//! Doors: `pages` (people), `api` (programs), `webhooks` (couriers), `jobs` (the clock), `cli` (the
//! operator), and `/fn` in `http` (islands). Hub: `actions`. Hands: `db`, `couriers`. Around them: `http` (every URL, the layers), `listen` (sockets),
//! `visit` (one request), `auth`, `config`, `secrets`, `clock`, `assets`, `forms`, `limits`, `log`,
//! `metrics`, `demo`.

pub mod actions;
pub mod api;
pub mod assets;
pub mod auth;
pub mod cart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod couriers;
pub mod db;
pub mod demo;
pub mod forms;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod listen;
pub mod live;
pub mod log;
pub mod metrics;
pub mod operations;
pub mod pages;
pub mod sandbox;
pub mod secrets;
pub mod simulation;
pub mod visit;
pub mod webhooks;

use std::ops::Deref;
use std::sync::Arc;

use crate::error::AppError;
use crate::server::actions::accounts::Accounts;
use crate::server::actions::alerts::Alerts;
use crate::server::actions::figures::KeptFigures;
use crate::server::actions::logins::Logins;
use crate::server::clock::{Chance, Clock};
use crate::server::config::Config;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::tokens::Tokens;
use crate::server::db::Db;
use crate::server::limits::Limits;
use crate::server::live::Live;
use crate::server::metrics::Metrics;
use crate::server::secrets::Secrets;
use crate::server::webhooks::intake::Intake;

/// Everything a door needs. Cheap to clone: every request does so several times.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Configuration.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Chance,
    /// Keys.
    pub secrets: Secrets,
    /// Rate limits.
    pub limits: Limits,
    /// Courier accounts, opened and kept in memory for a moment.
    pub accounts: Accounts,
    /// Sums over all orders, kept in memory for a while.
    pub figures: KeptFigures,
    /// The one way out to couriers.
    pub outbound: Outbound,
    /// Where pushes of couriers are stored.
    pub intake: Intake,
    /// Hints for open pages.
    pub live: Live,
    /// What is counted.
    pub metrics: Metrics,
    /// What is going wrong.
    pub alerts: Alerts,
    /// Changes at every start; the development reload looks at it.
    pub boot_id: Arc<str>,
}

const CANARY: &str = "harkara";
const CANARY_PLACE: &str = "settings/canary/";

impl App {
    /// Opens the database, brings it up to date and checks the key.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(config: Config, clock: Clock, chance: Chance) -> Result<App, String> {
        let outbound = Outbound::new(config.allow_local_couriers || config.demo)?;
        Self::open_with(config, clock, chance, outbound).await
    }

    /// The same with another way out to couriers.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open_with(config: Config, clock: Clock, chance: Chance, outbound: Outbound) -> Result<App, String> {
        // Leptos spawns through it; without it every page panics.
        any_spawner::Executor::init_tokio().ok();
        let secrets = Secrets::load(config.secret_key.as_deref(), &config.data_dir, &chance)?;
        let shown = config::redact_url(&config.database_url);
        let db = Db::connect(&config.database_url)
            .await
            .map_err(|error| format!("The database {shown} cannot be opened: {error}."))?;
        let report = db::migrate::run(&db, &config.data_dir.join("backups"), clock.now())
            .await
            .map_err(|error| format!("The database {shown} cannot be brought up to date: {error}."))?;
        if !report.applied.is_empty() {
            tracing::info!(versions = ?report.applied, backup = ?report.backup, "the database was brought up to date");
        }
        let metrics = db.metrics.clone();
        let boot_id: Arc<str> = chance.token().into();
        let logins = Logins::new(db.clone(), secrets.clone(), chance.clone(), clock.clone(), Arc::clone(&boot_id));
        let outbound = outbound
            .counted_by(&metrics)
            .timed_by(&clock, &chance)
            .logged_in_by(Tokens::new(Arc::new(logins), clock.clone()));
        let intake = Intake::start(db.clone(), &config.data_dir)
            .map_err(|error| format!("Nobody can write the spool of webhooks: {error}."))?;
        let live = Live::start(&db, &config.database_url, &boot_id);
        let app = App(Arc::new(Parts {
            config: Arc::new(config),
            db,
            clock,
            limits: Limits::new(),
            live,
            metrics,
            alerts: Alerts::default(),
            accounts: Accounts::default(),
            figures: KeptFigures::default(),
            intake,
            outbound,
            chance,
            secrets,
            boot_id,
        }));
        app.check_canary().await?;
        Ok(app)
    }

    /// A sealed row that only the right key opens: a wrong key stops the start, not the first use.
    async fn check_canary(&self) -> Result<(), String> {
        let away = |error: AppError| format!("The database cannot be read: {error}.");
        let mut conn = self.db.read().await.map_err(|error| away(error.into()))?;
        let sealed = db::settings::get(&mut conn, "", "canary").await.map_err(|error| away(error.into()))?;
        drop(conn);
        match sealed {
            Some(sealed) if self.secrets.open(CANARY_PLACE, &sealed).as_deref() == Some(CANARY) => Ok(()),
            Some(_) => {
                Err("The secret key does not belong to this database. Set HARKARA_SECRET_KEY, or restore the key file \
                 that was used with it; with another key, sealed courier credentials could not be read."
                    .to_owned())
            }
            None => {
                let sealed = self.secrets.seal(CANARY_PLACE, CANARY, &self.chance);
                let now = self.clock.now();
                self.db
                    .write(move |conn| {
                        let sealed = sealed.clone();
                        Box::pin(async move { Ok(db::settings::set(conn, "", "canary", &sealed, now).await?) })
                    })
                    .await
                    .map_err(away)
            }
        }
    }
}
