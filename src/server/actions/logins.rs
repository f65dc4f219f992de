//! Logins with couriers, kept sealed in the database: instances share tokens, wrong tries and lock-outs, and
//! one of them logs in at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::CourierId;
use crate::domain::time::UnixMillis;
use crate::server::clock::{Chance, Clock};
use crate::server::couriers::tokens::{Kept, Session, SessionKeeper};
use crate::server::db::{Db, logins};
use crate::server::secrets::Secrets;

/// Where logins are kept. While the database is away, what this instance knew last still serves.
pub struct Logins {
    db: Db,
    secrets: Secrets,
    chance: Chance,
    clock: Clock,
    instance: Arc<str>,
    known: Mutex<HashMap<CourierId, Session>>,
}

impl Logins {
    /// Logins of one instance.
    pub fn new(db: Db, secrets: Secrets, chance: Chance, clock: Clock, instance: Arc<str>) -> Self {
        Self { db, secrets, chance, clock, instance, known: Mutex::default() }
    }

    async fn read(&self, account: &CourierId) -> Result<Option<Session>, sqlx::Error> {
        let sealed = logins::session(&mut *self.db.read().await?, account).await?;
        let text = sealed.and_then(|sealed| self.secrets.open(&place(account), &sealed));
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn write(&self, account: &CourierId, session: &Session) {
        let (courier, now) = (account.clone(), self.clock.now());
        let text = serde_json::to_string(session).unwrap_or_default();
        let sealed = self.secrets.seal(&place(account), &text, &self.chance);
        let (expires_at, paused_until) = (session.token.as_ref().map(|token| token.expires_at), session.barred_until);
        let kept = self.db.write(move |conn| {
            let (courier, sealed) = (courier.clone(), sealed.clone());
            Box::pin(
                async move { Ok(logins::keep_session(conn, &courier, &sealed, expires_at, paused_until, now).await?) },
            )
        });
        if kept.await.is_err() {
            tracing::warn!("a courier's login could not be kept; other instances will log in for themselves");
        }
    }

    fn remember(&self, account: &CourierId, session: Session) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(account.clone(), session);
    }
}

fn place(account: &CourierId) -> String {
    format!("courier_health/access_token/{account}")
}

impl SessionKeeper for Logins {
    fn load<'a>(&'a self, account: &'a CourierId) -> Kept<'a, Option<Session>> {
        Box::pin(async move {
            match self.read(account).await {
                Ok(Some(session)) => {
                    self.remember(account, session.clone());
                    Some(session)
                }
                Ok(None) => None,
                Err(_) => self.known.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned(),
            }
        })
    }

    fn save<'a>(&'a self, account: &'a CourierId, session: Session) -> Kept<'a, ()> {
        Box::pin(async move {
            self.write(account, &session).await;
            self.remember(account, session);
        })
    }

    fn claim<'a>(&'a self, account: &'a CourierId, until: UnixMillis) -> Kept<'a, bool> {
        let (courier, instance, now) = (account.clone(), Arc::clone(&self.instance), self.clock.now());
        Box::pin(async move {
            let claimed = self.db.write(move |conn| {
                let (courier, instance) = (courier.clone(), Arc::clone(&instance));
                Box::pin(async move { Ok(logins::claim(conn, &courier, &instance, until, now).await?) })
            });
            // Without the database nobody can say whose turn it is: better two logins than none.
            claimed.await.unwrap_or(true)
        })
    }

    fn let_go<'a>(&'a self, account: &'a CourierId) -> Kept<'a, ()> {
        let (courier, instance) = (account.clone(), Arc::clone(&self.instance));
        Box::pin(async move {
            let let_go = self.db.write(move |conn| {
                let (courier, instance) = (courier.clone(), Arc::clone(&instance));
                Box::pin(async move { Ok(logins::let_go(conn, &courier, &instance).await?) })
            });
            if let_go.await.is_err() {
                tracing::warn!("the turn to log in with a courier could not be given back; it ends by itself");
            }
        })
    }
}
