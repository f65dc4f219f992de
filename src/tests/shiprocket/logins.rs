//! One login for all calls, replaced when it must be, and never tried in a loop.

use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, UnauthorizedForm};

use super::*;

#[tokio::test]
async fn all_calls_share_one_login() {
    let rocket = rocket(1).await;
    let all = futures_util::future::join_all((0..10).map(|_| rocket.find("HK-1"))).await;
    assert!(all.iter().all(|found| *found == Ok(None)), "{all:?}");
    rocket.book("HK-1").await.expect("booked");
    assert_eq!(rocket.logins(), 1);
}

#[tokio::test]
async fn a_login_is_renewed_early_and_one_that_ended_early_is_replaced_at_once() {
    let rocket = rocket(2).await;
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    rocket.clock.advance(9 * DAY_MS);
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    assert_eq!(rocket.logins(), 2, "a day before its end");
    rocket.desk.sandbox.advance(10 * DAY_MS).await;
    assert_eq!(rocket.find("HK-1").await, Ok(None), "a 401 costs a login and no more");
    assert_eq!(rocket.logins(), 3);
    rocket.desk.sandbox.set_answers(Answers { token_seconds: 3_600, ..Answers::default() });
    rocket.desk.sandbox.advance(10 * DAY_MS).await;
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    rocket.clock.advance(HOUR_MS - 5 * MINUTE_MS);
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    assert_eq!(rocket.logins(), 5, "a token says itself how long it lives");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_is_sent_once_more() {
    let rocket = rocket(3).await;
    rocket.desk.fault("create_order", Fault::Unauthorized);
    rocket.book("HK-1").await.expect("booked by the second call");
    assert_eq!((rocket.desk.sandbox.parcels().len(), rocket.logins()), (1, 2));
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
        rocket.desk.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        rocket.desk.sandbox.set_faults(vec![Rule::new("orders", Fault::Unauthorized).times(3)]);
        assert!(refusal(rocket.find("HK-1").await).contains("keys"), "two calls and no third");
        // One of the three is left. The token at hand was refused as well, so the next call needs another
        // login and then meets it.
        assert!(refusal(rocket.find("HK-1").await).contains("keys"));
        assert!(rocket.find("HK-1").await.expect("an answer").is_some());
        rocket.desk.sandbox.set_answers(Answers::default());
    }
}

#[tokio::test]
async fn wrong_keys_are_tried_three_times_and_then_left_alone() {
    let mut rocket = rocket(4).await;
    let right = rocket.account.credentials.insert("password".to_owned(), "wrong".to_owned()).expect("a password");
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text] {
        rocket.desk.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        let sentence = refusal(rocket.find("HK-1").await);
        assert!(sentence.ends_with("Check them in the courier account."), "{sentence}");
    }
    assert!(refusal(rocket.find("HK-1").await).contains("for 30 min"));
    rocket.clock.advance(10 * MINUTE_MS);
    assert!(refusal(rocket.find("HK-1").await).contains("for 20 min"));
    rocket.account.credentials.insert("password".to_owned(), right);
    assert_eq!(rocket.find("HK-1").await, Ok(None), "other keys are tried at once");
}

#[tokio::test]
async fn a_user_that_shiprocket_blocks_is_left_alone() {
    let mut rocket = rocket(5).await;
    for wrong in 0..5 {
        rocket.account.credentials.insert("password".to_owned(), format!("wrong {wrong}"));
        refusal(rocket.find("HK-1").await);
    }
    rocket.account.credentials.insert("password".to_owned(), "sandbox-password".to_owned());
    assert!(refusal(rocket.find("HK-1").await).contains("blocks this user"));
    rocket.desk.sandbox.advance(31 * MINUTE_MS).await;
    assert!(refusal(rocket.find("HK-1").await).contains("no login is tried"));
    rocket.clock.advance(31 * MINUTE_MS);
    assert_eq!(rocket.find("HK-1").await, Ok(None));
}

#[tokio::test]
async fn a_login_that_is_not_answered_is_no_wrong_one() {
    let rocket = rocket(6).await;
    for fault in [Fault::TimeoutBefore, Fault::ServerError, Fault::TooMany, Fault::TimeoutAfter, Fault::ServerError] {
        rocket.desk.fault("login", fault);
        assert!(is_unavailable(&rocket.find("HK-1").await), "{fault:?}");
    }
    rocket.desk.sandbox.set_answers(Answers { unauthorized: UnauthorizedForm::Html, ..Answers::default() });
    rocket.desk.fault("login", Fault::OkButFailed);
    assert!(is_unavailable(&rocket.find("HK-1").await), "a firewall's page");
    assert_eq!(rocket.find("HK-1").await, Ok(None));
}

#[tokio::test]
async fn a_logout_ends_the_token() {
    let rocket = rocket(7).await;
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    Shiprocket.logout(&rocket.http, &rocket.account).await.expect("logged out");
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    assert_eq!(rocket.logins(), 2);
}
