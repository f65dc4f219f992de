//! Configuration: flags over environment over `harkara.toml`. Secrets are redacted in `Debug`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

/// Where the server listens unless told otherwise.
pub const DEFAULT_ADDR: &str = "127.0.0.1:3000";
const DEFAULT_DATABASE: &str = "sqlite://data/harkara.db";
const DEFAULT_DATA_DIR: &str = "data";
const FILE: &str = "harkara.toml";

/// Everything the program can be told. Every name is also an environment variable.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `HARKARA_ADDR`.
    pub addr: SocketAddr,
    /// `HARKARA_SITE_URL`: the shop's own address without a trailing slash, if it was given.
    pub site_url: Option<String>,
    /// `HARKARA_DATA_DIR`: key file, backups, spool.
    pub data_dir: PathBuf,
    /// `HARKARA_SECRET_KEY` or the content of `HARKARA_SECRET_KEY_FILE`, if either was given.
    pub secret_key: Option<String>,
    /// `HARKARA_TRUSTED_PROXIES`: peers whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// `HARKARA_ALLOW_LOCAL_COURIERS`: courier addresses may be http on loopback.
    pub allow_local_couriers: bool,
    /// `LOG_LEVEL`.
    pub log_level: String,
    /// `LOG_FILE`: JSON lines go there too, in files of 10 MiB of which six are kept.
    pub log_file: Option<PathBuf>,
    /// `--demo`: demo data, demo login.
    pub demo: bool,
    /// `HARKARA_DEV`: pages reload themselves when the server was rebuilt.
    pub dev: bool,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("database_url", &redact_url(&self.database_url))
            .field("addr", &self.addr)
            .field("site_url", &self.site_url)
            .field("data_dir", &self.data_dir)
            .field("secret_key", &self.secret_key.as_ref().map(|_| "set"))
            .field("trusted_proxies", &self.trusted_proxies)
            .field("log_level", &self.log_level)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Whether only this machine can reach the shop: it listens on loopback, and no proxy is said to pass
    /// others on to it.
    pub fn is_private(&self) -> bool {
        self.addr.ip().is_loopback() && self.trusted_proxies.is_empty()
    }
}

/// A URL without its password.
pub fn redact_url(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let user = url[scheme + 3..at].split(':').next().unwrap_or("");
            format!("{}{user}:…{}", &url[..scheme + 3], &url[at..])
        }
        _ => url.to_owned(),
    }
}

/// What the command line says about configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--addr`.
    pub addr: Option<String>,
    /// `--demo`.
    pub demo: bool,
}

/// `harkara.toml`; the names are those of the environment in lower case without `HARKARA_`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    database_url: Option<String>,
    addr: Option<String>,
    site_url: Option<String>,
    data_dir: Option<String>,
    secret_key: Option<String>,
    secret_key_file: Option<String>,
    trusted_proxies: Option<String>,
    allow_local_couriers: Option<String>,
    log_level: Option<String>,
    log_file: Option<String>,
}

/// Reads the configuration; `environment` looks a variable up.
///
/// # Errors
/// A sentence that names the setting and what is wrong with it.
pub fn load(flags: &Flags, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, String> {
    let file = read_file()?;
    let env = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    let pick = |name: &str, from_file: &Option<String>| env(name).or_else(|| from_file.clone());

    let addr =
        flags.addr.clone().or_else(|| pick("HARKARA_ADDR", &file.addr)).unwrap_or_else(|| DEFAULT_ADDR.to_owned());
    let addr: SocketAddr = addr
        .parse()
        .map_err(|_| format!("HARKARA_ADDR must be an address with a port, like 127.0.0.1:3000, not “{addr}”."))?;
    if flags.demo && !addr.ip().is_loopback() {
        return Err("--demo has a login that everybody knows, so it listens on a loopback address only.".to_owned());
    }
    let site_url = pick("HARKARA_SITE_URL", &file.site_url).map(|url| url.trim_end_matches('/').to_owned());
    if let Some(url) = &site_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        return Err("HARKARA_SITE_URL must start with https:// (or http:// for trying things out).".to_owned());
    }
    let secret_key = match pick("HARKARA_SECRET_KEY", &file.secret_key) {
        Some(key) => Some(key),
        None => match pick("HARKARA_SECRET_KEY_FILE", &file.secret_key_file) {
            Some(path) => Some(
                std::fs::read_to_string(&path)
                    .map_err(|error| format!("HARKARA_SECRET_KEY_FILE {path} cannot be read: {error}."))?
                    .trim()
                    .to_owned(),
            ),
            None => None,
        },
    };
    let data_dir =
        PathBuf::from(pick("HARKARA_DATA_DIR", &file.data_dir).unwrap_or_else(|| DEFAULT_DATA_DIR.to_owned()));
    let database_url = flags.database_url.clone().or_else(|| pick("DATABASE_URL", &file.database_url));
    let database_url = database_url.unwrap_or_else(|| match env("HARKARA_DATA_DIR").or(file.data_dir) {
        Some(folder) => format!("sqlite://{folder}/harkara.db"),
        None => DEFAULT_DATABASE.to_owned(),
    });
    Ok(Config {
        database_url,
        addr,
        site_url,
        data_dir,
        secret_key,
        trusted_proxies: parse_proxies(pick("HARKARA_TRUSTED_PROXIES", &file.trusted_proxies))?,
        allow_local_couriers: is_yes(pick("HARKARA_ALLOW_LOCAL_COURIERS", &file.allow_local_couriers)),
        log_level: pick("LOG_LEVEL", &file.log_level).unwrap_or_else(|| "INFO".to_owned()),
        log_file: pick("LOG_FILE", &file.log_file).map(PathBuf::from),
        demo: flags.demo,
        dev: is_yes(env("HARKARA_DEV")),
    })
}

fn read_file() -> Result<File, String> {
    match std::fs::read_to_string(FILE) {
        Ok(text) => toml::from_str(&text).map_err(|error| format!("{FILE}: {}", error.message())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(format!("{FILE} cannot be read: {error}.")),
    }
}

fn parse_proxies(text: Option<String>) -> Result<Vec<IpAddr>, String> {
    text.unwrap_or_default()
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| format!("HARKARA_TRUSTED_PROXIES: “{part}” is not an IP address.")))
        .collect()
}

fn is_yes(text: Option<String>) -> bool {
    text.is_some_and(|text| matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_never_show() {
        assert_eq!(redact_url("postgres://shop:s3cret@db/harkara"), "postgres://shop:…@db/harkara");
        assert_eq!(redact_url("sqlite://data/harkara.db"), "sqlite://data/harkara.db");
    }

    #[test]
    fn the_demo_refuses_an_address_that_others_can_reach() {
        let flags = Flags { addr: Some("0.0.0.0:3000".into()), demo: true, ..Flags::default() };
        assert!(load(&flags, &|_| None).unwrap_err().contains("loopback"));
        let local = Flags { addr: Some("127.0.0.1:0".into()), demo: true, ..Flags::default() };
        assert!(load(&local, &|_| None).is_ok());
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let flags = Flags { addr: Some("127.0.0.1:1".into()), ..Flags::default() };
        let config = load(&flags, &|name| (name == "HARKARA_ADDR").then(|| "127.0.0.1:2".to_owned())).unwrap();
        assert_eq!(config.addr.port(), 1);
        let wrong = load(&Flags::default(), &|name| (name == "HARKARA_ADDR").then(|| "here".to_owned()));
        assert!(wrong.unwrap_err().contains("HARKARA_ADDR"));
    }
}
