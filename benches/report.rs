//! The one table that a run ends with: every figure, its limit beside it, and whether it was kept.

use std::time::Duration;

/// A line of the table.
pub struct Row {
    what: String,
    figure: String,
    limit: String,
    is_kept: Option<bool>,
    is_budget: bool,
    note: String,
}

impl Row {
    /// A figure without a limit.
    pub fn new(what: &str, figure: String, note: String) -> Row {
        Row { what: what.to_owned(), figure, limit: String::new(), is_kept: None, is_budget: false, note }
    }

    /// A figure that is judged in a full run.
    pub fn limit(self, limit: String, is_kept: bool) -> Row {
        Row { limit, is_kept: Some(is_kept), ..self }
    }

    /// A size, which does not depend on how long is measured: judged in every run.
    pub fn budget(self, limit: String, is_kept: bool) -> Row {
        Row { is_budget: true, ..self.limit(limit, is_kept) }
    }

    /// A time that may be so long and no longer.
    pub fn at_most(what: &str, took: Duration, longest: Duration, note: String) -> Row {
        Row::new(what, ms(took), note).limit(format!("≤ {}", ms(longest)), took <= longest)
    }

    fn verdict(&self, is_judged: bool) -> &'static str {
        match self.is_kept {
            None => "",
            Some(_) if !is_judged && !self.is_budget => "not judged",
            Some(true) => "ok",
            Some(false) => "MISSED",
        }
    }
}

/// Prints the table; answers how many limits were missed.
pub fn print(rows: &[Row], is_judged: bool) -> usize {
    let headings = ["what", "figure", "limit", "", "note"];
    let line = |cells: [&str; 5]| {
        let text = format!("{:<46} {:>12} {:>12}  {:<10}  {}", cells[0], cells[1], cells[2], cells[3], cells[4]);
        println!("{}", text.trim_end());
    };
    println!();
    line(headings);
    for row in rows {
        line([&row.what, &row.figure, &row.limit, row.verdict(is_judged), &row.note]);
    }
    let missed = rows.iter().filter(|row| row.verdict(is_judged) == "MISSED").count();
    match missed {
        0 if is_judged => println!("\nEvery limit is kept."),
        0 => println!("\nEverything works; speed is judged in the full run."),
        1 => println!("\nOne limit is MISSED."),
        several => println!("\n{several} limits are MISSED."),
    }
    missed
}

/// A time in milliseconds.
pub fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// The time that 99 of 100 stay below.
pub fn p99(times: &mut [Duration]) -> Duration {
    percentile(times, 99)
}

/// The time that so many of 100 stay below.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
}
