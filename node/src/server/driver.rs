//! The driver: owns the core and the state machine, and does what the core says.

use super::{
    ServeError,
    clock::Clock,
    identity::Identity,
    membership::{Wish, unrecorded},
    metrics::DriverCounts,
    peers::Peers,
    snapshot::{self, Preamble, Schedule, Snapshots},
    stable::{Report, Stable},
    ticker::Ticker,
    trace::Tracer,
};
use crate::{
    crash_point::{CrashPoint, reach},
    kv::{Command, Query, Reply, Store},
    raft::{
        Bug, Bugs, ChangeError, Configuration, Entry, EntryId, Event, Incarnation, LogIndex, Message, NodeId, Payload,
        ProposeError, Raft, ReadMode, Role, Status, Ticks, TransferError,
    },
    transport::{Greeting, Introduction, Knowledge, LinkCounts, PAYLOAD_BYTES_MAX},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// How many inputs may wait for the driver. Clients and peers beyond that wait in their own connections.
pub const INBOX_MAX: usize = 4096;
/// The unit of the core's time.
const TICK: Duration = Duration::from_millis(1);
/// How many inputs are taken before the core is asked what to do about them all.
const BATCH_MAX: usize = 512;
/// No command in the log is longer. A leader could never replicate one that does not fit in a frame, and nothing that comes after
/// it. What clients may send is much less; this is the last gate before the log.
const COMMAND_BYTES_MAX: usize = 16 << 20;
// The rest of an append: its header, and the entries that it carries besides.
const _: () = assert!(COMMAND_BYTES_MAX + (4 << 20) < PAYLOAD_BYTES_MAX);

/// Something for the driver to see to.
#[derive(Debug)]
pub enum Input {
    /// From a peer that has this data directory.
    Message(Message, Incarnation),
    /// From a founder that has this one.
    Introduction(Introduction, Incarnation),
    /// From one that has just dialled.
    Greeting(Greeting),
    /// From a client: change the state.
    Write(Command, oneshot::Sender<Answer>),
    /// From a client: read the latest state.
    Read(Query, oneshot::Sender<Answer>),
    /// The same from a client that wants to be served by this node, also if it follows another one.
    ReadHere(Query, oneshot::Sender<Answer>),
    /// From a client that is content with whatever state this node has.
    StaleRead(Query, oneshot::Sender<Answer>),
    /// From an operator: make that node the leader.
    Transfer(NodeId, oneshot::Sender<Answer>),
    /// From an operator: change the membership.
    Change(Wish, oneshot::Sender<Answer>),
    /// How is the node?
    Status(oneshot::Sender<NodeStatus>),
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The result.
    Reply(Reply),
    /// Not executed: only the leader can, and there it serves clients, if that is known.
    NotLeader(Option<SocketAddr>),
    /// Not executed: this founder waits for the word of these.
    NotFounded(String),
    /// Not executed: too much is waiting.
    Busy,
    /// Not executed: it is longer than an entry of the log may be.
    TooLong,
    /// Not executed: this node leads, and its disk is full. Reads go on.
    Full,
    /// It may have been executed, may yet be, or never: this node lost the leadership before it knew.
    Unknown,
}

/// How a node is.
#[derive(Clone, Debug)]
pub struct NodeStatus {
    /// Its core.
    pub raft: Status,
    /// The founders for whose word it waits; nobody, if it takes part.
    pub waiting_for: BTreeSet<NodeId>,
    /// Everything up to here is applied.
    pub applied: LogIndex,
    /// The first entry that is in memory.
    pub first: LogIndex,
    /// How its reads are made linearizable.
    pub reads: ReadMode,
    /// How many keys there are, as `DBSIZE` says it.
    pub keys: Reply,
    /// How many client sessions are open.
    pub sessions: usize,
    /// What became of its messages.
    pub links: BTreeMap<NodeId, Arc<LinkCounts>>,
    /// What happened since it started.
    pub counts: DriverCounts,
}

/// A client connection's way to the driver.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::Sender<Input>);

impl Handle {
    /// A handle that puts inputs here.
    pub fn new(inputs: mpsc::Sender<Input>) -> Handle {
        Handle(inputs)
    }

    /// Where its inputs go.
    #[cfg(test)]
    pub fn inputs(&self) -> mpsc::Sender<Input> {
        self.0.clone()
    }

    /// Passes on a client's request. The answer comes through the receiver, which fails only when the node is ending.
    pub async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> Input) -> oneshot::Receiver<T> {
        let (sender, receiver) = oneshot::channel();
        let _ = self.0.send(input(sender)).await;
        receiver
    }
}

