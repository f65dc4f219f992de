//! One login at a time, one token per account, and no logins after several wrong ones.

use super::*;
use crate::domain::time::DAY_MS;

const VALID_MS: i64 = 10 * DAY_MS;

struct Desk {
    tokens: Tokens,
    clock: Clock,
    logins: AtomicU64,
}

fn desk() -> Desk {
    let clock = Clock::manual(UnixMillis(1_795_240_800_000));
    let tokens = Tokens::new(Arc::new(MemoryKeeper::default()), clock.clone());
    Desk { tokens, clock, logins: AtomicU64::new(0) }
}

impl Desk {
    fn logins(&self) -> u64 {
        self.logins.load(Ordering::SeqCst)
    }

    async fn ask(
        &self,
        keys: &str,
        refused: Option<&str>,
        outcome: Result<(), LoginError>,
    ) -> Result<String, CourierError> {
        let login = || async {
            let number = self.logins.fetch_add(1, Ordering::SeqCst) + 1;
            // Others get a chance to ask meanwhile.
            tokio::task::yield_now().await;
            outcome.map(|()| NewToken { text: format!("token-{number}"), valid_ms: VALID_MS, renew_ms: 9 * DAY_MS })
        };
        self.tokens.token(&CourierId::new("account"), &[keys], refused, login).await
    }
}

fn wrong() -> Result<(), LoginError> {
    Err(LoginError::Wrong("The password is wrong.".to_owned()))
}

fn away() -> Result<(), LoginError> {
    Err(LoginError::Failed(CourierError::Unavailable { reason: "away".to_owned(), retry_after_ms: None }))
}

fn sentence(outcome: Result<String, CourierError>) -> String {
    let Err(CourierError::Refused(sentence)) = outcome else { panic!("{outcome:?}") };
    sentence
}

#[tokio::test]
async fn a_token_is_kept_and_fetched_again_before_it_expires() {
    let desk = desk();
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-1"));
    desk.clock.advance(9 * DAY_MS - 1);
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-1"));
    desk.clock.advance(1);
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-2"), "a day before its end");
    assert_eq!(desk.logins(), 2);
}

#[tokio::test]
async fn a_token_that_is_due_serves_on_while_the_courier_is_away() {
    let desk = desk();
    desk.ask("k", None, Ok(())).await.expect("a token");
    desk.clock.advance(9 * DAY_MS);
    assert_eq!(desk.ask("k", None, away()).await.as_deref(), Ok("token-1"));
    assert!(desk.ask("k", Some("token-1"), away()).await.is_err(), "not when the courier refuses it");
    desk.clock.advance(DAY_MS);
    assert!(matches!(desk.ask("k", None, away()).await, Err(CourierError::Unavailable { .. })));
}

#[tokio::test]
async fn all_who_ask_at_once_share_one_login_and_its_failure() {
    let desk = desk();
    let all = futures_util::future::join_all((0..20).map(|_| desk.ask("k", None, Ok(())))).await;
    assert!(all.iter().all(|token| token.as_deref() == Ok("token-1")), "{all:?}");
    assert_eq!(desk.logins(), 1);
    let all = futures_util::future::join_all((0..20).map(|_| desk.ask("other", None, wrong()))).await;
    assert!(all.into_iter().all(|one| sentence(one) == "The password is wrong."));
    assert_eq!(desk.logins(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_meet_it() {
    let desk = desk();
    desk.ask("k", None, Ok(())).await.expect("a token");
    let all = futures_util::future::join_all((0..20).map(|_| desk.ask("k", Some("token-1"), Ok(())))).await;
    assert!(all.iter().all(|token| token.as_deref() == Ok("token-2")), "{all:?}");
    assert_eq!(desk.ask("k", Some("token-1"), Ok(())).await.as_deref(), Ok("token-2"), "who is late gets the new one");
    assert_eq!(desk.logins(), 2);
}

#[tokio::test]
async fn after_three_wrong_logins_none_is_tried_for_half_an_hour() {
    let desk = desk();
    for _ in 0..2 {
        assert_eq!(sentence(desk.ask("k", None, wrong()).await), "The password is wrong.");
    }
    let third = sentence(desk.ask("k", None, wrong()).await);
    assert!(third.starts_with("The password is wrong. To keep"), "{third}");
    desk.clock.advance(29 * MINUTE_MS);
    let barred = sentence(desk.ask("k", None, Ok(())).await);
    assert!(barred.contains("no login is tried for 1 min,"), "{barred}");
    assert_eq!(desk.logins(), 3);
    desk.clock.advance(MINUTE_MS);
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-4"));
}

#[tokio::test]
async fn a_locked_user_is_left_alone_at_once_and_other_keys_are_tried_at_once() {
    let desk = desk();
    let locked = Err(LoginError::LockedOut("The courier blocks this user.".to_owned()));
    assert!(sentence(desk.ask("k", None, locked).await).contains("for 30 min"));
    assert!(desk.ask("k", None, Ok(())).await.is_err());
    assert_eq!(desk.logins(), 1);
    assert_eq!(desk.ask("new", None, Ok(())).await.as_deref(), Ok("token-2"));
}

#[tokio::test]
async fn a_courier_that_is_away_is_no_wrong_login() {
    let desk = desk();
    for _ in 0..5 {
        assert!(matches!(desk.ask("k", None, away()).await, Err(CourierError::Unavailable { .. })));
    }
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-6"));
}

#[tokio::test]
async fn a_forgotten_token_is_fetched_again_and_none_is_ever_printed() {
    let desk = desk();
    desk.ask("k", None, Ok(())).await.expect("a token");
    let kept = desk.tokens.keeper.load(&CourierId::new("account")).await.expect("a session");
    assert!(!format!("{kept:?} {:?}", desk.tokens).contains("token-1"));
    desk.tokens.forget(&CourierId::new("account")).await;
    assert_eq!(desk.ask("k", None, Ok(())).await.as_deref(), Ok("token-2"));
}
