//! One path of a courier as the smaller ones declare it: the name of its faults, the keys it wants, what
//! it does.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State as From};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::Value;

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::server::sandbox::faults::Fault;
use crate::server::sandbox::state::State;
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// What a call came with.
pub struct Asked {
    /// Its JSON; null where there is none.
    pub body: Value,
    /// Its parameters.
    pub query: BTreeMap<String, String>,
    /// The part of its path that varies.
    pub part: String,
}

impl Asked {
    /// A field of the body as text; numbers are written out.
    pub fn text(&self, field: &str) -> String {
        text(&self.body[field])
    }

    /// A parameter, possibly empty.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// One path, whose name is that of its faults.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Whose it is.
    pub courier: Provider,
    /// Its name.
    pub name: &'static str,
    /// Whether a call may be made with these headers.
    pub has_keys: fn(&State, &HeaderMap) -> bool,
    /// How a call is refused.
    pub refusals: &'static Refusals,
    /// What it does.
    pub work: fn(&mut State, &Asked) -> Reply,
}

/// What is answered at a path, whatever part of it varies.
pub fn at(method: MethodFilter, operation: Operation) -> MethodRouter<Sandbox> {
    let take = move |From(sandbox): From<Sandbox>,
                     part: Option<Path<String>>,
                     Query(query): Query<BTreeMap<String, String>>,
                     headers: HeaderMap,
                     body: Bytes| async move {
        let part = part.map(|Path(part)| part).unwrap_or_default();
        let asked = Asked { body: serde_json::from_slice(&body).unwrap_or_default(), query, part };
        let has_keys = (operation.has_keys)(&sandbox.state(), &headers);
        let work = |state: &mut State| (operation.work)(state, &asked);
        let answer = sandbox.answer(operation.courier, operation.name, operation.refusals, has_keys, work).await;
        if answer.status() == StatusCode::UNAUTHORIZED {
            sandbox.state().forget_token(bearer(&headers));
        }
        answer
    };
    on(method, take)
}

/// The token a call came with, possibly empty.
pub fn bearer(headers: &HeaderMap) -> &str {
    let value = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.strip_prefix("Bearer ").unwrap_or_default()
}

/// Whether a header is exactly this.
pub fn is_header(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    headers.get(name).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

/// Whether the answer to a look-up is to have a status nobody knows.
pub fn is_unknown_due(state: &mut State, courier: Provider, operation: &str) -> bool {
    let wanted = |fault| fault == Fault::UnknownStatus;
    state.faults.take(courier, operation, &state.fault_chance, wanted).is_some()
}

/// A text, however it is written.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// An amount in major units, as a number or as text; nothing for one below zero.
pub fn amount(value: &Value) -> Option<Minor> {
    Minor::parse_decimal(&text(value)).filter(|amount| amount.0 >= 0)
}