/// What a driver drives.
pub struct Parts {
    /// Which node this is.
    pub id: NodeId,
    /// Its core, which has just been made, at the present time.
    pub raft: Raft,
    /// Its state.
    pub store: Store,
    /// The last entry whose effect that has.
    pub applied: EntryId,
    /// Its trace, if it is to keep one.
    pub tracer: Option<Tracer>,
    /// Where writes go.
    pub stable: Stable,
    /// The threads that see to snapshots.
    pub snapshots: Snapshots,
    /// When to take one.
    pub schedule: Schedule,
    /// The ways to other nodes.
    pub peers: Peers,
    /// Who they are.
    pub identity: Arc<Identity>,
    /// How the core was told to make reads linearizable.
    pub reads: ReadMode,
    /// Mistakes to make.
    pub bugs: Bugs,
    /// The core's clock.
    pub clock: Clock,
}

/// What the threads report.
pub struct Reports {
    /// The disk's.
    pub disk: mpsc::UnboundedReceiver<Report>,
    /// Those that see to snapshots.
    pub snapshots: mpsc::UnboundedReceiver<snapshot::Report>,
}

/// What is to be said when the core gives leave to read.
#[derive(Debug)]
enum Reading {
    /// What the state says.
    Query(Query),
    /// That it is as it was wished: this was so when this node knew that it still led.
    Granted,
}

/// See the [module](self).
pub struct Driver {
    raft: Raft,
    store: Store,
    applied: EntryId,
    tracer: Option<Tracer>,
    stable: Stable,
    snapshots: Snapshots,
    schedule: Schedule,
    peers: Peers,
    identity: Arc<Identity>,
    reads: ReadMode,
    bugs: Bugs,
    /// Clients that wait for an entry to be applied, by position.
    writers: VecDeque<(EntryId, oneshot::Sender<Answer>)>,
    /// Clients that wait for leave to read, by the context that the core was given.
    readers: BTreeMap<u64, (Reading, oneshot::Sender<Answer>)>,
    last_context: u64,
    /// Operators who wait for the end of a transfer.
    transfers: Vec<(NodeId, oneshot::Sender<Answer>)>,
    /// Operators who wait until this configuration is in force, and will stay so.
    changes: Vec<(Configuration, oneshot::Sender<Answer>)>,
    /// Where this leader has recorded the data directories of members, until that is committed.
    enrolment: Option<LogIndex>,
    /// Operators whose changes come after that.
    wishes: Vec<(Wish, oneshot::Sender<Answer>)>,
    /// Whether the data directories of all members are recorded.
    is_enrolled: bool,
    /// Whether the configuration in force may still be taken back.
    is_revocable: bool,
    role: Role,
    /// The last leader that was known.
    leader: Option<NodeId>,
    counts: DriverCounts,
    is_member: bool,
    id: NodeId,
    /// The disk has no space left, for now.
    is_full: bool,
    clock: Clock,
    ticker: Ticker,
}

impl Driver {
    /// A driver of these parts.
    pub fn new(parts: Parts) -> Driver {
        let Parts {
            id,
            raft,
            store,
            applied,
            tracer,
            stable,
            snapshots,
            schedule,
            peers,
            identity,
            reads,
            bugs,
            clock,
        } = parts;
        Driver {
            raft,
            store,
            applied,
            tracer,
            stable,
            snapshots,
            schedule,
            peers,
            identity,
            reads,
            bugs,
            writers: VecDeque::new(),
            readers: BTreeMap::new(),
            last_context: 0,
            transfers: Vec::new(),
            changes: Vec::new(),
            enrolment: None,
            wishes: Vec::new(),
            is_enrolled: false,
            is_revocable: true,
            role: Role::Follower,
            leader: None,
            counts: DriverCounts::default(),
            is_member: false,
            id,
            is_full: false,
            clock,
            ticker: Ticker::new(bugs),
        }
    }

