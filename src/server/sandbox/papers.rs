//! Papers at addresses of their own: one sample page, whatever was asked for.

use axum::Router;
use axum::extract::{Path, State as From};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::get;

use crate::domain::couriers::Provider;
use crate::server::sandbox::state::Answers;
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// The operation that faults of fetching a paper name.
const OPERATION: &str = "paper";
/// Nobody needs keys for a paper: whoever has its address may fetch it.
const REFUSALS: Refusals = Refusals { unauthorized: gone, failed: page };

/// Every paper.
pub fn router() -> Router<Sandbox> {
    Router::new().route("/{courier}/{name}", get(show))
}

/// Where a paper is, for whoever asked at this host.
pub fn address(headers: &HeaderMap, courier: Provider, name: &str) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    format!("http://{host}/papers/{}/{name}.pdf", courier.code())
}

async fn show(From(sandbox): From<Sandbox>, Path((courier, name)): Path<(String, String)>) -> Response {
    let courier = courier.parse().unwrap_or(Provider::Manual);
    let paper = Reply { status: 200, content_type: "application/pdf", body: sample(&name) };
    sandbox.answer(courier, OPERATION, &REFUSALS, true, |_| paper).await
}

/// An address that has grown old.
fn gone(_: &Answers) -> Reply {
    Reply::html(403, "<h1>AccessDenied</h1><p>Request has expired</p>")
}

/// A 200 that is a page.
fn page(_: &Answers) -> Reply {
    Reply::html(200, "<!DOCTYPE html><title>Please sign in</title><h1>Please sign in</h1>")
}

/// A page of A6 with its own name on it.
fn sample(name: &str) -> String {
    let shown: String =
        name.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.')).collect();
    let text = format!("BT /F1 16 Tf 24 380 Td (SAMPLE {shown}) Tj ET");
    let mut paper = "%PDF-1.4\n".to_owned();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(paper.len());
        paper.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let table = paper.len();
    paper.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1));
    for place in &places {
        paper.push_str(&format!("{place:010} 00000 n \n"));
    }
    let count = places.len() + 1;
    paper.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    paper
}
