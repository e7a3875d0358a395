//! Who a node is: its name, its cluster, and the data directory that it has; and who its peers are.
//!
//! A node that lost its data directory has forgotten votes and entries that others count on. Started again under its old name, it
//! could vote twice in a term, or let a majority believe in an entry that no majority has. So each data directory has a number of
//! its own, its incarnation, which is drawn when it is made, and a name that comes with a wrong one is refused. Which one is right:
//!
//! - The configuration records it, for whoever has its log, also if they never met. A leader records the members that it has met,
//!   by itself (`driver.rs`). A newcomer gets no vote before all who vote with it are recorded (`membership.rs`).
//! - Of whom nothing is recorded yet, the right one is the one that was met first, as ssh keeps the keys of hosts. It is remembered
//!   durably, until a committed configuration goes without that member; one that is not committed may be taken back.
//! - A founder, of whom nothing is recorded at first, takes part when all the others have met it, or when it is recorded
//!   (`founding.rs`). So an empty directory under its name never does.
//!
//! Whoever counts a vote or an acknowledgement counts that of the right directory. What is recorded is right whatever was met: who
//! took part was known to all founders, or recorded, before that.
//!
//! The file `identity` holds all this as lines, and a checksum of them. It is replaced as a whole: written beside, synced,
//! renamed, and the directory synced.

use crate::{
    raft::{Bug, Bugs, Configuration, Incarnation, NodeId},
    storage::{Disk, StorageError},
    transport::{Knowledge, OwnStamp, Reason, Refusal, Stamp},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const FILE: &str = "identity";
const NEW_FILE: &str = "identity.new";
const HEAD: &str = "whitewater identity 2";
/// What files of all versions begin with.
const HEAD_OF_ANY: &str = "whitewater identity ";

/// Why a data directory is not this node's.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file is not what was written.
    #[error("`{}` is damaged: {reason}; restore it from a backup, or remove the node from the cluster", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another version of this program wrote it.
    #[error(
        "`{}` begins with `{found}`, and this program reads `{HEAD}`: begin with an empty directory under a new name",
        file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// Its first line.
        found: String,
    },
    /// There is a log, and nothing that says whose.
    #[error(
        "`{}` has a log, but no file `{FILE}` that says whose it is: restore the file, or begin with an empty directory under a new name",
        dir.display()
    )]
    Missing {
        /// The data directory.
        dir: PathBuf,
    },
    /// It belongs to another node.
    #[error("`{}` is the data directory of {found}, not of {own}", dir.display())]
    OtherNode {
        /// The data directory.
        dir: PathBuf,
        /// Its node.
        found: NodeId,
        /// This node.
        own: NodeId,
    },
    /// It belongs to another cluster.
    #[error(
        "`{}` belongs to cluster {found}, not to {own}, which follows from --cluster and the names of --name and --peer: those of the founding members, for ever (nodes that were added later have --route)",
        dir.display()
    )]
    OtherCluster {
        /// The data directory.
        dir: PathBuf,
        /// Its cluster.
        found: ClusterId,
        /// The cluster of the command line.
        own: ClusterId,
    },
}

/// A cluster, by its name and the names of its founders. Not by their addresses: behind proxies, each node knows others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterId(u64);

impl ClusterId {
    /// Not known yet: of a node that joins, until it has heard from a member.
    const UNKNOWN: ClusterId = ClusterId(0);

    /// The cluster with this name that these nodes founded; FNV-1a, which is the same everywhere and always.
    pub fn of(name: &str, founders: &[NodeId]) -> ClusterId {
        let names: BTreeSet<NodeId> = founders.iter().copied().collect();
        let text = names.iter().fold(name.to_owned(), |text, founder| format!("{text}\0{founder}"));
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        ClusterId(text.bytes().fold(0xcbf2_9ce4_8422_2325, fold).max(1))
    }
}

impl From<Stamp> for ClusterId {
    fn from(stamp: Stamp) -> ClusterId {
        ClusterId(stamp.cluster)
    }
}