    /// Runs until `stop` resolves, or something fails that a node cannot survive.
    pub async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Input>,
        mut reports: Reports,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let timer = tokio::time::sleep_until(self.deadline().into());
        tokio::pin!(stop, timer);
        // The first thing it says is which configuration is in force, by which everybody who is heard is judged.
        while let Some(ready) = self.raft.ready() {
            self.execute(ready)?;
        }
        loop {
            // A deadline that moves away, as that of an election does with every message, is looked at again when the old one is
            // over: to set a timer costs more than a message.
            // Less than a tick is no difference.
            let deadline = tokio::time::Instant::from(self.deadline());
            if timer.is_elapsed() || deadline + TICK < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(report) = reports.disk.recv() => self.take_report(report)?,
                Some(report) = reports.snapshots.recv() => self.take_snapshot_report(report),
                () = &mut timer => {}
                Some(input) = inbox.recv() => {
                    self.take(input);
                    for _ in 1..BATCH_MAX {
                        let Ok(input) = inbox.try_recv() else { break };
                        self.take(input);
                    }
                }
            }
            while let Ok(report) = reports.disk.try_recv() {
                self.take_report(report)?;
            }
            self.raft.tick(self.now());
            self.enrol();
            while let Some(ready) = self.raft.ready() {
                self.execute(ready)?;
            }
            self.note_transfer();
            self.peers.tidy();
        }
        tracing::info!("stopping");
        if let Some(tracer) = &mut self.tracer {
            tracer.stop()?;
        }
        Ok(())
    }

    /// When the core wants to hear of the time.
    fn deadline(&self) -> Instant {
        self.clock.when(self.ticker.due(self.raft.deadline()))
    }

    fn now(&self) -> Ticks {
        self.ticker.count(self.clock.now())
    }

    fn take_report(&mut self, report: Report) -> Result<(), ServeError> {
        let was_full = self.is_full;
        match report {
            Report::Durable(number) => {
                self.is_full = false;
                self.stable.stored(number);
                self.raft.persisted(number);
            }
            Report::BeginsAfter(last) => self.snapshots.remove_older(last),
            Report::Full(error) => {
                self.is_full = true;
                self.raft.storage_full();
                if !was_full {
                    tracing::warn!(%error, "the disk is full: refusing writes until there is space");
                }
            }
            Report::Failed(error) => return Err(error.into()),
        }
        if was_full && !self.is_full {
            tracing::info!("there is space again");
        }
        Ok(())
    }

    fn take_snapshot_report(&mut self, report: snapshot::Report) {
        use snapshot::Report;
        match report {
            Report::Taken { snapshot, bytes } => {
                self.schedule.taken(bytes);
                self.raft.compact(snapshot);
            }
            Report::NotTaken => {
                self.schedule.failed();
                self.take_snapshot_if_due();
            }
            Report::Unreadable { to, last } => {
                self.raft.chunk_failed(to, last);
                // If it is the newest that cannot be read, a newer one mends that.
                if last.index >= self.raft.status().snapshot && self.applied.index > last.index {
                    self.schedule.hurry();
                    self.take_snapshot_if_due();
                }
            }
            Report::Stored { from, term, last, offset, next } => {
                self.raft.chunk_stored(from, term, last, offset, next);
            }
            Report::Whole { from, term, snapshot, hash, state, bytes } => {
                let last = snapshot.last;
                match self.raft.install(from, term, snapshot) {
                    true => self.install(last, hash, *state, bytes),
                    false => self.snapshots.drop_state(*state),
                }
            }
        }
    }

    /// The core has put a snapshot in the place of its log: it takes the place of the state, too.
    fn install(&mut self, last: EntryId, hash: u64, state: Store, bytes: u64) {
        tracing::info!(%last, bytes, "snapshot installed");
        reach(CrashPoint::BeforeInstall);
        self.snapshots.drop_state(std::mem::replace(&mut self.store, state));
        self.applied = last;
        self.schedule.installed(bytes);
        if let Some(tracer) = &mut self.tracer {
            tracer.installing(hash);
        }
        reach(CrashPoint::AfterInstall);
        // Whether it was their entries whose effect is in the snapshot, nobody knows.
        while self.writers.front().is_some_and(|(waiting, _)| waiting.index <= last.index) {
            if let Some((_, client)) = self.writers.pop_front() {
                answer(client, Answer::Unknown);
            }
        }
    }

    /// Has a snapshot taken of the state as it is now, if there is much in the log that it replaces.
    fn take_snapshot_if_due(&mut self) {
        if !self.schedule.is_due() {
            return;
        }
        self.schedule.begin();
        let configuration = self.raft.configuration_at(self.applied.index);
        let hash = self.tracer.as_ref().map(|tracer| tracer.hash(self.applied.index)).unwrap_or_default();
        let mut state = self.store.snapshot();
        if self.bugs.has(Bug::SnapshotWithoutReplies) {
            state = state.without_replies();
        }
        self.snapshots.take(self.applied, Preamble { configuration, hash }, state);
    }

    fn take(&mut self, input: Input) {
        match input {
            // Since it was admitted, another directory may have been recorded under that name, and its messages must not count.
            Input::Message(message, theirs) if !self.is_member_with(message.from, theirs) => {}
            Input::Message(message, _) => {
                // The core's time must be that of the message's arrival: whoever hears a leader late hears it now.
                self.raft.tick(self.now());
                self.raft.step(message);
                self.counts.messages += 1;
            }
            Input::Greeting(greeting) => self.peers.greeted(&greeting),
            Input::Introduction(introduction, theirs) => self.answer_founder(&introduction, theirs),
            Input::Write(_, client) if self.is_full && self.raft.leader() == Some(self.id) => {
                answer(client, Answer::Full)
            }
            Input::Write(command, client) => {
                let command = command.encode();
                if command.len() > COMMAND_BYTES_MAX {
                    return answer(client, Answer::TooLong);
                }
                match self.raft.propose(command) {
                    Ok(id) => self.writers.push_back((id, client)),
                    Err(ProposeError::NotLeader(not)) => answer(client, self.redirect(not.leader)),
                    // Soon somebody else will be; who, is not known yet.
                    Err(ProposeError::Transferring) => answer(client, Answer::NotLeader(None)),
                    Err(ProposeError::Busy { .. }) => answer(client, Answer::Busy),
                }
            }
            Input::Read(query, client) => {
                self.last_context += 1;
                // A lease may have run out since the last input, if this process was stopped in between.
                self.raft.tick(self.now());
                match self.raft.read_index(self.last_context) {
                    Ok(()) => drop(self.readers.insert(self.last_context, (Reading::Query(query), client))),
                    Err(not) => answer(client, self.redirect(not.leader)),
                }
            }
            Input::ReadHere(query, client) => {
                self.last_context += 1;
                self.raft.tick(self.now());
                match self.raft.read_index_anywhere(self.last_context) {
                    Ok(()) => drop(self.readers.insert(self.last_context, (Reading::Query(query), client))),
                    Err(not) => answer(client, self.redirect(not.leader)),
                }
            }
            Input::StaleRead(query, client) => {
                self.counts.stale_reads += 1;
                answer(client, Answer::Reply(self.store.query(&query)));
            }
            Input::Transfer(target, asker) => match self.raft.transfer(target) {
                Ok(()) => self.transfers.push((target, asker)),
                Err(TransferError::NotLeader(not)) => answer(asker, self.redirect(not.leader)),
                Err(error) => answer(asker, refusal(error)),
            },
            Input::Change(wish, asker) if self.enrolment.is_some() => self.wishes.push((wish, asker)),
            Input::Change(wish, asker) => self.change(wish, asker),
            Input::Status(asker) => {
                let keys = self.store.query(&Query::Dbsize);
                let status = NodeStatus {
                    raft: self.raft.status(),
                    waiting_for: BTreeSet::new(),
                    applied: self.applied.index,
                    first: self.raft.log().base().index.next(),
                    reads: self.reads,
                    keys,
                    sessions: self.store.sessions(),
                    links: self.peers.links().clone(),
                    counts: self.counts,
                };
                let _ = asker.send(status);
            }
        }
    }

    /// Sees to a change of the membership. Whoever asks for what is already so gets the same answer as the one who asked first.
    fn change(&mut self, wish: Wish, asker: oneshot::Sender<Answer>) {
        let leader = self.raft.leader();
        if leader != Some(self.id) {
            return answer(asker, self.redirect(leader));
        }
        let status = self.raft.status();
        let current = status.configuration.left();
        let target = match wish.target(&current) {
            Ok(target) => target,
            Err(error) => return answer(asker, refusal(error)),
        };
        let is_pending = status.configuration.is_joint() || self.raft.configuration_index() > status.commit;
        if target == current && !is_pending {
            // But does this node still lead? Another leader may have changed it since.
            self.last_context += 1;
            match self.raft.read_index(self.last_context) {
                Ok(()) => drop(self.readers.insert(self.last_context, (Reading::Granted, asker))),
                Err(not) => answer(asker, self.redirect(not.leader)),
            }
        } else if target == current {
            self.changes.push((target, asker));
        } else if let Some(node) = unrecorded(&current, &target) {
            answer(asker, refusal(format!("the data directory of {node} is not recorded yet; try again")));
        } else {
            match self.raft.change(&target) {
                Ok(_) => self.changes.push((target, asker)),
                Err(ChangeError::NotLeader(not)) => answer(asker, self.redirect(not.leader)),
                Err(error @ ChangeError::NoVoters) => answer(asker, refusal(error)),
                Err(error) => answer(asker, refusal(format!("{error}; try again"))),
            }
        }
    }

    /// Changes that are committed, to the end, have their answers.
    fn note_changes(&mut self) {
        if !self.is_revocable && self.changes.is_empty() {
            return;
        }
        let Status { configuration, commit, .. } = self.raft.status();
        if self.raft.configuration_index() > commit || configuration.is_joint() {
            return;
        }
        if std::mem::take(&mut self.is_revocable) {
            self.identity.forget_others();
        }
        for (_, asker) in self.changes.extract_if(.., |(target, _)| target.agrees(&configuration)) {
            answer(asker, Answer::Reply(Reply::Ok));
        }
        if self.enrolment.take().is_some() {
            for (wish, asker) in std::mem::take(&mut self.wishes) {
                self.change(wish, asker);
            }
        }
    }

    /// A leader records the data directories of members that it has met. It may not be able to just now; it will be.
    fn enrol(&mut self) {
        if self.is_enrolled || self.raft.role() != Role::Leader {
            return;
        }
        let target = self.identity.enrol(self.raft.configuration());
        if target != *self.raft.configuration()
            && let Ok(id) = self.raft.change(&target)
        {
            self.enrolment = Some(id.index);
        }
    }

    /// Whether a node has the data directory that is recorded under its name, if one is.
    fn is_member_with(&self, id: NodeId, theirs: Incarnation) -> bool {
        let recorded = self.raft.configuration().incarnations.get(&id);
        recorded.is_none_or(|&recorded| self.identity.is(recorded, theirs))
    }

    /// Tells a founder that waits what this node knows of it.
    fn answer_founder(&mut self, introduction: &Introduction, theirs: Incarnation) {
        let Introduction { from, asks: true, .. } = *introduction else { return };
        let committed = self.raft.configuration_at(self.raft.status().commit);
        let mut knows = self.identity.knows(from, &committed);
        if self.bugs.has(Bug::AdmitWiped) {
            // Whoever it is, it is taken for the one that it was.
            knows = Some(Knowledge { incarnation: theirs, is_recorded: true });
        }
        self.peers.introduce(from, &Introduction { from: self.id, asks: false, knows }, true);
    }

    /// Another configuration is in force.
    fn follow(&mut self, configuration: &Configuration) -> Result<(), ServeError> {
        tracing::info!(%configuration, "members");
        self.peers.follow(configuration);
        let own_incarnation = self.identity.stamp().get().incarnation;
        let by = "the configuration of its cluster".to_owned();
        let refused = |known| ServeError::Refused { own: self.id, by, known, own_incarnation };
        self.identity.follow(configuration).map_err(refused)?;
        self.is_enrolled = configuration.members().iter().all(|id| configuration.incarnations.contains_key(id));
        self.is_revocable = true;
        let was_member = std::mem::replace(&mut self.is_member, configuration.is_member(self.id));
        if was_member && !self.is_member {
            tracing::warn!(
                "this node was removed from the cluster: it only answers stale reads now, and may be stopped"
            );
        }
        Ok(())
    }

    /// Does what the core says, in the order in which it says it.
    fn execute(&mut self, ready: crate::raft::Ready) -> Result<(), ServeError> {
        let candidacy = |event: &&Event| matches!(event, Event::Role { role: Role::Candidate, .. });
        self.counts.elections += ready.events.iter().filter(candidacy).count() as u64;
        if let Some(tracer) = &mut self.tracer
            && !ready.events.is_empty()
        {
            tracer.record(&ready.events)?;
        }
        for event in &ready.events {
            if let Event::Configuration { configuration, .. } = event {
                self.follow(configuration)?;
            }
        }
        // Before the write, although they come after it: nothing in them depends on it, and the peers have one to make as well.
        self.peers.send(&ready.messages);
        if let Some(write) = ready.write
            && let Some(report) = self.stable.store(write, self.raft.role() == Role::Leader)
        {
            self.take_report(report)?;
        }
        for chunk in ready.chunks {
            if let Some(peer) = self.peers.sender(chunk.to) {
                self.snapshots.send(chunk, peer.clone());
            }
        }
        for chunk in ready.received {
            self.snapshots.receive(chunk);
        }
        self.apply(ready.committed)?;
        for read in ready.reads {
            debug_assert!(
                read.index <= self.applied.index,
                "the core hands out entries before it allows reads of them"
            );
            let Some((reading, client)) = self.readers.remove(&read.context) else { continue };
            let reply = match reading {
                Reading::Query(query) => {
                    self.counts.reads += 1;
                    self.store.query(&query)
                }
                Reading::Granted => Reply::Ok,
            };
            answer(client, Answer::Reply(reply));
        }
        for context in ready.reads_refused {
            if let Some((_, client)) = self.readers.remove(&context) {
                answer(client, self.redirect(self.raft.leader()));
            }
        }
        self.take_snapshot_if_due();
        self.note_changes();
        self.note_role();
        Ok(())
    }

    fn apply(&mut self, entries: Vec<Entry>) -> Result<(), ServeError> {
        let Some(last) = entries.last().map(|entry| entry.id.index) else { return Ok(()) };
        reach(CrashPoint::BeforeApply);
        let replies: Vec<(EntryId, Reply)> =
            entries.into_iter().map(|entry| (entry.id, self.apply_one(entry))).collect();
        self.counts.applied += replies.len() as u64;
        if let Some(tracer) = &mut self.tracer {
            tracer.applied(last)?;
        }
        reach(CrashPoint::AfterApply);
        for (id, reply) in replies {
            self.answer_writer(id, reply);
        }
        Ok(())
    }

    fn apply_one(&mut self, entry: Entry) -> Reply {
        assert_eq!(entry.id.index, self.applied.index.next(), "entries are applied in order, each once");
        self.applied = entry.id;
        self.schedule.applied(entry.bytes());
        match entry.payload {
            Payload::Noop | Payload::Configuration(_) => Reply::Ok,
            Payload::Command(command) => match Command::decode(&command) {
                Ok(Command::InSession { work, .. }) if self.bugs.has(Bug::NoDeduplication) => {
                    self.store.apply(&Command::Work(work))
                }
                Ok(command) => self.store.apply(&command),
                // All replicas see the same bytes and come to the same reply.
                Err(error) => Reply::Error(format!("ERR entry {} is no command: {error}", entry.id)),
            },
        }
    }

    /// Tells the client that waits for an entry. A client whose entry was replaced by another one learns that its outcome is
    /// not known: it must not be told that the command failed on the strength of a position in the log.
    fn answer_writer(&mut self, id: EntryId, reply: Reply) {
        while self.writers.front().is_some_and(|(waiting, _)| waiting.index < id.index) {
            if let Some((_, client)) = self.writers.pop_front() {
                answer(client, Answer::Unknown);
            }
        }
        if self.writers.front().is_some_and(|(waiting, _)| waiting.index == id.index)
            && let Some((waiting, client)) = self.writers.pop_front()
        {
            let is_own = waiting == id || self.bugs.has(Bug::WrongWaiter);
            answer(client, if is_own { Answer::Reply(reply) } else { Answer::Unknown });
        }
    }

    /// A transfer is over when there is none under way any more: it succeeded if this node leads no longer.
    fn note_transfer(&mut self) {
        if self.raft.transfer_target().is_some() {
            return;
        }
        let leads = self.role == Role::Leader && self.raft.leader() == Some(self.id);
        for (target, asker) in self.transfers.drain(..) {
            let failed =
                || Reply::Error(format!("ERR {target} did not take the leadership within an election timeout"));
            answer(asker, Answer::Reply(if leads && target != self.id { failed() } else { Reply::Ok }));
        }
    }

    /// A node that stops leading tells its waiting clients at once that it will not know.
    fn note_role(&mut self) {
        let role = self.raft.role();
        if self.role == Role::Leader && role != Role::Leader {
            let outcome = match self.bugs.has(Bug::UnknownIsFailure) {
                true => self.redirect(self.raft.leader()),
                false => Answer::Unknown,
            };
            // With this mistake they wait on, for whatever comes to stand in their entries' places.
            let count = if self.bugs.has(Bug::WrongWaiter) { 0 } else { self.writers.len() };
            let writers = self.writers.drain(..count).map(|(_, client)| client);
            for client in writers.chain(self.changes.drain(..).map(|(_, asker)| asker)) {
                answer(client, outcome.clone());
            }
            self.enrolment = None;
            for (_, asker) in std::mem::take(&mut self.wishes) {
                answer(asker, self.redirect(self.raft.leader()));
            }
        }
        if role != self.role {
            tracing::info!(role = role.name(), term = %self.raft.term(), "another role");
            self.role = role;
        }
        if let Some(leader) = self.raft.leader().filter(|leader| self.leader != Some(*leader)) {
            tracing::info!(%leader, term = %self.raft.term(), "another leader");
            self.leader = Some(leader);
            self.counts.leader_changes += 1;
        }
    }

    fn redirect(&self, leader: Option<NodeId>) -> Answer {
        Answer::NotLeader(leader.and_then(|leader| self.peers.client_address(leader)))
    }
}

