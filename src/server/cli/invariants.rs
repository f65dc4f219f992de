//! `harkara check`: prints what does not hold of the data.

use serde_json::json;

use crate::domain::invariants::Finding;
use crate::server::App;
use crate::server::actions::invariants;

/// Runs the command; `as_json` prints one object a line. What merely waits is printed as a warning.
///
/// # Errors
/// A sentence when something does not hold, so that scripts notice, or when the database is away.
pub async fn run(app: &App, as_json: bool) -> Result<(), String> {
    let found = invariants::check(app).await.map_err(|error| error.sentence())?;
    for finding in &found {
        println!("{}", if as_json { line(finding) } else { words(finding) });
    }
    let warnings = found.iter().filter(|finding| finding.is_warning()).count();
    let broken = found.len() - warnings;
    if as_json {
        println!("{}", json!({"broken": broken, "warnings": warnings}));
    } else if broken == 0 {
        println!("The data are sound; {warnings} warnings.");
    }
    if broken == 0 { Ok(()) } else { Err(format!("{broken} things do not hold, and {warnings} warnings.")) }
}

fn words(finding: &Finding) -> String {
    format!("{}  {finding}", if finding.is_warning() { "warning" } else { "BROKEN " })
}

fn line(finding: &Finding) -> String {
    let severity = if finding.is_warning() { "warning" } else { "broken" };
    json!({
        "kind": finding.kind, "severity": severity, "entity": finding.kind.row().entity, "id": finding.id,
        "message": finding.sentence,
    })
    .to_string()
}
