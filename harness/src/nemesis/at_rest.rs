//! Damage at rest: while a node is dead, a bit of its files flips, one is cut short, or all are gone. A node with such data must not serve: it
//! could have forgotten a vote, or an entry that others count on. The evidence is that it ended by itself. The undo is to put back the data as
//! it was when the node died; so it comes back like one that was dead for long.
//!
//! Within the contract (`contract.rs`) the damage can be noticed, and hits no more nodes than the cluster can do without. Beyond it nothing is put
//! back: who refuses to start stays dead, and who starts all the same goes on with what it has.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target, hold::Grip, join::join_all, kill::bring_all_back, run::Scene,
};
use crate::{
    cluster::Cluster,
    history::{Effect, Fault},
    seed,
};
use rand::RngExt;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

const NEEDS: &str = "nodes that are processes of ours, with files as Whitewater's node has them";
/// The length of what a segment of the log begins with. All of it is checked by itself; what follows could be taken for torn.
const HEADER_BYTES: u64 = 80;
/// The file whose damage not every node can notice.
pub(super) const UNNOTICED: &str = "records";
pub(super) const FILE: Parameter = Parameter {
    name: "file",
    summary: "what is damaged: the newest snapshot, the identity, the header of the newest segment of the log, or its records, which not \
              every node can notice",
    allowed: Domain::Words(&["snapshot", "identity", "header", UNNOTICED]),
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
    let _turn = tokio::select! {
        turn = scene.operator.lock() => turn,
        _ = scene.wait_until(planned.end_ns) => {
            fault.evidence.note = "members or data were being changed by another fault until the end".to_owned();
            return;
        }
    };
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let cluster = scene.cluster;
    fault.started = Some(scene.now());
    nodes.iter().for_each(|node| scene.holds.take(node, Grip::Killed));
    fault.nodes_down.clone_from(&nodes);
    let limit = Duration::from_nanos(planned.end_ns.saturating_sub(scene.now()));
    // All are dead before the first starts again: whoever lost everything with it shall not learn from it who it was.
    let spoilt = join_all(nodes.iter().map(|node| spoil(cluster, node, &planned, damage))).await;
    let is_lasting = cluster.test().beyond_contract;
    let starts = nodes.iter().zip(spoilt).map(|(node, spoilt)| async move {
        let has_trace = damage != Damage::Loss || is_lasting;
        start(cluster, node, spoilt?, has_trace, limit).await
    });
    let starts = join_all(starts).await;
    let mut refused = 0;
    for (node, outcome) in nodes.iter().zip(&starts) {
        match outcome {
            Ok(Started { is_refused: true, what }) => {
                refused += 1;
                notes.push(format!("{node}: {what}"));
            }
            Ok(Started { what, .. }) => notes.push(format!("{node}: {what}; it started all the same")),
            Err(error) => notes.push(format!("{node}: {error}")),
        }
    }
    let is_felt = refused > 0 || is_lasting && starts.iter().any(Result::is_ok);
    fault.evidence.effect = if is_felt { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.numbers.insert("starts_refused".to_owned(), refused);
    fault.evidence.note = format!("{refused} of {} nodes ended by themselves with damaged data", nodes.len());
    scene.endure(&planned, fault).await;

    if is_lasting {
        lose(scene, &nodes, &starts, fault, &mut notes).await;
        notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
        return;
    }
    for (node, outcome) in nodes.iter().zip(&starts) {
        // One that took its data for whole has gone on from there; it must not be sent back. An empty one knows nothing.
        let is_refused = outcome.as_ref().is_ok_and(|started| started.is_refused);
        if scene.mends(node) && (is_refused || damage == Damage::Loss) {
            let _ = cluster.kill(node).await;
            if let Err(error) = put_back(&cluster.data(node)) {
                notes.push(format!("{node}: its data cannot be put back: {error}"));
            }
        }
    }
    bring_all_back(scene, &nodes, fault, &mut notes).await;
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Leaves it at that: who refused to start stays dead for ever, whatever other faults do, and the others go on.
async fn lose(
    scene: &Scene<'_>,
    nodes: &[String],
    starts: &[Result<Started, String>],
    fault: &mut Fault,
    notes: &mut Vec<String>,
) {
    let is_lost = |outcome: &Result<Started, String>| outcome.as_ref().is_ok_and(|started| started.is_refused);
    let (lost, alive): (Vec<_>, Vec<_>) = nodes.iter().zip(starts).partition(|(_, outcome)| is_lost(outcome));
    let names =
        |some: Vec<(&String, &Result<Started, String>)>| some.into_iter().map(|(node, _)| node.clone()).collect();
    let (lost, alive): (Vec<String>, Vec<String>) = (names(lost), names(alive));
    bring_all_back(scene, &alive, fault, notes).await;
    fault.evidence.numbers.insert("nodes_lost".to_owned(), lost.len() as u64);
    if !lost.is_empty() {
        fault.healed = None;
        notes.push(format!("{} cannot come back: the data is not put back", lost.join(" ")));
        fault.nodes_down = lost;
    }
}

/// What came of a start with damaged data.
struct Started {
    is_refused: bool,
    what: String,
}

/// Kills a node, keeps a copy of its data, and damages the data. Says how.
async fn spoil(cluster: &Cluster, node: &str, planned: &PlannedFault, damage: Damage) -> Result<String, String> {
    let text = |error: io::Error| error.to_string();
    cluster.kill(node).await.map_err(|error| error.to_string())?;
    let data = cluster.data(node);
    copy(&data, &copy_of(&data)).map_err(text)?;
    let random = seed::derive(planned.random, node);
    let what = match damage {
        Damage::Loss => wipe(&data),
        _ => break_file(&data, planned.parameters.word(FILE.name), damage, random),
    };
    what.map_err(text)
}

/// Starts a node with damaged data, and waits whether it refuses that.
async fn start(
    cluster: &Cluster,
    node: &str,
    what: String,
    has_trace: bool,
    limit: Duration,
) -> Result<Started, String> {
    let pid = cluster.restart_damaged(node, has_trace).map_err(|error| error.to_string())?;
    let end = cluster.await_own_end(node, pid, limit).await;
    // Beyond the contract the others may still find it out.
    if end.is_none() && !cluster.test().beyond_contract {
        cluster.expect(node, None);
    }
    Ok(Started { is_refused: end.is_some_and(|end| end.status.code().is_some_and(|code| code != 0)), what })
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
    fn what_is_not_there_cannot_be_damaged() {
        let folder = folder(&[("wal-1.log", &[7; 80])]);
        let data = folder.path().join("data");
        assert!(break_file(&data, "identity", Damage::Flip, 1).is_err());
        assert!(break_file(&data, "records", Damage::Flip, 1).is_err());
        assert!(break_file(&data, "snapshot", Damage::Flip, 1).expect("the header").contains("wal-1.log"));
        assert_eq!(wipe(&data).expect("gone"), "1 files removed");
    }
}
