//! An ordered map that can be copied in an instant.
//!
//! The items lie in sorted chunks of a few dozen, and the chunks are shared between the copies of a map. To copy a map of a
//! million items is to count some forty thousand chunks; a chunk is copied when one of its owners first changes it. So a snapshot
//! of the state costs the node a millisecond or two, and afterwards some microseconds for each chunk that is written to while the
//! snapshot is in use. Nothing ever has to wait until all of it is copied.

use std::{borrow::Borrow, cmp::Ordering, sync::Arc};

/// How many items lie in a chunk at most: few enough to be moved and copied quickly, and enough for few chunks.
const CHUNK_MAX: usize = 32;
/// For how many more items a chunk makes room at a time. A large map has many chunks, and what they leave free adds up.
const CHUNK_STEP: usize = 4;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

/// See the [module](self). Two maps are equal if they have equal items, however these are divided.
#[derive(Clone, Debug)]
pub struct ChunkedMap<K, V> {
    /// In order, each sorted, none empty.
    chunks: Vec<Chunk<K, V>>,
    /// For each chunk a key that is not greater than any in it, and greater than any before it: the key that it began with. They
    /// are here to be compared without a walk through the chunks.
    starts: Vec<K>,
    len: usize,
}

/// What a key can be looked for by: whatever the key borrows as, or something else that stands in the same order.
pub trait Sought<K> {
    /// How what is looked for compares to this key.
    fn compare(&self, key: &K) -> Ordering;
}

impl<K: Borrow<Q>, Q: Ord + ?Sized> Sought<K> for Q {
    fn compare(&self, key: &K) -> Ordering {
        self.cmp(key.borrow())
    }
}

/// Where an item is, or where it would have to be.
struct Place {
    chunk: usize,
    item: Result<usize, usize>,
}

