//! What couriers call places, looked up once and then known for a day: the store with a name, the areas of
//! a postcode. Kept in memory only; whoever starts again asks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::ids::CourierId;
use crate::server::couriers::account::Account;

/// How long an answer is believed.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many are kept; one more, and it begins again with none.
const ANSWERS_MAX: usize = 2_000;

/// An account, where its API is, and what was asked.
type Question = (CourierId, Option<String>, String);

/// Answers by question. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Ids(Arc<Mutex<HashMap<Question, (Instant, String)>>>);

impl Ids {
    /// What was answered to a question of an account, if that is not too long ago.
    pub fn known(&self, account: &Account, what: &str) -> Option<String> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, answer) = answers.get(&question(account, what))?;
        (at.elapsed() < KEPT).then(|| answer.clone())
    }

    /// Keeps an answer.
    pub fn keep(&self, account: &Account, what: &str, answer: &str) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= ANSWERS_MAX {
            answers.clear();
        }
        answers.insert(question(account, what), (Instant::now(), answer.to_owned()));
    }

    /// Forgets what an account was answered, as when the courier did not accept it.
    pub fn forget(&self, account: &Account) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|(id, _, _), _| *id != account.shown.id);
    }
}

fn question(account: &Account, what: &str) -> Question {
    (account.shown.id.clone(), account.shown.base_url.clone(), what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::couriers::Provider;
    use crate::server::couriers::testing;

    #[test]
    fn an_answer_is_known_to_its_account_and_address_until_it_is_forgotten() {
        let ids = Ids::default();
        let account = testing::account(Provider::Pathao, &[]);
        ids.keep(&account, "store Main", "130042");
        assert_eq!(ids.known(&account, "store Main").as_deref(), Some("130042"));
        assert_eq!(ids.known(&account, "store Other"), None);
        let mut elsewhere = account.clone();
        elsewhere.shown.base_url = Some("https://sandbox.test".to_owned());
        assert_eq!(ids.known(&elsewhere, "store Main"), None, "another address has other ids");
        ids.forget(&account);
        assert_eq!(ids.known(&account, "store Main"), None);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let ids = Ids::default();
        let account = testing::account(Provider::Redx, &[]);
        for at in 0..=ANSWERS_MAX {
            ids.keep(&account, &at.to_string(), "1");
        }
        assert!(ids.0.lock().unwrap().len() <= ANSWERS_MAX);
    }
}
