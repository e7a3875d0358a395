//! Traces that are judged while they grow.

use crate::simulation::{Random, Simulation};
use harness::checker::{
    CheckResult, NodeTrace, RaftSafety, Record, Verdict, parse,
    raft_safety::{self, Reader, Spot},
};
use harness::history::trace::{Hash, Kind, Role, TraceEvent};

/// A trace as a file, with the remains of lines that were torn by a kill.
struct File {
    node: String,
    bytes: Vec<u8>,
    /// What its whole lines say, and where each of them ends.
    lines: Vec<(TraceEvent, usize)>,
}

impl File {
    fn new(trace: &NodeTrace, random: &mut Random) -> File {
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        let tear = |bytes: &mut Vec<u8>, random: &mut Random| {
            let line = r#"{"t":5,"e":"vote","term":7,"for":"é"}"#.as_bytes();
            bytes.extend(&line[..random.below(line.len())]);
        };
        for (number, (_, event)) in trace.lines.iter().enumerate() {
            if number > 0 && matches!(event.kind, Kind::Start { .. }) {
                tear(&mut bytes, random);
                // The process that comes next may end the line, or not.
                if random.chance(50) {
                    bytes.push(b'\n');
                }
            }
            serde_json::to_writer(&mut bytes, event).unwrap();
            bytes.push(b'\n');
            lines.push((event.clone(), bytes.len()));
        }
        if random.chance(50) {
            tear(&mut bytes, random);
        }
        File { node: trace.node.clone(), bytes, lines }
    }

    /// How much of it has to be read before a cut at this time.
    fn before(&self, cut: u64) -> usize {
        self.lines.iter().rfind(|(event, _)| event.t <= cut).map_or(0, |(_, end)| *end)
    }

    fn parse(&self) -> NodeTrace {
        parse(&self.node, &String::from_utf8_lossy(&self.bytes))
    }
}

fn files(record: &Record, random: &mut Random) -> Vec<File> {
    record.traces.iter().map(|trace| File::new(trace, random)).collect()
}

/// Judges files piece by piece, cut by cut: before each, every file is read as far as `needed` says, or by chance a bit further.
fn judge(
    files: &[File],
    founders: &[String],
    random: &mut Random,
    mut needed: impl FnMut(usize, u64, &mut Random) -> usize,
    mut at_cut: impl FnMut(&RaftSafety),
) -> CheckResult {
    let mut safety = RaftSafety::new(files.iter().map(|file| file.node.as_str()), founders);
    let mut readers: Vec<(Reader, usize)> = files.iter().map(|_| (Reader::default(), 0)).collect();
    let end = files.iter().filter_map(|file| file.lines.last()).map(|(event, _)| event.t).max().unwrap_or(0);
    let mut cut = 0;
    while cut < end {
        cut += 1 + random.below(end as usize / 4 + 1) as u64;
        for (node, (reader, read)) in readers.iter_mut().enumerate() {
            let file = &files[node];
            let mut until = needed(node, cut, random).max(*read);
            if cut >= end {
                until = file.bytes.len();
            } else if until == file.before(cut) {
                until += random.below(400).min(file.bytes.len() - until);
            }
            while *read < until {
                let next = (*read + 1 + random.below(300)).min(until);
                reader.read(&file.bytes[*read..next], |line, event| safety.line(Spot { node, line }, event));
                *read = next;
            }
        }
        safety.advance(cut);
        at_cut(&safety);
    }
    safety.result(0, |spots| {
        let traces: Vec<NodeTrace> = files.iter().map(File::parse).collect();
        let event = |spot: &Spot| traces[spot.node].lines.iter().find(|(line, _)| *line == spot.line);
        spots.iter().map(|spot| (*spot, event(spot).unwrap().1.clone())).collect()
    })
}

