//! What each node was at each moment, from the traces that the nodes kept and the faults that stopped them.

use harness::history::{Effect, Fault, trace::Role};
use serde::Deserialize;
use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead, BufReader, ErrorKind},
    path::Path,
};

/// What a node is during a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Follows a leader or waits for one.
    Follower,
    /// Asks whether it could win an election.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads its term.
    Leader,
    /// Its process does not exist.
    Down,
}

impl State {
    /// All of them, in the order of legends.
    pub const ALL: [State; 5] = [State::Leader, State::Follower, State::PreCandidate, State::Candidate, State::Down];

    /// Its name in legends.
    pub fn name(self) -> &'static str {
        match self {
            State::Follower => "follower",
            State::PreCandidate => "pre-candidate",
            State::Candidate => "candidate",
            State::Leader => "leader",
            State::Down => "down",
        }
    }
}

impl From<Role> for State {
    fn from(role: Role) -> State {
        match role {
            Role::Follower => State::Follower,
            Role::PreCandidate => State::PreCandidate,
            Role::Candidate => State::Candidate,
            Role::Leader => State::Leader,
        }
    }
}

/// A stretch of time in which a node stayed what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From, ns since the start of the run.
    pub start: u64,
    /// To.
    pub end: u64,
    /// What it was.
    pub state: State,
    /// Its term.
    pub term: u64,
}

/// A node's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The node.
    pub node: String,
    /// What it was, in order, without overlaps.
    pub spans: Vec<Span>,
    /// When its process was stopped with its memory intact.
    pub paused: Vec<(u64, u64)>,
}

/// What a lane needs of a trace file.
#[derive(Debug)]
pub struct TraceFile {
    /// Whose.
    pub node: String,
    /// Its lines in order, without what they say of logs.
    pub marks: Vec<Mark>,
}

/// A line of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Its time on the machine's clock.
    pub t: u64,
    /// What it changes.
    pub change: Change,
}

/// What a line changes in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The process begins, as a follower of this term.
    Start(u64),
    /// It becomes this in this term.
    Role(State, u64),
    /// It ends.
    Stop,
    /// It shows only that the process lives.
    Nothing,
}

/// The fields that matter here. Kinds of events that this version does not know count as signs of life.
#[derive(Deserialize)]
struct Line<'a> {
    t: u64,
    #[serde(borrow)]
    e: Cow<'a, str>,
    role: Option<Role>,
    term: Option<u64>,
}

/// Reads a trace. Torn lines are passed over: a node is killed in the middle of a line often enough.
pub fn read(path: &Path, node: String, notes: &mut Vec<String>) -> TraceFile {
    let mut file = TraceFile { node, marks: Vec::new() };
    let reader = match File::open(path) {
        Ok(reader) => reader,
        // A system that keeps no trace is not an accident.
        Err(error) if error.kind() == ErrorKind::NotFound => return file,
        Err(error) => {
            notes.push(format!("the trace of {} cannot be read: {error}", file.node));
            return file;
        }
    };
    let mut reader = BufReader::with_capacity(1 << 20, reader);
    let mut line = Vec::new();
    for number in 1u64.. {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                notes.push(format!("the trace of {} cannot be read beyond line {number}: {error}", file.node));
                break;
            }
        }
        let Ok(Line { t, e, role, term }) = serde_json::from_slice(&line) else { continue };
        let change = match (&*e, role) {
            ("start", _) => Change::Start(term.unwrap_or(0)),
            ("role", Some(role)) => Change::Role(role.into(), term.unwrap_or(0)),
            ("stop", _) => Change::Stop,
            _ => Change::Nothing,
        };
        match file.marks.as_mut_slice() {
            // Of several signs of life the last one tells all, but for the very first.
            [_, .., last] if (last.change, change) == (Change::Nothing, Change::Nothing) => last.t = t,
            _ => file.marks.push(Mark { t, change }),
        }
    }
    file
}

/// Lanes out of traces. `epoch` is where the run's time 0 lies on the machine's clock; without it the lanes begin where
/// the first trace begins, and a note says so.
pub fn lanes(
    files: Vec<TraceFile>,
    epoch: Option<u64>,
    faults: &[Fault],
    end: u64,
    notes: &mut Vec<String>,
) -> Vec<Lane> {
    let first = files.iter().filter_map(|file| file.marks.first()).map(|mark| mark.t).min();
    let Some(first) = first else { return Vec::new() };
    if epoch.is_none() {
        notes.push(
            "the run does not say where its time 0 lies on the nodes' clock: the role lanes begin with the first trace \
             line, so that they may be shifted against the faults"
                .into(),
        );
    }
    let epoch = epoch.unwrap_or(first);
    files.into_iter().map(|file| lane(file, epoch, faults, end)).collect()
}

