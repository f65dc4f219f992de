//! What is asked of a courier, before it is sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::server::couriers::http::CALL_TIME_MAX;

/// What is asked of a courier.
#[derive(Clone)]
pub struct Ask {
    /// Name of the call in the log, such as `book`.
    pub operation: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Parts of the path below the courier's address; they are escaped here.
    pub path: Vec<String>,
    /// Parameters of the query; they are escaped here.
    pub query: Vec<(&'static str, String)>,
    /// Headers, keys included.
    pub headers: Vec<(&'static str, String)>,
    /// JSON to send.
    pub body: Option<Value>,
    /// A form to send where there is no JSON.
    pub form: Vec<(&'static str, String)>,
    /// How long it may take in all.
    pub time_max: Duration,
    /// How long to wait after a 403 that is a page, where that is a courier's firewall and not its word
    /// on the keys.
    pub firewall_wait_ms: Option<i64>,
}

impl Ask {
    /// A GET.
    pub fn get(operation: &'static str, path: &[&str]) -> Self {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Self {
            operation,
            method: Method::GET,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            form: Vec::new(),
            time_max: CALL_TIME_MAX,
            firewall_wait_ms: None,
        }
    }

    /// A POST of JSON.
    pub fn post(operation: &'static str, path: &[&str], body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(operation, path) }
    }
}
