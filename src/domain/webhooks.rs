//! Pushes of couriers as staff see them, and what is wrong when they do not come.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::domain::couriers::{Provider, WebhookMode};
use crate::domain::time::{MINUTE_MS, UnixMillis};

/// The states of a stored push, as in the code table `webhook_states`.
pub const PUSH_STATES: [&str; 5] = ["queued", "applied", "ignored", "unmatched", "dead"];

/// A stored push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushView {
    /// Identity.
    pub id: String,
    /// Name of the courier account.
    pub courier_name: String,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// The courier's name for what it was; missing until it is read.
    pub event_type: Option<String>,
    /// The parcel.
    pub awb: Option<String>,
    /// One of [`PUSH_STATES`].
    pub state: String,
    /// Times it was tried.
    pub attempts: i64,
    /// Why it did not work.
    pub error: Option<String>,
}

/// Pushes that were not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusalView {
    /// When it last happened.
    pub last_at: UnixMillis,
    /// Name of the courier account, if it is known.
    pub courier_name: Option<String>,
    /// The route's pattern.
    pub route: String,
    /// Where it came from.
    pub ip: String,
    /// Code of `webhook_verdicts`.
    pub verdict: String,
    /// How often.
    pub repeats: i64,
}

/// Words that Shiprocket's form refuses anywhere in an address, the shop's own domain included (K50).
pub const BANNED_WORDS: [&str; 4] = ["shiprocket", "kartrocket", "sr", "kr"];
/// How far a clock may be from ours: signatures with a time are refused beyond it.
pub const CLOCK_SKEW_MS: i64 = 5 * MINUTE_MS;
/// What a push of our own says: the door believes it like any other and stores nothing.
pub const TEST_PUSH: &str = "{\"harkara\":\"test push\"}";

/// The path of an account's webhooks.
pub fn hook_path(token: &str) -> String {
    format!("/hooks/t/{token}")
}

/// The banned words in an address; none of a word is told again by a longer one.
pub fn banned_words(url: &str) -> Vec<&'static str> {
    let url = url.to_ascii_lowercase();
    let mut rest = url.clone();
    let mut found = Vec::new();
    for word in BANNED_WORDS {
        if rest.contains(word) {
            found.push(word);
            rest = rest.replace(word, "/");
        }
    }
    found
}

/// The host of an address, without port and brackets; empty when it has none.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    }
}

/// Whether somebody on the internet could mean this host: not this machine, no private network, no name
/// that only one network knows.
pub fn is_public_host(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return is_public_ip(ip);
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    const PRIVATE: [&str; 9] =
        ["localhost", "local", "internal", "lan", "home", "intranet", "test", "invalid", "home.arpa"];
    let is_private =
        PRIVATE.iter().any(|end| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    host.contains('.') && !host.contains("..") && !host.starts_with('.') && !is_private
}

fn is_public_ip(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_own = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast();
            !(is_own || is_shared || first == 0)
        }
        IpAddr::V6(v6) => {
            let start = v6.segments()[0];
            let (is_local, is_link) = (start & 0xfe00 == 0xfc00, start & 0xffc0 == 0xfe80);
            !(v6.is_loopback() || v6.is_unspecified() || is_local || is_link)
        }
    }
}

/// What is known of an account's webhooks without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFacts {
    /// The courier.
    pub provider: Provider,
    /// The address that belongs at the courier.
    pub url: String,
    /// Whether the account is switched on.
    pub is_enabled: bool,
    /// How its pushes are believed.
    pub mode: WebhookMode,
    /// Whether there is a secret to believe them by, and it can be opened.
    pub has_secret: bool,
    /// When the last push came.
    pub last_push_at: Option<UnixMillis>,
    /// Changes since then that polling found and no push announced.
    pub unannounced: i64,
    /// Pushes that were turned away in the last day.
    pub refusals: Vec<Refused>,
}