fn lane(file: TraceFile, epoch: u64, faults: &[Fault], end: u64) -> Lane {
    let felt = faults.iter().filter(|fault| fault.evidence.effect != Effect::Skipped);
    let of_node = felt.filter(|fault| fault.nodes_down.contains(&file.node));
    let (pauses, kills): (Vec<&Fault>, Vec<&Fault>) = of_node.partition(|fault| fault.nemesis.contains("pause"));
    let window = |fault: &&Fault| fault.started.map(|start| (start, fault.healed.unwrap_or(end).min(end)));
    let paused = pauses.iter().filter_map(window).collect();
    let kills: Vec<u64> = kills.iter().filter_map(|fault| fault.started).collect();

    let mut builder = LaneBuilder { spans: Vec::new(), open: None, end };
    let (mut last_sign, mut last_start) = (None, 0);
    for mark in file.marks {
        let time = mark.t.saturating_sub(epoch);
        match mark.change {
            Change::Start(term) => {
                if let Some(last_sign) = last_sign {
                    // A killed process writes no last line. The kill says when; without one, the last sign of life does.
                    let kill = kills.iter().copied().filter(|&kill| last_sign <= kill && kill <= time).max();
                    builder.become_state(kill.unwrap_or(last_sign), Some((State::Down, 0)));
                }
                builder.become_state(time, Some((State::Follower, term)));
                last_start = time;
            }
            Change::Role(state, term) => builder.become_state(time, Some((state, term))),
            Change::Stop => builder.become_state(time, Some((State::Down, 0))),
            Change::Nothing => {}
        }
        last_sign = Some(time);
    }
    // Killed and never seen again. A last line may slip in between the note of a kill and the kill.
    let slack = 100_000_000;
    if let Some(last_sign) = last_sign
        && let Some(kill) = kills.iter().copied().filter(|&kill| kill > last_start && kill + slack >= last_sign).min()
    {
        builder.become_state(kill.max(last_sign), Some((State::Down, 0)));
    }
    builder.become_state(end, None);
    Lane { node: file.node, spans: builder.spans, paused }
}

struct LaneBuilder {
    spans: Vec<Span>,
    open: Option<(u64, State, u64)>,
    end: u64,
}

impl LaneBuilder {
    fn become_state(&mut self, time: u64, next: Option<(State, u64)>) {
        let time = time.min(self.end);
        if let Some((start, state, term)) = self.open {
            if next == Some((state, term)) {
                return;
            }
            if time > start {
                self.spans.push(Span { start, end: time, state, term });
            }
        }
        self.open = next.map(|(state, term)| (time, state, term));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::history::Evidence;

    fn kill(node: &str, started: u64, healed: Option<u64>) -> Fault {
        Fault {
            id: 0,
            nemesis: "kill".into(),
            kind: "kill".into(),
            summary: format!("kill {node}"),
            target: "one".into(),
            nodes: vec![node.into()],
            nodes_down: vec![node.into()],
            planned: (started, started),
            started: Some(started),
            healed,
            evidence: Evidence { effect: Effect::Installed, ..Evidence::default() },
            ..Fault::default()
        }
    }

    fn file(marks: &[(u64, Change)]) -> TraceFile {
        let marks = marks.iter().map(|&(t, change)| Mark { t: 1000 + t, change }).collect();
        TraceFile { node: "n1".into(), marks }
    }

    fn states(lane: &Lane) -> Vec<(u64, u64, State)> {
        lane.spans.iter().map(|span| (span.start, span.end, span.state)).collect()
    }

    #[test]
    fn a_killed_node_is_down_from_the_kill_to_its_restart() {
        let file = file(&[
            (0, Change::Start(1)),
            (10, Change::Role(State::Leader, 2)),
            (30, Change::Nothing),
            (60, Change::Start(2)),
        ]);
        let lane = lane(file, 1000, &[kill("n1", 40, Some(70))], 100);
        let expected =
            [(0, 10, State::Follower), (10, 40, State::Leader), (40, 60, State::Down), (60, 100, State::Follower)];
        assert_eq!(states(&lane), expected);
    }

    #[test]
    fn a_node_that_never_came_back_is_down_to_the_end() {
        let lane = lane(file(&[(0, Change::Start(1)), (30, Change::Nothing)]), 1000, &[kill("n1", 40, None)], 100);
        assert_eq!(states(&lane), [(0, 40, State::Follower), (40, 100, State::Down)]);
    }

    #[test]
    fn without_a_kill_the_last_sign_of_life_counts() {
        let lane = lane(file(&[(0, Change::Start(1)), (20, Change::Nothing), (60, Change::Start(1))]), 1000, &[], 100);
        assert_eq!(states(&lane), [(0, 20, State::Follower), (20, 60, State::Down), (60, 100, State::Follower)]);
    }
}
