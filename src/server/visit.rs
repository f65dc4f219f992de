//! One request as the doors see it: who asks, with which cookies, and what is set in return.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{COOKIE, HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::domain::checkout::{Cart, CartKey};
use crate::domain::ids::{StoreId, UserId};
use crate::domain::messages::Messages;
use crate::domain::staff::Role;
use crate::domain::time::{DAY_MS, UnixMillis};
use crate::error::AppError;
use crate::server::db::events::Author;
use crate::server::{App, auth, cart};

/// Whoever has proven to be somebody: by a session or by an API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The person, unless it is a token.
    pub user_id: Option<UserId>,
    /// The token, unless it is a person.
    pub token_id: Option<String>,
    /// Name for the page header.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The only store a seller sees; `None` is all.
    pub store_id: Option<StoreId>,
}

/// What the layers found out before the handler runs.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Who asks.
    pub identity: Option<Identity>,
    /// Number of the request in the log.
    pub request_id: String,
}

/// One request.
#[derive(Clone)]
pub struct Visit {
    /// The server.
    pub app: App,
    /// Who asks; `None` is a guest.
    pub identity: Option<Identity>,
    /// Nonce of the page's inline script.
    pub nonce: String,
    /// Number of the request in the log.
    pub request_id: String,
    /// Where it comes from; behind a trusted proxy, where that says.
    pub client_ip: IpAddr,
    origin: String,
    cookies: Arc<Vec<(String, String)>>,
    answer: Arc<Mutex<Vec<String>>>,
}

const PLACED_COOKIE: &str = "placed";
const PLACED_PURPOSE: &str = "placed";
/// How long the browser that placed an order sees its full message: 24 hours.
const PLACED_MS: i64 = DAY_MS;
/// Orders one browser remembers.
const PLACED_MAX: usize = 8;
const PLACED_ENTRY_BYTES: usize = 24;
const UNSENT_COOKIE: &str = "unsent";

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Found>().cloned().unwrap_or_default();
        Ok(Visit {
            nonce: app.chance.token(),
            identity: found.identity,
            request_id: found.request_id,
            client_ip: client_ip(parts, app),
            origin: origin(&parts.headers, app, peer(parts)),
            cookies: Arc::new(read_cookies(&parts.headers)),
            answer: Arc::default(),
            app: app.clone(),
        })
    }
}

/// Where a request comes from, for doors that need nothing else of a visit.
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<App> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(ClientIp(client_ip(parts, app)))
    }
}

impl Visit {
    /// Who is the author of what this request changes.
    pub fn author(&self) -> Author {
        match &self.identity {
            Some(Identity { token_id: Some(id), .. }) => Author { kind: "token", id: Some(id.clone()) },
            Some(Identity { user_id, role, .. }) if *role > Role::Customer => {
                Author { kind: "user", id: user_id.as_ref().map(ToString::to_string) }
            }
            Some(Identity { user_id, .. }) => {
                Author { kind: "customer", id: user_id.as_ref().map(ToString::to_string) }
            }
            None => Author { kind: "customer", id: None },
        }
    }

