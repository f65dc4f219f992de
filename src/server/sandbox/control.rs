//! How a sandbox is steered while it runs. JSON only, so that no page of another site can do it.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::time::SECOND_MS;
use crate::server::sandbox::Sandbox;
use crate::server::sandbox::faults::{self, Rule};
use crate::server::sandbox::state::{Answers, Journey};

/// The furthest one command moves the clock: a hundred days.
const ADVANCE_SECONDS_MAX: u32 = 100 * 24 * 60 * 60;

/// What a visitor of the sandbox's own address reads.
pub const HELP: &str = "\
The courier sandbox of Harkara. Couriers:

  /delhivery         Authorization: Token sandbox-delhivery-token, client DEMOCLIENT, pickup place Main Godown
  /generic/v1        Authorization: Bearer sandbox-relay-token
  /packzy/api/v1     Api-Key: sandbox-api-key, Secret-Key: sandbox-secret-key
  /pathao/aladdin/api/v1
                     sandbox-client, sandbox-client-secret, merchant@example.com, sandbox-password, store Demo Store
  /redx/v1.0.0-beta  API-ACCESS-TOKEN: Bearer sandbox-redx-token, pickup store Demo Store
  /shiprocket/v1/external
                     api-user@example.com, sandbox-password, pickup places Primary and Main Godown

