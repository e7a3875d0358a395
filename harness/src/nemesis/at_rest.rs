//! Damage at rest: while a node is dead, a bit of its files flips, one is cut short, or all are gone. A node with such data must not serve: it
//! could have forgotten a vote, or an entry that others count on. The evidence is that it ended by itself. The undo is to put back the data as
//! it was when the node died; so it comes back like one that was dead for long.
//!
//! Within the contract (`contract.rs`) the damage can be noticed, and hits no more nodes than the cluster can do without. Beyond it nothing is put
//! back: who refuses to start stays dead, and who starts all the same goes on with what it has.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target,
    hold::Grip,
    join::join_all,
    kill::{ANSWER_TIMEOUT, bring_all_back},
    run::Scene,
};
use crate::{
    cluster::{Cluster, OwnEnd},
    history::{Effect, Fault},
    seed,
};
use rand::RngExt;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::{Duration, Instant},
};

const NEEDS: &str = "nodes that are processes of ours, with files as Whitewater's node has them";
/// The length of what a segment of the log begins with. All of it is checked by itself; what follows could be taken for torn.
const HEADER_BYTES: u64 = 80;
/// The file whose damage not every node can notice.
pub(super) const UNNOTICED: &str = "records";
pub(super) const FILE: Parameter = Parameter {
    name: "file",
    summary: "what is damaged: the newest snapshot, the identity, the header of the newest segment of the log, the first half of its \
              records, behind which others stand, or any of its records, which not every node can notice",
    allowed: Domain::Words(&["snapshot", "identity", "header", "middle", UNNOTICED]),
    drawn: Domain::Words(&["snapshot", "identity", "header"]),
};
const AIMS: Aims = Aims::Nodes(&[Target::One, Target::Minority]);

/// What is done to a node's data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Damage {
    Flip,
    Truncation,
    Loss,
}

pub(super) static BIT_FLIP: Kind = Kind {
    name: "bit-flip",
    summary: "nodes die, a bit in a file of theirs flips, and they are started with that",
    needs: NEEDS,
    parameters: &[FILE],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, Damage::Flip)),
};

pub(super) static TRUNCATE: Kind = Kind {
    name: "truncate",
    summary: "nodes die, a file of theirs is cut short, and they are started with that",
    needs: NEEDS,
    parameters: &[FILE],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, Damage::Truncation)),
};