    /// The words of the visitor's language.
    pub fn words(&self) -> &'static Messages {
        Messages::of("en")
    }

    /// A cookie the browser sent.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The visitor's cart, if there is one that we signed.
    pub fn cart(&self) -> Option<Cart> {
        cart::decode(self.cookie(cart::COOKIE)?, &self.app.secrets)
    }

    /// The visitor's cart, or a new empty one.
    pub fn cart_or_new(&self) -> Cart {
        self.cart().unwrap_or_else(|| Cart::new(self.fresh_key()))
    }

    /// A key for a new cart.
    pub fn fresh_key(&self) -> CartKey {
        CartKey::from_bytes(self.app.chance.bytes())
    }

    /// Stores the cart in the browser.
    pub fn set_cart(&self, cart: &Cart) {
        self.set_cookie(cart::COOKIE, &cart::encode(cart, &self.app.secrets), cart::MAX_AGE_SECONDS);
    }

    /// Empties the cart in the browser.
    pub fn clear_cart(&self) {
        self.set_cookie(cart::COOKIE, "", 0);
    }

    /// Whether this browser placed the checkout with this token in the last 24 hours.
    pub fn placed_here(&self, token: &str) -> bool {
        let now = self.app.clock.now();
        self.placed_entries().iter().any(|(placed, at)| placed == token && at.plus(PLACED_MS) > now)
    }

    /// The token of what this browser placed last, in the last 24 hours.
    pub fn last_placed(&self) -> Option<String> {
        let now = self.app.clock.now();
        self.placed_entries().into_iter().find(|(_, at)| at.plus(PLACED_MS) > now).map(|(token, _)| token)
    }

    /// Remembers in the browser that it placed this checkout.
    pub fn remember_placed(&self, token: &str) {
        let mut entries = self.placed_entries();
        entries.retain(|(placed, _)| placed != token);
        entries.insert(0, (token.to_owned(), self.app.clock.now()));
        let mut bytes = Vec::new();
        for (placed, at) in entries.iter().take(PLACED_MAX) {
            bytes.extend(hex::decode(placed).unwrap_or_default());
            bytes.extend_from_slice(&at.0.to_be_bytes());
        }
        self.set_cookie(PLACED_COOKIE, &self.app.secrets.sign(PLACED_PURPOSE, &bytes), PLACED_MS / 1_000);
    }

    fn placed_entries(&self) -> Vec<(String, UnixMillis)> {
        let signed = self.cookie(PLACED_COOKIE).and_then(|value| self.app.secrets.verify(PLACED_PURPOSE, value));
        signed
            .unwrap_or_default()
            .chunks_exact(PLACED_ENTRY_BYTES)
            .filter_map(|entry| {
                let at = i64::from_be_bytes(entry[16..].try_into().ok()?);
                Some((hex::encode(&entry[..16]), UnixMillis(at)))
            })
            .collect()
    }

    /// Whether the browser keeps an order that could not be saved.
    pub fn unsent(&self) -> bool {
        self.cookie(UNSENT_COOKIE) == Some("1")
    }

    /// The shop's own address without a trailing slash: as configured, else as the request says.
    pub fn site_url(&self) -> String {
        self.origin.clone()
    }

    /// Whether the shop is served over TLS.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The session token the browser sent.
    pub fn session_token(&self) -> Option<&str> {
        self.cookie(auth::session_cookie(self.is_secure()))
    }

    /// Opens the session in the browser; an empty token ends it.
    pub fn set_session(&self, token: &str, max_age_seconds: i64) {
        self.set_cookie(auth::session_cookie(self.is_secure()), token, max_age_seconds);
    }

    /// Sets a cookie no script can read.
    pub fn set_cookie(&self, name: &str, value: &str, max_age_seconds: i64) {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}");
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let prefix = format!("{name}=");
        answer.retain(|set| !set.starts_with(&prefix));
        answer.push(line);
    }

    /// Puts the cookies that were set into an answer.
    pub fn write_cookies(&self, headers: &mut HeaderMap) {
        for line in self.answer.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Ok(value) = HeaderValue::from_str(line) {
                headers.append(SET_COOKIE, value);
            }
        }
    }
}

/// Cookies of the request; text that is not UTF-8 is no cookie of ours.
pub fn read_cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn peer(parts: &Parts) -> IpAddr {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip().to_canonical())
}

/// The peer, or behind trusted proxies the right-most address of `X-Forwarded-For` that is not one.
fn client_ip(parts: &Parts, app: &App) -> IpAddr {
    let peer = peer(parts);
    let trusted = &app.config.trusted_proxies;
    if !trusted.contains(&peer) {
        return peer;
    }
    let lines: Vec<&str> =
        parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    lines
        .join(",")
        .rsplit(',')
        .filter_map(|part| part.trim().parse::<IpAddr>().ok())
        .find(|address| !trusted.contains(address))
        .unwrap_or(peer)
}

fn origin(headers: &HeaderMap, app: &App, peer: IpAddr) -> String {
    if let Some(url) = &app.config.site_url {
        return url.clone();
    }
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).filter(|host| is_host(host));
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let https = app.config.trusted_proxies.contains(&peer) && forwarded == Some("https");
    let scheme = if https { "https" } else { "http" };
    match host {
        Some(host) => format!("{scheme}://{host}"),
        None => format!("{scheme}://{}", app.config.addr),
    }
}

/// A host header that can be put into a link.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 256
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
}

/// The visit a server function runs for.
///
/// # Errors
/// [`AppError::Internal`] outside a door, which is a mistake in the program.
pub fn here() -> Result<Visit, AppError> {
    leptos::prelude::use_context::<Visit>().ok_or(AppError::Internal)
}
