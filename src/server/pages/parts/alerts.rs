//! What is going wrong, at the top of every page of the desk: what, since when, and what to do.

use leptos::prelude::*;

use crate::domain::alerts::{Alert, AlertKind};
use crate::domain::messages::Messages;
use crate::domain::staff::{Access, Role};
use crate::domain::time::MINUTE_MS;
use crate::server::pages::parts::time::machine;
use crate::server::visit::Visit;

/// The notices; nothing when all is well, or for somebody who cannot help.
pub fn alerts(visit: &Visit, words: &'static Messages) -> AnyView {
    let role = visit.identity.as_ref().map(|identity| identity.role);
    let open = visit.app.alerts.open();
    if open.is_empty() || !Access::Staff.allows(role) {
        return ().into_any();
    }
    let now = visit.app.clock.now();
    let notices = open
        .into_iter()
        .map(|alert| {
            let minutes = (now.0 - alert.opened_at.0).max(0) / MINUTE_MS;
            view! { <li class="notice notice-bad">{notice(&alert, minutes, role, words)}</li> }
        })
        .collect_view();
    view! {
        <section class="page-width" aria-label=words.alerts_label>
            <ul class="plain stack-small alerts">{notices}</ul>
        </section>
    }
    .into_any()
}

fn notice(alert: &Alert, minutes: i64, role: Option<Role>, words: &'static Messages) -> AnyView {
    let (href, label, access) = way(alert.kind, words);
    let link = access.allows(role).then(|| view! { <p><a href=href>{label}</a></p> });
    view! {
        <p class="notice-title">{words.alert_what(alert.kind, alert.seen)}</p>
        <p>
            <time datetime=machine(alert.opened_at)>{(words.alert_since)(minutes)}</time> " "
            {words.alert_do(alert.kind)}
        </p>
        {link}
    }
    .into_any()
}

/// Where it can be looked into, and by whom.
fn way(kind: AlertKind, words: &'static Messages) -> (&'static str, &'static str, Access) {
    match kind {
        AlertKind::SyncFailures | AlertKind::SlowCourier => ("/admin/couriers", words.desk_couriers, Access::Admin),
        AlertKind::LongQueue => ("/admin/webhooks?state=queued", words.desk_webhooks, Access::Staff),
        AlertKind::WebhookErrors => ("/admin/webhooks", words.desk_webhooks, Access::Staff),
    }
}
