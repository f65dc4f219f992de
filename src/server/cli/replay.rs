//! `harkara replay`: stored events by today's mapping, side by side with what is stored.

use serde_json::{Value, json};

use crate::domain::couriers::Meaning;
use crate::domain::tracking::CaseKind;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::replay::{self, Line, Replay};
use crate::server::api::answers::instant;

/// The command's options.
pub struct Wish {
    /// Every parcel with this number; else everything that was unknown.
    pub awb: Option<String>,
    /// Only say what would come of it.
    pub dry_run: bool,
    /// JSON instead of words.
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A sentence when there is no such parcel or the database is away.
pub async fn run(app: &App, wish: Wish) -> Result<(), String> {
    let done = match &wish.awb {
        Some(awb) => parcels(app, awb, &wish).await,
        None => unknown(app, &wish).await,
    };
    done.map_err(|error| error.sentence())
}

async fn parcels(app: &App, awb: &str, wish: &Wish) -> Result<(), AppError> {
    let replays = replay::look(app, awb).await?;
    for one in &replays {
        if wish.json { println!("{}", as_value(one, awb)) } else { tell(one, awb) }
    }
    if wish.dry_run {
        return Ok(());
    }
    let (events, pushes) = replay::apply(app, &replays).await?;
    if wish.json {
        println!("{}", json!({"events_read_again": events, "pushes_applied_again": pushes}));
    } else {
        println!("Events read again: {events}. Pushes applied once more: {pushes}.");
    }
    Ok(())
}

fn tell(one: &Replay, awb: &str) {
    println!("{awb}  {}  {}", one.courier, one.order);
    for line in &one.lines {
        let mark = if line.stored == Some(line.today) { ' ' } else { '*' };
        let stored = line.stored.map_or("not stored", Meaning::code);
        println!(
            "{mark} {}  {:<11}  {stored:<17} -> {:<17}  {}",
            instant(line.at),
            line.source,
            line.today.code(),
            line.code.display()
        );
    }
    for push in &one.pushes {
        let adds = match &push.adds {
            Ok(count) => format!("adds {count} events"),
            Err(reason) => format!("cannot be read: {reason}"),
        };
        println!("  {}  push         {:<17}    {adds}", instant(push.received_at), push.state);
    }
    if let Some(outcome) = &one.outcome {
        println!("  parcel: {} -> {}", outcome.from.code(), outcome.to.code());
        for (what, kinds) in [("asks", &outcome.asked), ("settles", &outcome.settled)] {
            kinds.iter().for_each(|kind| println!("  {what}: {}", kind.code()));
        }
    }
    if let Some((from, to)) = one.order_moves {
        println!("  order: {} -> {}", from.code(), to.code());
    }
    if !one.is_change() {
        println!("  Nothing would change.");
    }
}

fn as_value(one: &Replay, awb: &str) -> Value {
    let codes = |kinds: &[CaseKind]| kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>();
    let pushes: Vec<Value> = one
        .pushes
        .iter()
        .map(|push| {
            let (adds, error) = (push.adds.as_ref().ok(), push.adds.as_ref().err());
            json!({"id": push.id, "received_at": instant(push.received_at), "state": push.state, "adds": adds, "error": error})
        })
        .collect();
    json!({
        "awb": awb, "courier": one.courier, "order": one.order, "is_change": one.is_change(),
        "events": one.lines.iter().map(line_value).collect::<Vec<_>>(), "pushes": pushes,
        "parcel": one.outcome.as_ref().map(|outcome| json!({
            "from": outcome.from.code(), "to": outcome.to.code(),
            "cases_opened": codes(&outcome.asked), "cases_settled": codes(&outcome.settled),
        })),
        "order_moves": one.order_moves.map(|(from, to)| json!({"from": from.code(), "to": to.code()})),
    })
}

fn line_value(line: &Line) -> Value {
    json!({
        "at": instant(line.at), "source": line.source, "code": line.code.display(),
        "stored": line.stored.map(Meaning::code), "today": line.today.code(),
    })
}

async fn unknown(app: &App, wish: &Wish) -> Result<(), AppError> {
    let found = replay::unknown(app, wish.dry_run).await?;
    for (courier, key, meaning, events) in &found.codes {
        let (code, leg, meaning) = (key.code.display(), key.leg.code(), meaning.code());
        if wish.json {
            println!("{}", json!({"courier": courier, "leg": leg, "code": code, "meaning": meaning, "events": events}));
        } else {
            println!("{courier}  {leg}  {code} -> {meaning}  ({events} events)");
        }
    }
    let sum = found.sum;
    if wish.json {
        println!(
            "{}",
            json!({
                "events": sum.events, "parcels": sum.parcels, "moved": sum.moved, "orders": sum.orders,
                "is_more": sum.is_more, "dry_run": wish.dry_run,
            })
        );
    } else {
        let (verb, more) =
            (if wish.dry_run { "would be" } else { "were" }, if sum.is_more { ", and there are more" } else { "" });
        println!(
            "{} events of {} parcels {verb} read again; {} parcels change their state and {} orders go forward{more}.",
            sum.events, sum.parcels, sum.moved, sum.orders
        );
    }
    Ok(())
}
