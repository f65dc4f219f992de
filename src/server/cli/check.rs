//! `harkara check-delivery-status`: asks couriers about parcels and prints what came of it.

use serde_json::json;

use crate::domain::time::HOUR_MS;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::checking::{self, RunWish};

/// Parcels asked for at a time.
const BATCH: usize = 50;

/// The command's options.
pub struct Wish {
    /// At most so many parcels.
    pub max_orders: i64,
    /// Only those booked at least so many hours ago.
    pub older_than_hours: i64,
    /// Slug of a courier account.
    pub courier: Option<String>,
    /// Only say which.
    pub dry_run: bool,
    /// JSON instead of words.
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A sentence; also when a courier did not answer for some parcels, so that scripts notice.
pub async fn run(app: &App, wish: Wish) -> Result<(), String> {
    let said = |error: AppError| error.sentence();
    let all = app.accounts.all(app).await.map_err(said)?;
    let courier = match &wish.courier {
        Some(slug) => {
            let found = all.iter().find(|account| account.shown.slug == *slug);
            Some(found.ok_or_else(|| format!("There is no courier account {slug}."))?.shown.id.clone())
        }
        None => None,
    };
    let older_than_ms = wish.older_than_hours.clamp(0, 87_600) * HOUR_MS;
    let wanted = RunWish { courier, older_than_ms, max: wish.max_orders };
    let found = checking::to_check(app, None, &wanted).await.map_err(said)?;
    let names = checking::references(app, &found).await.map_err(said)?;
    if !wish.dry_run {
        checking::note_check(app, &Actor::system()).await.map_err(said)?;
    }
    let (mut updated, mut failed) = (0, 0);
    let total = found.len();
    for group in found.chunks(BATCH) {
        if wish.dry_run {
            group.iter().for_each(|one| say(&wish, names.get(&one.id), one.status.label_key(), false, false));
            continue;
        }
        for checked in checking::ask_all(app, group.to_vec()).await.map_err(said)? {
            updated += usize::from(checked.is_change);
            failed += usize::from(checked.outcome.is_err());
            let is_failure = checked.outcome.is_err();
            say(&wish, names.get(&checked.shipment), &checked.sentence(), checked.is_change, is_failure);
        }
    }
    if wish.json {
        println!("{}", json!({"checked": total, "updated": updated, "failed": failed, "dry_run": wish.dry_run}));
    } else if wish.dry_run {
        println!("{total} parcels would be asked for.");
    } else {
        println!("{total} parcels asked for, {updated} updated, {failed} failed.");
    }
    if failed > 0 { Err(format!("{failed} parcels could not be asked for.")) } else { Ok(()) }
}

fn say(wish: &Wish, reference: Option<&String>, sentence: &str, is_change: bool, is_failure: bool) {
    let reference = reference.map_or("", String::as_str);
    if wish.json {
        println!("{}", json!({"order": reference, "message": sentence, "updated": is_change, "failed": is_failure}));
    } else {
        println!("{reference}  {sentence}");
    }
}
