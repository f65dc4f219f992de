//! Structured logs. No names, phones, addresses, query strings, headers or bodies go into them.

use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::server::config::Config;

/// Starts logging as configured: readable text on standard error, JSON lines in a file.
///
/// # Errors
/// A sentence when the level or the file is wrong.
pub fn start(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{},sqlx=warn,hyper=warn,h2=warn", config.log_level.to_lowercase()))
        .map_err(|_| format!("LOG_LEVEL must be ERROR, WARN, INFO, DEBUG or TRACE, not “{}”.", config.log_level))?;
    match &config.log_file {
        Some(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| format!("LOG_FILE {}: {error}.", path.display()))?;
            }
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| format!("LOG_FILE {}: {error}.", path.display()))?;
            tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(Mutex::new(file)).try_init().ok();
        }
        None => {
            tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .with_target(false)
                .try_init()
                .ok();
        }
    }
    Ok(())
}
