//! Why one transaction comes before another, found again from what the two of them did.

use super::Lists;
use crate::checker::transactions::graph::reason;
use crate::checker::transactions::history::{NONE, Op, by_key};

impl Lists<'_> {
    /// Why one transaction comes before another, by this dependency; a key, and words in which they are `one` and `other`.
    pub fn why(&self, (from, to): (u32, u32), why: u8, (one, other): (&str, &str)) -> Option<(u32, String)> {
        let history = self.history;
        let writes = |id: u32| {
            history.ops(id).iter().filter_map(|op| match *op {
                Op::Write { key, version } => Some((key, version)),
                _ => None,
            })
        };
        // The place of a version among all; those that nobody read come last.
        let place = |version: u32| self.place[version as usize];
        let text = |version: u32| history.version_text(version);
        let shown = |key: u32, version: u32| match place(version) {
            NONE => format!("no list that was read of {} has it, so that it came later", history.key_text(key)),
            at => {
                let longest = self.longest[key as usize];
                let list = history.elements(longest.start, (at + 1).min(longest.len));
                format!("a list was read that begins {}", history.list_text(list))
            }
        };
        let sound = |key: u32| self.longest[key as usize].is_order;
        let mut reads = Vec::new();
        let mut scratch = Vec::new();
        for id in [from, to] {
            by_key(history.ops(id), &mut scratch, |key, ops| {
                if let Some(&Op::List { start, len, .. }) = ops.first() {
                    reads.push((id, key, start, len));
                }
            });
        }
        let first_reads =
            |id: u32| reads.iter().filter(move |read| read.0 == id).map(|&(_, key, start, len)| (key, start, len));
        if why & reason::WW != 0 {
            let pairs = writes(from)
                .flat_map(|(key, one)| writes(to).filter(move |(k, _)| *k == key).map(move |(_, two)| (key, one, two)));
            let (key, before, after) = pairs
                .filter(|&(key, before, after)| sound(key) && place(before) != NONE && place(before) < place(after))
                .min_by_key(|&(_, before, after)| place(after).saturating_sub(place(before)))?;
            return Some((
                key,
                format!(
                    "{one} appended {} to {} before {other} appended {}: {}",
                    text(before),
                    history.key_text(key),
                    text(after),
                    shown(key, after)
                ),
            ));
        }
        if why & reason::WR != 0 {
            let (key, last) = first_reads(to)
                .filter_map(|(key, start, len)| Some((key, *history.elements(start, len).last()?)))
                .find(|&(_, last)| history.version_of(last).writer == from)?;
            let name = history.key_text(key);
            return Some((
                key,
                format!("{other} read {} as the last element of {name}, which {one} appended", text(last)),
            ));
        }
        let (key, start, len, next) = first_reads(from)
            .filter(|&(key, ..)| sound(key))
            .flat_map(|(key, start, len)| {
                writes(to).filter(move |(k, _)| *k == key).map(move |(_, next)| (key, start, len, next))
            })
            .filter(|&(_, _, len, next)| place(next) >= len)
            .min_by_key(|&(_, _, len, next)| place(next) - len)?;
        let seen = history.list_text(history.elements(start, len));
        let name = history.key_text(key);
        Some((
            key,
            format!("{one} read {seen} from {name}, without {other}'s append of {}: {}", text(next), shown(key, next)),
        ))
    }
}
