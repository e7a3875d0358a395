//! A run as it is seen while it goes on: a live display on a terminal, plain lines anywhere else. Everything goes to
//! standard error; standard output belongs to the result.

use crate::{
    fault_row::named,
    headline::{Headline, sign},
    paint::{Ink, Painter},
    text::{clip, count, duration, duration_of, plural},
};
use harness::{
    checker::Verdict,
    history::{Effect, Fault},
    runner::{Observer, Phase, Progress, RunEvent},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a run without a terminal says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// Watches a run and tells what happens on standard error.
pub struct Console {
    painter: Painter,
    /// The live display; `None` writes plain lines.
    bar: Option<ProgressBar>,
    out: Mutex<Box<dyn Write + Send>>,
    state: Mutex<State>,
}

struct State {
    begun: Instant,
    time_limit: Duration,
    /// The phases so far, and when each began.
    phases: Vec<(Phase, Instant)>,
    last_line: Option<Instant>,
}

impl Default for Console {
    fn default() -> Self {
        Console::new()
    }
}

impl Console {
    /// A console that looks at standard error to see what it may do.
    pub fn new() -> Console {
        let stderr = std::io::stderr();
        let colour = anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never;
        let bar = stderr.is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(10));
            let template = "{prefix} {bar:20} {msg}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("━╸─"));
            bar
        });
        Console::with(bar, Painter { colour }, Box::new(stderr))
    }

    fn with(bar: Option<ProgressBar>, painter: Painter, out: Box<dyn Write + Send>) -> Console {
        let state = State { begun: Instant::now(), time_limit: Duration::ZERO, phases: Vec::new(), last_line: None };
        Console { painter, bar, out: Mutex::new(out), state: Mutex::new(state) }
    }

    /// Writes a line above the display. Whoever read it may be gone: that is no reason to stop a run.
    fn line(&self, text: &str) {
        let write = || {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// A line with the time since the start and a word for what it is about.
    fn entry(&self, time: Duration, word: &str, ink: Ink, text: &str) {
        let time = self.painter.paint(Ink::Faint, format!("{:>7.1} s", time.as_secs_f64()));
        self.line(&format!("{time}  {}  {text}", self.painter.paint(ink, format!("{word:<8}"))));
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn elapsed(&self) -> Duration {
        self.state(|state| state.begun.elapsed())
    }

    fn phase(&self, phase: Phase) {
        let limit = self.state(|state| {
            state.phases.push((phase, Instant::now()));
            state.time_limit
        });
        let (word, text) = phase_words(phase, limit);
        self.entry(self.elapsed(), word, Ink::Strong, &text);
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!("{word:<11}"));
            bar.set_message("");
            bar.tick();
        }
    }

    fn progress(&self, progress: &Progress) {
        let Some(bar) = &self.bar else { return self.progress_line(progress) };
        let (limit, phase) = self.state(|state| (state.time_limit, state.phases.last().map(|(phase, _)| *phase)));
        let millis = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        bar.set_length(millis(limit).max(1));
        bar.set_position(millis(progress.elapsed.min(limit)));
        let clock = match phase {
            Some(Phase::Workload) => format!("{:.1} of {}", progress.elapsed.as_secs_f64(), duration_of(limit)),
            _ => format!("{:.1} s", progress.elapsed.as_secs_f64()),
        };
        let faults = if progress.faults.is_empty() {
            self.painter.paint(Ink::Faint, "no fault in force")
        } else {
            let faults = clip(&progress.faults.join(" · "), 90);
            self.painter.paint(Ink::Doubt, format!("in force: {faults}"))
        };
        bar.set_message(format!("{clock} · {}\n{:12}{faults}", clip(&counts(progress), 90), ""));
    }

    fn progress_line(&self, progress: &Progress) {
        let is_due = self.state(|state| {
            let is_due = state.last_line.is_none_or(|last| last.elapsed() >= PROGRESS_EVERY);
            if is_due {
                state.last_line = Some(Instant::now());
            }
            is_due
        });
        if is_due {
            let mut text = counts(progress);
            if !progress.faults.is_empty() {
                text += &format!(" · in force: {}", progress.faults.join(" · "));
            }
            self.entry(progress.elapsed, "running", Ink::Faint, &text);
        }
    }

    fn fault_started(&self, fault: &Fault) {
        let Some(started) = fault.started else { return self.fault_skipped(fault) };
        let text = format!("{}{}", named(fault), chosen(fault));
        self.entry(Duration::from_nanos(started), "fault", Ink::Doubt, &text);
    }

    fn fault_skipped(&self, fault: &Fault) {
        let text = format!("{} not attempted: {}", named(fault), fault.evidence.note);
        self.entry(Duration::from_nanos(fault.planned.0), "skipped", Ink::Doubt, &text);
    }

    fn fault_healed(&self, fault: &Fault) {
        let Some(started) = fault.started else { return self.fault_skipped(fault) };
        let healed = fault.healed.unwrap_or(started);
        let length = duration(healed.saturating_sub(started));
        let (ink, effect) = match fault.evidence.effect {
            Effect::Installed => (Ink::Good, ""),
            Effect::Skipped => (Ink::Doubt, "not attempted: "),
            Effect::Indeterminate => (Ink::Doubt, "no effect shown: "),
        };
        let word = if fault.healed.is_some() { "healed" } else { "unhealed" };
        let text = format!("{} after {length} · {effect}{}", named(fault), fault.evidence.note);
        self.entry(Duration::from_nanos(healed), word, ink, &text);
    }
}