fn refusal(why: impl std::fmt::Display) -> Answer {
    Answer::Reply(Reply::Error(format!("ERR {why}")))
}

fn answer(client: oneshot::Sender<Answer>, answer: Answer) {
    // A client that went away needs no answer.
    let _ = client.send(answer);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        kv::{Change, Condition},
        raft::{Body, Config, Start, Term},
        server::{address::Peer, identity::ClusterId, restore},
        storage::{self, Layout, SimDisk},
        transport::Passport,
    };
    use std::path::Path;

    /// The only voter of its cluster, which leads it as soon as it has waited for an election timeout; and the way to nobody.
    pub fn start(nobody: Option<Peer>) -> Handle {
        let config = Config { election_timeout: (1, 2), heartbeat: 1, ..Config::new(NodeId(1), [NodeId(1)]) };
        start_on(&SimDisk::new(), config, u64::MAX, nobody)
    }

    /// A node on this disk, with what it finds there, which takes a snapshot of so many bytes of its log.
    pub fn start_on(sim: &SimDisk, config: Config, snapshot_bytes: u64, nobody: Option<Peer>) -> Handle {
        let disks = || Box::new(sim.clone());
        let (wal, snapshots, recovered) =
            storage::open(disks(), disks(), Path::new("data"), Layout::default()).unwrap();
        let (report, disk_reports) = mpsc::unbounded_channel();
        let stable = Stable::start(wal, report, config.bugs).unwrap();
        let (report, snapshot_reports) = mpsc::unbounded_channel();
        let (id, bugs) = (config.id, config.bugs);
        let begin = restore(Path::new("data"), &snapshots, recovered.snapshot).unwrap();
        let start = Start { hard_state: recovered.hard_state, snapshot: begin.snapshot, entries: recovered.entries };
        let cluster = Some(ClusterId::of("test", &[id]));
        let identity = Arc::new(Identity::open(disks(), Path::new("data"), id, cluster, false, Bugs::NONE).unwrap());
        let mut peers = Peers::new(id, nobody, Passport::any());
        if let Some(Peer { name, .. }) = nobody {
            peers.sender(name);
        }
        let driver = Driver::new(Parts {
            id,
            raft: Raft::new(config, start, Ticks(0)),
            store: begin.store,
            applied: begin.last,
            tracer: None,
            stable,
            snapshots: Snapshots::start(id, snapshots, report).unwrap(),
            schedule: Schedule::new(snapshot_bytes, begin.bytes),
            peers,
            identity,
            reads: ReadMode::default(),
            bugs,
            clock: Clock::start(),
        });
        let (inputs, inbox) = mpsc::channel(INBOX_MAX);
        let reports = Reports { disk: disk_reports, snapshots: snapshot_reports };
        tokio::spawn(async move { driver.run(inbox, reports, std::future::pending()).await });
        Handle::new(inputs)
    }

    /// Waits until such a node leads, and has nothing left to do by itself.
    pub async fn settled(handle: &Handle) -> Status {
        loop {
            let status = handle.ask(Input::Status).await.await.unwrap().raft;
            if !status.configuration.incarnations.is_empty() && status.commit == status.last.index {
                return status;
            }
            tokio::task::yield_now().await;
        }
    }

    pub fn set(bytes: usize) -> Command {
        let value = vec![b'x'; bytes].into();
        Change::Set { key: "k".into(), value, condition: Condition::Always, get: false }.into()
    }

    #[tokio::test]
    async fn command_that_is_too_long_never_enters_the_log() {
        let handle = start(None);
        let write = async |bytes| handle.ask(|answer| Input::Write(set(bytes), answer)).await.await.unwrap();
        settled(&handle).await;
        let last = async || handle.ask(Input::Status).await.await.unwrap().raft.last.index;
        let before = last().await;
        assert_eq!(write(COMMAND_BYTES_MAX).await, Answer::TooLong);
        assert_eq!(last().await, before);
        assert_eq!(write(COMMAND_BYTES_MAX - 100).await, Answer::Reply(Reply::Ok));
        assert_eq!(last().await, before.next());
    }

    #[tokio::test]
    async fn leader_records_itself_and_changes_wait_for_that() {
        let handle = start(None);
        let change = async |wish| handle.ask(|answer| Input::Change(wish, answer)).await;
        let add = |number| Wish::Add(NodeId(number), "127.0.0.1:1/127.0.0.1:2".parse().unwrap());
        let mut added = change(add(2)).await.await.unwrap();
        while matches!(added, Answer::NotLeader(_)) || matches!(&added, Answer::Reply(Reply::Error(_))) {
            added = change(add(2)).await.await.unwrap();
        }
        assert_eq!(added, Answer::Reply(Reply::Ok));
        let configuration = settled(&handle).await.configuration;
        assert_eq!(configuration.incarnations.keys().collect::<Vec<_>>(), [&NodeId(1)], "{configuration}");
        assert_eq!(configuration.learners, [NodeId(2)].into());
        // Nobody has met it.
        let refused = change(Wish::Promote(NodeId(2))).await.await.unwrap();
        let expected = "ERR the data directory of n2 is not recorded yet; try again";
        assert_eq!(refused, Answer::Reply(Reply::Error(expected.to_owned())));
    }

    #[tokio::test]
    async fn message_from_another_directory_than_the_recorded_one_does_not_count() {
        let config = Config { election_timeout: (60_000, 60_001), ..Config::new(NodeId(1), [1, 2, 3].map(NodeId)) };
        let handle = start_on(&SimDisk::new(), config, u64::MAX, None);
        let tell = async |from, incarnation, term, entries| {
            let body = Body::Append { prev: EntryId::default(), entries, commit: LogIndex(0), round: 0 };
            let message = Message { from: NodeId(from), to: NodeId(1), term: Term(term), body };
            handle.inputs().send(Input::Message(message, Incarnation(incarnation))).await.unwrap();
            handle.ask(Input::Status).await.await.unwrap().raft.term
        };
        let mut recorded = Configuration::of([1, 2, 3].map(NodeId));
        recorded.incarnations.insert(NodeId(3), Incarnation(30));
        let id = EntryId { term: Term(1), index: LogIndex(1) };
        assert_eq!(tell(3, 31, 1, Vec::new()).await, Term(1), "nothing is recorded");
        let entries = vec![Entry { id, payload: Payload::Configuration(recorded.into()) }];
        assert_eq!(tell(2, 20, 2, entries).await, Term(2));
        assert_eq!(tell(3, 31, 3, Vec::new()).await, Term(2));
        assert_eq!(tell(3, 30, 3, Vec::new()).await, Term(3));
    }
}
