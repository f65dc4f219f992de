//! What the shop does: every change, one transaction each, whoever asks for it.
//!
//! `orders` places · `fulfilment` moves orders from state to state · `bulk` many at once · `editing` what
//! else staff change about an order · `booking` gets a parcel to a courier · `awbs` its number where that
//! comes later · `shipping` what is done with it then · `papers` labels, manifests, riders · `rates` prices
//! before booking · `ndr` failed attempts · `tracking` takes news of parcels in · `effects` what they promise ·
//! `mappings` codes that merchants explain · `rereading` stored events by what is known today · `replay` the
//! same of one parcel, side by side · `checking` asks couriers for news · `polling` does so by itself ·
//! `syncing` brings parcels in line · `pushes` stored pushes of couriers · `pace` how many at a time ·
//! `doctor` why none come ·
//! `parcels` which parcel they mean · `accounts` courier accounts · `logins` their logins · `desk` what staff
//! and customers see of it · `figures` sums over all of it ·
//! `actor` who does it · `work` what is left to jobs · `staff` signs people in and makes accounts ·
//! `catalogue` sets stock · `instances` who shares the database · `upkeep` sweeps · `invariants` looks whether all of it holds · `alerts` looks out
//! for what goes wrong.

pub mod accounts;
pub mod actor;
pub mod alerts;
pub mod awbs;
pub mod booking;
pub mod bulk;
pub mod catalogue;
pub mod checking;
pub mod desk;
pub mod doctor;
pub mod editing;
pub mod effects;
pub mod figures;
pub mod fulfilment;
pub mod instances;
pub mod invariants;
pub mod logins;
pub mod mappings;
pub mod ndr;
pub mod orders;
pub mod pace;
pub mod papers;
pub mod parcels;
pub mod polling;
pub mod pushes;
pub mod rates;
pub mod replay;
pub mod rereading;
pub mod shipping;
pub mod staff;
pub mod syncing;
pub mod tracking;
pub mod upkeep;
pub mod work;