/// Falsifies a line by chance, or leaves it out.
fn lie(record: &mut Record, random: &mut Random) {
    let node = random.below(record.traces.len());
    let lines = &mut record.traces[node].lines;
    let at = random.below(lines.len());
    if random.chance(20) {
        lines.remove(at);
        return;
    }
    match &mut lines[at].1.kind {
        Kind::Start { term, vote, last, hash, .. } => match random.below(3) {
            0 => (*last, *hash) = (0, Hash(0)),
            1 => *vote = None,
            _ => *term = term.saturating_sub(1),
        },
        Kind::Role { role, .. } => *role = Role::Leader,
        Kind::Vote { candidate, .. } => *candidate = "n2".into(),
        Kind::Append { hashes, .. } => hashes[0].0 ^= 1,
        Kind::Commit { index, .. } | Kind::Ack { index, .. } => *index += random.below(3) as u64,
        Kind::Apply { hash, .. } | Kind::Compact { hash, .. } | Kind::Install { hash, .. } => hash.0 ^= 1,
        Kind::Configuration { voters, .. } => drop(voters.pop()),
        Kind::Truncate { from } => *from += 1,
        Kind::Stop {} => {}
    }
}

#[test]
fn pieces_are_judged_as_the_whole() {
    let mut verdicts = [0; 3];
    for seed in 0..3_000 {
        let mut record = Simulation::run(seed, 250).record();
        let random = &mut Random(seed ^ 0xbeef);
        for _ in 0..random.below(4) {
            lie(&mut record, random);
        }
        let files = files(&record, random);
        let traces: Vec<NodeTrace> = files.iter().map(File::parse).collect();
        let whole = raft_safety::judge(&traces, &record.nodes, 0);
        let mut first = None;
        let needed = |node: usize, cut, _: &mut Random| files[node].before(cut);
        let grown = judge(&files, &record.nodes, random, needed, |safety| {
            first = first.take().or_else(|| safety.violation());
        });
        assert_eq!(grown, whole, "seed {seed}");
        let expected = match whole.verdict {
            Verdict::Valid => Some(false),
            Verdict::Invalid => Some(true),
            // Whoever was accused may turn out not to be judgeable.
            Verdict::Unknown => None,
        };
        assert!(expected.is_none_or(|expected| first.is_some() == expected), "seed {seed}: {first:?} {whole:?}");
        verdicts[whole.verdict as usize] += 1;
    }
    assert!(verdicts.iter().all(|count| *count > 100), "{verdicts:?}");
}

/// Whether a line of another node may be an effect of one of this kind.
fn may_follow(cause: &Kind, effect: &Kind) -> bool {
    match cause {
        Kind::Apply { .. } => false,
        Kind::Ack { .. } | Kind::Commit { .. } => matches!(effect, Kind::Commit { .. }),
        Kind::Vote { .. } => matches!(effect, Kind::Role { .. }),
        Kind::Compact { .. } => matches!(effect, Kind::Install { .. } | Kind::Commit { .. }),
        _ => true,
    }
}

/// A node may be stopped between noting a line's time and writing the line, as long as nobody shows an effect of it.
#[test]
fn nobody_is_accused_for_lines_that_come_late() {
    let mut late = 0;
    for seed in 0..3_000 {
        let record = Simulation::run(seed, 250).record();
        let random = &mut Random(seed ^ 0xfeed);
        let files = files(&record, random);
        let has_effect = |node: usize, cause: &TraceEvent, cut: u64| {
            let others = files.iter().enumerate().filter(|(other, _)| *other != node);
            let mut events = others.flat_map(|(_, file)| &file.lines).map(|(event, _)| event);
            events.any(|event| (cause.t..=cut).contains(&event.t) && may_follow(&cause.kind, &event.kind))
        };
        let needed = |node: usize, cut, random: &mut Random| {
            let lines = &files[node].lines;
            let mut count = lines.partition_point(|(event, _)| event.t <= cut);
            while count > 0 && random.chance(90) && !has_effect(node, &lines[count - 1].0, cut) {
                count -= 1;
                late += 1;
            }
            count.checked_sub(1).map_or(0, |last| lines[last].1)
        };
        let result = judge(&files, &record.nodes, random, needed, |safety| {
            assert_eq!(safety.violation(), None, "seed {seed}");
        });
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {result:#?}");
    }
    assert!(late > 10_000, "{late}");
}
