//! What carries a request to another machine: the network, or, in simulations, somebody in this process.

use std::pin::Pin;
use std::sync::Arc;

use axum::http;
use reqwest::{Client, Request, Response};

use crate::server::couriers::http::{Failure, client};

/// What is answered in this process; `None` is a connection that was cut.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Option<http::Response<Vec<u8>>>> + Send + 'a>>;

/// Somebody in this process who answers requests.
pub trait Answering: Send + Sync {
    /// Answers one.
    fn answer(&self, request: http::Request<Vec<u8>>) -> Answered<'_>;
}

/// A way to send requests. Cheap to clone.
#[derive(Clone)]
pub enum Line {
    /// To whatever machine the address names.
    Network(Client),
    /// To nobody but this one, whatever the address names.
    InProcess(Arc<dyn Answering>),
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Line::Network(_) => "Network",
            Line::InProcess(_) => "InProcess",
        })
    }
}

impl Line {
    /// The network.
    ///
    /// # Errors
    /// A sentence when TLS cannot be set up.
    pub fn network() -> Result<Self, String> {
        client().map(Line::Network)
    }

    /// Sends a request, once. In this process nobody waits: a cut connection is a call that took too long.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        match self {
            Line::Network(client) => client.execute(request).await.map_err(|error| Failure::of(&error)),
            Line::InProcess(other) => other.answer(plain(&request)?).await.map(Response::from).ok_or(Failure::Slow),
        }
    }
}

/// A request as a server sees it.
fn plain(request: &Request) -> Result<http::Request<Vec<u8>>, Failure> {
    let url = request.url();
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
    let host = url.host_str().unwrap_or_default();
    let mut plain = http::Request::builder()
        .method(request.method().clone())
        .uri(target)
        .header(http::header::HOST, host)
        .body(body)
        .map_err(|_| Failure::NotSendable)?;
    plain.headers_mut().extend(request.headers().clone());
    Ok(plain)
}
