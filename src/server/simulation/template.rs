//! The shop every run begins with: the demo's two stores with little in stock, an account with every courier,
//! and the rounds that look after parcels. It is made once and kept as the bytes of its file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::catalogue::{CatalogueQuery, Product};
use crate::domain::couriers::{CourierForm, Provider};
use crate::domain::time::UnixMillis;
use crate::server::actions::actor::Actor;
use crate::server::actions::{accounts, catalogue};
use crate::server::clock::{Chance, Clock};
use crate::server::config::Config;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::line::Line;
use crate::server::db::catalogue as shelves;
use crate::server::sandbox::Sandbox;
use crate::server::{App, demo, jobs};

/// The couriers that can be played.
pub const PLAYED: [Provider; 6] =
    [Provider::Shiprocket, Provider::Delhivery, Provider::Packzy, Provider::Pathao, Provider::Redx, Provider::Generic];
/// When every run begins: 2026-11-21T06:00:00Z, which is when a sandbox begins, too.
pub const START: UnixMillis = UnixMillis(1_795_240_800_000);
/// What every courier's webhooks carry.
pub const SECRET: &str = "a-webhook-secret";
/// Where the couriers and the shop are said to be; nobody is ever asked there.
pub const NOWHERE: &str = "http://127.0.0.1:1";
/// Pieces of each product in stock: some orders have to be refused.
const STOCK: i64 = 6;
/// The seed of what the template itself leaves to chance.
const SEED: u64 = 0x5eed;
/// Where files are in memory, so that a crash-proof write costs nothing.
const MEMORY: &str = "/dev/shm";
/// What their names begin with; the number of the process follows.
const PREFIX: &str = "harkara-simulation-";
const LEFT_WAIT: Duration = Duration::from_micros(200);
const LEFT_WAITS_MAX: usize = 50_000;

/// A store that sells something.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The store's slug.
    pub store: &'static str,
    /// What it sells.
    pub variant: String,
}

/// The shop every run begins with.
pub struct Template {
    file: Vec<u8>,
    /// What can be ordered.
    pub shelves: Vec<Shelf>,
    /// Where each courier's webhooks go.
    pub hooks: Vec<(Provider, String)>,
}

/// The store that ships with a courier.
pub fn store_of(courier: Provider) -> &'static str {
    match courier {
        Provider::Shiprocket | Provider::Delhivery => "mumbai",
        Provider::Packzy | Provider::Pathao | Provider::Redx | Provider::Generic | Provider::Manual => "dhaka",
    }
}

impl Template {
    /// Makes it.
    ///
    /// # Errors
    /// A sentence when the files cannot be written.
    pub fn make() -> Result<Template, String> {
        sweep();
        let folder = Folder::new()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("There is no runtime: {error}."))?;
        let (shelves, hooks) = runtime.block_on(fill(&folder))?;
        drop(runtime);
        let file = std::fs::read(folder.database()).map_err(|error| format!("No template was written: {error}."))?;
        Ok(Template { file, shelves, hooks })
    }

    /// A folder with a copy of it.
    ///
    /// # Errors
    /// A sentence when the files cannot be written.
    pub fn copy(&self) -> Result<Folder, String> {
        let folder = Folder::new()?;
        std::fs::write(folder.database(), &self.file)
            .map_err(|error| format!("The template cannot be copied: {error}."))?;
        Ok(folder)
    }
}

async fn fill(folder: &Folder) -> Result<(Vec<Shelf>, Vec<(Provider, String)>), String> {
    let outbound = Outbound::on(Line::network()?, true);
    let app = App::open_with(config(folder), Clock::manual(START), Chance::seeded(SEED), outbound).await?;
    let made = async {
        demo::fill(&app).await?;
        for courier in PLAYED {
            accounts::save(&app, &Actor::system(), &account(courier)).await?;
        }
        jobs::add_rounds(&app).await?;
        let mut shelves = Vec::new();
        for product in products(&app).await? {
            let variant = product.variants[0].id.to_string();
            catalogue::set_stock(&app, product.id.as_str(), &variant, STOCK, None, "system".to_owned()).await?;
            let store = if product.store.slug == "mumbai" { "mumbai" } else { "dhaka" };
            shelves.push(Shelf { store, variant });
        }
        let all = app.accounts.all(&app).await?;
        let hooks = all.iter().map(|account| {
            let query = if account.provider() == Provider::Redx { format!("?token={SECRET}") } else { String::new() };
            (account.provider(), format!("{NOWHERE}/hooks/t/{}{query}", account.shown.webhook_token))
        });
        Ok((shelves, hooks.collect()))
    };
    let made = made.await.map_err(|error: crate::error::AppError| error.sentence());
    app.db.close().await;
    made
}