impl std::fmt::Display for ClusterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            ClusterId::UNKNOWN => f.write_str("none yet"),
            ClusterId(number) => write!(f, "{number:016x}"),
        }
    }
}

/// See the [module](self).
pub struct Identity {
    own: NodeId,
    stamp: Arc<OwnStamp>,
    state: Mutex<State>,
    bugs: Bugs,
}

struct State {
    disk: Box<dyn Disk>,
    dir: PathBuf,
    kept: Kept,
    /// What the configuration in force records.
    recorded: BTreeMap<NodeId, Incarnation>,
    members: BTreeSet<NodeId>,
}

/// What the file says besides the node's own name and stamp.
#[derive(Default)]
struct Kept {
    /// Whether this directory may take part (`founding.rs`).
    is_founded: bool,
    /// The incarnations with which members were met first.
    met: BTreeMap<NodeId, Incarnation>,
}

impl Identity {
    /// Reads who the directory's node is, and checks that it is this one; or makes it this one's, if there is nothing in it.
    /// The cluster is not known to a node that joins.
    ///
    /// # Errors
    /// If the directory is somebody else's, or cannot be read or written.
    pub fn open(
        disk: Box<dyn Disk>,
        dir: &Path,
        own: NodeId,
        cluster: Option<ClusterId>,
        has_log: bool,
        bugs: Bugs,
    ) -> Result<Identity, IdentityError> {
        let (kept, recorded, members) = Default::default();
        let mut state = State { disk, dir: dir.to_owned(), kept, recorded, members };
        let stamp = match state.read()? {
            Some((found, _)) if found != own => {
                return Err(IdentityError::OtherNode { dir: dir.to_owned(), found, own });
            }
            Some((_, stamp)) => {
                let found = ClusterId::from(stamp);
                match cluster {
                    Some(own) if own != found => {
                        return Err(IdentityError::OtherCluster { dir: dir.to_owned(), found, own });
                    }
                    _ => stamp,
                }
            }
            None if has_log => return Err(IdentityError::Missing { dir: dir.to_owned() }),
            None => {
                let stamp = Stamp { cluster: cluster.unwrap_or(ClusterId::UNKNOWN).0, incarnation: draw() };
                state.write(own, stamp)?;
                stamp
            }
        };
        Ok(Identity { own, stamp: Arc::new(OwnStamp::new(stamp)), state: Mutex::new(state), bugs })
    }

    /// What this node's frames say of it.
    pub fn stamp(&self) -> Arc<OwnStamp> {
        self.stamp.clone()
    }

    /// Whether a message may be taken from a node with this stamp: none if it may. The first meeting with a member is durable
    /// when this returns. It waits for the disk then, and with it the whole node; but that happens once for each member.
    ///
    /// # Errors
    /// If the first meeting cannot be made durable.
    pub fn admit(&self, from: NodeId, theirs: Stamp) -> Result<Option<Refusal>, StorageError> {
        let own = self.stamp.get();
        let refusal = |reason| Ok(Some(Refusal { by: self.own, reason }));
        let mut state = self.state();
        let joins = own.cluster == ClusterId::UNKNOWN.0 && theirs.cluster != own.cluster;
        if theirs.cluster != own.cluster && !joins {
            return refusal(Reason::Cluster { own: own.cluster, theirs: theirs.cluster });
        }
        let known = match state.recorded.get(&from) {
            _ if from == self.own => Some(own.incarnation),
            Some(recorded) => Some(*recorded),
            None => state.kept.met.get(&from).copied(),
        };
        match known {
            Some(known) if !self.is(known, theirs.incarnation) => {
                return refusal(Reason::Incarnation { known, theirs: theirs.incarnation });
            }
            // Only members count for anything, and only they are remembered: also if they are recorded, for the record may be taken
            // back, or lost with the end of the log.
            _ if joins
                || (state.members.contains(&from) && !state.kept.met.contains_key(&from) && from != self.own) =>
            {
                if state.members.contains(&from) {
                    state.kept.met.insert(from, theirs.incarnation);
                }
                if let Err(error) = state.write(self.own, Stamp { cluster: theirs.cluster, ..own }) {
                    state.kept.met.remove(&from);
                    return Err(error);
                }
                self.stamp.set_cluster(theirs.cluster);
                tracing::info!(peer = %from, incarnation = %theirs.incarnation, "first meeting");
            }
            _ => {}
        }
        Ok(None)
    }

