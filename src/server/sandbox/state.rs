//! What the sandbox remembers: parcels with the rest of their way, the virtual clock, faults, and the
//! webhooks still to be sent. Nothing here waits or sends.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::server::clock::{Chance, Clock};
use crate::server::sandbox::faults::{Fault, Faults};
use crate::server::sandbox::{delhivery, pathao, redx, shiprocket, sides};

/// How long a call that times out is held: longer than any caller of ours waits.
const HOLD_TIME: Duration = Duration::from_secs(35);
/// The least and the most minutes that a delayed webhook is late.
const DELAY_MINUTES: (u64, u64) = (10, 120);
/// How many sent webhooks are remembered.
const SENT_MAX: usize = 1_000;
/// Two odd numbers that keep the sequences of different parcels apart.
const PARCEL_STRIDE: u64 = 0xD1B5_4A32_D192_ED03;
const FAULT_STRIDE: u64 = 0x2545_F491_4F6C_DD1D;

/// How a parcel's way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Journey {
    /// Delivered at the first attempt.
    Delivered,
    /// Held and released, once or twice, then delivered.
    Held,
    /// The customer keeps a part.
    PartlyDelivered,
    /// Attempts fail, then it is delivered.
    FailedAttempts,
    /// Every attempt fails and it goes back.
    Returned,
    /// Called off on the way.
    Cancelled,
    /// Lost on the way.
    Lost,
    /// The courier does not know either.
    Unclear,
    /// Out twice in a row and delivered by a mistaken scan, which is corrected; then it goes back. Chance
    /// never chooses it.
    MisScanned,
}

/// What happens to a parcel at some instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: UnixMillis,
    /// The courier's word for the new state; none for a message alone.
    pub status: Option<String>,
    /// The courier's words.
    pub message: String,
}

/// A parcel as its courier knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parcel {
    /// Which courier has it.
    pub courier: Provider,
    /// What it is tracked by.
    pub awb: String,
    /// The second number, for customers.
    pub tracking_code: String,
    /// The merchant's reference.
    pub reference: String,
    /// The courier's word for its state.
    pub status: String,
    /// What is collected.
    pub cod: Minor,
    /// What the courier charges.
    pub charge: Minor,
    /// What was booked, as it came.
    pub booked: Value,
    /// How its way ends if nobody interferes.
    pub journey: Journey,
    /// Its courier has agreed to call it off, or to turn it round.
    #[serde(skip)]
    pub is_called_off: bool,
    /// When it was booked.
    pub created_at: UnixMillis,
    /// When its state last changed.
    pub updated_at: UnixMillis,
    /// What has happened to it.
    pub events: Vec<Event>,
    /// What will.
    #[serde(skip)]
    pub ahead: VecDeque<Event>,
}

/// A request to bring a parcel back.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// Its id.
    pub id: u64,
    /// The parcel.
    pub awb: String,
    /// Why.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// A webhook that waits to be sent, or was.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// Whose webhook it is.
    pub courier: Provider,
    /// The parcel; empty for a ping.
    pub awb: String,
    /// The body.
    pub body: Value,
    /// The fault that happened to it.
    pub fault: Option<Fault>,
    /// The virtual instant of what it tells.
    pub at: UnixMillis,
    /// The status it was answered with; none when it did not arrive.
    pub answered: Option<u16>,
}

/// Where a courier's webhooks go.
#[derive(Clone)]
pub struct Target {
    /// The merchant's address.
    pub url: String,
    /// The secret that was typed into the courier's panel.
    pub secret: String,
    /// The header that carries it, if not the courier's usual one.
    pub header: Option<String>,
}

/// How wrong keys are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnauthorizedForm {
    /// JSON.
    #[default]
    Json,
    /// One line of text.
    Text,
    /// A page.
    Html,
}

