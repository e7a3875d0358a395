//! Locks with an owner: decided in O(n log n).
//!
//! **For which histories.** All.
//!
//! **Unknown outcomes.** A process whose outcome is unknown does nothing more. If it may have taken the lock, nobody can after
//! it; so that acquisition is last in any order that contains it, and is left out. A release of unknown outcome may be put at
//! the very end if need be, so that it may as well be taken for one that happened and never returned.
//!
//! **Answer.** A process does one thing after the other, so each release of it belongs to the acquisition before it, and stands
//! directly behind it in any order; two acquisitions in a row, or a release without one, are a contradiction. These *sections*
//! are what is to be ordered. Section `A` must come before `B` exactly if the first return in `A` comes before the last call in
//! `B`: `f(A) < s(B)`. A section that was never released must be last, so `s = ∞`, and two of them are a contradiction. Every
//! other section is a forward zone `(f, s)`, for the release was called after the acquisition returned. So two that overlap
//! contradict each other, and if none do the order by `f` is one (Gibbons and Korach, as in [`super::super::unique_values`]).

use crate::checker::monitor::Answer;
use crate::checker::objects::mutex::{Mutex, MutexOp};
use crate::checker::search::{Entry, NEVER};
use rustc_hash::FxHashMap;

/// An acquisition with its release, if it has one.
#[derive(Clone, Copy)]
struct Section {
    acquire: u32,
    release: Option<u32>,
    /// The acquisition's return.
    from: u64,
    /// The release's call.
    to: u64,
}

impl Section {
    fn members(self) -> impl Iterator<Item = u32> {
        [self.acquire].into_iter().chain(self.release)
    }
}

/// Decides.
pub fn decide(_: &Mutex, entries: &[Entry<MutexOp>]) -> Option<Answer> {
    Some(match sections(entries) {
        Ok(mut sections) => {
            sections.sort_unstable_by_key(|section| section.from);
            match sections.windows(2).find(|pair| pair[1].from < pair[0].to) {
                Some(pair) => accuse(pair.iter().flat_map(|section| section.members())),
                None => Answer::Order(sections.into_iter().flat_map(Section::members).collect()),
            }
        }
        Err(suspects) => accuse(suspects.into_iter()),
    })
}

fn accuse(ids: impl Iterator<Item = u32>) -> Answer {
    let mut suspects: Vec<usize> = ids.map(|id| id as usize).collect();
    suspects.sort_unstable();
    Answer::Nothing(suspects)
}

/// The sections, or operations of one process that contradict each other.
fn sections(entries: &[Entry<MutexOp>]) -> Result<Vec<Section>, Vec<u32>> {
    let mut sections: Vec<Section> = Vec::new();
    // The last section of each process.
    let mut last: FxHashMap<u64, usize> = FxHashMap::default();
    for (id, entry) in (0..).zip(entries) {
        match entry.op {
            MutexOp::Acquire(_) if !entry.required => {}
            MutexOp::Acquire(owner) => {
                if let Some(before) = last.insert(owner, sections.len()).map(|at| sections[at])
                    && before.release.is_none()
                {
                    return Err(vec![before.acquire, id]);
                }
                sections.push(Section { acquire: id, release: None, from: entry.ret, to: NEVER });
            }
            MutexOp::Release(owner) => match last.get(&owner).map(|&at| &mut sections[at]) {
                Some(section) if section.release.is_none() => (section.release, section.to) = (Some(id), entry.call),
                // Nothing to release: one of unknown outcome did not happen.
                _ if !entry.required => {}
                Some(section) => return Err(section.members().chain([id]).collect()),
                None => return Err(vec![id]),
            },
        }
    }
    Ok(sections)
}
