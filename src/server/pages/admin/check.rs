//! "Check Delivery Status": asking the couriers about everything that is on its way. A run is a row of
//! the database, so that its progress survives a reload.

use leptos::prelude::*;

use crate::domain::couriers::CourierAccount;
use crate::domain::messages::Messages;
use crate::domain::shipping::CheckRun;
use crate::server::couriers;
use crate::server::pages::admin::busy_button;
use crate::server::pages::parts::told::{Told, told_at};

/// Where the page says what came of the button.
pub const PLACE: &str = "check";
/// Results shown of a run; the rest is in each order.
const LINES_SHOWN: usize = 20;

/// The button, and the latest run. Nothing where no courier can be asked.
pub fn panel(
    run: Option<&CheckRun>,
    accounts: &[CourierAccount],
    back: &str,
    told: Option<&Told>,
    words: &'static Messages,
) -> AnyView {
    let can_ask = accounts.iter().any(|account| {
        account.is_enabled && couriers::of(account.provider).is_some_and(|courier| courier.capabilities().tracks)
    });
    if !can_ask && run.is_none() {
        return ().into_any();
    }
    let is_running = run.is_some_and(CheckRun::is_running);
    let button = (can_ask && !is_running).then(|| {
        view! {
            <form id="check-form" method="post" action=back.to_owned()>
                <input type="hidden" name="do" value="check"/>
                <input type="hidden" name="older_than_hours" value="0"/>
                {busy_button("button", words.check_button, words.check_starting)}
            </form>
        }
    });
    view! {
        <section class="panel stack-small" id="check" aria-labelledby="check-title">
            <div class="row row-apart">
                <h2 id="check-title">{words.check_heading}</h2>
                {button}
            </div>
            <p class="soft small">{words.check_hint}</p>
            {told_at(told, PLACE, words)}
            {run.map(|run| outcome(run, back, words))}
        </section>
    }
    .into_any()
}

fn outcome(run: &CheckRun, back: &str, words: &'static Messages) -> AnyView {
    let progress = run.is_running().then(|| {
        view! {
            <div class="stack-small">
                <label for="check-progress">{(words.check_progress)(run.done, run.total)}</label>
                <progress id="check-progress" max=run.total.max(1) value=run.done></progress>
                <noscript><a class="button" href=back.to_owned()>{words.check_refresh}</a></noscript>
            </div>
        }
    });
    let summary = (!run.is_running()).then(|| {
        let heading = if run.state == "stopped" { words.check_stopped } else { words.check_finished };
        view! { <p><strong>{heading}</strong> " " {(words.check_summary)(run.done, run.updated, run.failed)}</p> }
    });
    let lines = run
        .lines
        .iter()
        .take(LINES_SHOWN)
        .map(|(reference, message, failed)| {
            let class = if *failed { "field-error" } else { "" };
            view! {
                <li>
                    <a class="desk-reference" href=format!("/admin/orders/{reference}")>{reference.clone()}</a>
                    " " <span class=class>{message.clone()}</span>
                </li>
            }
        })
        .collect_view();
    let lines = (!run.lines.is_empty()).then(|| {
        view! {
            <details class="more" id="check-lines">
                <summary>{words.check_lines}</summary>
                <ul class="stack-small plain">{lines}</ul>
            </details>
        }
    });
    view! { <div class="stack-small" id="check-run">{progress} {summary} {lines}</div> }.into_any()
}