Control, JSON only:

  GET  /control/parcels
  POST /control/parcels/{awb}/event  {\"status\":\"delivered\",\"message\":\"At the door\"}
                          Delhivery's statuses are type, text and code: \"DL/Delivered/EOD-38\"
                          Shiprocket's statuses are labels of shipments: \"OUT FOR DELIVERY\"
                          Pathao's are events without \"order.\": \"assigned-for-delivery\"
  POST /control/clock     {\"advance_seconds\":3600}, {\"speed\":60}, or
                          {\"hold_milliseconds\":35000} for calls that time out
  POST /control/webhooks  {\"courier\":\"packzy\",\"url\":\"http://127.0.0.1:3000/hooks/t/...\",\"secret\":\"...\"}
  GET  /control/webhooks  what was sent
  POST /control/ping      {\"courier\":\"packzy\"}
  POST /control/faults    [{\"courier\":\"packzy\",\"operation\":\"create_order\",\"fault\":\"timeout_after\",\"times\":1}]
                          faults: timeout_before timeout_after 5xx 429 401 ok_but_failed slow half_created
                          (calls), duplicate reorder delay drop (operation \"webhook\"), unknown_status (both)
                          or a list as the option --faults has it: \"timeout-after:0.1,packzy/webhook=dropx2\"
  POST /control/answers   {\"refusal_status\":200,\"unauthorized\":\"html\",\"awkward\":true,\"bulk_wrapped\":true,
                          \"wallet_empty\":true,\"awb_queued\":true,\"token_seconds\":60,
                          \"hidden_seconds\":60,\"any_characters\":true}
  POST /control/journeys  [\"delivered\",\"held\",\"partly_delivered\",\"failed_attempts\",\"returned\",
                          \"cancelled\",\"lost\",\"unclear\",\"mis_scanned\"]
  POST /control/reset     {}
";

/// Everything below `/control`.
pub fn router() -> Router<Sandbox> {
    Router::new()
        .route("/faults", post(set_faults))
        .route("/clock", post(clock))
        .route("/parcels", get(parcels))
        .route("/parcels/{awb}/event", post(event))
        .route("/webhooks", post(webhooks).get(sent))
        .route("/ping", post(ping))
        .route("/answers", post(answers))
        .route("/journeys", post(journeys))
        .route("/reset", post(reset))
}

/// A refusal with a sentence.
fn no(status: StatusCode, sentence: impl Into<String>) -> Response {
    (status, Json(json!({ "error": sentence.into() }))).into_response()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FaultsCommand {
    List(String),
    Rules(Vec<Rule>),
}

/// Answers the rules, and of those that will never happen why.
async fn set_faults(State(sandbox): State<Sandbox>, Json(command): Json<FaultsCommand>) -> Response {
    let rules = match command {
        FaultsCommand::List(list) => faults::parse(&list),
        FaultsCommand::Rules(rules) => rules.iter().try_for_each(Rule::check).map(|()| rules),
    };
    let rules = match rules {
        Ok(rules) => rules,
        Err(sentence) => return no(StatusCode::UNPROCESSABLE_ENTITY, sentence),
    };
    let told = |rule: &Rule| {
        let mut told = json!(rule);
        if let Some(why) = rule.why_never() {
            told["never"] = json!(why);
        }
        told
    };
    let answer: Value = rules.iter().map(told).collect();
    sandbox.set_faults(rules);
    Json(answer).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockCommand {
    AdvanceSeconds(u32),
    Speed(u32),
    HoldMilliseconds(u32),
}

async fn clock(State(sandbox): State<Sandbox>, Json(command): Json<ClockCommand>) -> Response {
    match command {
        ClockCommand::AdvanceSeconds(seconds) if seconds > ADVANCE_SECONDS_MAX => {
            return no(StatusCode::UNPROCESSABLE_ENTITY, "The clock moves by at most a hundred days at a time.");
        }
        ClockCommand::AdvanceSeconds(seconds) => sandbox.advance(i64::from(seconds) * SECOND_MS).await,
        ClockCommand::Speed(speed) => sandbox.set_speed(speed),
        ClockCommand::HoldMilliseconds(milliseconds) => sandbox.set_hold(Duration::from_millis(milliseconds.into())),
    }
    let state = sandbox.state();
    Json(json!({ "now": state.now, "speed": state.speed })).into_response()
}

async fn parcels(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "now": sandbox.now(), "parcels": sandbox.parcels() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventCommand {
    status: Option<String>,
    #[serde(default)]
    message: String,
}

async fn event(State(sandbox): State<Sandbox>, Path(awb): Path<String>, Json(command): Json<EventCommand>) -> Response {
    match sandbox.event(&awb, command.status, command.message).await {
        Some(parcel) => Json(json!(parcel)).into_response(),
        None => no(StatusCode::NOT_FOUND, "No parcel has this AWB."),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookCommand {
    courier: Provider,
    url: String,
    #[serde(default)]
    secret: String,
    header: Option<String>,
}

async fn webhooks(State(sandbox): State<Sandbox>, Json(command): Json<WebhookCommand>) -> Response {
    match sandbox.set_webhook(command.courier, &command.url, &command.secret) {
        Ok(()) => {
            if let Some(header) = command.header.filter(|header| !header.trim().is_empty()) {
                sandbox.set_webhook_header(command.courier, header.trim());
            }
            Json(json!({})).into_response()
        }
        Err(sentence) => no(StatusCode::UNPROCESSABLE_ENTITY, sentence),
    }
}

async fn sent(State(sandbox): State<Sandbox>) -> Json<Value> {
    let pushes = sandbox.pushes();
    let shown = pushes.iter().map(|push| {
        json!({
            "courier": push.courier, "awb": push.awb, "body": push.body, "fault": push.fault, "answered": push.answered,
        })
    });
    Json(shown.collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PingCommand {
    courier: Provider,
}

async fn ping(State(sandbox): State<Sandbox>, Json(command): Json<PingCommand>) -> Json<Value> {
    sandbox.ping(command.courier).await;
    Json(json!({}))
}

async fn answers(State(sandbox): State<Sandbox>, Json(answers): Json<Answers>) -> Response {
    if ![200, 400, 422].contains(&answers.refusal_status) {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "refusal_status is 200, 400 or 422.");
    }
    sandbox.set_answers(answers);
    Json(json!(answers)).into_response()
}

async fn journeys(State(sandbox): State<Sandbox>, Json(journeys): Json<Vec<Journey>>) -> Json<Value> {
    sandbox.set_journeys(journeys);
    Json(json!({}))
}

async fn reset(State(sandbox): State<Sandbox>, Json(_): Json<Value>) -> Json<Value> {
    sandbox.reset();
    Json(json!({}))
}