    /// This configuration is in force now, committed or not.
    ///
    /// # Errors
    /// If it records another directory under this node's name: then this is not the member that it is taken for.
    pub fn follow(&self, configuration: &Configuration) -> Result<(), Incarnation> {
        let mut state = self.state();
        state.recorded.clone_from(&configuration.incarnations);
        state.members = configuration.members();
        match state.recorded.get(&self.own) {
            Some(&recorded) if !self.is(recorded, self.stamp.get().incarnation) => Err(recorded),
            _ => Ok(()),
        }
    }

    /// The configuration in force is committed: who is no member in it is forgotten, and met anew if it comes back.
    pub fn forget_others(&self) {
        let mut state = self.state();
        let State { kept, members, .. } = &mut *state;
        let before = kept.met.len();
        kept.met.retain(|id, _| members.contains(id));
        if kept.met.len() < before
            && let Err(error) = state.write(self.own, self.stamp.get())
        {
            // After a restart it would be remembered again, and refused if it came back with another directory.
            tracing::warn!(%error, "a removed member could not be forgotten durably");
        }
    }

    /// The same configuration, in which those are recorded that this node has met, and itself. What is recorded stays.
    pub fn enrol(&self, configuration: &Configuration) -> Configuration {
        let (state, mut enrolled) = (self.state(), configuration.clone());
        for id in configuration.members() {
            let met =
                if id == self.own { Some(self.stamp.get().incarnation) } else { state.kept.met.get(&id).copied() };
            if let Some(met) = met {
                enrolled.incarnations.entry(id).or_insert(met);
            }
        }
        enrolled
    }

    /// What this node knows of another one's directory and will always know, given a committed configuration. The one in force may be
    /// taken back.
    pub fn knows(&self, id: NodeId, committed: &Configuration) -> Option<Knowledge> {
        let recorded = committed.incarnations.get(&id).copied();
        let incarnation = recorded.or_else(|| self.state().kept.met.get(&id).copied())?;
        Some(Knowledge { incarnation, is_recorded: recorded.is_some() })
    }

    /// Whether a directory is the one that is known.
    pub fn is(&self, known: Incarnation, theirs: Incarnation) -> bool {
        known == theirs || self.bugs.has(Bug::AdmitWiped)
    }

    /// Whether this node may take part.
    pub fn is_founded(&self) -> bool {
        self.state().kept.is_founded
    }

