//! The text Prometheus reads (exposition format 0.0.4).

use std::fmt::Write as _;

use crate::server::metrics::families::{FAMILIES, Family, FamilyRow, Kind};
use crate::server::metrics::{Labels, Series};

/// One number that was looked up.
pub type Reading = (Family, Labels, f64);

/// Everything counted and looked up, family by family.
pub fn write<'s>(
    counted: impl Iterator<Item = (&'s (Family, Labels), &'s Series)> + Clone,
    readings: &[Reading],
) -> String {
    let mut text = String::new();
    for row in &FAMILIES {
        let kind = match row.kind {
            Kind::Counter => "counter",
            Kind::Spread(_) => "histogram",
            Kind::Gauge => "gauge",
        };
        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} {kind}", row.name, row.help, row.name);
        for ((_, labels), series) in counted.clone().filter(|((family, _), _)| *family == row.family) {
            match series {
                Series::Count(count) => line(&mut text, row, "", labels, None, &count.to_string()),
                Series::Spread { counts, sum } => spread(&mut text, row, labels, counts, *sum),
            }
        }
        for (_, labels, value) in readings.iter().filter(|(family, _, _)| *family == row.family) {
            line(&mut text, row, "", labels, None, &value.to_string());
        }
    }
    text
}

fn spread(text: &mut String, row: &FamilyRow, labels: &Labels, counts: &[u64], sum: f64) {
    let Kind::Spread(bounds) = row.kind else { return };
    let mut total = 0;
    for (place, count) in counts.iter().enumerate() {
        total += count;
        let bound = bounds.get(place).map_or("+Inf".to_owned(), f64::to_string);
        line(text, row, "_bucket", labels, Some(&bound), &total.to_string());
    }
    line(text, row, "_sum", labels, None, &sum.to_string());
    line(text, row, "_count", labels, None, &total.to_string());
}

fn line(text: &mut String, row: &FamilyRow, suffix: &str, labels: &Labels, bound: Option<&str>, value: &str) {
    let own = row.labels.iter().zip(labels).map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    let all: Vec<String> = own.chain(bound.map(|bound| format!("le=\"{bound}\""))).collect();
    let all = if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) };
    let _ = writeln!(text, "{}{suffix}{all} {value}", row.name);
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::server::metrics::Metrics;
    use crate::server::metrics::families::Family;

    fn text(metrics: &Metrics, readings: &[super::Reading]) -> String {
        super::write(metrics.series.lock().unwrap().iter(), readings)
    }

    #[test]
    fn buckets_are_cumulative_and_end_with_all() {
        let metrics = Metrics::default();
        for milliseconds in [1, 2, 2_000, 20_000] {
            metrics.answered("/p/{slug}", 200, Duration::from_millis(milliseconds));
        }
        let text = text(&metrics, &[]);
        let name = "harkara_http_request_duration_seconds";
        for (bound, count) in [("0.001", 1), ("0.0025", 2), ("1", 2), ("2.5", 3), ("10", 3), ("+Inf", 4)] {
            let line = format!("{name}_bucket{{route=\"/p/{{slug}}\",status=\"2xx\",le=\"{bound}\"}} {count}\n");
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(text.contains(&format!("{name}_sum{{route=\"/p/{{slug}}\",status=\"2xx\"}} 22.00")), "{text}");
        assert!(text.contains(&format!("{name}_count{{route=\"/p/{{slug}}\",status=\"2xx\"}} 4\n")), "{text}");
        assert!(text.contains(&format!("# TYPE {name} histogram\n")), "{text}");
    }

    #[test]
    fn counts_of_two_shops_do_not_mix_and_those_of_clones_do() {
        let (one, other) = (Metrics::default(), Metrics::default());
        one.order_placed("dhaka");
        one.clone().order_placed("dhaka");
        let line = "harkara_orders_placed_total{store=\"dhaka\"} 2\n";
        assert!(text(&one, &[]).contains(line));
        assert!(!text(&other, &[]).contains("dhaka"));
    }

    #[test]
    fn a_label_cannot_leave_its_place() {
        let metrics = Metrics::default();
        metrics.order_placed("a\"} 1\n\\");
        let text = text(&metrics, &[(Family::DatabaseUp, Default::default(), 1.0)]);
        assert!(text.contains("{store=\"a\\\"} 1\\n\\\\\"} 1\n"), "{text}");
        assert!(text.contains("harkara_database_up 1\n"), "{text}");
    }

    #[tokio::test]
    async fn moves_are_noted_by_the_write_they_are_of() {
        use crate::domain::orders::OrderStatus::{Confirmed, Pending};
        use crate::server::metrics::{note_move, noting_moves};
        note_move(Pending, Confirmed);
        let (result, moves) = noting_moves(async {
            note_move(Pending, Confirmed);
            7
        })
        .await;
        assert_eq!((result, moves), (7, vec![(Pending, Confirmed)]));
    }
}