pub(super) static WIPE: Kind = Kind {
    name: "wipe",
    summary: "nodes die, lose all of their files, and are started with an empty directory",
    needs: NEEDS,
    parameters: &[],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, Damage::Loss)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, damage: Damage) {
    let mut notes = Vec::new();
    // Who forgets a node when it is removed may take the empty directory for the right one when it is added again, and the copy
    // that is put back for a stranger's. No operator changes the members while one of them has lost its data.
    let are_changed = tokio::select! {
        // A short fault may be over by the time its task gets to run; that is no reason not to inject it.
        biased;
        are_changed = scene.operator.lock() => are_changed,
        _ = scene.wait_until(planned.end_ns) => {
            fault.evidence.note = "members or data were being changed by another fault until the end".to_owned();
            return;
        }
    };
    if *are_changed {
        fault.evidence.note = "the members of the beginning could not be brought back".to_owned();
        return;
    }
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let cluster = scene.cluster;
    fault.started = Some(scene.now());
    nodes.iter().for_each(|node| scene.holds.take(node, Grip::Killed));
    fault.nodes_down.clone_from(&nodes);
    let limit = Duration::from_nanos(planned.end_ns.saturating_sub(scene.now()));
    let is_lasting = cluster.test().beyond_contract;
    // All are dead before the first starts again: whoever lost everything with it shall not learn from it who it was.
    let spoilt = join_all(nodes.iter().map(|node| spoil(cluster, node, &planned, damage))).await;
    let starts =
        join_all(nodes.iter().zip(spoilt).map(|(node, start)| go_on(cluster, node, damage, limit, start))).await;
    let refused = starts.iter().filter(|start| start.is_refused()).count() as u64;
    notes.extend(nodes.iter().zip(&starts).map(|(node, start)| format!("{node}: {}", start.what)));
    let is_felt = refused > 0 || is_lasting && starts.iter().any(|start| start.is_spoilt);
    fault.evidence.effect = if is_felt { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.numbers.insert("starts_refused".to_owned(), refused);
    fault.evidence.note = format!("{refused} of {} nodes ended by themselves with damaged data", nodes.len());
    scene.endure(&planned, fault).await;

    if is_lasting {
        lose(scene, &nodes, &starts, fault, &mut notes).await;
        notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
        return;
    }
    for (node, start) in nodes.iter().zip(&starts) {
        if scene.mends(node) && start.needs_its_data(damage) {
            let _ = cluster.kill(node).await;
            if let Err(error) = put_back(&cluster.data(node)) {
                notes.push(format!("{node}: its data cannot be put back: {error}"));
            }
        }
    }
    bring_all_back(scene, &nodes, fault, &mut notes).await;
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Leaves it at that: who ended stays dead for ever, whatever other faults do, and the others go on.
async fn lose(scene: &Scene<'_>, nodes: &[String], starts: &[Start], fault: &mut Fault, notes: &mut Vec<String>) {
    let of = |is_alive: bool| -> Vec<String> {
        let some = nodes.iter().zip(starts).filter(|(_, start)| start.is_accepted == is_alive);
        some.map(|(node, _)| node.clone()).collect()
    };
    let lost = of(false);
    bring_all_back(scene, &of(true), fault, notes).await;
    fault.evidence.numbers.insert("nodes_lost".to_owned(), lost.len() as u64);
    if !lost.is_empty() {
        fault.healed = None;
        notes.push(format!("{} cannot come back: the data is not put back", lost.join(" ")));
        fault.nodes_down = lost;
    }
}

/// What came of a start with damaged data.
#[derive(Default)]
struct Start {
    /// Whether there is a copy of its data as it was before.
    has_copy: bool,
    /// Whether the data was damaged.
    is_spoilt: bool,
    /// Whether it lives on with what was left to it.
    is_accepted: bool,
    /// How it ended.
    end: Option<ExitStatus>,
    what: String,
}

impl Start {
    /// Whether the node itself did not want to go on. Another fault may have killed it before it had looked.
    fn is_refused(&self) -> bool {
        self.end.is_some_and(|end| end.code().is_some_and(|code| code != 0))
    }

    /// Whether its data is to be put back, whatever has ended it. One that took its data for whole has gone on from there; it must
    /// not be sent back. An empty one knows nothing.
    fn needs_its_data(&self, damage: Damage) -> bool {
        self.has_copy && (!self.is_accepted || damage == Damage::Loss)
    }
}

/// Kills a node and damages its data.
async fn spoil(cluster: &Cluster, node: &str, planned: &PlannedFault, damage: Damage) -> Start {
    let mut start = Start::default();
    match try_to_spoil(cluster, node, planned, damage, &mut start).await {
        Ok(what) => (start.is_spoilt, start.what) = (true, what),
        Err(error) => start.what = error,
    }
    start
}

/// Kills a node, keeps a copy of its data, and damages the data. Says how.
async fn try_to_spoil(
    cluster: &Cluster,
    node: &str,
    planned: &PlannedFault,
    damage: Damage,
    start: &mut Start,
) -> Result<String, String> {
    let text = |error: io::Error| error.to_string();
    cluster.kill(node).await.map_err(|error| error.to_string())?;
    let data = cluster.data(node);
    copy(&data, &copy_of(&data)).map_err(text)?;
    start.has_copy = true;
    let random = seed::derive(planned.random, node);
    let what = match damage {
        Damage::Loss => wipe(&data),
        _ => break_file(&data, planned.parameters.word(FILE.name), damage, random),
    };
    what.map_err(text)
}

/// Starts a node with its damaged data, and waits whether it refuses that.
async fn go_on(cluster: &Cluster, node: &str, damage: Damage, limit: Duration, mut start: Start) -> Start {
    if !start.is_spoilt {
        return start;
    }
    let (begun, is_lasting) = (Instant::now(), cluster.test().beyond_contract);
    let pid = match cluster.restart_damaged(node, damage != Damage::Loss || is_lasting) {
        Ok(pid) => pid,
        Err(error) => {
            start.what += &format!("; {error}");
            return start;
        }
    };
    // However short the fault is: that it has not ended yet does not say that it goes on. Whoever answers has looked at its data.
    let answers = cluster.wait_answering(node, ANSWER_TIMEOUT).await.is_ok();
    let left = if answers { limit.saturating_sub(begun.elapsed()) } else { Duration::ZERO };
    start.end = cluster.await_own_end(node, pid, left).await.map(|end| end.status);
    start.is_accepted = answers && start.end.is_none();
    // Beyond the contract the others may still find it out.
    if start.is_accepted && damage != Damage::Loss && !is_lasting {
        cluster.no_longer_expect(node, OwnEnd::Failed);
    }
    if !start.is_refused() {
        let end = start.end.map_or("it lives all the same".to_owned(), |end| format!("it ended otherwise ({end})"));
        start.what += &format!("; {end}");
    }
    start
}

fn wipe(data: &Path) -> io::Result<String> {
    let mut count = 0;
    for file in files(data)? {
        fs::remove_file(file)?;
        count += 1;
    }
    Ok(format!("{count} files removed"))
}

/// Damages one file of this sort, or the log's header if there is none.
fn break_file(data: &Path, sort: &str, damage: Damage, random: u64) -> io::Result<String> {
    let files = files(data)?;
    let newest = |prefix: &str, suffix: &str| {
        let is_one = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix) && name.ends_with(suffix)
        };
        files.iter().filter(is_one).max()
    };
    let log = newest("wal-", ".log");
    let (path, is_header) = match sort {
        "snapshot" => (newest("snapshot-", ".snap").or(log), newest("snapshot-", ".snap").is_none()),
        "identity" => (newest("identity", "identity"), false),
        "header" => (log, true),
        _ => (log, false),
    };
    let Some(path) = path else { return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no {sort}"))) };
    let mut bytes = fs::read(path)?;
    // A log is longer than its records.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    let (begin, end) = match (is_header, sort) {
        (true, _) => (0, HEADER_BYTES.min(used)),
        (false, "records") => (HEADER_BYTES.min(used), used),
        (false, "middle") => (HEADER_BYTES.min(used), HEADER_BYTES.midpoint(used).min(used)),
        _ => (0, bytes.len() as u64),
    };
    if begin == end {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there are no {sort}")));
    }
    let at = seed::rng(random, "place").random_range(begin..end) as usize;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let what = if damage == Damage::Truncation {
        bytes.truncate(at);
        format!("{name} cut off at byte {at}")
    } else {
        bytes[at] ^= 1 << (random % 8);
        format!("bit {} of byte {at} of {name} flipped", random % 8)
    };
    fs::write(path, bytes)?;
    Ok(what)
}