/// The shapes real answers are known to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// HTTP status of a refusal: 200, 400 or 422.
    pub refusal_status: u16,
    /// How wrong keys are answered.
    pub unauthorized: UnauthorizedForm,
    /// Numbers come as texts.
    pub awkward: bool,
    /// A bulk booking with failed rows is answered with an object and not with a list.
    pub bulk_wrapped: bool,
    /// How long a new parcel is not found by look-ups, in virtual seconds.
    pub hidden_seconds: u32,
    /// Characters that a courier forbids are let through.
    pub any_characters: bool,
    /// Nothing is left in the wallet, so that there are no AWBs.
    pub wallet_empty: bool,
    /// AWBs are promised for later.
    pub awb_queued: bool,
    /// How long a token lives, in virtual seconds.
    pub token_seconds: u32,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            refusal_status: 400,
            unauthorized: UnauthorizedForm::Json,
            awkward: false,
            bulk_wrapped: false,
            hidden_seconds: 0,
            any_characters: false,
            wallet_empty: false,
            awb_queued: false,
            token_seconds: 864_000,
        }
    }
}

/// Everything a sandbox remembers.
pub struct State {
    /// What makes it repeatable.
    pub seed: u64,
    /// Where its clock started.
    pub start: UnixMillis,
    /// The virtual instant.
    pub now: UnixMillis,
    /// Virtual seconds per real second; zero is a clock that stands still.
    pub speed: u32,
    /// Whether events are dated by the machine's clock: a virtual one that runs ahead would date them in
    /// the future of the shop that is told.
    pub dates_by_machine: bool,
    /// Every parcel, in the order it was booked.
    pub parcels: Vec<Parcel>,
    /// Every return request, in the order it was made.
    pub returns: Vec<Return>,
    /// What Delhivery keeps beside its parcels.
    pub delhivery: delhivery::Books,
    /// What Shiprocket keeps beside its parcels.
    pub shiprocket: shiprocket::Books,
    /// What Pathao keeps beside its parcels.
    pub pathao: pathao::Books,
    /// Names of RedX's pickup stores; each has its place in the list added to the first id.
    pub redx_stores: Vec<String>,
    /// What goes wrong.
    pub faults: Faults,
    /// Decides whether likely faults happen.
    pub fault_chance: Chance,
    /// How long a call that times out is held.
    pub hold: Duration,
    /// The shapes of answers.
    pub answers: Answers,
    /// How the next parcels' ways end, before chance decides.
    pub journeys: VecDeque<Journey>,
    /// Where webhooks go.
    pub targets: BTreeMap<&'static str, Target>,
    /// Webhooks to be sent, in order.
    pub outbox: VecDeque<Push>,
    /// Webhooks held back until the next one was sent.
    pub held: Vec<Push>,
    /// Webhooks held back until an instant.
    pub delayed: Vec<(UnixMillis, Push)>,
    /// Whether the call at hand books by half.
    pub books_half: bool,
    /// Webhooks that were sent or dropped, the latest thousand.
    pub sent: VecDeque<Push>,
}

impl State {
    /// An empty sandbox.
    pub fn new(seed: u64, start: UnixMillis) -> Self {
        Self {
            seed,
            start,
            now: start,
            speed: 0,
            dates_by_machine: false,
            parcels: Vec::new(),
            returns: Vec::new(),
            delhivery: delhivery::Books::default(),
            shiprocket: shiprocket::Books::default(),
            pathao: pathao::Books::default(),
            redx_stores: redx::STORES.map(str::to_owned).into(),
            faults: Faults::default(),
            fault_chance: Chance::seeded(seed ^ FAULT_STRIDE),
            hold: HOLD_TIME,
            answers: Answers::default(),
            journeys: VecDeque::new(),
            targets: BTreeMap::new(),
            outbox: VecDeque::new(),
            held: Vec::new(),
            delayed: Vec::new(),
            books_half: false,
            sent: VecDeque::new(),
        }
    }

    /// Forgets everything but the pace, the hold and where webhooks go.
    pub fn reset(&mut self) {
        let fresh = Self::new(self.seed, self.start);
        let before = std::mem::replace(self, fresh);
        (self.speed, self.hold, self.targets) = (before.speed, before.hold, before.targets);
        self.dates_by_machine = before.dates_by_machine;
    }

    /// The chance of the parcel that is booked next: its numbers and its way depend on the seed and
    /// on how many were booked before, and on nothing else.
    pub fn next_chance(&self) -> Chance {
        let count = self.parcels.len() as u64 + 1;
        Chance::seeded(self.seed.wrapping_add(count.wrapping_mul(PARCEL_STRIDE)))
    }

