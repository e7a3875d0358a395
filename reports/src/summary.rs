//! The verdict in words, for standard output.

use crate::{
    fault_row::Family,
    headline::{Headline, sign},
    paint::{Ink, Painter},
    text::{count, duration, millis, percent, plural},
    timeline::Evidence,
};
use harness::{
    checker::{Aftermath, Availability, Results, Situation, Stats, Verdict, Violation, Witness},
    net::ProxyCost,
};
use std::{fmt::Write as _, io::Write as _, path::Path};

/// How many violations are told in full; the report has the rest.
const VIOLATIONS_TOLD: usize = 3;

/// The run in one line: `VALID  no checker found a violation · runs/…`.
pub fn verdict_line(results: &Results, directory: &Path) -> String {
    let Headline { word, reason, .. } = Headline::new(results);
    format!("{word}  {reason} · {}", directory.display())
}

/// The verdict and what it rests on, in plain text of some twenty lines. A run that is not wholly good ends with the
/// command that does the same again.
pub fn summary(results: &Results, directory: &Path) -> String {
    Summary { results, directory, painter: Painter { colour: false } }.text()
}

/// Writes [`summary`] to standard output, in colour where that is wanted. A reader who has gone away is no error.
pub fn print_summary(results: &Results, directory: &Path) {
    let text = Summary { results, directory, painter: Painter { colour: true } }.text();
    // The stream takes the colours out again where nobody can see them.
    let _ = anstream::stdout().write_all(text.as_bytes());
}

struct Summary<'a> {
    results: &'a Results,
    directory: &'a Path,
    painter: Painter,
}

impl Summary<'_> {
    fn text(&self) -> String {
        let headline = Headline::new(self.results);
        let ink = headline.tone.into();
        let word = self.painter.paint(ink, format!("{} {}", headline.sign, headline.word));
        let mut text = format!("{word}  {}\n\n", headline.reason);
        self.checkers(&mut text);
        self.violations(&mut text);
        self.faults(&mut text);
        self.row(&mut text, "left broken", &left_broken(self.results.aftermath.as_ref()));
        self.row(&mut text, "operations", &operations(&self.results.stats));
        self.row(&mut text, "availability", &availability(&self.results.availability));
        for (position, line) in coverage(&self.results.coverage).iter().enumerate() {
            self.row(&mut text, if position == 0 { "exercised" } else { "never" }, line);
        }
        for (position, line) in latencies(&self.results.stats).iter().enumerate() {
            self.row(&mut text, if position == 0 { "latency" } else { "" }, line);
        }
        self.row(&mut text, "proxies", &proxies(self.results.proxies));
        for warning in &self.results.warnings {
            self.row(&mut text, "warning", &self.painter.paint(Ink::Doubt, warning));
        }
        let report = self.directory.join("report.html");
        self.row(&mut text, "report", &report.display().to_string());
        let command = self.results.reproduce.trim();
        if self.results.exit_code != 0 && !command.is_empty() {
            let _ = write!(text, "\nreproduce with\n{command}\n");
        }
        text
    }

    fn row(&self, text: &mut String, name: &str, value: &str) {
        if !value.is_empty() {
            let _ = writeln!(text, "  {}  {value}", self.painter.paint(Ink::Faint, format!("{name:<14}")));
        }
    }

    fn checkers(&self, text: &mut String) {
        let width = self.results.checkers.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(14);
        for (name, result) in &self.results.checkers {
            let ink = match result.verdict {
                Verdict::Valid => Ink::Good,
                Verdict::Unknown => Ink::Doubt,
                Verdict::Invalid => Ink::Bad,
            };
            let sign = self.painter.paint(ink, sign(result.verdict));
            let _ = writeln!(text, "{sign} {name:<width$}  {}", result.summary);
        }
        if !self.results.checkers.is_empty() {
            text.push('\n');
        }
    }

    fn violations(&self, text: &mut String) {
        let violations: Vec<&Violation> =
            self.results.checkers.values().flat_map(|checker| &checker.violations).collect();
        let drawn = violations.iter().position(|violation| Evidence::of(&violation.witness).is_some());
        for (place, violation) in violations.iter().enumerate().take(VIOLATIONS_TOLD) {
            let property = self.painter.paint(Ink::Bad, format!("✗ {} violated", violation.property));
            let time = violation.time.map(|time| format!(" at {}", crate::text::at(time))).unwrap_or_default();
            let _ = writeln!(text, "{property}{time}: {}", violation.summary);
            for (number, sentence) in (1..).zip(&violation.explanation) {
                let _ = writeln!(text, "    {number}. {sentence}");
            }
            let evidence = evidence(&violation.witness, drawn == Some(place));
            let _ = writeln!(text, "    {}\n", self.painter.paint(Ink::Faint, evidence));
        }
        if violations.len() > VIOLATIONS_TOLD {
            let more = plural((violations.len() - VIOLATIONS_TOLD) as u64, "more violation is", "more violations are");
            let _ = writeln!(text, "    {more} in the report\n");
        }
    }

    fn faults(&self, text: &mut String) {
        for (position, family) in Family::of(&self.results.faults).iter().enumerate() {
            let mut line = format!("{}: {}", family.nemesis, family.effect());
            for part in [family.evidence(), family.doubt()] {
                if !part.is_empty() {
                    let _ = write!(line, " · {part}");
                }
            }
            if family.installed == 0 {
                line = self.painter.paint(Ink::Doubt, line);
            }
            self.row(text, if position == 0 { "faults" } else { "" }, &line);
        }
    }
}

