//! What couriers would carry an order for: each service with a button that books it. Asked for only when
//! somebody wants to see it, since it takes calls.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::domain::rates::{Preference, Rate, best};
use crate::server::actions::rates::Offered;
use crate::server::pages::admin::acts::Act;
use crate::server::pages::admin::busy_button;
use crate::server::pages::admin::order::Desk;

/// The link that asks, or what was answered.
pub fn panel(desk: &Desk, can_be_asked: bool, words: &'static Messages) -> AnyView {
    let Some(offered) = &desk.offered else {
        let href = format!("{}?prices=yes#prices", desk.back);
        return can_be_asked
            .then(|| view! { <p><a class="link-button" href=href>{words.offers_ask}</a></p> })
            .into_any();
    };
    view! {
        <section class="stack-small" id="prices" aria-labelledby="prices-title">
            <h3 id="prices-title">{words.offers_heading}</h3>
            {offered.iter().map(|one| account(desk, one, words)).collect_view()}
        </section>
    }
    .into_any()
}

fn account(desk: &Desk, offered: &Offered, words: &'static Messages) -> AnyView {
    let offers = &offered.offers;
    let problem = offers.problem.clone().map(|problem| view! { <p class="notice notice-warn">{problem}</p> });
    let none = (offers.problem.is_none() && !offers.is_serviceable())
        .then(|| view! { <p class="notice notice-warn">{(words.offers_none)(&offered.account.name)}</p> });
    let approximate = offers.is_approximate.then(|| view! { <p class="hint">{words.offers_approximate}</p> });
    let lines = offers.rates.iter().map(|rate| line(desk, offered, rate, words)).collect_view();
    view! {
        <h4>{offered.account.name.clone()}</h4>
        {problem}
        {none}
        {approximate}
        <ul class="stack-small plain">{lines}</ul>
    }
    .into_any()
}

/// What is best about an offer, beside the others of its account.
fn praises(offered: &Offered, rate: &Rate, words: &'static Messages) -> Vec<&'static str> {
    let is_best = |preference| best(&offered.offers.rates, preference).is_some_and(|best| std::ptr::eq(best, rate));
    let mut praises = Vec::new();
    let several = offered.offers.rates.len() > 1;
    for (preference, label) in [
        (Preference::Cost, words.offers_cheapest),
        (Preference::Speed, words.offers_fastest),
        (Preference::Rating, words.offers_best_rated),
    ] {
        let is_known = match preference {
            Preference::Cost => true,
            Preference::Speed => rate.max_days.is_some(),
            Preference::Rating => rate.rating_hundredths.is_some(),
        };
        if several && is_known && is_best(preference) {
            praises.push(label);
        }
    }
    if rate.is_recommended {
        praises.push(words.offers_recommended);
    }
    praises
}

fn line(desk: &Desk, offered: &Offered, rate: &Rate, words: &'static Messages) -> AnyView {
    let badges = praises(offered, rate, words)
        .into_iter()
        .map(|praise| view! { <span class="badge">{praise}</span> " " })
        .collect_view();
    let days = (!rate.days_text.is_empty()).then(|| (words.offers_days)(&rate.days_text));
    let rating = rate.rating_hundredths.map(|rating| format!("★ {}.{}", rating / 100, rating % 100 / 10));
    let said: Vec<String> = [days, rating].into_iter().flatten().collect();
    view! {
        <li>
            <form class="row row-apart" method="post" action=desk.back.clone()>
                <input type="hidden" name="do" value=Act::Book.code()/>
                <input type="hidden" name="order" value=desk.entry.order.id.to_string()/>
                <input type="hidden" name="courier" value=offered.account.slug.clone()/>
                <input type="hidden" name="service_id" value=rate.service_id.clone().unwrap_or_default()/>
                <span>
                    <strong>{rate.cost.display(desk.entry.order.currency)}</strong>
                    " " {rate.service.clone()} " " <span class="soft small">{said.join(" · ")}</span> " " {badges}
                </span>
                {busy_button("button", words.offers_book, words.parcel_creating)}
            </form>
        </li>
    }
    .into_any()
}
