//! Structured logs. No names, phones, addresses, query strings, headers or bodies go into them.
//!
//! The console always gets readable text; `LOG_FILE` gets JSON lines beside it, in files that `rotating`
//! keeps from growing without end.

pub mod rotating;

use std::str::FromStr;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::server::config::Config;
use crate::server::log::rotating::RotatingFile;

/// Size at which the log file is put away (R197).
pub const FILE_BYTES_MAX: u64 = 10_485_760;
/// Files that were put away and are kept.
pub const BACKUPS_MAX: u32 = 5;
/// What speaks of addresses, statements and packets below a warning, whatever level is asked for: a
/// courier's address holds the number of a parcel.
const QUIET: [&str; 10] =
    ["sqlx", "hyper", "hyper_util", "h2", "reqwest", "rustls", "tower", "tower_http", "axum", "mio"];

/// Starts logging as configured.
///
/// # Errors
/// A sentence when the level or the file is wrong.
pub fn start(config: &Config) -> Result<(), String> {
    let filter = filter(&config.log_level)?;
    let file = match &config.log_file {
        Some(path) => {
            let file = RotatingFile::open(path, FILE_BYTES_MAX, BACKUPS_MAX)
                .map_err(|error| format!("LOG_FILE {} cannot be written: {error}.", path.display()))?;
            Some(tracing_subscriber::fmt::layer().json().with_writer(Mutex::new(file)))
        }
        None => None,
    };
    let console = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(filter).with(console).with(file).try_init().ok();
    Ok(())
}

/// What is logged at a level of `LOG_LEVEL`.
///
/// # Errors
/// A sentence when it is no level.
pub fn filter(level: &str) -> Result<EnvFilter, String> {
    let wrong = || format!("LOG_LEVEL must be ERROR, WARN, INFO, DEBUG or TRACE, not “{level}”.");
    let parsed = Level::from_str(level.trim()).map_err(|_| wrong())?;
    let mut directives = parsed.to_string();
    if parsed > Level::WARN {
        for target in QUIET {
            directives.push_str(&format!(",{target}=warn"));
        }
    }
    EnvFilter::try_new(directives).map_err(|_| wrong())
}
