//! The time before a founder takes part (`founding.rs`): it introduces itself to the others, answers them, and does nothing else.
//!
//! It asks again and again those whose word is missing, for the network may lose anything. Who hears the question dials the asker at
//! once, so that nodes that are started at the same time begin within milliseconds.

use super::{
    ServeError,
    driver::{Answer, Input, NodeStatus},
    founding::Founding,
    identity::Identity,
    metrics::DriverCounts,
    peers::Peers,
};
use crate::{
    kv::{Query, Store},
    raft::{Configuration, EntryId, LogIndex, Message, NodeId, ReadMode, Role, Status, Term},
    transport::Introduction,
};
use std::{collections::BTreeSet, future::Future, pin::Pin, time::Duration};
use tokio::sync::mpsc;

/// From one question to the next.
const REPEAT: Duration = Duration::from_millis(20);

/// How a founder's waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It may take part, durably.
    Founded,
    /// It was asked to stop.
    Stopped,
}

/// A founder that waits.
pub struct Newcomer<'a> {
    founding: Founding,
    identity: &'a Identity,
    peers: &'a mut Peers,
    /// The founders.
    configuration: &'a Configuration,
    reads: ReadMode,
}

impl<'a> Newcomer<'a> {
    /// One to whom nobody has said anything yet.
    pub fn new(
        own: NodeId,
        identity: &'a Identity,
        peers: &'a mut Peers,
        configuration: &'a Configuration,
        reads: ReadMode,
    ) -> Newcomer<'a> {
        let founding = Founding::new(own, identity.stamp().get().incarnation, configuration.members());
        Newcomer { founding, identity, peers, configuration, reads }
    }

    /// Waits until it may take part, or `stop` resolves.
    ///
    /// # Errors
    /// If it cannot be made durable that it may.
    pub async fn wait(
        mut self,
        inbox: &mut mpsc::Receiver<Input>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<End, ServeError> {
        self.peers.follow(self.configuration);
        let followed = self.identity.follow(self.configuration);
        debug_assert!(followed.is_ok(), "nothing is recorded of founders");
        tracing::info!(waiting_for = names(self.founding.missing()), "founding");
        let mut repeat = tokio::time::interval(REPEAT);
        while !self.founding.missing().is_empty() {
            tokio::select! {
                biased;
                () = &mut stop => return Ok(End::Stopped),
                Some(input) = inbox.recv() => self.take(input),
                _ = repeat.tick() => {
                    for to in self.founding.missing().clone() {
                        self.peers.introduce(to, &self.introduction(to), false);
                    }
                }
            }
        }
        self.identity.set_founded()?;
        tracing::info!("founded");
        Ok(End::Founded)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Introduction(introduction, _) => {
                self.founding.hear(&introduction);
                tracing::debug!(by = %introduction.from, waiting_for = names(self.founding.missing()), "introduced");
                let Introduction { from, asks, .. } = introduction;
                if asks {
                    self.peers.introduce(from, &self.introduction(from), true);
                }
            }
            Input::Greeting(greeting) => self.peers.greeted(&greeting),
            // Others have begun; to them this node is like one that is down. Perhaps it is recorded by now, or another directory
            // under its name: who was added later than the founders cannot be asked before it is heard.
            Input::Message(Message { from, .. }, _) => {
                let question = Introduction { asks: true, ..self.introduction(from) };
                self.peers.introduce(from, &question, true);
            }
            Input::Write(_, client)
            | Input::Read(_, client)
            | Input::ReadHere(_, client)
            | Input::StaleRead(_, client)
            | Input::Transfer(_, client)
            | Input::Change(_, client) => {
                let _ = client.send(Answer::NotFounded(names(self.founding.missing())));
            }
            Input::Status(asker) => {
                let _ = asker.send(self.status());
            }
        }
    }

    /// Says who it is, and what it knows of the other one.
    fn introduction(&self, to: NodeId) -> Introduction {
        self.founding.introduction(to, self.identity.knows(to, self.configuration))
    }

    fn status(&self) -> NodeStatus {
        let store = Store::default();
        NodeStatus {
            raft: Status {
                role: Role::Follower,
                term: Term(0),
                leader: None,
                commit: LogIndex(0),
                last: EntryId::default(),
                snapshot: LogIndex(0),
                configuration: self.configuration.clone(),
            },
            waiting_for: self.founding.missing().clone(),
            applied: LogIndex(0),
            first: LogIndex(1),
            reads: self.reads,
            keys: store.query(&Query::Dbsize),
            sessions: store.sessions(),
            links: self.peers.links().clone(),
            counts: DriverCounts::default(),
        }
    }
}

/// `n2, n3`.
fn names(nodes: &BTreeSet<NodeId>) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ")
}
