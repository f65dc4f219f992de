//! Addresses, redirects, waits and turns of the one way out.

use super::*;

fn path(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|&part| part.to_owned()).collect()
}

#[test]
fn an_address_is_https_or_allowed_on_this_machine() {
    let url = |base, local| address(base, &path(&["status_by_cid", "1"]), local).map(|(url, _)| url.to_string());
    assert_eq!(url("https://c.test/api/v1", false).unwrap(), "https://c.test/api/v1/status_by_cid/1");
    assert_eq!(url("https://c.test/api/v1/", false).unwrap(), "https://c.test/api/v1/status_by_cid/1");
    assert_eq!(url("http://127.0.0.1:4010/x", true).unwrap(), "http://127.0.0.1:4010/x/status_by_cid/1");
    assert!(url("http://[::1]:4010", true).is_ok() && url("http://localhost:4010", true).is_ok());
    for (base, local) in [
        ("http://c.test/api", true),
        ("http://127.0.0.1:4010", false),
        ("https://127.0.0.1:4010", false),
        ("http://127.0.0.1.c.test", true),
        ("file:///etc/passwd", true),
        ("mailto:someone@c.test", true),
        ("c.test", true),
    ] {
        assert!(matches!(url(base, local), Err(CourierError::Refused(_))), "{base}");
    }
}

#[test]
fn a_typed_number_cannot_leave_its_place_in_the_path() {
    let (url, _) = address("https://c.test/api", &path(&["status_by_cid", "../get_balance?a=1#b"]), false).unwrap();
    assert_eq!(url.as_str(), "https://c.test/api/status_by_cid/..%2Fget_balance%3Fa=1%23b");
}

#[test]
fn a_look_up_is_followed_on_the_same_host_only() {
    let from = Url::parse("https://c.test/track").unwrap();
    let to = |method, location: &'static str| {
        redirect(&from, &method, 301, &HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]))
    };
    assert_eq!(to(Method::GET, "/track/").unwrap().as_str(), "https://c.test/track/");
    assert_eq!(to(Method::POST, "/track/"), None);
    for elsewhere in ["https://d.test/track/", "http://c.test/track/", "https://c.test:8443/", "//d.test/"] {
        assert_eq!(to(Method::GET, elsewhere), None, "{elsewhere}");
    }
}

#[test]
fn the_wait_a_courier_asks_for_is_read_in_both_forms() {
    let read = |pairs: &[(reqwest::header::HeaderName, &'static str)]| {
        retry_after_ms(&pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect())
    };
    assert_eq!(read(&[(RETRY_AFTER, "120")]), Some(120_000));
    assert_eq!(read(&[(RETRY_AFTER, "-5")]), Some(0));
    assert_eq!(read(&[(RETRY_AFTER, "99999999999999999")]), Some(DAY_MS));
    let date = (RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT");
    assert_eq!(read(&[date.clone(), (DATE, "Sun, 06 Nov 1994 08:49:37 GMT")]), Some(30_000));
    assert_eq!(read(&[date]), Some(0), "a date long gone");
    assert_eq!(read(&[(RETRY_AFTER, "soon")]), None);
    assert_eq!(read(&[]), None);
}

#[test]
fn statuses_that_decide_alone_are_decided_once() {
    let judged = |status| judge(Answer { status, body: Vec::new(), retry_after_ms: Some(7) }, "Packzy");
    for status in [401, 403] {
        let Err(CourierError::Refused(sentence)) = judged(status) else { panic!("{status}") };
        assert!(sentence.contains("Check them in the courier account"), "{sentence}");
    }
    for status in [408, 429, 500, 502, 503, 504, 599] {
        assert!(matches!(judged(status), Err(CourierError::Unavailable { retry_after_ms: Some(7), .. })), "{status}");
    }
    for status in [200, 204, 302, 400, 404, 422] {
        assert!(judged(status).is_ok(), "{status}");
    }
}

#[tokio::test]
async fn an_account_that_calls_too_often_waits_and_others_do_not() {
    let outbound = Outbound::new(false).unwrap();
    let (busy, idle) = (CourierId::new("busy"), CourierId::new("idle"));
    for _ in 0..CALLS_BURST.get() {
        outbound.wait_for_turn_of(&busy, &track()).await.unwrap();
    }
    assert!(outbound.turns.check_key(&busy).is_err());
    assert!(outbound.turns.check_key(&idle).is_ok());
}

fn track() -> Ask {
    Ask::get("track", &["track"])
}

#[tokio::test]
async fn what_a_courier_allows_few_of_waits_and_other_calls_do_not() {
    let outbound = Outbound::new(false).unwrap();
    let (account, charges) = (CourierId::new("account"), Ask { is_scarce: true, ..Ask::get("charges", &["charges"]) });
    for _ in 0..SCARCE_CALLS_BURST.get() {
        outbound.scarce_turns.check_key(&(account.clone(), charges.operation)).unwrap();
    }
    let next = tokio::time::timeout(Duration::from_millis(20), outbound.wait_for_turn_of(&account, &charges)).await;
    assert!(next.is_err(), "the next one waits");
    outbound.wait_for_turn_of(&account, &track()).await.unwrap();
    let (other, in_five_minutes) = (CourierId::new("other"), 300 / SCARCE_CALL_EVERY.as_secs());
    outbound.wait_for_turn_of(&other, &charges).await.unwrap();
    assert!(u64::from(SCARCE_CALLS_BURST.get()) + in_five_minutes <= 50);
}

#[tokio::test]
async fn instances_divide_what_an_account_may_do() {
    for (instances, calls) in [(1, CALLS_BURST.get()), (2, CALLS_BURST.get() / 2), (1_000, 1)] {
        let outbound = Outbound::new(false).unwrap();
        outbound.share_among(instances);
        let account = CourierId::new("shared");
        for _ in 0..calls {
            tokio::time::timeout(Duration::from_millis(20), outbound.wait_for_turn_of(&account, &track()))
                .await
                .unwrap()
                .unwrap();
        }
        let next = tokio::time::timeout(Duration::from_millis(20), outbound.wait_for_turn_of(&account, &track())).await;
        assert!(next.is_err(), "{instances} instances: the next call waits");
    }
}
