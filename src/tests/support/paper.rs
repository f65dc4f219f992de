//! What the program writes to its log, on paper.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Level};
use tracing_subscriber::fmt::MakeWriter;

/// Where a log goes. Clones are the same sheet.
#[derive(Clone, Default)]
pub struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    /// What this thread writes down from now on, until the guard goes.
    pub fn listen(&self, level: Level) -> DefaultGuard {
        keep_another_listener();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(level).with_writer(self.clone()).with_ansi(false).finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// What is on it.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("paper").clone()).expect("text")
    }
}

/// With a single listener in the process `tracing` asks whichever thread comes by a line of the program
/// first whether anybody wants it, and remembers its no for all: a test beside this one would silence it.
fn keep_another_listener() {
    static OTHER: OnceLock<Dispatch> = OnceLock::new();
    OTHER.get_or_init(|| Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish()));
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("paper").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Paper {
    type Writer = Paper;

    fn make_writer(&'w self) -> Paper {
        self.clone()
    }
}
