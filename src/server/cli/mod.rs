//! The operator's door: the commands of the one binary. Exit code 0 success, 1 failure, 2 wrong usage.

mod check;
mod doctor;
mod invariants;
mod replay;
mod simulate;
mod sync;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::domain::staff::Role;
use crate::server::actions::syncing::SyncWish;
use crate::server::actions::{alerts, instances, staff, upkeep};
use crate::server::clock::{Chance, Clock};
use crate::server::config::{self, Config, Flags};
use crate::server::sandbox::faults::Faults;
use crate::server::{App, api, db, demo, http, jobs, listen, log, sandbox};

/// A self-hosted shop and parcel desk: from the WhatsApp order to the delivered parcel.
#[derive(Parser)]
#[command(name = "harkara", version, about)]
struct Cli {
    /// Database, sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME [env: DATABASE_URL]
    #[arg(long, global = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shop
    Serve {
        /// Fill an empty database with a demo shop and print the demo login
        #[arg(long)]
        demo: bool,
        /// Address to listen on [env: HARKARA_ADDR] [default: 127.0.0.1:3000]
        #[arg(long)]
        addr: Option<String>,
    },
    /// Bring the database up to date and exit
    Migrate,
    /// People who can sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Tokens for programs that use the REST API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Copy the database to a file while the shop runs (SQLite)
    Backup {
        /// File to write; it must not exist
        file: PathBuf,
    },
    /// Put a backup in place of the database; the shop must not be running (SQLite)
    Restore {
        /// File written by `backup` or before a migration
        file: PathBuf,
    },
    /// Run stand-ins for the couriers, with parcels that move and faults on command
    Sandbox {
        /// Address to listen on, on this machine
        #[arg(long, default_value = sandbox::DEFAULT_ADDR)]
        addr: SocketAddr,
        /// Makes parcels and their ways the same as in another run
        #[arg(long)]
        seed: Option<u64>,
        /// Virtual seconds per real second; 0 is a clock that only moves on command
        #[arg(long, default_value_t = SANDBOX_SPEED)]
        speed: u32,
        /// What goes wrong, such as timeout-after:0.1,packzy/webhook=dropx2,429. Each word may have the
        /// courier and the operation it is about before it, and its likelihood or how often it happens
        /// behind it; else it happens once in twenty times. Words: timeout-before, timeout-after, 5xx, 429,
        /// 401, 200-but-failed, slow, half-created, duplicate, reorder, delay, drop, unknown
        #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
        faults: Faults,
    },
    /// Play a shop and its couriers with everything that can go wrong; exit code 1 when a promise is not kept
    Simulate {
        /// Code of a courier, or all
        #[arg(long, default_value = "all")]
        courier: String,
        /// The seed: the same one is the same run
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// So many seeds, from that one on
        #[arg(long, default_value_t = 1)]
        seeds: u64,
        /// What may go wrong, with commas between, or all
        #[arg(long, default_value = "all")]
        faults: String,
        /// Print JSON, one object a seed
        #[arg(long)]
        json: bool,
    },
    /// Ask couriers about parcels of orders in processing, shipped or out for delivery
    CheckDeliveryStatus {
        /// At most so many parcels
        #[arg(long, default_value_t = 50)]
        max_orders: i64,
        /// Only those booked at least so many hours ago
        #[arg(long, default_value_t = 1)]
        older_than_hours: i64,
        /// Slug of a courier account
        #[arg(long)]
        courier: Option<String>,
        /// Only say which parcels would be asked for
        #[arg(long)]
        dry_run: bool,
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Bring parcels in line with their couriers now: without options those whose booking is unclear or
    /// whose AWB is pending
    Sync {
        /// Reference or id of an order: all its parcels
        #[arg(long)]
        order: Option<String>,
        /// Every parcel that may have news
        #[arg(long, conflicts_with = "order")]
        all: bool,
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Look whether everything that must hold of the data holds; exit code 1 when something does not
    Check {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show what stored events of couriers would do by today's mapping of codes, and do it
    Replay {
        /// Number of a parcel
        #[arg(long, required_unless_present = "unknown", conflicts_with = "unknown")]
        awb: Option<String>,
        /// Everything whose code was unknown
        #[arg(long)]
        unknown: bool,
        /// Only show it
        #[arg(long)]
        dry_run: bool,
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Webhooks of couriers
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Print the OpenAPI document of the REST API
    Openapi,
}

#[derive(Subcommand)]
enum WebhookCommand {
    /// Print every webhook address and look for what keeps pushes away; exit code 1 when there is something
    Doctor {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Make an account; the password comes from HARKARA_PASSWORD or a prompt
    Create {
        /// E-mail address to sign in with
        #[arg(long)]
        email: String,
        /// admin, staff, seller or customer
        #[arg(long)]
        role: Role,
        /// Slug of the store a seller works in
        #[arg(long)]
        store: Option<String>,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Make a token and print it; it is not shown again
    Create {
        /// admin, staff, seller or customer
        #[arg(long)]
        role: Role,
        /// Slug of the store a seller's token works in
        #[arg(long)]
        store: Option<String>,
        /// What the token is for
        #[arg(long)]
        name: String,
    },
}

/// How often rate limits, sessions and kept answers that nobody needs any more are swept.
const TIDY_PERIOD: Duration = Duration::from_secs(60);

/// A virtual hour per second: a parcel is delivered while one watches.
const SANDBOX_SPEED: u32 = 3_600;

/// Parses the command line, runs the command and says how it ended.
pub fn run() -> ExitCode {
    dotenvy::dotenv().ok();
    let cli = Cli::parse();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(command(cli)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("harkara: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn command(cli: Cli) -> Result<(), String> {
    let mut flags = Flags { database_url: cli.database_url, ..Flags::default() };
    if let Command::Serve { demo, addr } = &cli.command {
        flags.demo = *demo;
        flags.addr.clone_from(addr);
    }
    if let Command::Openapi = cli.command {
        println!("{}", api::openapi::document());
        return Ok(());
    }
    if let Command::Simulate { courier, seed, seeds, faults, json } = cli.command {
        // Neither the shop's database nor its configuration is touched.
        return simulate::run(simulate::Wish { courier, seed, seeds, faults, json }).await;
    }
    let config = config::load(&flags, &|name| std::env::var(name).ok())?;
    log::start(&config)?;
    match cli.command {
        Command::Serve { .. } => serve(config).await,
        Command::Migrate => {
            open(config).await?;
            println!("The database is up to date.");
            Ok(())
        }
        Command::User(UserCommand::Create { email, role, store }) => {
            let password = password()?;
            let app = open(config).await?;
            let id = staff::create_user(&app, &email, password, role, store.as_deref())
                .await
                .map_err(|error| error.sentence())?;
            println!("{id}");
            Ok(())
        }
        Command::Token(TokenCommand::Create { role, store, name }) => {
            let app = open(config).await?;
            let token =
                staff::create_token(&app, role, store.as_deref(), &name).await.map_err(|error| error.sentence())?;
            println!("{token}");
            Ok(())
        }
        Command::Backup { file } => db::backup::write(&config.database_url, &file).await,
        Command::Restore { file } => db::backup::restore(&config.database_url, &file).await,
        Command::CheckDeliveryStatus { max_orders, older_than_hours, courier, dry_run, json } => {
            let app = open_beside(config).await?;
            let wish = check::Wish { max_orders, older_than_hours, courier, dry_run, json };
            check::run(&app, wish).await
        }
        Command::Sync { order, all, json } => {
            let wish = match order {
                Some(order) => SyncWish::Order(order),
                None if all => SyncWish::All,
                None => SyncWish::Unclear,
            };
            sync::run(&open_beside(config).await?, &wish, json).await
        }
        Command::Check { json } => {
            let app = open(config).await?;
            invariants::run(&app, json).await
        }
        Command::Replay { awb, dry_run, json, .. } => {
            let app = open(config).await?;
            replay::run(&app, replay::Wish { awb, dry_run, json }).await
        }
        Command::Webhook(WebhookCommand::Doctor { json }) => {
            let app = open(config).await?;
            doctor::run(&app, json).await
        }
        Command::Sandbox { addr, seed, speed, faults } => sandbox::run(addr, seed, speed, &faults).await,
        Command::Simulate { .. } | Command::Openapi => Ok(()),
    }
}

async fn open(config: Config) -> Result<App, String> {
    App::open(config, Clock::System, Chance::System).await
}

/// The same for a command that calls couriers, beside instances that do so, too.
async fn open_beside(config: Config) -> Result<App, String> {
    let app = open(config).await?;
    instances::note(&app).await.map_err(|error| error.sentence())?;
    Ok(app)
}

fn password() -> Result<String, String> {
    match std::env::var("HARKARA_PASSWORD") {
        Ok(password) => Ok(password),
        Err(_) => rpassword::prompt_password("Password: ")
            .map_err(|error| format!("The password could not be read: {error}.")),
    }
}

async fn serve(config: Config) -> Result<(), String> {
    if std::env::var("REDIS_URL").is_ok_and(|url| !url.is_empty()) {
        tracing::warn!("REDIS_URL is set, but nothing here needs Redis; it is not used");
    }
    let app = open(config).await?;
    if app.config.demo {
        demo::fill(&app).await.map_err(|error| format!("The demo shop could not be made: {}", error.sentence()))?;
    }
    let addr = app.config.addr;
    let listener =
        tokio::net::TcpListener::bind(addr).await.map_err(|error| format!("Cannot listen on {addr}: {error}."))?;
    let addr = listener.local_addr().map_err(|error| error.to_string())?;
    if app.config.demo {
        let sandbox = demo::couriers::start(&app, addr).await?;
        println!("Couriers: http://{sandbox}/ (a sandbox: its parcels move an hour in a second)");
    }
    announce(&app, addr);
    tokio::spawn(tidy(app.clone()));
    jobs::start(&app);
    let live = app.live.clone();
    let stop = async move {
        listen::asked_to_stop().await;
        live.close();
    };
    listen::serve(listener, http::router(&app), stop).await;
    // Whoever is not told finds out in three minutes.
    instances::leave(&app).await.ok();
    app.db.close().await;
    Ok(())
}

async fn tidy(app: App) {
    let mut timer = tokio::time::interval(TIDY_PERIOD);
    loop {
        timer.tick().await;
        app.limits.tidy();
        app.outbound.tidy();
        if let Err(error) = instances::note(&app).await {
            tracing::warn!("that this instance runs could not be written down: {error}");
        }
        if let Err(error) = upkeep::sweep(&app).await {
            tracing::warn!("sweeping: {error}");
        }
        if let Err(error) = alerts::record(&app).await {
            tracing::warn!("what was counted could not be written down: {error}");
        }
    }
}

fn announce(app: &App, addr: std::net::SocketAddr) {
    println!("Shop:     http://{addr}/");
    println!("API:      http://{addr}/api/docs");
    println!("Database: {}", config::redact_url(&app.config.database_url));
    if app.config.demo {
        println!("Sign in:  http://{addr}/admin/login as admin@example.com with password harkara-demo");
    }
    println!("Stop with Ctrl-C.");
}