/// Two products of each store.
async fn products(app: &App) -> Result<Vec<Product>, crate::error::AppError> {
    const EACH: usize = 2;
    let mut conn = app.db.read().await?;
    let query = CatalogueQuery { page: 1, ..CatalogueQuery::default() };
    let (cards, _) = shelves::list(&mut conn, &query, 200).await?;
    let mut found: Vec<Product> = Vec::new();
    for card in cards {
        if let Some(product) = shelves::find(&mut conn, &card.slug).await?
            && !product.variants.is_empty()
            && found.iter().filter(|other| other.store.id == product.store.id).count() < EACH
        {
            found.push(product);
        }
    }
    Ok(found)
}

fn account(courier: Provider) -> CourierForm {
    let sandbox = Sandbox::new(0);
    let mut form = CourierForm {
        slug: courier.code().to_owned(),
        store: store_of(courier).to_owned(),
        name: courier.code().to_owned(),
        provider: courier.code().to_owned(),
        base_url: format!("{NOWHERE}{}", sandbox.base_path(courier).unwrap_or_default()),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        webhook_secret: SECRET.to_owned(),
        pickup_location: pickup_place(courier).to_owned(),
        pickup_pincode: if store_of(courier) == "mumbai" { "560034" } else { "" }.to_owned(),
        ..CourierForm::default()
    };
    for (place, (_, key)) in form.credentials_mut().into_iter().zip(sandbox.keys(courier)) {
        *place = (*key).to_owned();
    }
    form
}

fn pickup_place(courier: Provider) -> &'static str {
    match courier {
        Provider::Shiprocket | Provider::Delhivery => "Main Godown",
        Provider::Pathao | Provider::Redx => "Demo Store",
        Provider::Packzy | Provider::Generic | Provider::Manual => "",
    }
}

/// The configuration of a shop in a folder.
pub fn config(folder: &Folder) -> Config {
    Config {
        database_url: format!("sqlite://{}", folder.database().display()),
        addr: ([127, 0, 0, 1], 0).into(),
        site_url: Some("http://shop.test".to_owned()),
        data_dir: folder.path.clone(),
        secret_key: Some("a secret for simulations only".to_owned()),
        trusted_proxies: Vec::new(),
        allow_local_couriers: true,
        log_level: "ERROR".to_owned(),
        log_file: None,
        demo: false,
        dev: false,
    }
}

/// Where the folders of runs are.
fn parent() -> PathBuf {
    let memory = Path::new(MEMORY);
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Takes away what processes have left behind that were killed; memory does not clean itself up.
fn sweep() {
    let processes = Path::new("/proc");
    let entries = std::fs::read_dir(parent()).into_iter().flatten().flatten();
    for entry in entries.filter(|_| processes.is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let of = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if of.is_some_and(|process| !processes.join(process).exists()) {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// A folder that goes when it is no longer needed.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Folder, String> {
        let path = parent().join(format!("{PREFIX}{}-{}", std::process::id(), Chance::System.token()));
        std::fs::create_dir(&path).map_err(|error| format!("{} cannot be made: {error}.", path.display()))?;
        Ok(Folder { path })
    }

    fn database(&self) -> PathBuf {
        self.path.join("shop.db")
    }

    /// Waits until the threads of a shop that has ended have let its spool go.
    pub fn wait_until_left(&self) {
        let lock = self.path.join("spool").join("lock");
        for _ in 0..LEFT_WAITS_MAX {
            let Ok(file) = std::fs::OpenOptions::new().write(true).open(&lock) else { return };
            if file.try_lock().is_ok() {
                return;
            }
            std::thread::sleep(LEFT_WAIT);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.path).ok();
    }
}