fn copy_of(data: &Path) -> PathBuf {
    data.with_extension("good")
}

fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Copies the files of a directory to another one, which is made, or emptied before.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    wipe(to)?;
    for file in files(from)? {
        fs::copy(&file, to.join(file.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// Puts the copy in the place of what is there.
fn put_back(data: &Path) -> io::Result<()> {
    copy(&copy_of(data), data)?;
    fs::remove_dir_all(copy_of(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("a folder");
        for (name, bytes) in files {
            fs::write(folder.path().join("data").join(name), bytes).expect("a file");
        }
        folder
    }

    #[test]
    fn the_newest_file_of_a_sort_is_damaged_where_it_is_used_and_put_back() {
        let segment = [vec![7; 200], vec![0; 1000]].concat();
        let before: [(&str, &[u8]); 4] = [
            ("identity", b"node n1"),
            ("snapshot-1.snap", &[1; 50]),
            ("snapshot-2.snap", &[2; 50]),
            ("wal-1.log", &segment),
        ];
        for (sort, name, range) in [
            ("snapshot", "snapshot-2.snap", 0..50),
            ("identity", "identity", 0..7),
            ("header", "wal-1.log", 0..80),
            ("records", "wal-1.log", 80..200),
            ("middle", "wal-1.log", 80..140),
        ] {
            let folder = folder(&before);
            let data = folder.path().join("data");
            for random in 0..50 {
                copy(&data, &copy_of(&data)).expect("a copy");
                break_file(&data, sort, Damage::Flip, random).expect("damage");
                for (file, bytes) in before {
                    let now = fs::read(data.join(file)).expect("a file");
                    let changed: Vec<usize> = (0..bytes.len()).filter(|at| now[*at] != bytes[*at]).collect();
                    assert_eq!(changed.len(), usize::from(file == name));
                    assert!(changed.iter().all(|at| range.contains(at)), "{sort}: {changed:?}");
                }
                break_file(&data, sort, Damage::Truncation, random).expect("damage");
                assert!(range.contains(&fs::read(data.join(name)).expect("a file").len()));
                put_back(&data).expect("put back");
                for (file, bytes) in before {
                    assert_eq!(fs::read(data.join(file)).expect("a file"), bytes);
                }
            }
        }
    }

    #[test]
    fn whoever_did_not_go_on_with_damaged_data_gets_back_what_it_had() {
        let start = |end: Option<i32>| Start {
            is_spoilt: true,
            has_copy: true,
            is_accepted: end.is_none(),
            end: end.map(ExitStatus::from_raw),
            what: String::new(),
        };
        let (refused, killed, accepted) = (start(Some(1 << 8)), start(Some(9)), start(None));
        assert!(refused.is_refused() && refused.needs_its_data(Damage::Flip));
        assert!(!killed.is_refused() && killed.needs_its_data(Damage::Flip), "it could not look at its data yet");
        assert!(
            !accepted.is_refused() && !accepted.needs_its_data(Damage::Flip) && accepted.needs_its_data(Damage::Loss)
        );
        let unharmed = Start::default();
        assert!(!unharmed.needs_its_data(Damage::Loss), "there may be no copy, or one from before");
    }

    #[test]
    fn what_is_not_there_cannot_be_damaged() {
        let folder = folder(&[("wal-1.log", &[7; 80])]);
        let data = folder.path().join("data");
        assert!(break_file(&data, "identity", Damage::Flip, 1).is_err());
        assert!(break_file(&data, "records", Damage::Flip, 1).is_err());
        assert!(break_file(&data, "snapshot", Damage::Flip, 1).expect("the header").contains("wal-1.log"));
        assert_eq!(wipe(&data).expect("gone"), "1 files removed");
    }
}
