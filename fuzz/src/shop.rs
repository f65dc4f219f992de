//! A shop with an account and a parcel of every courier, on a database of its own, and its real router.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request};
use harkara::domain::couriers::{CourierForm, Provider};
use harkara::domain::orders::OrderAction;
use harkara::domain::time::UnixMillis;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::pushes::{self, Applier};
use harkara::server::actions::{accounts, booking, fulfilment};
use harkara::server::clock::{Chance, Clock};
use harkara::server::config::Config;
use harkara::server::{App, demo, http};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

/// 2026-11-21T06:00:00Z.
const START: UnixMillis = UnixMillis(1_795_240_800_000);
const SECRET: &str = "a-webhook-secret";
/// Every courier with a parcel of its recorded pushes.
const COURIERS: [(Provider, &str); 6] = [
    (Provider::Delhivery, "58110020045521"),
    (Provider::Generic, "RELAY-000019"),
    (Provider::Packzy, "184402211"),
    (Provider::Pathao, "DD110426ABC123"),
    (Provider::Redx, "26A411DE0SAM"),
    (Provider::Shiprocket, "78300041200888"),
];
/// Pushes that are applied together.
const BATCH: usize = 16;

/// The shop.
pub struct Shop {
    runtime: tokio::runtime::Runtime,
    app: App,
    router: Router,
    hooks: Vec<String>,
    taken: AtomicUsize,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// Opens one.
    pub fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/fuzz.db", folder.path().display());
        let (app, router, hooks) = runtime.block_on(async {
            let config = config(url, folder.path().to_path_buf());
            let app = App::open(config, Clock::manual(START), Chance::System).await.expect("the shop opens");
            demo::fill(&app).await.expect("the demo data");
            let router = http::router(&app);
            let mut hooks = Vec::new();
            for (provider, awb) in COURIERS {
                hooks.push(account(&app, provider).await);
                let order = confirmed(&app, &router).await;
                let attached = booking::attach(&app, &Actor::system(), &order, &slug(provider), awb, "").await;
                attached.expect("attached");
            }
            (app, router, hooks)
        });
        Self { runtime, app, router, hooks, taken: AtomicUsize::new(0), _folder: folder }
    }

    /// Takes what comes: a byte for the account, one for whether it has the right secrets, lines of headers
    /// (or of a query, after a question mark), an empty line, a body. It is answered without a failure of
    /// ours, and whatever was taken is applied or laid aside.
    pub fn take(&self, data: &[u8]) {
        let [account, trust, rest @ ..] = data else { return };
        let (head, body) = match rest.windows(2).position(|two| two == b"\n\n") {
            Some(at) => (&rest[..at], &rest[at + 2..]),
            None => (&b""[..], rest),
        };
        self.runtime.block_on(async {
            let status = self.send(usize::from(*account), trust & 1 == 1, head, body).await;
            assert!(status < 500, "answered with {status}");
            if self.taken.fetch_add(1, Ordering::Relaxed) % BATCH == BATCH - 1 {
                self.apply().await;
            }
        });
    }

    async fn send(&self, account: usize, is_trusted: bool, head: &[u8], body: &[u8]) -> u16 {
        let mut path =
            self.hooks.get(account % (self.hooks.len() + 1)).map_or("/hooks/t/nobody", String::as_str).to_owned();
        if is_trusted {
            path.push_str(&format!("?token={SECRET}"));
        }
        let mut headers = Vec::new();
        for line in head.split(|byte| *byte == b'\n') {
            if let [b'?', query @ ..] = line {
                let query: String =
                    query.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect();
                path.push_str(if is_trusted { "&" } else { "?" });
                path.push_str(&query.replace('#', "%23"));
            } else if let Some(at) = line.iter().position(|byte| *byte == b':') {
                let parts = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(&line[at + 1..]));
                if let (Ok(name), Ok(value)) = parts {
                    headers.push((name, value));
                }
            }
        }
        let Ok(mut request) = Request::post(&path).body(Body::from(body.to_vec())) else { return 400 };
        request.headers_mut().extend(headers);
        if is_trusted {
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
            mac.update(body);
            let signature = hex::encode(mac.finalize().into_bytes());
            for (name, value) in [
                ("authorization", format!("Bearer {SECRET}")),
                ("x-api-key", SECRET.to_owned()),
                ("x-pathao-signature", SECRET.to_owned()),
                ("x-harkara-signature", signature),
            ] {
                request.headers_mut().insert(name, HeaderValue::from_str(&value).expect("a header"));
            }
        }
        self.router.clone().oneshot(request).await.expect("an answer").status().as_u16()
    }

    async fn apply(&self) {
        let mut applier = Applier::default();
        while pushes::apply_waiting(&self.app, &mut applier).await.expect("applied") > 0 {}
        let mut conn = self.app.db.read().await.expect("a connection");
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhook_log WHERE state = 'queued'")
            .fetch_one(&mut *conn)
            .await
            .expect("a number");
        assert_eq!(left, 0, "pushes that hold others up");
    }
}

fn config(database_url: String, data_dir: PathBuf) -> Config {
    Config {
        database_url,
        addr: "127.0.0.1:0".parse().expect("an address"),
        site_url: Some("http://shop.test".to_owned()),
        data_dir,
        secret_key: Some("a secret for tests only".to_owned()),
        trusted_proxies: Vec::new(),
        allow_local_couriers: true,
        log_level: "ERROR".to_owned(),
        log_file: None,
        demo: false,
        dev: false,
    }
}

fn slug(provider: Provider) -> String {
    format!("fuzz-{}", provider.code())
}

/// An account that calls nobody; answers the path of its webhooks.
async fn account(app: &App, provider: Provider) -> String {
    let form = CourierForm {
        slug: slug(provider),
        store: "dhaka".to_owned(),
        name: slug(provider),
        provider: provider.code().to_owned(),
        base_url: "http://127.0.0.1:9".to_owned(),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        webhook_secret: SECRET.to_owned(),
        pickup_location: "Main Godown".to_owned(),
        pickup_pincode: "560034".to_owned(),
        ..CourierForm::default()
    };
    accounts::save(app, &Actor::system(), &form).await.expect("an account");
    let all = app.accounts.all(app).await.expect("accounts");
    let account = all.iter().find(|account| account.shown.slug == form.slug).expect("the account");
    format!("/hooks/t/{}", account.shown.webhook_token)
}

/// Places and confirms an order of one piece; answers its reference.
async fn confirmed(app: &App, router: &Router) -> String {
    let variant: String = {
        let mut conn = app.db.read().await.expect("a connection");
        sqlx::query_scalar(
            "SELECT v.id FROM product_variants v JOIN stores ON stores.id = v.store_id
             WHERE stores.slug = 'dhaka' AND v.stock_quantity >= 10 ORDER BY v.sku LIMIT 1",
        )
        .fetch_one(&mut *conn)
        .await
        .expect("a variant")
    };
    let body = json!({
        "customer_name": "Zubeida Quill", "customer_phone": "01712345678", "payment_method": "cod",
        "address": {"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209"},
        "items": [{"variant": variant, "quantity": 1}],
    });
    let request = Request::post("/api/v1/orders/").header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let bytes = to_bytes(answer.into_body(), 1024 * 1024).await.expect("a body");
    let order: Value = serde_json::from_slice(&bytes).expect("JSON");
    let reference = order["order_reference"].as_str().expect("a reference").to_owned();
    fulfilment::change(app, &Actor::system(), &reference, OrderAction::Confirm, "").await.expect("confirmed");
    reference
}