/// What a witness consists of, and where it is drawn: the report draws all, the picture the first.
fn evidence(witness: &Witness, is_drawn: bool) -> String {
    match witness {
        Witness::Operations { minimal, .. } => {
            let operations =
                Evidence::of(witness).map_or_else(|| "no operations".into(), |evidence| evidence.counted());
            let minimal = if *minimal { ", none of them superfluous" } else { "" };
            let picture = if is_drawn { "violation.png" } else { "report.html" };
            format!("evidence: {operations}{minimal} ({picture})")
        }
        Witness::Nodes { events } => {
            let lines: Vec<_> =
                events.iter().map(|event| format!("nodes/{}/trace.jsonl:{}", event.node, event.line)).collect();
            format!("evidence: {}", lines.join(", "))
        }
        Witness::None => "evidence: the argument above".into(),
    }
}

/// What happened, and what never did: of the former, how often.
fn coverage(situations: &[Situation]) -> Vec<String> {
    let (seen, unseen): (Vec<_>, Vec<_>) = situations.iter().partition(|situation| situation.count > 0);
    // Of clients under each kind of fault, the report speaks; here it would fill the screen.
    let is_short = |situation: &&&Situation| !situation.name.contains(" under ") && !situation.name.contains(" edge ");
    let seen = seen.iter().filter(is_short).map(|situation| format!("{} {}×", situation.name, count(situation.count)));
    let unseen = unseen.iter().map(|situation| situation.name.clone());
    let lines = [seen.collect::<Vec<_>>().join(" · "), unseen.collect::<Vec<_>>().join(" · ")];
    lines.into()
}

/// `26 µs for each message without faults: …`; nothing if it is not known.
pub(crate) fn proxies(cost: Option<ProxyCost>) -> String {
    let Some(ProxyCost { direct_us, through_us, round_trips }) = cost else { return String::new() };
    format!(
        "{:.0} µs a message without faults: {through_us:.0} µs a round trip through two, {direct_us:.0} µs past them (medians of {round_trips}, before the run)",
        (through_us - direct_us) / 2.0
    )
}

/// `n4 dead, n5 running, 8 links cut; n1 n2 n3 were healed and served after 310 ms`; nothing if everything was healed.
pub(crate) fn left_broken(aftermath: Option<&Aftermath>) -> String {
    let Some(Aftermath { core, served_after_ms, others, links_cut }) =
        aftermath.filter(|found| !found.others.is_empty())
    else {
        return String::new();
    };
    let mut left: Vec<String> = others.iter().map(|(node, state)| format!("{node} {state}")).collect();
    if !links_cut.is_empty() {
        left.push(format!("{} cut", plural(links_cut.len() as u64, "link", "links")));
    }
    let served = match served_after_ms {
        Some(ms) => format!("served after {}", duration(ms * 1_000_000)),
        None => "did not serve".to_owned(),
    };
    format!("{}; {} were healed and {served}", left.join(", "), core.join(" "))
}

