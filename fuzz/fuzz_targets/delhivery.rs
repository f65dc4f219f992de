//! Whatever Delhivery may answer or push.
#![no_main]

use harkara::domain::couriers::Provider;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| harkara_fuzz::read(Provider::Delhivery, body));
