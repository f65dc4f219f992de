//! `harkara webhook doctor`: every webhook address, what is wrong with it, and what to do.

use serde_json::{Value, json};

use crate::domain::messages::EN;
use crate::domain::webhooks::{Finding, judge_site};
use crate::server::App;
use crate::server::actions::doctor::{self, Examined};
use crate::server::api::answers::instant;
use crate::server::couriers::http::client;
use crate::server::webhooks::probe::probe;

/// Runs the command; `as_json` prints one object a line.
///
/// # Errors
/// A sentence when something is wrong, so that scripts notice, or when the database is away.
pub async fn run(app: &App, as_json: bool) -> Result<(), String> {
    let site_url = app.config.site_url.as_deref();
    let mut site = judge_site(site_url);
    site.extend(doctor::strangers(app).await.map_err(|error| error.sentence())?);
    let mut examined = doctor::examine(app, None, site_url.unwrap_or("")).await.map_err(|error| error.sentence())?;
    if site_url.is_some() {
        let client = client()?;
        for one in &mut examined {
            one.findings.extend(probe(&client, &app.clock, &one.account, &one.facts.url).await);
        }
    }
    let findings = || site.iter().chain(examined.iter().flat_map(|one| &one.findings));
    let wrong = findings().filter(|finding| finding.is_wrong()).count();
    if as_json {
        println!("{}", json!({"site_url": site_url, "findings": as_values(&site)}));
        examined.iter().for_each(|one| println!("{}", as_value(one)));
        println!("{}", json!({"accounts": examined.len(), "wrong": wrong}));
    } else {
        println!("{}", site_url.unwrap_or("(no HARKARA_SITE_URL)"));
        say(&site);
        examined.iter().for_each(tell);
    }
    match wrong {
        0 if as_json => Ok(()),
        0 => {
            println!("Nothing is wrong with the webhooks of {} accounts.", examined.len());
            Ok(())
        }
        1 => Err("One thing is wrong.".to_owned()),
        more => Err(format!("{more} things are wrong.")),
    }
}

fn tell(one: &Examined) {
    let (shown, facts) = (&one.account.shown, &one.facts);
    println!();
    println!("{} ({}, {})", shown.name, shown.slug, shown.provider.code());
    println!("  {}", facts.url);
    let last = facts
        .last_push_at
        .map_or_else(|| EN.webhook_never.to_owned(), |at| format!("{} {}", EN.webhook_last, instant(at)));
    println!("  {last}; the secret is sent as {}", EN.webhook_mode(facts.mode));
    say(&one.findings);
}

fn say(findings: &[Finding]) {
    for finding in findings {
        println!("  {}  {}", if finding.is_wrong() { "WRONG" } else { "note " }, EN.finding(finding));
    }
}

fn as_values(findings: &[Finding]) -> Vec<Value> {
    findings.iter().map(|finding| json!({"wrong": finding.is_wrong(), "message": EN.finding(finding)})).collect()
}

fn as_value(one: &Examined) -> Value {
    let (shown, facts) = (&one.account.shown, &one.facts);
    let refusals: Vec<Value> = facts
        .refusals
        .iter()
        .map(|one| json!({"verdict": one.verdict, "count": one.count, "last_at": instant(one.last_at)}))
        .collect();
    json!({
        "courier": shown.slug, "name": shown.name, "provider": shown.provider.code(), "url": facts.url,
        "enabled": facts.is_enabled, "mode": facts.mode.code(), "secret_set": facts.has_secret,
        "last_push_at": facts.last_push_at.map(instant), "unannounced_changes": facts.unannounced,
        "refusals": refusals, "findings": as_values(&one.findings),
    })
}
