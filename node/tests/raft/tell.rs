//! How a story words what happens.

use crate::cluster::{Cluster, Detail};
use node::raft::{Configuration, Entry, Event, HardState, NodeId, NotLeader, Payload, Write};
use std::fmt;

impl Cluster {
    pub fn tell(&mut self, line: String) {
        if self.detail != Detail::Roles {
            self.trace.push(line);
        }
    }

    pub fn tell_events(&mut self, id: NodeId, events: &[Event]) {
        let mut appended = &[][..];
        for event in events {
            match event {
                Event::Append { entries } => appended = entries,
                Event::Configuration { index, configuration } => {
                    let before = self.node(id).goes_by.clone();
                    self.node(id).goes_by = configuration.clone();
                    // What it went by before, also before a crash, and what its entry says already, goes without saying.
                    if before == *configuration || appended.iter().any(|entry: &Entry| entry.id.index == *index) {
                        continue;
                    }
                }
                _ => {}
            }
            self.tell_event(id, event);
        }
    }

    fn tell_event(&mut self, id: NodeId, event: &Event) {
        let is_held = self.nodes[&id].is_held;
        match event {
            Event::Role { role, term } => {
                let line = format!("{id} becomes {} in term {term}", role.name());
                let time = self.elapsed.map_or("  ".to_owned(), |elapsed| format!("{elapsed:5} "));
                self.trace.push(format!("{time}{line}"));
            }
            Event::Vote { term, candidate } => self.tell(format!("  {id} votes for {candidate} in term {term}")),
            Event::Append { entries } => self.tell(format!("  {id} appends {}", List(entries))),
            Event::Truncate { from } => self.tell(format!("  {id} removes its log from {from} on")),
            // With a prompt disk, it goes without saying.
            Event::Ack { index, .. } if is_held => self.tell(format!("  {id} counts its copy up to {index}")),
            Event::Ack { .. } => {}
            Event::Commit { index, .. } => self.tell(format!("  {id} commits {index}")),
            Event::Configuration { configuration, .. } => {
                self.tell(format!("  {id} goes by {}", Members(configuration)))
            }
            Event::Compact { last } => self.tell(format!("  {id} compacts its log up to {last}")),
            Event::Install { last } => self.tell(format!("  {id} installs the snapshot of {last}")),
        }
    }

    /// A write that takes its time; one that does not goes without saying.
    pub fn tell_write(&mut self, id: NodeId, write: &Write) {
        let mut parts = Vec::new();
        if let Some(HardState { term, vote }) = write.hard_state {
            parts.push(format!("term {term}, vote {}", vote.map_or("-".to_owned(), |vote| vote.to_string())));
        }
        parts.extend(write.truncate_from.map(|from| format!("cut from {from} on")));
        parts.extend(write.snapshot.map(|last| format!("begin after {last}")));
        if !write.entries.is_empty() {
            parts.push(List(&write.entries).to_string());
        }
        self.tell(format!("  {id} begins write {}: {}", write.number, parts.join("; ")));
    }
}

/// Where a refused request should have gone.
pub fn whom(refused: Option<NotLeader>) -> String {
    let leader = refused.and_then(|refused| refused.leader);
    leader.map_or(String::new(), |leader| format!("; that is {leader}"))
}

/// Entries as a story shows them: `2@1 x=1, 3@1 y=2`.
pub struct List<'a>(pub &'a [Entry]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, entry) in self.0.iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            match &entry.payload {
                Payload::Noop => write!(f, "{comma}{} noop", entry.id)?,
                Payload::Configuration(configuration) => write!(f, "{comma}{} [{}]", entry.id, Members(configuration))?,
                Payload::Command(command) => write!(f, "{comma}{} {}", entry.id, String::from_utf8_lossy(command))?,
            }
        }
        Ok(())
    }
}

/// A configuration as a story shows it: `voters n1 n2 n4 from n1 n2 n3, learners n5`.
pub struct Members<'a>(pub &'a Configuration);

impl fmt::Display for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "voters {}", self.0)
    }
}
