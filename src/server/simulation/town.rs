//! What holds a run together: the clock, the dice, the couriers, the shop while it lives, the wires between
//! them, and what everybody remembers. Whoever is on a wire can be interrupted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::domain::couriers::Provider;
use crate::domain::time::SECOND_MS;
use crate::server::clock::{Chance, Clock};
use crate::server::couriers::http::Outbound;
use crate::server::couriers::line::{Answered, Answering, Line};
use crate::server::sandbox::{self, Sandbox};
use crate::server::simulation::checks::{Breach, Promise};
#[cfg(test)]
use crate::server::simulation::plants::{self, Plant};
use crate::server::simulation::template::{self, Folder, START, Shelf, Template};
use crate::server::simulation::troubles::Trouble;
use crate::server::simulation::{Plan, Tally, steps};
use crate::server::{App, http};

/// Keeps the dice apart from what the couriers and the shop leave to chance.
const DICE_STRIDE: u64 = 0x9E6C_63D0_876A_3F6B;
const SHOP_STRIDE: u64 = 0xA076_1D64_78BD_642F;
/// One webhook in so many comes late, where that may happen.
const LATE_ONE_IN: u64 = 10;
/// The shop's doors that are used: where orders are placed, and where webhooks come in.
const DOORS: [&str; 2] = ["/api/v1/orders/", "/hooks/t/{token}"];
/// Longest answer of anybody.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// An order as those who placed it know it.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// What people call it.
    pub reference: String,
    /// Slug of its store.
    pub store: &'static str,
    /// Whether it was asked back.
    pub is_recalled: bool,
}

/// What happens while a call is under way.
#[derive(Clone, Debug)]
pub enum Event {
    /// The shop's process dies.
    Crash,
    /// Somebody else books a courier for the same order.
    SecondBooker(String),
    /// The process was asleep for longer than a booking may take; what is due by then is done first.
    Sleep,
    /// The courier's webhooks are quicker than its answer.
    News,
}

/// An event that waits for its call.
#[derive(Clone, Debug)]
pub struct Interruption {
    /// Calls that pass before.
    pub calls_before: u64,
    /// Whether the courier has done what it was asked by then.
    pub after_effect: bool,
    /// What happens.
    pub event: Event,
}

/// A webhook the shop has acknowledged.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// Whose it was.
    pub courier: Provider,
    /// Its body.
    pub body: Vec<u8>,
}

#[derive(Default)]
struct Memory {
    shop: Option<(App, Router)>,
    lines: Vec<String>,
    breaches: Vec<Breach>,
    tally: Tally,
    interruption: Option<Interruption>,
    /// Webhooks that are late.
    mail: Vec<Request<Vec<u8>>>,
    acknowledged: Vec<Acknowledged>,
    orders: Vec<Ordered>,
    steps_taken: u64,
    is_settling: bool,
    is_crash_proof: bool,
}

/// A run.
pub struct Town {
    /// What is simulated.
    pub plan: Plan,
    /// The clock of everybody.
    pub clock: Clock,
    /// The couriers.
    pub sandbox: Sandbox,
    /// What can be ordered.
    pub shelves: Vec<Shelf>,
    couriers: Router,
    dice: Chance,
    shops_chance: Chance,
    hooks: Vec<(Provider, String)>,
    crash: Notify,
    memory: Mutex<Memory>,
}