/// Pushes that were turned away for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Code of `webhook_verdicts`.
    pub verdict: String,
    /// How many.
    pub count: i64,
    /// When the last one came.
    pub last_at: UnixMillis,
}

/// A question that was put to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `GET`: couriers look whether somebody is there.
    Get,
    /// `HEAD`, for the same.
    Head,
    /// `POST` without body and secret: Shiprocket's form does that.
    EmptyPost,
    /// A push of our own with the account's secret, which is believed and not stored.
    TestPush,
}

impl Probe {
    /// Every probe, in the order they are made.
    pub const ALL: [Probe; 4] = [Probe::Get, Probe::Head, Probe::EmptyPost, Probe::TestPush];

    /// Its name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Probe::Get => "GET",
            Probe::Head => "HEAD",
            Probe::EmptyPost => "empty POST",
            Probe::TestPush => "test push",
        }
    }
}

/// What an address answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// An HTTP status, and what the clock behind it says.
    Status(u16, Option<UnixMillis>),
    /// The certificate was not believed, and why.
    NoTrust(String),
    /// Nothing, and why.
    Nothing(String),
}

/// Something to know about webhooks; its sentence is in the words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The shop does not know its own address.
    NoSiteUrl,
    /// The address is not https.
    NotHttps,
    /// Nobody outside can reach this host.
    NotPublic(String),
    /// Words that the courier's form refuses.
    BannedWords(Vec<&'static str>),
    /// The account is off.
    Disabled,
    /// There is no secret.
    NoSecret,
    /// The account is said to send none.
    NoMode,
    /// No push has ever come.
    NeverPushed,
    /// Polling finds what no push has announced.
    Unannounced(i64),
    /// Pushes were turned away: why, how many, and whether one was believed after the last of them.
    Refused(String, i64, bool),
    /// Pushes to addresses that are nobody's.
    Strangers(i64),
    /// A probe was answered otherwise than couriers want.
    WrongStatus(Probe, u16),
    /// The certificate is not believed.
    NoTrust(String),
    /// Nobody answered.
    NoAnswer(Probe, String),
    /// The clocks differ by so many seconds.
    ClockSkew(i64),
    /// Our own test push was believed.
    Believed,
    /// It was not sent, because something else has to be mended first.
    NotTried(Probe),
}

impl Finding {
    /// Whether something has to be done about it.
    pub fn is_wrong(&self) -> bool {
        match self {
            Finding::NoSiteUrl
            | Finding::NotHttps
            | Finding::NotPublic(_)
            | Finding::BannedWords(_)
            | Finding::NoSecret
            | Finding::Unannounced(_)
            | Finding::WrongStatus(..)
            | Finding::NoTrust(_)
            | Finding::NoAnswer(..)
            | Finding::ClockSkew(_) => true,
            Finding::Refused(_, _, is_over) => !is_over,
            Finding::Disabled
            | Finding::NoMode
            | Finding::NeverPushed
            | Finding::Strangers(_)
            | Finding::Believed
            | Finding::NotTried(_) => false,
        }
    }
}

/// What is to be said about the shop's own address.
pub fn judge_site(site_url: Option<&str>) -> Vec<Finding> {
    let Some(url) = site_url else { return vec![Finding::NoSiteUrl] };
    let mut found = Vec::new();
    if !url.to_ascii_lowercase().starts_with("https://") {
        found.push(Finding::NotHttps);
    }
    let host = host_of(url);
    if !is_public_host(host) {
        found.push(Finding::NotPublic(host.to_owned()));
    }
    found
}

