//! Sending webhooks, in order, each with the fault that is due.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use sha2::Sha256;

use crate::domain::time::UnixMillis;
use crate::server::couriers::line::Line;
use crate::server::sandbox::faults::Fault;
use crate::server::sandbox::sides::Proof;
use crate::server::sandbox::state::{Push, Target};
use crate::server::sandbox::{Sandbox, sides};

/// How long a shop may take to answer a webhook.
const PUSH_TIME_MAX: Duration = Duration::from_secs(10);

/// The header that proves where a webhook comes from.
fn proof<'t>(proof: Proof, target: &'t Target, body: &str) -> Option<(&'t str, String)> {
    let named = |usual: &'static str| target.header.as_deref().unwrap_or(usual);
    match proof {
        Proof::Header(usual, before) => Some((named(usual), format!("{before}{}", target.secret))),
        Proof::Address => None,
        Proof::Signature(usual) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(target.secret.as_bytes()).ok()?;
            mac.update(body.as_bytes());
            Some((named(usual), hex::encode(mac.finalize().into_bytes())))
        }
    }
}

impl Sandbox {
    /// Sends everything that waits. What is held back goes after the next webhook, or with the next
    /// batch at the latest; what is delayed, before the first that happened after its delay.
    pub(super) async fn send_all(&self) {
        let mut left_behind = std::mem::take(&mut self.state().held);
        while let Some((push, fault)) = self.next_push() {
            self.send_delayed(push.at).await;
            let mut push = Push { fault, ..push };
            match fault {
                Some(Fault::Delay) => self.state().delay(push),
                Some(Fault::Drop) => self.state().remember(push),
                Some(Fault::Reorder) => self.state().held.push(push),
                Some(Fault::Duplicate) => {
                    self.send(push.clone()).await;
                    self.send(push).await;
                }
                Some(Fault::UnknownStatus) => {
                    if let Some(side) = sides::of(push.courier) {
                        (side.make_unknown)(&mut push.body);
                    }
                    self.send(push).await;
                }
                None
                | Some(
                    Fault::TimeoutBefore
                    | Fault::TimeoutAfter
                    | Fault::ServerError
                    | Fault::TooMany
                    | Fault::Unauthorized
                    | Fault::OkButFailed
                    | Fault::Slow
                    | Fault::HalfCreated,
                ) => self.send(push).await,
            }
            if fault != Some(Fault::Reorder) {
                let held = std::mem::take(&mut self.state().held);
                for push in left_behind.drain(..).chain(held) {
                    self.send(push).await;
                }
            }
        }
        for push in left_behind {
            self.send(push).await;
        }
        let now = self.now();
        self.send_delayed(now).await;
    }

    async fn send_delayed(&self, until: UnixMillis) {
        let due = self.state().delayed_until(until);
        for push in due {
            self.send(push).await;
        }
    }

    fn next_push(&self) -> Option<(Push, Option<Fault>)> {
        let mut state = self.state();
        let state = &mut *state;
        let push = state.outbox.pop_front()?;
        let has_status = sides::of(push.courier).is_some_and(|side| (side.has_status)(&push.body));
        let wanted = |fault: Fault| !fault.is_of_calls() && (has_status || fault != Fault::UnknownStatus);
        let fault = state.faults.take(push.courier, "webhook", &state.fault_chance, wanted);
        Some((push, fault))
    }

    async fn send(&self, mut push: Push) {
        let target = self.state().targets.get(push.courier.code()).cloned();
        let repeats = sides::of(push.courier).map_or(0, |side| side.repeats);
        if let Some(target) = target {
            for _ in 0..=repeats {
                push.answered = self.post(&target, &push).await;
                if push.answered.is_some_and(|status| (200..300).contains(&status)) {
                    break;
                }
            }
        }
        self.state().remember(push);
    }

    async fn post(&self, target: &Target, push: &Push) -> Option<u16> {
        let line = match self.inner.line.get() {
            Some(line) => line,
            None => match Line::network() {
                Ok(line) => self.inner.line.get_or_init(|| line),
                Err(error) => {
                    tracing::warn!("the sandbox cannot send webhooks: {error}");
                    return None;
                }
            },
        };
        let body = push.body.to_string();
        let mut request = Request::new(Method::POST, target.url.parse().ok()?);
        *request.timeout_mut() = Some(PUSH_TIME_MAX);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some((name, value)) = proof(sides::of(push.courier)?.proof, target, &body) {
            request.headers_mut().insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value.parse().ok()?);
        }
        *request.body_mut() = Some(body.into());
        line.send(request).await.ok().map(|response| response.status().as_u16())
    }
}