impl Town {
    /// A town where nothing has happened.
    pub fn new(plan: Plan, seed: u64, template: &Template) -> Arc<Town> {
        let sandbox = Sandbox::starting_at(seed, START);
        sandbox.set_hold(std::time::Duration::ZERO);
        sandbox.set_faults(plan.troubles.iter().flat_map(|trouble| trouble.rules()).collect());
        for (courier, url) in &template.hooks {
            sandbox.set_webhook(*courier, url, template::SECRET).ok();
        }
        let shelves = template.shelves.iter().filter(|shelf| serves(&plan, shelf.store)).cloned().collect();
        Arc::new_cyclic(|town: &Weak<Town>| {
            sandbox.send_over(Line::InProcess(Arc::new(Post(town.clone()))));
            Town {
                plan,
                clock: Clock::manual(START),
                couriers: sandbox::router(&sandbox),
                sandbox,
                shelves,
                dice: Chance::seeded(seed ^ DICE_STRIDE),
                shops_chance: Chance::seeded(seed ^ SHOP_STRIDE),
                hooks: template.hooks.clone(),
                crash: Notify::new(),
                memory: Mutex::default(),
            }
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below a bound.
    pub fn below(&self, bound: u64) -> u64 {
        self.dice.number() % bound.max(1)
    }

    /// One of these.
    pub fn pick<T: Clone>(&self, among: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(among.len() as u64)).unwrap_or(0);
        among.get(at).cloned()
    }

    /// Whether something goes wrong in this way, for now.
    pub fn has(&self, trouble: Trouble) -> bool {
        self.plan.troubles.contains(&trouble) && !self.memory().is_settling
    }

    /// Writes down what happened.
    pub fn note(&self, line: impl Into<String>) {
        let seconds = (self.clock.now().0 - START.0) / SECOND_MS;
        self.memory().lines.push(format!("{seconds:>8} s  {}", line.into()));
    }

    /// Writes down what does not hold, once.
    pub fn breach(&self, promise: Promise, sentence: String) {
        let breach = Breach { promise, sentence };
        let mut memory = self.memory();
        if !memory.breaches.contains(&breach) {
            memory.lines.push(format!("BREACH {breach}"));
            memory.breaches.push(breach);
        }
    }

    /// Everything that is told of a run.
    pub fn told(&self) -> (Vec<String>, Vec<Breach>, Tally) {
        let memory = self.memory();
        let tally = Tally { parcels: self.sandbox.parcels().len(), orders: memory.orders.len(), ..memory.tally };
        (memory.lines.clone(), memory.breaches.clone(), tally)
    }

    // ---- the shop's life

    /// Opens the shop on its files.
    ///
    /// # Errors
    /// A sentence when it does not open.
    pub async fn open_shop(self: &Arc<Self>, folder: &Folder) -> Result<App, String> {
        let line = Line::InProcess(Arc::new(Desk(Arc::clone(self))));
        let config = template::config(folder);
        let outbound = Outbound::on(line, true);
        let app = App::open_with(config, self.clock.clone(), self.shops_chance.clone(), outbound).await?;
        let router = http::router_of(&app, |route| DOORS.contains(&route.path));
        self.memory().shop = Some((app.clone(), router));
        Ok(app)
    }

    /// Forgets the shop; what it kept in memory is gone.
    pub fn close_shop(&self) {
        let shop = self.memory().shop.take();
        #[cfg(test)]
        if plants::is(Plant::StoreLater) {
            self.memory().mail.clear();
        }
        drop(shop);
    }

    /// Ends the shop's process here and now: whoever calls this never comes back.
    pub async fn die(&self) {
        self.note("the shop's process dies");
        self.memory().tally.crashes += 1;
        self.crash.notify_one();
        std::future::pending().await
    }

    /// Ready when the shop's process has died.
    pub async fn died(&self) {
        self.crash.notified().await;
    }

    /// From now on nothing dies.
    pub fn never_crash_again(&self) {
        self.memory().is_crash_proof = true;
    }

    /// Whether the shop's process may die now.
    pub fn may_crash(&self) -> bool {
        self.has(Trouble::Crash) && !self.memory().is_crash_proof
    }

    // ---- what is remembered

    /// The orders so far.
    pub fn orders(&self) -> Vec<Ordered> {
        self.memory().orders.clone()
    }

    /// Remembers an order.
    pub fn ordered(&self, reference: String, store: &'static str) {
        self.memory().orders.push(Ordered { reference, store, is_recalled: false });
    }

    /// Remembers that an order was asked back.
    pub fn recalled(&self, reference: &str) {
        for order in self.memory().orders.iter_mut().filter(|order| order.reference == reference) {
            order.is_recalled = true;
        }
    }

    /// What the shop has acknowledged.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.memory().acknowledged.clone()
    }

    /// Counts a step; answers how many there were before.
    pub fn take_step(&self) -> u64 {
        let mut memory = self.memory();
        memory.steps_taken += 1;
        memory.steps_taken - 1
    }

    /// Ends all trouble.
    pub fn settle(&self) {
        self.memory().is_settling = true;
        self.sandbox.set_faults(Vec::new());
    }

    /// Lets something happen during one of the next calls, or nothing.
    pub fn interrupt_with(&self, interruption: Option<Interruption>) {
        self.memory().interruption = interruption;
    }

    // ---- time and mail

    /// Lets time pass for everybody; webhooks of what happens meanwhile arrive.
    pub async fn pass(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
        self.sandbox.advance(milliseconds).await;
    }

    /// Delivers a webhook that is late; answers whether there was one.
    pub async fn deliver_late(&self) -> bool {
        let letter = {
            let mut memory = self.memory();
            let count = memory.mail.len();
            if count == 0 { None } else { Some(memory.mail.remove((self.dice.number() as usize) % count)) }
        };
        let Some(letter) = letter else { return false };
        self.knock(letter).await;
        true
    }

    /// Asks the shop for something; `None` while it is not there.
    pub async fn visit(&self, request: Request<Body>) -> Option<Response<Vec<u8>>> {
        let (_, router) = self.memory().shop.clone()?;
        collected(router.oneshot(request).await.ok()?).await
    }

    /// The couriers' side of the shop's door.
    async fn knock(&self, letter: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let (path, body) = (letter.uri().path().to_owned(), letter.body().clone());
        let response = self.visit(letter.map(Body::from)).await?;
        let status = response.status();
        let courier = self.hooks.iter().find(|(_, url)| url.contains(&path)).map(|(courier, _)| *courier);
        let name = courier.map_or("nobody", Provider::code);
        self.note(format!("webhook of {name}, {} bytes: {}", body.len(), status.as_u16()));
        #[cfg(test)]
        let courier = courier.filter(|_| !plants::is(Plant::StoreLater));
        if let Some(courier) = courier.filter(|_| status.is_success()) {
            self.acknowledge(courier, body);
        }
        Some(response)
    }

    fn acknowledge(&self, courier: Provider, body: Vec<u8>) {
        let mut memory = self.memory();
        memory.tally.pushes += 1;
        memory.acknowledged.push(Acknowledged { courier, body });
    }

    /// Puts a webhook aside for later.
    fn keep(&self, letter: Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.memory().mail.push(letter);
        Response::new(Vec::new())
    }

    // ---- interruptions

    /// The interruption, if this is its call and its side of the effect.
    fn due(&self, after_effect: bool) -> Option<Event> {
        let mut memory = self.memory();
        let waiting = memory.interruption.as_mut().filter(|waiting| waiting.after_effect == after_effect)?;
        if waiting.calls_before > 0 {
            waiting.calls_before -= 1;
            return None;
        }
        memory.interruption.take().map(|waiting| waiting.event)
    }

    async fn interrupt(&self, event: Event) {
        let Some((app, _)) = self.memory().shop.clone() else { return };
        match event {
            Event::Crash if self.may_crash() => self.die().await,
            Event::Crash => {}
            Event::SecondBooker(reference) => steps::book_beside(self, &app, &reference).await,
            Event::Sleep => steps::oversleep(self, &app).await,
            Event::News => self.pass(1_000 + self.below(19_000) as i64).await,
        }
    }
}

fn serves(plan: &Plan, store: &str) -> bool {
    plan.couriers.iter().any(|courier| template::store_of(*courier) == store)
}

async fn collected(response: Response<Body>) -> Option<Response<Vec<u8>>> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.ok()?;
    Some(Response::from_parts(parts, bytes.to_vec()))
}

