//! What was changed on a disk and not synced, and what a power failure leaves of it: the least that POSIX promises, which is less than
//! what any one file system does.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a disk reads and writes as a whole.
const SECTOR_BYTES: usize = 512;

/// What a power failure takes of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it.
    Everything,
    /// All from a random byte, or a random change of names, on.
    Tail,
    /// A random set of sectors and of changes of names, in no order.
    Sectors,
}

/// A change of a file.
#[derive(Clone)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLength(usize),
}

/// A change of the names in a directory. A file is known by its number.
#[derive(Clone)]
pub(super) enum NameChange {
    Create { path: PathBuf, file: usize },
    Rename { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf },
}

/// What decides over the names after a power failure with this seed, and over each file's bytes: chances of their own, so that those of one
/// file do not depend on which others there are.
pub(super) fn chances(seed: u64, file: Option<usize>) -> Xoshiro256PlusPlus {
    let stream = file.map_or(0, |file| file as u64 + 1);
    Xoshiro256PlusPlus::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A file as a power failure leaves it that was `durable` before these changes.
pub(super) fn after_crash(
    mut durable: Vec<u8>,
    changes: &[Change],
    loss: Loss,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<u8> {
    if loss == Loss::Sectors {
        changes.iter().for_each(|change| change.apply_some_sectors(&mut durable, rng));
        return durable;
    }
    let survivors = survivors(changes, loss, rng);
    survivors.iter().for_each(|change| change.apply(&mut durable));
    if loss == Loss::Tail
        && let Some(Change::Write { offset, bytes: torn }) = changes.get(survivors.len())
    {
        overwrite(&mut durable, *offset, &torn[..rng.random_range(0..=torn.len())]);
    }
    durable
}

/// The changes that a power failure leaves, as far as whole changes go.
pub(super) fn survivors<T: Clone>(changes: &[T], loss: Loss, rng: &mut Xoshiro256PlusPlus) -> Vec<T> {
    match loss {
        Loss::Everything => Vec::new(),
        Loss::Tail => changes[..rng.random_range(0..=changes.len())].to_vec(),
        Loss::Sectors => changes.iter().filter(|_| rng.random()).cloned().collect(),
    }
}

impl Change {
    pub fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { offset, bytes } => overwrite(file, *offset, bytes),
            Change::SetLength(length) => file.resize(*length, 0),
        }
    }

    fn apply_some_sectors(&self, file: &mut Vec<u8>, rng: &mut Xoshiro256PlusPlus) {
        let Change::Write { offset, bytes } = self else {
            return if rng.random() {
                self.apply(file)
            };
        };
        let mut start = 0;
        while start < bytes.len() {
            let end = bytes.len().min(start + SECTOR_BYTES - (offset + start) % SECTOR_BYTES);
            if rng.random() {
                overwrite(file, offset + start, &bytes[start..end]);
            }
            start = end;
        }
        // The new length may be stored although the bytes are not; then zeros are read.
        if rng.random() && file.len() < offset + bytes.len() {
            file.resize(offset + bytes.len(), 0);
        }
    }
}

impl NameChange {
    pub fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            NameChange::Create { path, file } => {
                names.insert(path.clone(), *file);
            }
            NameChange::Rename { from, to } => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            NameChange::Remove { path } => {
                names.remove(path);
            }
        }
    }

    pub fn is_in(&self, dir: &Path) -> bool {
        let (NameChange::Create { path, .. } | NameChange::Rename { to: path, .. } | NameChange::Remove { path }) =
            self;
        path.parent() == Some(dir)
    }
}

fn overwrite(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    file.resize(file.len().max(offset + bytes.len()), 0);
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}
