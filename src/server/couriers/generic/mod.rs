//! A relay of the merchant's own, for couriers nobody has written code for: it speaks our neutral format.
//!
//! `docs/generic-courier.md` is what merchants read of it; `FACTS.md` names the test of everything it says.
//!
//! `wire` bodies, answers and webhooks · `status` the table.

pub mod status;
pub mod wire;

use serde_json::{Value, json};

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Courier, CourierError, Numbers, POLLS_PER_MINUTE, Parcel, Push, Report,
};

/// Parcels of one question.
const TRACK_MAX: usize = 50;

const CAPABILITIES: Capabilities = Capabilities {
    name: "Generic relay",
    books: true,
    finds_by_reference: true,
    cancels: true,
    recalls: true,
    tracks: true,
    track_max: TRACK_MAX,
    polls_per_minute: POLLS_PER_MINUTE,
    webhook: WebhookMode::Hmac,
    credentials: &[("token", true)],
    ..Capabilities::NONE
};

/// A relay.
pub struct Generic;

impl Courier for Generic {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn statuses(&self) -> &'static [StatusRow] {
        status::STATUSES
    }

    fn statuses_version(&self) -> i64 {
        status::VERSION
    }

    /// Nowhere: only the merchant knows.
    fn base_url(&self) -> &'static str {
        ""
    }

    fn book<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcel: &'a Parcel) -> Call<'a, Booking> {
        Box::pin(async move {
            let body = wire::booking_body(account, parcel);
            let answer = send(http, account, Ask::post("book", &["parcels"], body)).await?;
            wire::read_booking(&answer, &parcel.reference)
        })
    }

    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>> {
        Box::pin(async move {
            let query = vec![("reference", reference.to_owned())];
            let answer = send(http, account, Ask { query, ..Ask::get("find", &["parcels"]) }).await?;
            wire::read_found(&answer, reference)
        })
    }

    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        Box::pin(async move {
            let mut reports = Vec::with_capacity(parcels.len());
            for some in parcels.chunks(TRACK_MAX) {
                let body = json!({ "parcels": some.iter().map(wire::named).collect::<Vec<_>>() });
                let answer = send(http, account, Ask::look_up("track", &["parcels", "track"], body)).await;
                match answer.and_then(|answer| wire::read_tracked(&answer, some)) {
                    Ok(told) => reports.extend(told),
                    Err(error) => reports.extend(some.iter().map(|_| Err(error.clone()))),
                }
            }
            Ok(reports)
        })
    }

    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()> {
        Box::pin(async move {
            let ask = Ask::post("cancel", &["parcels", "cancel"], wire::named(numbers));
            wire::read_done(&send(http, account, ask).await?)
        })
    }

    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        reason: &'a str,
    ) -> Call<'a, ()> {
        Box::pin(async move {
            let mut body: Value = wire::named(numbers);
            body["reason"] = json!(reason);
            wire::read_done(&send(http, account, Ask::post("recall", &["parcels", "recall"], body)).await?)
        })
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        wire::read_push(body)
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok(r#"{"ok":true}"#)
    }
}

async fn send(http: &Outbound, account: &Account, mut ask: Ask) -> Result<Answer, CourierError> {
    let token = account.credential("token").trim();
    if token.is_empty() || account.shown.base_url.is_none() {
        return Err(CourierError::Refused(
            "The address and the token of the relay are not both set in its courier account.".to_owned(),
        ));
    }
    ask.headers.push(("Authorization", format!("Bearer {token}")));
    http.call(account, "", ask).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::couriers::Provider;
    use crate::server::couriers::testing;

    #[test]
    fn a_relay_offers_everything_it_is_asked_for() {
        let can = Generic.capabilities();
        assert!(can.books && can.finds_by_reference && can.tracks && can.cancels && can.recalls);
        assert_eq!((can.webhook, can.track_max), (WebhookMode::Hmac, 50));
        assert_eq!(Generic.push_accepted(&testing::account(Provider::Generic, &[])).status, 200);
    }

    #[tokio::test]
    async fn without_an_address_and_a_token_nothing_is_sent() {
        let http = Outbound::new(false).unwrap();
        let mut account = testing::account(Provider::Generic, &[("token", "t")]);
        for base_url in [None, Some("https://relay.test".to_owned())] {
            account.shown.base_url = base_url;
            let found = Generic.find(&http, &account, "HK-1").await;
            assert!(matches!(found, Err(CourierError::Refused(sentence)) if sentence.contains("not both set")));
            account.credentials.insert("token".to_owned(), " ".to_owned());
        }
    }
}
