//! A disk in memory that forgets as a power failure makes a disk forget.
//!
//! It knows for each file what is durable and which changes came after, and the same for the names of files. A crash keeps what
//! is durable and of the changes as many as [`Loss`] says.

use super::disk::{Disk, DiskFile};
use super::unsynced::{Change, Loss, NameChange, after_crash, chances, survivors};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A simulated disk. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    files: Vec<FileState>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    name_changes: Vec<NameChange>,
    /// How many operations have changed or synced something.
    operations: usize,
    power_off_at: Option<usize>,
    fail_at: Option<usize>,
    is_off: bool,
    is_full: bool,
}

#[derive(Clone, Default)]
struct FileState {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    changes: Vec<Change>,
}

/// What becomes of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeds,
    Fails,
    LosesPower,
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// How many operations have changed or synced something so far.
    pub fn operations(&self) -> usize {
        self.state().operations
    }

    /// Lets the power go during the operation with this number, from 0: a sync does not happen, anything else is begun. It and
    /// all that follow return an error.
    pub fn power_off_at(&self, operation: usize) {
        self.state().power_off_at = Some(operation);
    }

    /// Lets the operation with this number, from 0, fail. A sync that fails loses what it was to make durable, as on Linux: the
    /// next one succeeds, and has not stored it either.
    pub fn fail_at(&self, operation: usize) {
        self.state().fail_at = Some(operation);
    }

    /// Lets the disk be full, or no longer: then no file can be made, and a write that makes one longer is done by half and
    /// fails.
    pub fn set_full(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// Cuts the power for good, and returns the disk as it is found afterwards.
    pub fn crash(&self, loss: Loss, seed: u64) -> SimDisk {
        self.state().is_off = true;
        self.crash_copy(loss, seed)
    }

    /// The disk as it would be found if the power went now. This one goes on.
    pub fn crash_copy(&self, loss: Loss, seed: u64) -> SimDisk {
        let state = self.state();
        let mut names = state.durable_names.clone();
        for change in survivors(&state.name_changes, loss, &mut chances(seed, None)) {
            change.apply(&mut names);
        }
        let files = state.files.iter().enumerate().map(|(number, file)| {
            after_crash(file.durable.clone(), &file.changes, loss, &mut chances(seed, Some(number)))
        });
        let files = files.map(FileState::clean).collect();
        let found = State { files, durable_names: names.clone(), names, ..State::default() };
        SimDisk { state: Arc::new(Mutex::new(found)) }
    }

    /// Ends the process that uses the disk, and returns the disk as the next one finds it: all that was written is there, and is
    /// no more durable than before.
    pub fn kill(&self) -> SimDisk {
        self.state().is_off = true;
        self.kill_copy()
    }

    /// The disk as the next process would find it if this one were killed now. This one goes on.
    pub fn kill_copy(&self) -> SimDisk {
        let state = self.state();
        let found =
            State { operations: 0, power_off_at: None, fail_at: None, is_off: false, is_full: false, ..state.clone() };
        SimDisk { state: Arc::new(Mutex::new(found)) }
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// A file's bytes, if there is such a file.
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.files[*state.names.get(path)?].bytes.clone())
    }

    /// Puts a durable file there behind the back of whoever uses the disk.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        state.files.push(FileState::clean(bytes));
        let file = state.files.len() - 1;
        state.names.insert(path.to_owned(), file);
        state.durable_names.insert(path.to_owned(), file);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation that changes something and carries it out, unless it is the one that goes wrong.
    fn change<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state();
        match state.begin()? {
            Fate::Succeeds => act(&mut state),
            Fate::Fails => Err(input_output_error()),
            Fate::LosesPower => act(&mut state).and(Err(power_is_off())),
        }
    }

    /// The same for one that makes changes durable, or forgets that they are not, if it is told `false`.
    fn sync(&self, act: impl FnOnce(&mut State, bool)) -> io::Result<()> {
        let mut state = self.state();
        let fate = state.begin()?;
        if fate != Fate::LosesPower {
            act(&mut state, fate == Fate::Succeeds);
        }
        match fate {
            Fate::Succeeds => Ok(()),
            Fate::Fails => Err(input_output_error()),
            Fate::LosesPower => Err(power_is_off()),
        }
    }

    fn file(&self, file: usize) -> Box<dyn DiskFile> {
        Box::new(SimFile { disk: self.clone(), file })
    }
}

impl State {
    /// Begins an operation.
    fn begin(&mut self) -> io::Result<Fate> {
        if self.is_off {
            return Err(power_is_off());
        }
        let number = Some(self.operations);
        self.operations += 1;
        self.is_off = self.power_off_at == number;
        Ok(match () {
            _ if self.is_off => Fate::LosesPower,
            _ if self.fail_at == number => Fate::Fails,
            _ => Fate::Succeeds,
        })
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }

    fn change_file(&mut self, file: usize, change: Change) {
        change.apply(&mut self.files[file].bytes);
        self.files[file].changes.push(change);
    }
}

impl FileState {
    fn clean(bytes: Vec<u8>) -> FileState {
        FileState { durable: bytes.clone(), bytes, changes: Vec::new() }
    }
}

fn input_output_error() -> io::Error {
    io::Error::other("simulated input/output error")
}

fn power_is_off() -> io::Error {
    io::Error::other("the simulated power is off")
}

impl Disk for SimDisk {
    /// Directories are only parts of paths here.
    fn create_dir(&mut self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Nothing else shares this disk.
    fn lock(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&mut self, dir: &Path) -> io::Result<Vec<String>> {
        let paths = self.paths();
        let files = paths.iter().filter(|path| path.parent() == Some(dir)).filter_map(|path| path.file_name());
        Ok(files.map(|name| name.to_string_lossy().into_owned()).collect())
    }

    fn create(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.change(|state| {
            if let Ok(file) = state.find(path) {
                state.change_file(file, Change::SetLength(0));
                return Ok(file);
            }
            if state.is_full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.files.push(FileState::default());
            let file = state.files.len() - 1;
            state.change_names(NameChange::Create { path: path.to_owned(), file });
            Ok(file)
        })?;
        Ok(self.file(file))
    }

    fn open(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.state().find(path)?;
        Ok(self.file(file))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|state| {
            state.find(from)?;
            state.change_names(NameChange::Rename { from: from.to_owned(), to: to.to_owned() });
            Ok(())
        })
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.change(|state| {
            state.find(path)?;
            state.change_names(NameChange::Remove { path: path.to_owned() });
            Ok(())
        })
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        self.sync(|state, stores| {
            let changes = state.name_changes.extract_if(.., |change| change.is_in(dir));
            changes.filter(|_| stores).for_each(|change| change.apply(&mut state.durable_names));
        })
    }
}

struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.disk.state().files[self.file].bytes.clone())
    }

    fn read_at(&mut self, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let bytes = self.read_all()?;
        Ok(bytes.into_iter().skip(offset as usize).take(bytes_max).collect())
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].bytes.len() as u64)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.change(|state| {
            let is_short = state.is_full && offset as usize + bytes.len() > state.files[self.file].bytes.len();
            let bytes = if is_short { &bytes[..bytes.len() / 2] } else { bytes };
            state.change_file(self.file, Change::Write { offset: offset as usize, bytes: bytes.to_vec() });
            if is_short { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.disk.change(|state| {
            state.change_file(self.file, Change::SetLength(length as usize));
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let file = self.file;
        self.disk.sync(|state, stores| {
            let FileState { durable, changes, .. } = &mut state.files[file];
            changes.drain(..).filter(|_| stores).for_each(|change| change.apply(durable));
        })
    }
}
