//! What the fuzz targets share. `make fuzz` runs them all, each with the recorded bodies of
//! `src/server/couriers/fixtures` to begin with.

pub mod shop;

use harkara::domain::couriers::Provider;
use harkara::server::couriers::fuzzing::{is_readable, read_everything};
use harkara::server::couriers::http::Answer;

/// Lets everything read a body, as an answer under a few statuses and as a push. Nothing panics, and what is
/// not understood is said in a sentence.
pub fn read(provider: Provider, body: &[u8]) {
    for status in [200, 422, 500] {
        let answer = Answer { status, body: body.to_vec(), retry_after_ms: None };
        for report in read_everything(provider, &answer) {
            if let Err(reason) = &report.heard {
                assert!(is_readable(reason), "{reason:?}");
            }
        }
    }
}