/// `24,100 in 20.0 s (1,205/s): 24,080 ok, 12 fail, 8 info`.
pub(crate) fn operations(stats: &Stats) -> String {
    let sum = |outcome: &str| -> u64 { stats.operations.values().filter_map(|outcomes| outcomes.get(outcome)).sum() };
    let (ok, fail, info) = (sum("ok"), sum("fail"), sum("info"));
    format!(
        "{} in {} ({}/s): {} ok, {} fail, {} info",
        count(ok + fail + info),
        duration(stats.duration),
        count(stats.rate.round() as u64),
        count(ok),
        count(fail),
        count(info)
    )
}

/// `98.2 % succeeded · longest gap 1.52 s · median recovery 310 ms`.
pub(crate) fn availability(availability: &Availability) -> String {
    if availability.windows.is_empty() {
        return String::new();
    }
    let mut text = format!("{} of operations succeeded", percent(availability.success));
    match availability.gaps.iter().max_by_key(|gap| gap.end.saturating_sub(gap.start)) {
        Some(gap) => {
            let length = duration(gap.end.saturating_sub(gap.start));
            let gaps = plural(availability.gaps.len() as u64, "gap", "gaps");
            let _ = write!(text, " · {gaps} without a success, the longest {length}");
            match gap.majority {
                0 => {}
                whole if whole >= gap.end.saturating_sub(gap.start) => text += ", with a healthy majority all along",
                part => {
                    let _ = write!(text, ", {} of it with a healthy majority", duration(part));
                }
            }
        }
        None => text += " · no gap",
    }
    if let Some(median) = median_recovery(availability) {
        let _ = write!(text, " · median recovery {}", duration(median));
    }
    let never = availability.recoveries.iter().filter(|recovery| recovery.wait.is_none()).count() as u64;
    if never > 0 {
        let _ = write!(text, " · {} without a later success", plural(never, "fault edge", "fault edges"));
    }
    text
}

/// The median wait from a fault or its heal to the next success.
pub(crate) fn median_recovery(availability: &Availability) -> Option<u64> {
    let mut waits: Vec<u64> = availability.recoveries.iter().filter_map(|recovery| recovery.wait).collect();
    waits.sort_unstable();
    waits.get(waits.len() / 2).copied()
}

/// `read   p50 1.2 · p90 3.4 · p99 8.1 · max 1,204 ms`, a line a function.
fn latencies(stats: &Stats) -> Vec<String> {
    let width = stats.latency_ms.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, percentiles): (&String, &std::collections::BTreeMap<String, f64>)| {
        let mut parts: Vec<_> = percentiles.iter().collect();
        parts.sort_by(|a, b| percentile_rank(a.0).total_cmp(&percentile_rank(b.0)));
        let parts: Vec<_> = parts.iter().map(|(name, ms)| format!("{name} {}", millis(**ms))).collect();
        format!("{name:<width$}  {} ms", parts.join(" · "))
    };
    stats.latency_ms.iter().map(line).collect()
}

/// `p50` before `p99` before `p99.9` before `max`.
pub(crate) fn percentile_rank(name: &str) -> f64 {
    match name {
        "min" => 0.0,
        "mean" => 50.5,
        "max" => 101.0,
        _ => name.trim_start_matches('p').parse().unwrap_or(102.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::{cluster::ProcessState, history::Link};

    #[test]
    fn what_was_left_broken_is_told_and_of_a_whole_cluster_nothing() {
        let core = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
        let mut aftermath = Aftermath { core, served_after_ms: Some(310), ..Aftermath::default() };
        assert_eq!((left_broken(None), left_broken(Some(&aftermath))), (String::new(), String::new()));
        aftermath.others = [("n4", ProcessState::Dead), ("n5", ProcessState::Running)]
            .map(|(node, state)| (node.to_owned(), state))
            .into();
        aftermath.links_cut = vec![Link { from: "n1".to_owned(), to: "n5".to_owned() }];
        let told = "n4 dead, n5 running, 1 link cut; n1 n2 n3 were healed and served after 310 ms";
        assert_eq!(left_broken(Some(&aftermath)), told);
        aftermath.served_after_ms = None;
        assert!(left_broken(Some(&aftermath)).ends_with("n1 n2 n3 were healed and did not serve"));
    }

    #[test]
    fn what_proxies_cost_is_told_with_what_it_comes_from() {
        let told = proxies(Some(ProxyCost { direct_us: 29.4, through_us: 53.2, round_trips: 200 }));
        assert!(
            told.starts_with("12 µs a message without faults: 53 µs a round trip through two, 29 µs past"),
            "{told}"
        );
        assert_eq!(proxies(None), "");
    }
}
