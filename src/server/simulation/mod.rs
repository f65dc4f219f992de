//! A shop and its couriers in one thread, on a clock that only steps move: whatever chance lets happen in
//! a run happens again in every run of the same seed.
//!
//! The shop is the real one, from its doors to its files, and so is the sandbox that plays the couriers.
//! Only the wires between them are not: requests are handed over in this process, and while one is under way
//! anything else may happen. A crash is the end of the shop's runtime; the next one opens the same files.
//!
//! `troubles` what may go wrong · `template` the shop every run begins with · `town` the wires, the clock and
//! what everybody remembers · `steps` what people and time do · `settling` how it all ends · `checks` what must
//! hold then · `truth` what couriers' last words mean · `plants` bugs that have to be found.

mod checks;
#[cfg(test)]
pub mod plants;
mod settling;
mod steps;
mod template;
mod town;
pub mod troubles;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::couriers::Provider;
use crate::server::secrets;
use crate::server::simulation::template::Template;
use crate::server::simulation::town::Town;
use crate::server::simulation::troubles::Trouble;

pub use checks::{Breach, Promise};

/// Lives of the shop's process in one run: an end to crashes that follow each other.
const LIVES_MAX: usize = 12;
/// Threads that run seeds, per core: most of a run is waiting for the spool's thread.
const THREADS_PER_CORE: usize = 2;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The couriers there are accounts with.
    pub couriers: Vec<Provider>,
    /// What may go wrong.
    pub troubles: Vec<Trouble>,
}

impl Plan {
    /// Every courier that can be played, and every trouble.
    pub fn everything() -> Plan {
        Plan { couriers: template::PLAYED.to_vec(), troubles: Trouble::all() }
    }

    /// The couriers of a command line: a code, or `all`.
    ///
    /// # Errors
    /// A sentence that says which there are.
    pub fn couriers_of(text: &str) -> Result<Vec<Provider>, String> {
        let played = template::PLAYED.to_vec();
        if text.trim() == "all" {
            return Ok(played);
        }
        let found = text.trim().parse::<Provider>().ok().filter(|courier| played.contains(courier));
        found.map(|courier| vec![courier]).ok_or_else(|| {
            let codes: Vec<&str> = played.iter().map(|courier| courier.code()).collect();
            format!("No courier called “{text}” is played. There are all, {}.", codes.join(", "))
        })
    }
}

/// What happened in a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// Everything that was done and answered, in order.
    pub lines: Vec<String>,
    /// What does not hold.
    pub breaches: Vec<Breach>,
    /// The same for the same run: over all lines and the data at the end.
    pub digest: String,
    /// How much happened.
    pub tally: Tally,
}

/// How much happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Orders placed.
    pub orders: usize,
    /// Calls to couriers.
    pub calls: usize,
    /// Parcels the couriers have.
    pub parcels: usize,
    /// Webhooks that were acknowledged.
    pub pushes: usize,
    /// Crashes.
    pub crashes: usize,
}

/// Simulates plans, one seed at a time or many side by side.
pub struct Simulation {
    plan: Plan,
    template: Template,
}

impl Simulation {
    /// Makes the shop every run begins with. Not to be called within a runtime.
    ///
    /// # Errors
    /// A sentence when that shop cannot be made.
    pub fn new(plan: Plan) -> Result<Simulation, String> {
        Ok(Simulation { plan, template: Template::make()? })
    }

    /// Runs one seed. Not to be called within a runtime.
    ///
    /// # Errors
    /// A sentence when the machine does not allow it: no disk, no threads.
    pub fn run(&self, seed: u64) -> Result<Run, String> {
        let folder = self.template.copy()?;
        let town = Arc::new(Town::new(self.plan.clone(), seed, &self.template));
        for life in 0..=LIVES_MAX {
            if life == LIVES_MAX {
                town.never_crash_again();
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| format!("There is no runtime: {error}."))?;
            let is_over = runtime.block_on(steps::live(&town, &folder));
            town.close_shop();
            drop(runtime);
            folder.wait_until_left();
            if is_over? {
                break;
            }
        }
        let (lines, breaches, tally) = town.told();
        let digest = secrets::digest(lines.join("\n").as_bytes())[..16].to_owned();
        Ok(Run { seed, lines, breaches, digest, tally })
    }

    /// Runs so many seeds from the first on, side by side, and hands each to `seen`, in whatever order they
    /// end.
    ///
    /// # Errors
    /// The first sentence of a run that could not be made.
    pub fn run_many(&self, first: u64, count: u64, seen: impl Fn(Run) + Sync) -> Result<(), String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let work = || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return Ok(());
                    }
                    seen(self.run(first.wrapping_add(at))?);
                }
            };
            let workers: Vec<_> = (0..cores * THREADS_PER_CORE).map(|_| scope.spawn(work)).collect();
            let mut ends = workers.into_iter().map(|worker| worker.join());
            ends.try_for_each(|end| end.unwrap_or_else(|_| Err("A run panicked.".to_owned())))
        })
    }
}

#[cfg(test)]
#[path = "simulation_tests.rs"]
mod tests;
