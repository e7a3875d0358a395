//! The order of a register's versions that follows from real time.
//!
//! In a strictly serializable history, a transaction that saw or wrote version `v`, and was over before another began that saw or
//! wrote version `w`, shows that `v` comes before `w`. Of all that met a version, only two matter: the first one to end, and the
//! last one to begin (the zones of Gibbons and Korach, SIAM J. Comput. 1997). `v` comes before `w` exactly if `v`'s first end is
//! before `w`'s last beginning. Two versions may each come before the other by that, which is a contradiction; if no two do, this is
//! an order: were `u` before `v`, `v` before `w` and `w` before `u`, the three ends would each be before the next.

use super::anomaly::{Anomaly, Order};
use super::findings::{Edge, Finding};
use super::history::{History, NEVER, NONE};
use crate::checker::Precedence;

/// When a version was certainly there: positions, each with the transaction that shows it.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    /// The first completion of one that met it, or [`NEVER`].
    pub end: u64,
    ender: u32,
    /// The last invocation of one that met it.
    pub begin: u64,
    beginner: u32,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone { end: NEVER, ender: NONE, begin: 0, beginner: NONE }
    }
}

impl Zone {
    /// This transaction saw it, or wrote it last.
    pub fn meet(&mut self, history: &History, id: u32) {
        let transaction = history.transaction(id);
        if transaction.ret < self.end {
            (self.end, self.ender) = (transaction.ret, id);
        }
        if self.beginner == NONE || transaction.call > self.begin {
            (self.begin, self.beginner) = (transaction.call, id);
        }
    }

    fn is_before(&self, other: &Zone) -> bool {
        self.end < other.begin
    }
}

/// Pairs of versions, one before the other, from which all others follow; or two that contradict each other.
pub fn order(versions: &[(u32, Zone)]) -> Result<Vec<(u32, u32)>, (u32, u32)> {
    contradiction_free(versions)?;
    let mut by_begin = versions.to_vec();
    by_begin.sort_unstable_by_key(|(version, zone)| (zone.begin, *version));
    // From each place on, the two versions that end first.
    let mut soonest = vec![[(NEVER, NONE); 2]; by_begin.len() + 1];
    for at in (0..by_begin.len()).rev() {
        let [first, second] = soonest[at + 1];
        let (version, zone) = by_begin[at];
        let mut all = [first, second, (zone.end, version)];
        all.sort_unstable();
        soonest[at] = [all[0], all[1]];
    }
    let mut pairs = Vec::new();
    for &(version, zone) in versions {
        let from = by_begin.partition_point(|(_, other)| other.begin <= zone.end);
        // The next that is over, after which everybody else comes.
        let next = soonest[from].into_iter().find(|(_, other)| *other != version).unwrap_or((NEVER, NONE));
        let until = by_begin[from..].iter().take_while(|(other, zone)| zone.begin <= next.0 || *other == version);
        let near = until.map(|(other, _)| *other).filter(|other| *other != version && *other != next.1);
        pairs.extend(near.chain(Some(next.1).filter(|other| *other != NONE)).map(|other| (version, other)));
    }
    Ok(pairs)
}

/// Looks for two versions each of which comes before the other: their zones, from the first end to the last beginning, overlap if
/// both are such, or one that is none lies within one that is.
fn contradiction_free(versions: &[(u32, Zone)]) -> Result<(), (u32, u32)> {
    let (mut wide, mut narrow): (Vec<_>, Vec<_>) =
        versions.iter().filter(|(_, zone)| zone.end != NEVER).copied().partition(|(_, zone)| zone.end < zone.begin);
    wide.sort_unstable_by_key(|(version, zone)| (zone.end, *version));
    for pair in wide.windows(2) {
        let [(one, before), (other, after)] = [pair[0], pair[1]];
        if after.is_before(&before) && before.is_before(&after) {
            return Err((one, other));
        }
    }
    narrow.sort_unstable_by_key(|(version, zone)| (zone.begin, *version));
    // Wide zones do not overlap here, so that only the last one that begins before can hold it.
    for (other, inner) in narrow {
        let at = wide.partition_point(|(_, zone)| zone.end < inner.begin);
        if let Some((one, outer)) = at.checked_sub(1).map(|at| wide[at])
            && outer.is_before(&inner)
            && inner.is_before(&outer)
        {
            return Err((one, other));
        }
    }
    Ok(())
}

