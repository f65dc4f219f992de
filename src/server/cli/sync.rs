//! `harkara sync`: brings parcels in line with their couriers and prints what became of each.

use serde_json::json;

use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::checking;
use crate::server::actions::syncing::{self, Place, SyncWish, Synced};

/// Runs the command; `as_json` prints one object a line.
///
/// # Errors
/// A sentence; also when something could not be found out, so that scripts notice.
pub async fn run(app: &App, wish: &SyncWish, as_json: bool) -> Result<(), String> {
    let said = |error: AppError| error.sentence();
    checking::note_check(app, &Actor::system()).await.map_err(said)?;
    let (mut total, mut updated, mut failed, mut place) = (0, 0, 0, Place::default());
    while let Some((synced, next)) = syncing::sync_next(app, wish, place).await.map_err(said)? {
        let parcels: Vec<_> = synced.iter().map(|one| one.shipment.clone()).collect();
        let names = checking::references(app, &parcels).await.map_err(said)?;
        for one in &synced {
            total += 1;
            updated += usize::from(one.is_change);
            failed += usize::from(one.outcome.is_err());
            let reference = names.get(&one.shipment.id).map_or("", String::as_str);
            println!("{}", if as_json { line(reference, one) } else { words(reference, one) });
        }
        place = next;
    }
    if as_json {
        println!("{}", json!({"synced": total, "updated": updated, "failed": failed}));
    } else {
        println!("{total} parcels, {updated} updated, {failed} failed.");
    }
    if failed > 0 { Err(format!("{failed} parcels could not be brought in line.")) } else { Ok(()) }
}

fn sentence(one: &Synced) -> &str {
    match &one.outcome {
        Ok(sentence) | Err(sentence) => sentence,
    }
}

fn words(reference: &str, one: &Synced) -> String {
    format!("{reference}  {}  {}", one.shipment.awb.as_deref().unwrap_or("(no AWB)"), sentence(one))
}

fn line(reference: &str, one: &Synced) -> String {
    json!({
        "order": reference, "awb": one.shipment.awb, "message": sentence(one), "updated": one.is_change,
        "failed": one.outcome.is_err(),
    })
    .to_string()
}
