//! Open questions of an order: what only a person can settle.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::domain::orders::CaseView;
use crate::domain::tracking::CaseKind;
use crate::server::pages::admin::acts::Act;
use crate::server::pages::admin::order::Desk;
use crate::server::pages::admin::{busy_button, codes};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::told_at;

/// Where the page says what came of closing one.
pub const PLACE: &str = "cases";

/// The open questions; without any, only the place for what was said.
pub fn panel(desk: &Desk, words: &'static Messages) -> AnyView {
    let told = told_at(desk.told.as_ref(), PLACE, words);
    if desk.entry.cases.is_empty() {
        return told;
    }
    view! {
        <section class="panel panel-warn stack" id="cases" aria-labelledby="cases-title">
            <h2 id="cases-title">{icon(Icon::Warning)} {(words.desk_cases_open)(desk.entry.cases.len())}</h2>
            {told}
            <ul class="stack plain">{desk.entry.cases.iter().map(|case| line(desk, case, words)).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn line(desk: &Desk, case: &CaseView, words: &'static Messages) -> AnyView {
    let parcel = desk.entry.shipments.iter().find(|parcel| Some(&parcel.id) == case.shipment_id.as_ref());
    let about = parcel.map(|parcel| {
        let number = parcel.awb.clone().unwrap_or_default();
        view! { <span>{parcel.courier_name.clone()} " " {number} " · "</span> }
    });
    let (title, hint) = words.case(case.kind);
    let explain = (case.kind == CaseKind::UnknownCode)
        .then(|| view! { <p><a href=codes::HERE>{words.case_unknown_code_link}</a></p> });
    let id = format!("case-{}", case.id);
    view! {
        <li class="stack-small" id=id.clone()>
            <h3>{title}</h3>
            <p>{hint}</p>
            <p class="soft small">{about} {moment(case.opened_at, desk.entry.store.country)}</p>
            {explain}
            <form method="post" action=desk.back.clone()>
                <input type="hidden" name="do" value=Act::CloseCase.code()/>
                <input type="hidden" name="case" value=case.id.clone()/>
                <label class="label" for=format!("{id}-resolution")>{words.case_resolution}</label>
                <div class="desk-pair">
                    <input class="input" id=format!("{id}-resolution") name="resolution" maxlength="200"
                        autocomplete="off"/>
                    {busy_button("button", words.case_close, words.desk_saving)}
                </div>
            </form>
        </li>
    }
    .into_any()
}
