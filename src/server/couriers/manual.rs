//! Couriers without an API: staff type the AWB in and say by hand what happened.

use crate::domain::couriers::Capabilities;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{Accepted, Booking, Call, Courier, CourierError, Numbers, Parcel, Push, Report};

const CAPABILITIES: Capabilities = Capabilities { name: "Any courier, by hand", ..Capabilities::NONE };

/// A courier that is spoken to by people.
pub struct Manual;

fn refuse<'a, T: Send + 'a>(sentence: &'static str) -> Call<'a, T> {
    Box::pin(async move { Err(CourierError::Refused(sentence.to_owned())) })
}

impl Courier for Manual {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn statuses(&self) -> &'static [StatusRow] {
        &[]
    }

    fn statuses_version(&self) -> i64 {
        1
    }

    fn base_url(&self) -> &'static str {
        ""
    }

    fn book<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Parcel) -> Call<'a, Booking> {
        refuse("This courier is booked by hand: book it with the courier and type the AWB in.")
    }

    fn find<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a str) -> Call<'a, Option<Booking>> {
        refuse("This courier is booked by hand, so there is nothing to look up.")
    }

    fn track<'a>(
        &'a self,
        _: &'a Outbound,
        _: &'a Account,
        _: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        refuse("This courier cannot be asked where a parcel is: set its status by hand.")
    }

    fn cancel<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers) -> Call<'a, ()> {
        refuse("This courier is spoken to by hand: call the parcel off with the courier.")
    }

    fn recall<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers, _: &'a str) -> Call<'a, ()> {
        refuse("This courier is spoken to by hand: ask the courier to bring the parcel back.")
    }

    fn read_push(&self, _: &[u8]) -> Result<Push, CourierError> {
        Err(CourierError::Refused("This courier sends no webhooks.".to_owned()))
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok("{}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_that_needs_a_call_is_refused_in_words() {
        let http = Outbound::new(false).unwrap();
        let account = crate::server::couriers::packzy::tests::account(None);
        let found = Manual.find(&http, &account, "HK-1").await;
        assert!(matches!(found, Err(CourierError::Refused(sentence)) if sentence.contains("by hand")));
        let tracked = Manual.track(&http, &account, &[Numbers::default()]).await;
        assert!(matches!(tracked, Err(CourierError::Refused(_))));
        assert!(matches!(Manual.read_push(b"{}"), Err(CourierError::Refused(_))));
        assert!(Manual.statuses().is_empty() && !Manual.capabilities().books);
    }
}