/// What is wrong with two versions each of which comes before the other.
pub fn contradiction(history: &History, (one, first): (u32, Zone), (other, second): (u32, Zone)) -> Finding {
    let key = history.version_of(one).key;
    let mut transactions = vec![first.ender, second.beginner, second.ender, first.beginner];
    transactions.sort_unstable();
    transactions.dedup();
    let name = |id: u32| format!("T{}", transactions.iter().position(|&other| other == id).unwrap_or(0) + 1);
    let (before, after, register) = (history.version_text(one), history.version_text(other), history.key_text(key));
    let edge = |(ender, from): (u32, &str), (beginner, to): (u32, &str)| {
        let (one, other) = (name(ender), name(beginner));
        let because = format!("{one} met {from} in {register} and was over before {other} began, which met {to}");
        Edge { from: ender, to: beginner, by: Precedence::RealTime, key: Some(key), because }
    };
    let mut edges = vec![
        edge((first.ender, &before), (second.beginner, &after)),
        edge((second.ender, &after), (first.beginner, &before)),
    ];
    let so = [format!("so {before} comes before {after}"), format!("so {after} comes before {before}")];
    let because = edges.iter().zip(so).map(|(edge, so)| format!("{}: {so}.", edge.because)).collect();
    // Where one of them read what another wrote, that is why both met the same version.
    for (version, zone) in [(one, first), (other, second)] {
        let (writer, value) = (history.version_of(version).writer, history.version_text(version));
        let mut readers = vec![zone.ender, zone.beginner];
        readers.dedup();
        readers.retain(|&reader| reader != writer && transactions.contains(&writer));
        edges.extend(readers.into_iter().map(|reader| {
            let because = format!("{} read {value} in {register}, which {} wrote", name(reader), name(writer));
            Edge { from: writer, to: reader, by: Precedence::Wr, key: Some(key), because }
        }));
    }
    Finding {
        anomaly: Anomaly::CyclicVersions(Order::RealTime),
        keys: vec![key],
        summary: format!("in {register}, {before} must come before {after}, and {after} before {before}"),
        because,
        edges,
        transactions,
    }
}

/// Why one version comes before another, in words.
pub fn reason(history: &History, before: u32, after: u32) -> String {
    let [one, other] = [before, after].map(|version| history.version_text(version));
    format!("who met {one} first was over before who met {other} last began")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(end: u64, begin: u64) -> Zone {
        Zone { end, begin, ender: 0, beginner: 0 }
    }

    /// What follows from pairs.
    fn closure(count: usize, pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut all = pairs.to_vec();
        for middle in 0..count as u32 {
            for one in 0..count as u32 {
                for other in 0..count as u32 {
                    if all.contains(&(one, middle)) && all.contains(&(middle, other)) && !all.contains(&(one, other)) {
                        all.push((one, other));
                    }
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn the_pairs_say_all_that_real_time_says() {
        let mut random = crate::seed::rng(1, "zones");
        let (mut orders, mut contradictions) = (0, 0);
        for _ in 0..20_000 {
            use rand::RngExt;
            let count = random.random_range(1..6);
            let versions: Vec<(u32, Zone)> = (0..count)
                .map(|version| {
                    let end = if random.random_bool(0.1) { NEVER } else { random.random_range(0..30) * 2 + 1 };
                    (version, zone(end, random.random_range(0..30) * 2))
                })
                .collect();
            let all = || versions.iter().flat_map(|one| versions.iter().map(move |other| (one, other)));
            let mut before: Vec<(u32, u32)> = all()
                .filter(|(one, other)| one.0 != other.0 && one.1.is_before(&other.1))
                .map(|(one, other)| (one.0, other.0))
                .collect();
            before.sort_unstable();
            let is_contradicted = before.iter().any(|&(one, other)| before.contains(&(other, one)));
            match order(&versions) {
                Ok(pairs) => {
                    assert!(!is_contradicted, "{versions:?}");
                    assert!(pairs.iter().all(|pair| before.contains(pair)), "{versions:?}");
                    assert_eq!(closure(count as usize, &pairs), closure(count as usize, &before), "{versions:?}");
                    orders += 1;
                }
                Err((one, other)) => {
                    assert!(before.contains(&(one, other)) && before.contains(&(other, one)), "{versions:?}");
                    contradictions += 1;
                }
            }
        }
        assert!(orders > 1_000 && contradictions > 1_000, "{orders} and {contradictions}");
    }
}
