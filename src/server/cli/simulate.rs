//! `harkara simulate`: runs seeds of the simulation and prints what happened and what was not kept.

use std::sync::Mutex;

use serde_json::json;

use crate::server::simulation::troubles::Trouble;
use crate::server::simulation::{Plan, Run, Simulation};

/// Seeds between two signs of life.
const SIGN_EVERY: u64 = 500;

/// What was asked for.
pub struct Wish {
    /// A courier's code, or `all`.
    pub courier: String,
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub seeds: u64,
    /// Names of faults with commas between, or `all`.
    pub faults: String,
    /// One object a line.
    pub json: bool,
}

/// Runs the command. One seed is told in full, of many only what is broken.
///
/// # Errors
/// A sentence when a promise was not kept, so that scripts notice, or when nothing can be run.
pub async fn run(wish: Wish) -> Result<(), String> {
    let couriers = Plan::couriers_of(&wish.courier).unwrap_or_else(|sentence| wrong_usage(&sentence));
    let troubles = Trouble::parse(&wish.faults).unwrap_or_else(|sentence| wrong_usage(&sentence));
    let plan = Plan { couriers, troubles };
    // Every life of a shop has a runtime of its own, which a thread of a runtime cannot have.
    let ran = tokio::task::spawn_blocking(move || simulate(&wish, plan)).await;
    ran.unwrap_or_else(|_| Err("The simulation panicked.".to_owned()))
}

/// Ends the process as any wrong usage does.
fn wrong_usage(sentence: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{sentence}\n")).exit()
}

fn simulate(wish: &Wish, plan: Plan) -> Result<(), String> {
    let simulation = Simulation::new(plan)?;
    let seen = Mutex::new((0_u64, 0_u64));
    simulation.run_many(wish.seed, wish.seeds, |run| {
        let Ok(mut counts) = seen.lock() else { return };
        counts.0 += 1;
        counts.1 += u64::from(!run.breaches.is_empty());
        if wish.json {
            println!("{}", line(&run));
            return;
        }
        if wish.seeds == 1 {
            run.lines.iter().for_each(|line| println!("{line}"));
        }
        if wish.seeds == 1 || !run.breaches.is_empty() {
            println!("{}", words(&run, wish));
        }
        if counts.0 % SIGN_EVERY == 0 {
            println!("{} of {} seeds, {} broken", counts.0, wish.seeds, counts.1);
        }
    })?;
    let broken = seen.into_inner().map_or(0, |(_, broken)| broken);
    if broken > 0 {
        return Err(format!("{broken} of {} seeds broke a promise.", wish.seeds));
    }
    if !wish.json && wish.seeds > 1 {
        println!("{} seeds kept every promise.", wish.seeds);
    }
    Ok(())
}

fn words(run: &Run, wish: &Wish) -> String {
    let Run { seed, digest, tally, breaches, .. } = run;
    let mut text = format!(
        "seed {seed}, digest {digest}: {} orders, {} calls, {} parcels, {} webhooks, {} crashes",
        tally.orders, tally.calls, tally.parcels, tally.pushes, tally.crashes
    );
    for breach in breaches {
        text.push_str(&format!("\n  BREACH {breach}"));
    }
    if !breaches.is_empty() {
        let (courier, faults) = (&wish.courier, &wish.faults);
        text.push_str(&format!("\n  again: harkara simulate --courier {courier} --seed {seed} --faults {faults}"));
    }
    text
}

fn line(run: &Run) -> String {
    let breaches: Vec<_> = run.breaches.iter().map(|breach| json!([breach.promise.code(), breach.sentence])).collect();
    json!({
        "seed": run.seed, "digest": run.digest, "breaches": breaches, "orders": run.tally.orders,
        "calls": run.tally.calls, "parcels": run.tally.parcels, "webhooks": run.tally.pushes,
        "crashes": run.tally.crashes,
    })
    .to_string()
}