    /// A courier's parcels, in the order they were booked.
    pub fn parcels_of(&self, courier: Provider) -> impl Iterator<Item = &Parcel> {
        self.parcels.iter().filter(move |parcel| parcel.courier == courier)
    }

    /// The parcel with an AWB.
    pub fn parcel(&self, awb: &str) -> Option<&Parcel> {
        self.parcels.iter().find(|parcel| parcel.awb == awb)
    }

    /// Moves the clock on; everything that falls due happens in the order of its time.
    pub fn pass(&mut self, milliseconds: i64) {
        let until = self.now.plus(milliseconds.max(0));
        let mut due = Vec::new();
        for (at, parcel) in self.parcels.iter_mut().enumerate() {
            while parcel.ahead.front().is_some_and(|event| event.at <= until) {
                due.extend(parcel.ahead.pop_front().map(|event| (event.at, at, event)));
            }
        }
        due.sort_by_key(|(instant, at, _)| (*instant, *at));
        for (instant, at, event) in due {
            self.now = instant;
            self.happen(at, event);
        }
        self.now = until;
    }

    /// Lets something happen to a parcel now, out of turn. Whatever is final ends its way.
    pub fn interfere(&mut self, awb: &str, status: Option<String>, message: String) -> Option<Parcel> {
        let at = self.parcels.iter().position(|parcel| parcel.awb == awb)?;
        let side = sides::of(self.parcels[at].courier)?;
        if status.as_deref().is_some_and(side.is_final) {
            self.parcels[at].ahead.clear();
        }
        self.happen(at, Event { at: self.now, status, message });
        self.parcels.get(at).cloned()
    }

    /// Lets something happen to the parcel at a place of the list, and queues its webhook.
    pub fn happen(&mut self, at: usize, mut event: Event) {
        let (awkward, now) = (self.answers.awkward, self.now);
        if self.dates_by_machine {
            event.at = Clock::System.now();
        }
        let Some(parcel) = self.parcels.get_mut(at) else { return };
        parcel.updated_at = event.at;
        if let Some(status) = &event.status {
            parcel.status.clone_from(status);
        }
        let body = sides::of(parcel.courier).map(|side| (side.push_body)(parcel, &event, awkward));
        if let Some(body) = body.filter(|body| !body.is_null()) {
            let (courier, awb) = (parcel.courier, parcel.awb.clone());
            self.outbox.push_back(Push { courier, awb, body, fault: None, at: now, answered: None });
        }
        parcel.events.push(event);
    }

    /// Queues a webhook that is about no parcel.
    pub fn ping(&mut self, courier: Provider) {
        let Some(side) = sides::of(courier) else { return };
        let body = (side.ping_body)();
        let at = self.now;
        self.outbox.push_back(Push { courier, awb: String::new(), body, fault: None, at, answered: None });
    }

    /// Holds a webhook back for some minutes.
    pub fn delay(&mut self, push: Push) {
        let (earliest, latest) = DELAY_MINUTES;
        let minutes = earliest + self.fault_chance.number() % (latest - earliest);
        self.delayed.push((push.at.plus(i64::try_from(minutes).unwrap_or(0) * MINUTE_MS), push));
    }

    /// The webhooks whose delay is over at an instant, in the order their delays end.
    pub fn delayed_until(&mut self, instant: UnixMillis) -> Vec<Push> {
        let mut due: Vec<_> = self.delayed.extract_if(.., |(until, _)| *until <= instant).collect();
        due.sort_by_key(|(until, _)| *until);
        due.into_iter().map(|(_, push)| push).collect()
    }

    /// Forgets a token of a login, whoever's it is: what was refused once stays refused.
    pub fn forget_token(&mut self, token: &str) {
        self.shiprocket.tokens.retain(|(known, _)| known != token);
        self.pathao.tokens.retain(|(known, _)| known != token);
    }

    /// Remembers a webhook that was sent or dropped.
    pub fn remember(&mut self, push: Push) {
        if self.sent.len() == SENT_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back(push);
    }
}
