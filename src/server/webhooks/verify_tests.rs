//! Every mode: good, tampered, missing; and what is never let in.

use std::collections::BTreeMap;

use super::*;
use crate::domain::couriers::{CourierAccount, Provider};
use crate::domain::ids::{CourierId, StoreId};

const NOW: UnixMillis = UnixMillis(1_795_240_800_000);
const BODY: &[u8] = br#"{"consignment_id":184402211}"#;

fn account(mode: WebhookMode, name: Option<&str>, secret: Option<&str>) -> Account {
    Account {
        shown: CourierAccount {
            id: CourierId::new("c"),
            store_id: StoreId::new("s"),
            slug: "packzy".into(),
            name: "Packzy".into(),
            provider: Provider::Packzy,
            base_url: None,
            is_enabled: true,
            is_test: true,
            credentials_set_at: None,
            webhook_mode: mode,
            webhook_name: name.map(str::to_owned),
            webhook_secret_set_at: None,
            webhook_token: "token".into(),
            pickup_location: None,
            pickup_pincode: None,
        },
        credentials: BTreeMap::new(),
        webhook_secret: secret.map(str::to_owned),
        settings: serde_json::Value::Null,
    }
}

fn verdict(account: &Account, headers: &[(&'static str, &str)], query: &str, body: &[u8]) -> Verdict {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    verify(account, &Request { headers: &map, query, body, now: NOW }, false)
}

#[test]
fn a_shared_secret_is_compared_in_its_own_place() {
    let header = account(WebhookMode::Header, None, Some("s3cret"));
    assert_eq!(verdict(&header, &[("x-api-key", "s3cret")], "", BODY), Verdict::Verified);
    assert_eq!(verdict(&header, &[("x-api-key", "s3creT")], "", BODY), Verdict::BadSecret);
    assert_eq!(verdict(&header, &[("authorization", "Bearer s3cret")], "", BODY), Verdict::MissingSecret);
    let named = account(WebhookMode::Header, Some("X-Token"), Some("s3cret"));
    assert_eq!(verdict(&named, &[("x-token", "s3cret")], "", BODY), Verdict::Verified);
    let bearer = account(WebhookMode::Bearer, None, Some("s3cret"));
    assert_eq!(verdict(&bearer, &[("authorization", "Bearer s3cret")], "", BODY), Verdict::Verified);
    assert_eq!(verdict(&bearer, &[("authorization", "Basic s3cret")], "", BODY), Verdict::MissingSecret);
    assert_eq!(verdict(&bearer, &[("authorization", "Bearer x")], "", BODY), Verdict::BadSecret);
    let query = account(WebhookMode::Query, None, Some("s3 cret"));
    assert_eq!(verdict(&query, &[], "a=b&token=s3%20cret", BODY), Verdict::Verified);
    assert_eq!(verdict(&query, &[], "token=other", BODY), Verdict::BadSecret);
    assert_eq!(verdict(&query, &[], "", BODY), Verdict::MissingSecret);
}

#[test]
fn a_signature_covers_the_raw_bytes_and_the_time() {
    let hmac = account(WebhookMode::Hmac, None, Some("s3cret"));
    let sign = |content: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
        mac.update(content);
        mac.finalize().into_bytes().to_vec()
    };
    let (hexed, based) = (hex::encode(sign(BODY)), STANDARD.encode(sign(BODY)));
    for good in [hexed.clone(), based, format!("sha256={hexed}")] {
        assert_eq!(verdict(&hmac, &[("x-harkara-signature", &good)], "", BODY), Verdict::Verified);
        assert_eq!(verdict(&hmac, &[("x-harkara-signature", &good)], "", b"{}"), Verdict::BadSecret);
    }
    assert_eq!(verdict(&hmac, &[("x-harkara-signature", "zz")], "", BODY), Verdict::BadSecret);
    assert_eq!(verdict(&hmac, &[], "", BODY), Verdict::MissingSecret);
    for (seconds, expected) in [(0, Verdict::Verified), (299, Verdict::Verified), (-301, Verdict::Expired)] {
        let at = (NOW.0 / 1_000 + seconds).to_string();
        let signature = hex::encode(sign(&[at.as_bytes(), b".", BODY].concat()));
        let headers = [("x-harkara-signature", signature.as_str()), ("x-harkara-timestamp", at.as_str())];
        assert_eq!(verdict(&hmac, &headers, "", BODY), expected);
    }
}

#[test]
fn nothing_is_open_by_omission() {
    for mode in [WebhookMode::Header, WebhookMode::Bearer, WebhookMode::Query, WebhookMode::Hmac, WebhookMode::None] {
        for secret in [None, Some("")] {
            let open = account(mode, None, secret);
            assert_eq!(verdict(&open, &[], "", BODY), Verdict::NoSecretConfigured);
        }
    }
    assert_eq!(verdict(&account(WebhookMode::None, None, Some("x")), &[], "", BODY), Verdict::NoSecretConfigured);
    let mut disabled = account(WebhookMode::Bearer, None, Some("s3cret"));
    disabled.shown.is_enabled = false;
    assert_eq!(verdict(&disabled, &[("authorization", "Bearer s3cret")], "", BODY), Verdict::DisabledAccount);
}

#[test]
fn what_we_prove_ourselves_with_is_believed_in_every_mode_and_only_with_the_same_secret() {
    for mode in [WebhookMode::Header, WebhookMode::Bearer, WebhookMode::Query, WebhookMode::Hmac] {
        for name in [None, Some("X-Token")] {
            let ours = account(mode, name, Some("s3 cret"));
            let Proof { header, parameter } = prove(&ours, BODY).expect("a proof");
            let query: String = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(parameter.iter().map(|(k, v)| (k, v)))
                .finish();
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = &header {
                headers.insert(axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let request = |body| Request { headers: &headers, query: &query, body, now: NOW };
            assert_eq!(verify(&ours, &request(BODY), false), Verdict::Verified, "{mode:?} {name:?}");
            let other = account(mode, name, Some("another"));
            assert_eq!(verify(&other, &request(BODY), false), Verdict::BadSecret, "{mode:?} {name:?}");
        }
    }
    assert_eq!(prove(&account(WebhookMode::None, None, Some("x")), BODY), None);
    assert_eq!(prove(&account(WebhookMode::Bearer, None, None), BODY), None);
}