impl Observer for Console {
    fn observe(&self, event: &RunEvent) {
        match event {
            RunEvent::Started { summary, seed, directory, time_limit } => {
                self.state(|state| (state.begun, state.time_limit) = (Instant::now(), *time_limit));
                // First of all, so that it is known even of a run that dies in its first second.
                self.line(&format!("{} · {summary}", self.painter.paint(Ink::Strong, format!("seed {seed}"))));
                self.line(&self.painter.paint(Ink::Faint, directory.display()));
            }
            RunEvent::Phase(phase) => self.phase(*phase),
            RunEvent::Progress(progress) => self.progress(progress),
            RunEvent::FaultStarted(fault) => self.fault_started(fault),
            RunEvent::FaultHealed(fault) => self.fault_healed(fault),
            RunEvent::Warning(text) => self.entry(self.elapsed(), "warning", Ink::Doubt, text),
            RunEvent::Judged { name, result } => {
                let ink = match result.verdict {
                    Verdict::Valid => Ink::Good,
                    Verdict::Unknown => Ink::Doubt,
                    Verdict::Invalid => Ink::Bad,
                };
                let word = format!("{} {}", sign(result.verdict), result.verdict);
                self.entry(self.elapsed(), &word, ink, &format!("{name}: {}", result.summary));
            }
            RunEvent::Finished { results, .. } => {
                let headline = Headline::new(results);
                self.entry(self.elapsed(), "verdict", headline.tone.into(), headline.word);
                let times = self.state(|state| times(&state.phases, Instant::now()));
                self.entry(self.elapsed(), "time", Ink::Faint, &times);
                if let Some(bar) = &self.bar {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

fn phase_words(phase: Phase, limit: Duration) -> (&'static str, String) {
    match phase {
        Phase::Setup => ("setup", "nodes start and elect a leader".into()),
        Phase::Workload => ("workload", format!("clients work under faults for {}", duration_of(limit))),
        Phase::Heal => ("heal", "all faults are undone".into()),
        Phase::Recovery => ("recovery", "waiting for the cluster to serve again".into()),
        Phase::FinalReads => ("reads", "every key is read once more".into()),
        Phase::Check => ("check", "judging the record".into()),
        Phase::Teardown => ("teardown", "nodes end".into()),
    }
}

/// What each phase took: `setup 410 ms · workload 20 s`.
fn times(phases: &[(Phase, Instant)], end: Instant) -> String {
    let ends = phases.iter().skip(1).map(|(_, begin)| *begin).chain([end]);
    let times = phases.iter().zip(ends).map(|((phase, begin), end)| {
        let (word, _) = phase_words(*phase, Duration::ZERO);
        format!("{word} {}", duration_of(end - *begin))
    });
    times.collect::<Vec<_>>().join(" · ")
}

/// `4,120 ok · 12 fail · 3 info · 203/s · leader n3 · term 4`.
fn counts(progress: &Progress) -> String {
    let leader = progress.leader.as_ref().map_or_else(|| "no leader".to_owned(), |leader| format!("leader {leader}"));
    format!(
        "{} ok · {} fail · {} info · {}/s · {leader} · term {}",
        count(progress.ok),
        count(progress.fail),
        count(progress.info),
        count(progress.rate.max(0.0).round() as u64),
        progress.term
    )
}

fn chosen(fault: &Fault) -> String {
    let nodes = match fault.nodes.len() {
        _ if fault.target.is_empty() || fault.target == fault.kind => return String::new(),
        nodes => plural(nodes as u64, "node", "nodes"),
    };
    format!(" (target: {}, {nodes})", fault.target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::checker::CheckResult;
    use harness::history::Evidence;
    use std::{io, sync::Arc};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct ClosedPipe;

    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    fn fault() -> Fault {
        Fault {
            id: 0,
            nemesis: "partition".into(),
            kind: "halves".into(),
            summary: "n1 n3 | n2 n4 n5".into(),
            target: "leader".into(),
            nodes: vec!["n1".into(), "n3".into()],
            started: Some(5_000_000_000),
            healed: Some(10_200_000_000),
            evidence: Evidence {
                effect: Effect::Installed,
                note: "1,204 messages dropped on 12 links".into(),
                ..Evidence::default()
            },
            ..Fault::default()
        }
    }

    fn events() -> Vec<RunEvent> {
        vec![
            RunEvent::Started {
                summary: "raft · register · partition · 5 nodes · 10 clients · 20s".into(),
                seed: 4211,
                directory: "runs/x".into(),
                time_limit: Duration::from_secs(20),
            },
            RunEvent::Phase(Phase::Workload),
            RunEvent::Progress(Progress { ok: 4120, leader: Some("n3".into()), term: 4, ..Progress::default() }),
            RunEvent::Progress(Progress::default()),
            RunEvent::FaultStarted(fault()),
            RunEvent::FaultHealed(fault()),
            RunEvent::FaultStarted(Fault { started: None, ..fault() }),
            RunEvent::Warning("n2 answered slowly".into()),
            RunEvent::Judged { name: "linearizability".into(), result: CheckResult::default() },
            RunEvent::Finished { results: Box::default(), directory: "runs/x".into() },
        ]
    }

    #[test]
    fn without_a_terminal_a_run_is_told_in_plain_lines_with_the_seed_first() {
        let memory = Memory::default();
        let console = Console::with(None, Painter { colour: false }, Box::new(memory.clone()));
        events().iter().for_each(|event| console.observe(event));
        let text = String::from_utf8(memory.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        assert!(text.starts_with("seed 4211 · raft · register"), "{text}");
        assert!(!text.contains('\x1b'), "no colour codes: {text}");
        assert!(
            text.contains("5.0 s  fault     partition halves: n1 n3 | n2 n4 n5 (target: leader, 2 nodes)"),
            "{text}"
        );
        assert!(text.contains("after 5.20 s · 1,204 messages dropped on 12 links"), "{text}");
        assert_eq!(text.matches("running").count(), 1, "the second progress comes too soon: {text}");
        assert!(text.contains("skipped   partition halves"), "{text}");
    }

    #[test]
    fn where_the_time_went_is_told_by_phases() {
        let begin = Instant::now();
        let phases = [(Phase::Setup, begin), (Phase::Workload, begin + Duration::from_millis(410))];
        assert_eq!(times(&phases, begin + Duration::from_millis(20_410)), "setup 410 ms · workload 20 s");
        assert_eq!(times(&[], begin), "");
    }

    #[test]
    fn a_closed_pipe_does_not_stop_a_run() {
        let console = Console::with(None, Painter { colour: true }, Box::new(ClosedPipe));
        events().iter().for_each(|event| console.observe(event));
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::hidden());
        let console = Console::with(Some(bar), Painter { colour: true }, Box::new(ClosedPipe));
        events().iter().for_each(|event| console.observe(event));
    }
}