/// What is to be said about an account without asking anybody.
pub fn judge(facts: &HookFacts) -> Vec<Finding> {
    let mut found = Vec::new();
    if facts.provider == Provider::Shiprocket {
        let words = banned_words(&facts.url);
        found.extend((!words.is_empty()).then_some(Finding::BannedWords(words)));
    }
    if !facts.is_enabled {
        found.push(Finding::Disabled);
        return found;
    }
    if facts.mode == WebhookMode::None {
        found.push(Finding::NoMode);
    } else if !facts.has_secret {
        found.push(Finding::NoSecret);
    }
    if facts.last_push_at.is_none() {
        found.push(Finding::NeverPushed);
    }
    if facts.unannounced > 0 {
        found.push(Finding::Unannounced(facts.unannounced));
    }
    for refused in &facts.refusals {
        let is_over = facts.last_push_at.is_some_and(|at| at > refused.last_at);
        found.push(Finding::Refused(refused.verdict.clone(), refused.count, is_over));
    }
    found
}

/// What is to be said about the answer to a probe, heard at an instant of our clock.
pub fn judge_probe(probe: Probe, heard: &ProbeAnswer, now: UnixMillis) -> Vec<Finding> {
    match heard {
        ProbeAnswer::NoTrust(why) => vec![Finding::NoTrust(why.clone())],
        ProbeAnswer::Nothing(why) => vec![Finding::NoAnswer(probe, why.clone())],
        ProbeAnswer::Status(status, at) => {
            let mut found = Vec::new();
            let is_fine = match probe {
                Probe::Get | Probe::Head | Probe::EmptyPost => *status == 200,
                Probe::TestPush => (200..300).contains(status),
            };
            if !is_fine {
                found.push(Finding::WrongStatus(probe, *status));
            } else if probe == Probe::TestPush {
                found.push(Finding::Believed);
            }
            let skew_ms = at.map_or(0, |at| at.0.saturating_sub(now.0));
            // One probe tells it for all of them.
            if probe == Probe::Get && skew_ms.saturating_abs() > CLOCK_SKEW_MS {
                found.push(Finding::ClockSkew(skew_ms / 1_000));
            }
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_shiprocket_refuses_are_found_in_the_merchants_own_domain_in_any_case() {
        for (url, words) in [
            ("https://shop.example.com/hooks/t/abc", vec![]),
            ("https://SRi-lakshmi.example.com", vec!["sr"]),
            ("https://bookrack.in", vec!["kr"]),
            ("https://KRishna-SRee.in/", vec!["sr", "kr"]),
            ("https://my-shiprocket.in", vec!["shiprocket"]),
            ("https://kartrocket.in/SR", vec!["kartrocket", "sr"]),
            ("https://shop.in/kr/hooks", vec!["kr"]),
            ("https://s-r.in/k.r", vec![]),
        ] {
            assert_eq!(banned_words(url), words, "{url}");
        }
    }

    #[test]
    fn an_address_of_ours_alone_can_have_no_banned_word() {
        // The letters of tokens have no r in them; what is before them is fixed.
        assert!(banned_words(&hook_path("abcdefghjkmnpqtuvwxyz23456789ACE")).is_empty());
    }

    #[test]
    fn only_a_host_that_couriers_can_reach_is_public() {
        for (url, is_public) in [
            ("https://shop.example.com", true),
            ("https://shop.example.com:8443/x", true),
            ("https://8.8.8.8/", true),
            ("https://[2606:4700::1]/", true),
            ("http://localhost:3000", false),
            ("http://127.0.0.1:3000", false),
            ("https://[::1]:3000", false),
            ("https://10.0.0.5", false),
            ("https://192.168.1.2", false),
            ("https://172.20.0.1", false),
            ("https://100.64.1.1", false),
            ("https://169.254.1.1", false),
            ("https://[fd00::1]", false),
            ("https://[fe80::1]", false),
            ("https://[::ffff:10.0.0.1]", false),
            ("https://shop.local", false),
            ("https://shop.local.", false),
            ("https://shop.internal/", false),
            ("https://shop", false),
            ("https://thelocal.com", true),
            ("https://user@shop.example.com", true),
            ("https://", false),
        ] {
            assert_eq!(is_public_host(host_of(url)), is_public, "{url}: {}", host_of(url));
        }
    }

    fn facts() -> HookFacts {
        HookFacts {
            provider: Provider::Packzy,
            url: "https://shop.example.com/hooks/t/abc".to_owned(),
            is_enabled: true,
            mode: WebhookMode::Bearer,
            has_secret: true,
            last_push_at: Some(UnixMillis(1_000)),
            unannounced: 0,
            refusals: Vec::new(),
        }
    }

    #[test]
    fn a_healthy_account_has_nothing_to_say() {
        assert_eq!(judge(&facts()), []);
        assert_eq!(judge_site(Some("https://shop.example.com")), []);
    }

    #[test]
    fn what_is_missing_or_silent_is_said() {
        let silent = HookFacts { has_secret: false, last_push_at: None, unannounced: 3, ..facts() };
        assert_eq!(judge(&silent), [Finding::NoSecret, Finding::NeverPushed, Finding::Unannounced(3)]);
        assert_eq!(judge(&HookFacts { is_enabled: false, ..silent }), [Finding::Disabled], "off is off");
        assert_eq!(judge(&HookFacts { mode: WebhookMode::None, ..facts() }), [Finding::NoMode]);
        assert_eq!(judge_site(None), [Finding::NoSiteUrl]);
        let local = judge_site(Some("http://10.0.0.1:3000"));
        assert_eq!(local, [Finding::NotHttps, Finding::NotPublic("10.0.0.1".to_owned())]);
    }

    #[test]
    fn banned_words_are_shiprockets_business_alone() {
        let url = "https://bookrack.in/hooks/t/abc".to_owned();
        assert_eq!(judge(&HookFacts { url: url.clone(), ..facts() }), []);
        let theirs = HookFacts { url, provider: Provider::Shiprocket, ..facts() };
        assert_eq!(judge(&theirs), [Finding::BannedWords(vec!["kr"])]);
    }

    #[test]
    fn a_refusal_is_over_when_a_push_was_believed_after_it() {
        let refused = |last_at| Refused { verdict: "bad_secret".to_owned(), count: 2, last_at: UnixMillis(last_at) };
        let found = judge(&HookFacts { refusals: vec![refused(999), refused(1_001)], ..facts() });
        assert_eq!(found.iter().map(Finding::is_wrong).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_probe_wants_its_answer_and_a_clock_that_is_right() {
        let now = UnixMillis(10_000_000);
        let status = |status, ahead_ms| ProbeAnswer::Status(status, Some(now.plus(ahead_ms)));
        assert_eq!(judge_probe(Probe::Get, &status(200, CLOCK_SKEW_MS), now), []);
        assert_eq!(judge_probe(Probe::Get, &status(200, -CLOCK_SKEW_MS - 1_000), now), [Finding::ClockSkew(-301)]);
        assert_eq!(judge_probe(Probe::Head, &status(301, 0), now), [Finding::WrongStatus(Probe::Head, 301)]);
        assert_eq!(judge_probe(Probe::EmptyPost, &status(202, 0), now), [Finding::WrongStatus(Probe::EmptyPost, 202)]);
        assert_eq!(judge_probe(Probe::TestPush, &status(202, 0), now), [Finding::Believed]);
        assert_eq!(judge_probe(Probe::TestPush, &status(401, 0), now), [Finding::WrongStatus(Probe::TestPush, 401)]);
        let untrusted = judge_probe(Probe::Get, &ProbeAnswer::NoTrust("expired".to_owned()), now);
        assert!(untrusted[0].is_wrong());
    }

    #[test]
    fn the_code_table_of_the_migration_has_every_state() {
        let migration = include_str!("../../migrations/0006_webhooks.sql");
        let start = migration.find("INSERT INTO webhook_states ").expect("the code table is filled");
        let statement = migration[start..].split(';').next().unwrap_or_default();
        assert_eq!(statement.split('\'').skip(1).step_by(2).collect::<Vec<_>>(), PUSH_STATES);
    }
}