    /// From now on this node takes part, also after a restart.
    ///
    /// # Errors
    /// If that cannot be made durable.
    pub fn set_founded(&self) -> Result<(), StorageError> {
        let mut state = self.state();
        state.kept.is_founded = true;
        state.write(self.own, self.stamp.get())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Reads the file, if there is one: the node's name and stamp.
    fn read(&mut self) -> Result<Option<(NodeId, Stamp)>, IdentityError> {
        let file = self.dir.join(FILE);
        let names = self.disk.list(&self.dir).map_err(StorageError::io("list", &self.dir))?;
        if !names.iter().any(|name| name == FILE) {
            return Ok(None);
        }
        let mut opened = self.disk.open(&file).map_err(StorageError::io("open", &file))?;
        let bytes = opened.read_all().map_err(StorageError::io("read", &file))?;
        let lines = verify(&bytes).map_err(|reason| IdentityError::Damaged { file: file.clone(), reason })?;
        let head = lines.lines().next().unwrap_or_default();
        if head.starts_with(HEAD_OF_ANY) && head != HEAD {
            return Err(IdentityError::Version { file, found: head.to_owned() });
        }
        let (own, stamp, kept) = parse(lines).map_err(|reason| IdentityError::Damaged { file, reason })?;
        self.kept = kept;
        Ok(Some((own, stamp)))
    }

    fn write(&mut self, own: NodeId, stamp: Stamp) -> Result<(), StorageError> {
        let text = format(own, stamp, &self.kept);
        let (new, file) = (self.dir.join(NEW_FILE), self.dir.join(FILE));
        let mut created = self.disk.create(&new).map_err(StorageError::io("create", &new))?;
        created.write_at(0, text.as_bytes()).map_err(StorageError::io("write", &new))?;
        created.sync().map_err(StorageError::io("sync", &new))?;
        self.disk.rename(&new, &file).map_err(StorageError::io("rename", &new))?;
        self.disk.sync_dir(&self.dir).map_err(StorageError::io("sync", &self.dir))
    }
}

fn format(own: NodeId, stamp: Stamp, kept: &Kept) -> String {
    let Stamp { cluster, incarnation } = stamp;
    let founded = if kept.is_founded { "yes" } else { "no" };
    let mut text =
        format!("{HEAD}\nnode {own}\ncluster {cluster:016x}\nincarnation {incarnation}\nfounded {founded}\n");
    for (peer, incarnation) in &kept.met {
        let _ = writeln!(text, "peer {peer} {incarnation}");
    }
    let checksum = crc32c::crc32c(text.as_bytes());
    let _ = writeln!(text, "checksum {checksum:08x}");
    text
}

/// Its lines, if they are as they were written.
fn verify(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let end = text.rfind("checksum ").ok_or("it has no checksum")?;
    let (body, checksum) = text.split_at(end);
    if checksum != format!("checksum {:08x}\n", crc32c::crc32c(body.as_bytes())) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(body)
}

fn parse(text: &str) -> Result<(NodeId, Stamp, Kept), String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return Err(format!("it does not begin with `{HEAD}`"));
    }
    let mut field = |name: &str| {
        let line = lines.next().and_then(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.ok_or_else(|| format!("it does not say its {name}"))
    };
    let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| format!("`{text}` is no number"));
    let own = field("node")?.parse()?;
    let stamp = Stamp { cluster: number(field("cluster")?)?, incarnation: Incarnation(number(field("incarnation")?)?) };
    let is_founded = match field("founded")? {
        "yes" => true,
        "no" => false,
        other => return Err(format!("`{other}` does not say whether it is founded")),
    };
    let mut met = BTreeMap::new();
    for line in lines {
        let peer = line.strip_prefix("peer ").and_then(|peer| peer.split_once(' '));
        let (peer, incarnation) = peer.ok_or_else(|| format!("`{line}` is no peer"))?;
        met.insert(peer.parse()?, Incarnation(number(incarnation)?));
    }
    Ok((own, stamp, Kept { is_founded, met }))
}

