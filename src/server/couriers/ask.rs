//! What is asked of a courier, before it is sent.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request, Url};
use serde_json::Value;

use crate::server::couriers::http::{Answer, CALL_TIME_MAX, Failure};

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
    /// Whether it changes nothing although it is no GET.
    pub is_look_up: bool,
    /// Whether the courier allows few calls of this operation, which then take turns of their own.
    pub is_scarce: bool,
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
            is_look_up: false,
            is_scarce: false,
            firewall_wait_ms: None,
        }
    }

    /// A POST of JSON, which may change something.
    pub fn post(operation: &'static str, path: &[&str], body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(operation, path) }
    }

    /// A POST of JSON that changes nothing.
    pub fn look_up(operation: &'static str, path: &[&str], body: Value) -> Self {
        Self { is_look_up: true, ..Self::post(operation, path, body) }
    }

    /// Whether it changes nothing, so that it may be asked again at once.
    pub fn changes_nothing(&self) -> bool {
        self.method == Method::GET || self.is_look_up
    }

    /// As a request to an address.
    ///
    /// # Errors
    /// [`Failure::NotSendable`] when a header holds what no header can.
    pub fn request(&self, url: &Url) -> Result<Request, Failure> {
        let mut request = Request::new(self.method.clone(), url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::NotSendable)?;
            headers.append(name, HeaderValue::from_str(value).map_err(|_| Failure::NotSendable)?);
        }
        if let Some(body) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.to_string().into());
        } else if !self.form.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.form).finish();
            *request.body_mut() = Some(form.into());
        }
        Ok(request)
    }

    /// A firewall's 403 as the "later" it means, so that it is counted and judged as that; every other
    /// answer as it is.
    pub fn past_firewall(&self, answer: Answer) -> Answer {
        let is_page = answer.body.trim_ascii_start().starts_with(b"<");
        match self.firewall_wait_ms {
            Some(wait) if answer.status == 403 && is_page => {
                Answer { status: 429, retry_after_ms: answer.retry_after_ms.or(Some(wait)), ..answer }
            }
            Some(_) | None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_under_403_is_a_firewall_only_where_a_courier_has_one() {
        let seen = |body: &str, firewall_wait_ms| {
            let answer = Answer { status: 403, body: body.as_bytes().to_vec(), retry_after_ms: None };
            let seen = Ask { firewall_wait_ms, ..Ask::get("track", &[]) }.past_firewall(answer);
            (seen.status, seen.retry_after_ms)
        };
        assert_eq!(seen(" <html>Forbidden</html>", Some(30_000)), (429, Some(30_000)));
        for (body, wait) in [("<html>", None), (r#"{"detail":"no"}"#, Some(30_000)), ("", Some(30_000))] {
            assert_eq!(seen(body, wait), (403, None), "{body}");
        }
    }
}