impl<K, V> Default for ChunkedMap<K, V> {
    fn default() -> ChunkedMap<K, V> {
        ChunkedMap { chunks: Vec::new(), starts: Vec::new(), len: 0 }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for ChunkedMap<K, V> {
    fn eq(&self, other: &ChunkedMap<K, V>) -> bool {
        self.len == other.len && self.chunks.iter().flat_map(|c| &**c).eq(other.chunks.iter().flat_map(|c| &**c))
    }
}

impl<K: Eq, V: Eq> Eq for ChunkedMap<K, V> {}

impl<K: Ord + Clone, V: Clone> ChunkedMap<K, V> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All items, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).map(|(key, value)| (key, value))
    }

    /// The items from this key on, in order.
    pub fn iter_from<'a, Q: Sought<K> + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, Q, K, V> {
        let place = self.place(key);
        let (Ok(item) | Err(item)) = place.item;
        let chunks = self.chunks.get(place.chunk..).unwrap_or_default();
        chunks.iter().flat_map(|chunk| chunk.iter()).skip(item).map(|(key, value)| (key, value))
    }

    /// The item with the smallest key.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.chunks.first()?.first().map(|(key, value)| (key, value))
    }

    /// The item with the largest key.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.chunks.last()?.last().map(|(key, value)| (key, value))
    }

    /// The value under this key.
    pub fn get<Q: Sought<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        let Place { chunk, item } = self.place(key);
        Some(&self.chunks.get(chunk)?[item.ok()?].1)
    }

    /// Whether there is one.
    pub fn contains_key<Q: Sought<K> + ?Sized>(&self, key: &Q) -> bool {
        self.get(key).is_some()
    }

    /// The value under this key, to be changed.
    pub fn get_mut<Q: Sought<K> + ?Sized>(&mut self, key: &Q) -> Option<&mut V> {
        let Place { chunk, item } = self.place(key);
        let item = item.ok()?;
        Some(&mut Arc::make_mut(&mut self.chunks[chunk])[item].1)
    }

    /// Puts a value under this key, and returns the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Place { chunk, item } = self.place(&key);
        match item {
            Ok(item) => Some(std::mem::replace(&mut Arc::make_mut(&mut self.chunks[chunk])[item].1, value)),
            Err(item) => {
                self.insert_at(chunk, item, (key, value));
                self.len += 1;
                None
            }
        }
    }

    /// Removes the item with this key, and returns its value.
    pub fn remove<Q: Sought<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        let Place { chunk, item } = self.place(key);
        let item = item.ok()?;
        Some(self.remove_at(chunk, item).1)
    }

    /// Removes the item with the smallest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.chunks.is_empty()).then(|| self.remove_at(0, 0))
    }

    /// Removes the item with the largest key.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let chunk = self.chunks.len().checked_sub(1)?;
        Some(self.remove_at(chunk, self.chunks[chunk].len() - 1))
    }

    fn place<Q: Sought<K> + ?Sized>(&self, key: &Q) -> Place {
        // Keys often come in order, and every key does when a snapshot is read.
        if self.last().is_some_and(|(last, _)| key.compare(last).is_gt()) {
            let chunk = self.chunks.len() - 1;
            return Place { chunk, item: Err(self.chunks[chunk].len()) };
        }
        let chunk = self.starts.partition_point(|start| key.compare(start).is_ge()).saturating_sub(1);
        let items = self.chunks.get(chunk).map_or(&[][..], |chunk| chunk);
        // One by one: the processor fetches the next items while it compares this one, where each step of a binary search would
        // wait for memory. Most chunks that are looked into are in no cache.
        let passed = items.iter().take_while(|(other, _)| key.compare(other).is_gt()).count();
        let is_there = items.get(passed).is_some_and(|(other, _)| key.compare(other).is_eq());
        Place { chunk, item: if is_there { Ok(passed) } else { Err(passed) } }
    }

    fn insert_at(&mut self, chunk: usize, item: usize, new: (K, V)) {
        match self.chunks.get(chunk).map(|chunk| chunk.len()) {
            None => self.insert_chunk(chunk, vec![new]),
            Some(CHUNK_MAX) if item == 0 => {
                self.starts[chunk] = self.chunks[chunk][0].0.clone();
                self.insert_chunk(chunk, vec![new]);
            }
            // Keys that come in order leave full chunks behind them, where splitting would leave half-full ones.
            Some(CHUNK_MAX) if item == CHUNK_MAX => self.insert_chunk(chunk + 1, vec![new]),
            Some(CHUNK_MAX) => {
                let lower = Arc::make_mut(&mut self.chunks[chunk]);
                let upper = lower.split_off(CHUNK_MAX / 2);
                lower.shrink_to_fit();
                self.insert_chunk(chunk + 1, upper);
                match item.checked_sub(CHUNK_MAX / 2) {
                    Some(item) => self.insert_at(chunk + 1, item, new),
                    None => self.insert_at(chunk, item, new),
                }
            }
            Some(len) => {
                if item == 0 && new.0 < self.starts[chunk] {
                    self.starts[chunk] = new.0.clone();
                }
                let items = Arc::make_mut(&mut self.chunks[chunk]);
                if len == items.capacity() {
                    items.reserve_exact(CHUNK_STEP.min(CHUNK_MAX - len));
                }
                items.insert(item, new);
            }
        }
    }

    fn insert_chunk(&mut self, chunk: usize, items: Vec<(K, V)>) {
        self.starts.insert(chunk, items[0].0.clone());
        self.chunks.insert(chunk, Arc::new(items));
    }

    fn remove_chunk(&mut self, chunk: usize) -> Chunk<K, V> {
        self.starts.remove(chunk);
        self.chunks.remove(chunk)
    }

    fn remove_at(&mut self, chunk: usize, item: usize) -> (K, V) {
        let removed = Arc::make_mut(&mut self.chunks[chunk]).remove(item);
        self.len -= 1;
        let len = self.chunks[chunk].len();
        if len == 0 {
            self.remove_chunk(chunk);
        } else if len < CHUNK_MAX / 4 {
            // Otherwise a map of which most was removed would be one of chunks with an item or two each.
            let fits = |one: usize| {
                self.chunks.get(one + 1).is_some_and(|next| self.chunks[one].len() + next.len() <= CHUNK_MAX / 2)
            };
            if let Some(one) = [Some(chunk), chunk.checked_sub(1)].into_iter().flatten().find(|one| fits(*one)) {
                let next = self.remove_chunk(one + 1);
                Arc::make_mut(&mut self.chunks[one]).extend(next.iter().cloned());
            }
        }
        removed
    }

    #[cfg(test)]
    fn check(&self) {
        assert!(
            self.chunks.iter().all(|chunk| (1..=CHUNK_MAX).contains(&chunk.len()) && chunk.capacity() <= CHUNK_MAX)
        );
        assert!(self.iter().map(|(key, _)| key).is_sorted_by(|one, next| one < next));
        assert_eq!(self.starts.len(), self.chunks.len());
        let begins_in_order = |(start, chunk): (&K, &Chunk<K, V>)| *start <= chunk[0].0;
        assert!(self.starts.iter().zip(&self.chunks).all(begins_in_order));
        assert!(
            self.starts.iter().skip(1).zip(&self.chunks).all(|(start, before)| before[before.len() - 1].0 < *start)
        );
        assert_eq!(self.iter().count(), self.len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What is done to a map.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(u16),
        InsertRun(u16, u16),
        Remove(u16),
        RemoveRun(u16, u16),
        PopFirst,
        PopLast,
        Change(u16),
        Copy,
    }

    fn step() -> impl Strategy<Value = Step> {
        let key = 0..1000u16;
        prop_oneof![
            4 => key.clone().prop_map(Step::Insert),
            2 => (key.clone(), 1..200u16).prop_map(|(from, count)| Step::InsertRun(from, count)),
            4 => key.clone().prop_map(Step::Remove),
            1 => (key.clone(), 1..200u16).prop_map(|(from, count)| Step::RemoveRun(from, count)),
            1 => Just(Step::PopFirst),
            1 => Just(Step::PopLast),
            2 => key.prop_map(Step::Change),
            1 => Just(Step::Copy),
        ]
    }

    #[test]
    fn keys_in_order_fill_their_chunks() {
        let mut map: ChunkedMap<i32, ()> = ChunkedMap::default();
        for key in 0..1000 {
            map.insert(key, ());
        }
        assert_eq!(map.chunks.len(), 1000usize.div_ceil(CHUNK_MAX));
        map = ChunkedMap::default();
        for key in (0..1000).rev() {
            map.insert(key, ());
        }
        assert!(map.chunks.len() <= 1000 / (CHUNK_MAX / 2));
        map.check();
    }

    #[test]
    fn map_of_which_most_was_removed_is_small() {
        let mut map: ChunkedMap<i32, ()> = ChunkedMap::default();
        for key in 0..6400 {
            map.insert(key, ());
        }
        for key in (0..6400).filter(|key| key % 64 != 0) {
            map.remove(&key);
        }
        map.check();
        assert_eq!(map.len(), 100);
        assert!(map.chunks.len() <= 20, "{} chunks", map.chunks.len());
    }

    #[test]
    fn change_of_a_copy_copies_one_chunk() {
        let mut map: ChunkedMap<i32, i32> = ChunkedMap::default();
        for key in 0..1000 {
            map.insert(key, 0);
        }
        let copy = map.clone();
        *map.get_mut(&500).unwrap() = 1;
        assert_eq!((map.get(&500), copy.get(&500)), (Some(&1), Some(&0)));
        let shared = map.chunks.iter().zip(&copy.chunks).filter(|(one, other)| Arc::ptr_eq(one, other)).count();
        assert_eq!(shared, map.chunks.len() - 1);
    }

    proptest! {
        #[test]
        fn map_does_as_a_tree_does(steps in prop::collection::vec(step(), 0..80)) {
            let (mut map, mut model) = (ChunkedMap::default(), BTreeMap::new());
            let mut copies = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Insert(key) => prop_assert_eq!(map.insert(key, number), model.insert(key, number)),
                    Step::InsertRun(from, count) => for key in from..from + count {
                        prop_assert_eq!(map.insert(key, number), model.insert(key, number));
                    },
                    Step::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                    Step::RemoveRun(from, count) => for key in from..from + count {
                        prop_assert_eq!(map.remove(&key), model.remove(&key));
                    },
                    Step::PopFirst => prop_assert_eq!(map.pop_first(), model.pop_first()),
                    Step::PopLast => prop_assert_eq!(map.pop_last(), model.pop_last()),
                    Step::Change(key) => {
                        let (one, other) = (map.get_mut(&key), model.get_mut(&key));
                        prop_assert_eq!(&one, &other);
                        one.into_iter().chain(other).for_each(|value| *value += 1000);
                    }
                    Step::Copy => copies.push((map.clone(), model.clone())),
                }
                map.check();
                prop_assert_eq!(map.first(), model.first_key_value());
                prop_assert_eq!(map.last(), model.last_key_value());
                let from = number as u16 * 20;
                prop_assert_eq!(map.get(&from), model.get(&from));
                prop_assert!(map.iter_from(&from).eq(model.range(from..)));
            }
            copies.push((map, model));
            for (map, model) in copies {
                prop_assert_eq!(map.len(), model.len());
                prop_assert!(map.iter().eq(&model), "a copy is as it was when it was made");
            }
        }
    }
}