/// The wire from the shop to the couriers.
struct Desk(Arc<Town>);

impl Answering for Desk {
    fn answer(&self, request: Request<Vec<u8>>) -> Answered<'_> {
        Box::pin(async move {
            let town = &self.0;
            let what = format!("{} {}", request.method(), request.uri());
            town.memory().tally.calls += 1;
            if let Some(event) = town.due(false) {
                town.note(format!("before {what}: {event:?}"));
                town.interrupt(event).await;
            }
            let answered = sandbox::respond(town.couriers.clone(), request.map(Body::from)).await;
            let status = answered.as_ref().map_or("cut off".to_owned(), |answer| answer.status().as_u16().to_string());
            town.note(format!("{what}: {status}"));
            if let Some(event) = town.due(true) {
                town.note(format!("after {what}: {event:?}"));
                let is_late = matches!(event, Event::Sleep);
                town.interrupt(event).await;
                if is_late {
                    // Whoever slept so long has given the call up.
                    return None;
                }
            }
            collected(answered?).await
        })
    }
}

/// The wire from the couriers to the shop.
struct Post(Weak<Town>);

impl Answering for Post {
    fn answer(&self, request: Request<Vec<u8>>) -> Answered<'_> {
        Box::pin(async move {
            let town = self.0.upgrade()?;
            if town.has(Trouble::Delay) && town.below(LATE_ONE_IN) == 0 {
                town.note("a webhook is late");
                return Some(town.keep(request));
            }
            #[cfg(test)]
            if plants::is(Plant::StoreLater) {
                let path = request.uri().path().to_owned();
                if let Some((courier, _)) = town.hooks.iter().find(|(_, url)| url.contains(&path)) {
                    town.acknowledge(*courier, request.body().clone());
                }
                return Some(town.keep(request));
            }
            town.knock(request).await
        })
    }
}
