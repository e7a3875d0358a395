//! What nodes of a cluster are asked for.

use crate::{
    cluster::Cluster,
    disk::Content,
    tell::{Members, whom},
};
use bytes::Bytes;
use node::raft::{ChangeError, Configuration, EntryId, NodeId, ProposeError, Snapshot, TransferError};

impl Cluster {
    pub fn propose(&mut self, id: NodeId, commands: &[&str]) -> Vec<Result<EntryId, ProposeError>> {
        let raft = self.node(id).raft.as_mut().expect("a running node");
        let results = commands.iter().map(|command| raft.propose(Bytes::from(command.to_string())));
        let results: Vec<_> = results.collect();
        for (command, result) in commands.iter().zip(&results) {
            match result {
                Ok(entry) => self.trace.push(format!("{id} takes {command} as {entry}")),
                Err(error) => {
                    let leader = if let ProposeError::NotLeader(refused) = *error { Some(refused) } else { None };
                    self.trace.push(format!("{id} refuses {command}: {error}{}", whom(leader)));
                }
            }
        }
        self.drain(id);
        results
    }

    /// Asks a leader for leave to read; the number identifies the answer.
    pub fn read(&mut self, id: NodeId) -> u64 {
        self.ask_to_read(id, false)
    }

    /// The same on any node.
    pub fn read_anywhere(&mut self, id: NodeId) -> u64 {
        self.ask_to_read(id, true)
    }

    fn ask_to_read(&mut self, id: NodeId, anywhere: bool) -> u64 {
        self.contexts += 1;
        let context = self.contexts;
        let raft = self.node(id).raft.as_mut().expect("a running node");
        match if anywhere { raft.read_index_anywhere(context) } else { raft.read_index(context) } {
            Ok(()) => {
                self.trace.push(format!("{id} takes read {context}"));
                self.invariants.read(context);
            }
            Err(error) => {
                self.trace.push(format!("{id} refuses read {context}: {error}{}", whom(Some(error))));
                self.reads_refused.push(context);
            }
        }
        self.drain(id);
        context
    }

    /// A snapshot of everything up to a position, which was applied, is durable.
    pub fn snapshot(&mut self, id: NodeId, through: usize) {
        let node = self.node(id);
        let raft = node.raft.as_mut().expect("a running node");
        let applied = node.applied[..through].to_vec();
        let last = applied.last().expect("something to take a snapshot of").id;
        let configuration = raft.configuration_at(last.index);
        node.disk.snapshots.insert(last, Content { configuration: configuration.clone(), applied });
        raft.compact(Snapshot { last, configuration });
        self.drain(id);
    }

    /// Asks a node for another configuration.
    pub fn change(&mut self, id: NodeId, target: &Configuration) -> Result<EntryId, ChangeError> {
        let result = self.node(id).raft.as_mut().expect("a running node").change(target);
        match &result {
            Ok(entry) => self.trace.push(format!("{id} takes the change as {entry}")),
            Err(error) => {
                let leader = if let ChangeError::NotLeader(refused) = *error { Some(refused) } else { None };
                self.trace.push(format!("{id} refuses the change to {}: {error}{}", Members(target), whom(leader)));
            }
        }
        self.drain(id);
        result
    }

    /// Asks a leader to give its leadership away.
    pub fn transfer(&mut self, id: NodeId, target: NodeId) {
        let result = self.node(id).raft.as_mut().expect("a running node").transfer(target);
        self.trace.push(match result {
            Ok(()) => format!("{id} gives its leadership to {target}"),
            Err(TransferError::NotLeader(refused)) => format!("{id} refuses: {refused}{}", whom(Some(refused))),
            Err(error) => format!("{id} refuses: {error}"),
        });
        self.drain(id);
    }
}
