//! What Delhivery keeps beside its parcels: waybills given out, warehouses, pickups, instructions.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::time::UnixMillis;
use crate::server::clock::Chance;

/// The warehouse that is registered from the start.
pub const WAREHOUSE: &str = "Main Godown";
/// Waybills have fourteen digits and begin with this.
const FIRST_WAYBILL: u64 = 58_000_000_000_000;
/// Waybills of one seed; the next seed's begin beyond.
const WAYBILLS_PER_SEED: u64 = 1_000_000;
const SEEDS: u64 = 1_000_000;

/// An instruction after a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// When it came.
    pub at: UnixMillis,
    /// Why it is not followed; empty when it is.
    pub refused: String,
}

/// Everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Books {
    /// How many waybills and uploads were numbered.
    numbered: u64,
    /// Waybills that were fetched and not yet used.
    pub fetched: BTreeSet<String>,
    /// Names of registered warehouses.
    pub warehouses: BTreeSet<String>,
    /// Pickups by warehouse and day.
    pub pickups: BTreeMap<(String, String), u64>,
    /// Instructions.
    pub uploads: Vec<Upload>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            numbered: 0,
            fetched: BTreeSet::new(),
            warehouses: BTreeSet::from([WAREHOUSE.to_owned()]),
            pickups: BTreeMap::new(),
            uploads: Vec::new(),
        }
    }
}

impl Books {
    /// A waybill nobody had yet.
    pub fn waybill(&mut self, seed: u64) -> String {
        let block = Chance::seeded(seed).number() % SEEDS;
        self.numbered += 1;
        (FIRST_WAYBILL + block * WAYBILLS_PER_SEED + self.numbered % WAYBILLS_PER_SEED).to_string()
    }

    /// The id of an upload, which is never a waybill.
    pub fn upload(&mut self, seed: u64) -> String {
        self.numbered += 1;
        format!("UPL{:019}", Chance::seeded(seed ^ self.numbered).number() % 10_000_000_000_000_000_000)
    }
}