/// Draws a new incarnation: the standard library keys its hashers with the operating system's randomness.
fn draw() -> Incarnation {
    Incarnation(RandomState::new().hash_one((std::process::id(), std::time::SystemTime::now())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Loss, SimDisk};

    const OWN: NodeId = NodeId(1);

    fn founded() -> ClusterId {
        ClusterId::of("test", &[NodeId(1), NodeId(2), NodeId(3)])
    }

    fn open(disk: &SimDisk, own: NodeId, cluster: Option<ClusterId>, has_log: bool) -> Result<Identity, IdentityError> {
        let mut disk = Box::new(disk.clone());
        disk.create_dir(Path::new("data")).unwrap();
        let identity = Identity::open(disk, Path::new("data"), own, cluster, has_log, Bugs::NONE)?;
        identity.follow(&of(&[1, 2, 3])).unwrap();
        Ok(identity)
    }

    fn of(members: &[u64]) -> Configuration {
        Configuration::of(members.iter().copied().map(NodeId))
    }

    fn with(mut configuration: Configuration, id: u64, incarnation: u64) -> Configuration {
        configuration.incarnations.insert(NodeId(id), Incarnation(incarnation));
        configuration
    }

    fn founder(disk: &SimDisk) -> Identity {
        open(disk, OWN, Some(founded()), false).unwrap()
    }

    fn stamp(incarnation: u64) -> Stamp {
        Stamp { cluster: founded().0, incarnation: Incarnation(incarnation) }
    }

    fn refused(identity: &Identity, from: u64, stamp: Stamp) -> Option<Reason> {
        identity.admit(NodeId(from), stamp).unwrap().map(|refusal| refusal.reason)
    }

    #[test]
    fn founders_are_a_set_and_their_cluster_has_a_name() {
        let of = |name: &str, founders: &[u64]| {
            ClusterId::of(name, &founders.iter().map(|&number| NodeId(number)).collect::<Vec<_>>())
        };
        assert_eq!(of("a", &[3, 1, 2]), of("a", &[1, 2, 3]));
        assert_ne!(of("a", &[1, 2, 3]), of("b", &[1, 2, 3]));
        assert_ne!(of("a", &[1, 2]), of("a", &[1, 2, 3]));
        assert_ne!(of("a", &[1, 23]), of("a", &[1, 2, 3]));
        // It is in files and frames: it must never change.
        assert_eq!(of("whitewater", &[1, 2, 3]).to_string(), "4faf891dc174633d");
    }

    #[test]
    fn peer_is_known_by_the_directory_with_which_it_was_met_first() {
        let disk = SimDisk::new();
        let identity = founder(&disk);
        let own = identity.stamp().get();
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        let other = Reason::Incarnation { known: Incarnation(20), theirs: Incarnation(21) };
        assert_eq!(refused(&identity, 2, stamp(21)), Some(other));
        // Whatever happens to the machine afterwards.
        for disk in [disk.kill_copy(), disk.crash_copy(Loss::Everything, 1)] {
            let identity = open(&disk, OWN, Some(founded()), true).unwrap();
            assert_eq!(identity.stamp().get(), own);
            assert_eq!(refused(&identity, 2, stamp(21)), Some(other));
            assert_eq!(refused(&identity, 2, stamp(20)), None);
            assert_eq!(refused(&identity, 3, stamp(30)), None);
        }
    }

    #[test]
    fn nobody_else_has_the_own_name_and_no_other_cluster_is_heard() {
        let identity = founder(&SimDisk::new());
        let own = identity.stamp().get();
        assert_eq!(refused(&identity, 1, own), None);
        let theirs = Incarnation(10);
        assert_eq!(refused(&identity, 1, stamp(10)), Some(Reason::Incarnation { known: own.incarnation, theirs }));
        for cluster in [0, 77] {
            let expected = Reason::Cluster { own: own.cluster, theirs: cluster };
            assert_eq!(refused(&identity, 2, Stamp { cluster, ..stamp(20) }), Some(expected));
        }
        assert_eq!(refused(&identity, 2, stamp(22)), None, "what is refused is not remembered");
    }

    #[test]
    fn who_is_no_member_is_heard_but_not_remembered() {
        let disk = SimDisk::new();
        let identity = founder(&disk);
        assert_eq!(refused(&identity, 4, stamp(40)), None);
        assert_eq!(refused(&identity, 4, stamp(41)), None);
        identity.follow(&of(&[1, 2, 3, 4])).unwrap();
        assert_eq!(refused(&identity, 4, stamp(42)), None);
        assert!(refused(&identity, 4, stamp(41)).is_some());
        // Once it was removed for good, it may begin anew.
        identity.follow(&of(&[1, 2, 3])).unwrap();
        assert!(refused(&identity, 4, stamp(43)).is_some(), "its removal may be taken back");
        identity.forget_others();
        assert_eq!(refused(&identity, 4, stamp(43)), None);
        let identity = open(&disk.kill(), OWN, Some(founded()), true).unwrap();
        identity.follow(&of(&[1, 2, 3, 4])).unwrap();
        assert_eq!(refused(&identity, 4, stamp(44)), None);
        assert!(refused(&identity, 4, stamp(43)).is_some());
    }

    #[test]
    fn what_is_recorded_is_right_whatever_was_met() {
        let disk = SimDisk::new();
        let identity = founder(&disk);
        let own = identity.stamp().get().incarnation;
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        let recorded = with(with(of(&[1, 2, 3]), 2, 21), 3, 30);
        identity.follow(&recorded).unwrap();
        assert_eq!(refused(&identity, 2, stamp(21)), None);
        assert!(refused(&identity, 2, stamp(20)).is_some());
        assert!(refused(&identity, 3, stamp(31)).is_some(), "it was never met");
        assert_eq!(refused(&identity, 3, stamp(30)), None);
        assert_eq!(identity.enrol(&recorded), with(recorded.clone(), 1, own.0));
        // It is taken back: what was met is still known.
        identity.follow(&of(&[1, 2, 3])).unwrap();
        assert!(refused(&identity, 2, stamp(21)).is_some());
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        assert!(refused(&identity, 3, stamp(31)).is_some(), "it has been met since");
        let enrolled = with(with(with(of(&[1, 2, 3]), 1, own.0), 2, 20), 3, 30);
        assert_eq!(identity.enrol(&of(&[1, 2, 3])), enrolled);
        // This node is as little what it was as others are.
        identity.follow(&with(of(&[1, 2, 3]), 1, own.0)).unwrap();
        assert_eq!(identity.follow(&with(of(&[1, 2, 3]), 1, 7)), Err(Incarnation(7)));
    }

    #[test]
    fn only_what_lasts_is_said_of_others() {
        let identity = founder(&SimDisk::new());
        let recorded = with(of(&[1, 2, 3]), 3, 30);
        let known = |incarnation, is_recorded| Some(Knowledge { incarnation: Incarnation(incarnation), is_recorded });
        identity.follow(&recorded).unwrap();
        assert_eq!(identity.knows(NodeId(3), &of(&[1, 2, 3])), None, "what is in force may be taken back");
        assert_eq!(identity.knows(NodeId(3), &recorded), known(30, true));
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        assert_eq!(identity.knows(NodeId(2), &recorded), known(20, false));
    }

    #[test]
    fn a_founder_takes_part_for_ever() {
        let disk = SimDisk::new();
        let identity = founder(&disk);
        refused(&identity, 2, stamp(20));
        assert!(!identity.is_founded());
        identity.set_founded().unwrap();
        let identity = open(&disk.crash_copy(Loss::Everything, 1), OWN, Some(founded()), true).unwrap();
        assert!(identity.is_founded() && refused(&identity, 2, stamp(21)).is_some());
    }

    #[test]
    fn node_that_joins_learns_its_cluster_from_the_first_member_it_hears() {
        let disk = SimDisk::new();
        let identity = open(&disk, NodeId(4), None, false).unwrap();
        let own = identity.stamp().get();
        assert_eq!(own.cluster, 0);
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        assert_eq!(identity.stamp().get(), Stamp { cluster: founded().0, ..own });
        assert!(refused(&identity, 2, Stamp { cluster: 77, ..stamp(20) }).is_some());
        let identity = open(&disk.kill(), NodeId(4), None, true).unwrap();
        assert_eq!(identity.stamp().get().cluster, founded().0);
        assert!(refused(&identity, 2, stamp(21)).is_some());
    }

    #[test]
    fn two_empty_directories_are_never_the_same() {
        let (one, other) = (founder(&SimDisk::new()), founder(&SimDisk::new()));
        assert_ne!(one.stamp().get().incarnation, other.stamp().get().incarnation);
    }

    #[test]
    fn foreign_damaged_and_nameless_directories_are_refused() {
        let disk = SimDisk::new();
        assert!(matches!(open(&disk, OWN, Some(founded()), true), Err(IdentityError::Missing { .. })));
        let identity = founder(&disk);
        refused(&identity, 2, stamp(20));
        drop(identity);
        let error = open(&disk, NodeId(2), Some(founded()), true).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "`data` is the data directory of n1, not of n2");
        let other = ClusterId::of("other", &[OWN]);
        let error = open(&disk, OWN, Some(other), true).map(drop).unwrap_err();
        assert!(matches!(error, IdentityError::OtherCluster { found, own, .. } if found == founded() && own == other));

        let file = Path::new("data/identity");
        let bytes = disk.read(file).unwrap();
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1;
            for damaged in [damaged, bytes[..position].to_vec()] {
                disk.put(file, damaged);
                let opened = open(&disk, OWN, Some(founded()), true).map(drop);
                assert!(matches!(opened, Err(IdentityError::Damaged { .. })), "{position}: {opened:?}");
            }
        }
    }

    #[test]
    fn directory_of_another_version_is_refused() {
        let disk = SimDisk::new();
        drop(founder(&disk));
        let body = "whitewater identity 1\nnode n1\n";
        let file = format!("{body}checksum {:08x}\n", crc32c::crc32c(body.as_bytes()));
        disk.put(Path::new("data/identity"), file.into_bytes());
        let error = open(&disk, OWN, Some(founded()), true).map(drop).unwrap_err();
        let expected = "`data/identity` begins with `whitewater identity 1`, and this program reads `whitewater identity 2`: \
                        begin with an empty directory under a new name";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn meeting_that_cannot_be_kept_did_not_happen() {
        let disk = SimDisk::new();
        let identity = founder(&disk);
        disk.set_full(true);
        assert!(identity.admit(NodeId(2), stamp(20)).is_err());
        disk.set_full(false);
        assert_eq!(refused(&identity, 2, stamp(21)), None);
        assert!(refused(&identity, 2, stamp(20)).is_some());
    }

    #[test]
    fn crash_at_any_step_leaves_the_old_or_the_new() {
        let founded_disk = SimDisk::new();
        drop(founder(&founded_disk));
        let begin = founded_disk.operations();
        for step in 0.. {
            let disk = SimDisk::new();
            let identity = founder(&disk);
            let own = identity.stamp().get();
            disk.power_off_at(begin + step);
            let met = identity.admit(NodeId(2), stamp(20)).is_ok();
            for seed in 0..9 {
                let after = open(
                    &disk.crash_copy([Loss::Everything, Loss::Tail, Loss::Sectors][seed as usize % 3], seed),
                    OWN,
                    Some(founded()),
                    true,
                )
                .unwrap();
                assert_eq!(after.stamp().get(), own);
                let is_known = refused(&after, 2, stamp(21)).is_some();
                assert!(is_known || !met, "step {step}, seed {seed}");
            }
            if met {
                assert!(step > 3, "it takes several operations");
                return;
            }
        }
    }

    #[cfg(feature = "seeded-bugs")]
    #[test]
    fn the_bug_is_to_take_a_node_for_the_one_that_it_was() {
        let bugs = Bugs::from_iter([Bug::AdmitWiped]);
        let disk = Box::new(SimDisk::new());
        let identity = Identity::open(disk, Path::new("data"), OWN, Some(founded()), false, bugs).unwrap();
        identity.follow(&of(&[1, 2, 3])).unwrap();
        assert_eq!(refused(&identity, 2, stamp(20)), None);
        assert_eq!(refused(&identity, 2, stamp(21)), None);
        let recorded = with(with(of(&[1, 2, 3]), 1, 10), 3, 30);
        assert_eq!(identity.follow(&recorded), Ok(()));
        assert_eq!(refused(&identity, 3, stamp(31)), None);
    }
}
