//! A disk that holds in the process what was not synced, and can fail.
//!
//! A killed process leaves in the operating system's cache whatever it wrote; after a power failure that is gone. So here nothing goes to
//! the real disk before it is synced: neither a file's bytes and length ([`DiskFile::sync`]) nor its name ([`Disk::sync_dir`]). SIGKILL
//! loses then exactly what a power failure loses that takes everything; [`HeldDisk::lose_power`] makes the gentler ones, which keep some of
//! it. The rules are those of the simulated disk ([`SimDisk`](super::SimDisk)), and the tests compare the two.
//!
//! One thing is different from the disk underneath: if that one is really full, it is a sync that says so, and not a write.

use super::disk::{Disk, DiskFile};
use super::os_disk::OsDisk;
use super::unsynced::{Change, Loss, NameChange, after_crash, chances, survivors};
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// See the [module](self). Clones are the same disk.
#[derive(Clone)]
pub struct HeldDisk {
    names: Arc<Mutex<Names>>,
    faults: Arc<Mutex<Faults>>,
}

/// What happened on the disk so far, and what is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Syncs that were made to take longer.
    pub syncs_delayed: u64,
    /// Syncs that were made to fail.
    pub syncs_failed: u64,
    /// Writes and new files that were refused for want of space.
    pub writes_refused: u64,
    /// Bytes of files that are held.
    pub bytes_held: u64,
    /// Files of which something is held.
    pub files_held: u64,
    /// Changes of names that are held.
    pub names_held: u64,
}

/// What a full disk has no space for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// New files, and writes that make one longer.
    Growth,
    /// Any write, as where a file system never writes in place.
    EveryWrite,
}

/// What is wrong with the disk, and what came of it.
#[derive(Default)]
struct Faults {
    delay: Duration,
    syncs_to_fail: u64,
    full: Option<Full>,
    /// What to do at which sync from now.
    at_sync: Option<(u64, Act)>,
    counts: DiskCounts,
}

struct Names {
    real: OsDisk,
    /// The directories whose files are known.
    known: BTreeSet<PathBuf>,
    files: BTreeMap<usize, Arc<Mutex<Held>>>,
    next_file: usize,
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    changes: Vec<NameChange>,
}

/// A file.
struct Held {
    place: Place,
    changes: Vec<Change>,
    /// All of its bytes, if a sync failed: they are not those on the disk with the changes any more, for what that sync should have
    /// stored is in the system's cache, and never gets any further.
    cached: Option<Vec<u8>>,
}

/// Where a file's durable bytes are.
enum Place {
    /// The disk has it under its durable name; it is not open yet.
    Named,
    /// The disk has it.
    Open(Box<dyn DiskFile>),
    /// Here, as long as it has no name on the disk.
    Memory(Vec<u8>),
}

/// What to do at a sync.
type Act = Box<dyn FnOnce(&HeldDisk) + Send>;

impl HeldDisk {
    /// Holds what this disk is to store.
    pub fn over(real: OsDisk) -> HeldDisk {
        let names = Names {
            real,
            known: BTreeSet::new(),
            files: BTreeMap::new(),
            next_file: 0,
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            changes: Vec::new(),
        };
        HeldDisk { names: Arc::new(Mutex::new(names)), faults: Arc::default() }
    }

    /// Lets each sync take so much longer.
    pub fn delay_syncs(&self, delay: Duration) {
        lock(&self.faults).delay = delay;
    }

    /// Lets the next syncs fail, so many. One that fails loses what it was to make durable, as on Linux: the next one succeeds, and has
    /// not stored it either.
    pub fn fail_syncs(&self, count: u64) {
        lock(&self.faults).syncs_to_fail = count;
    }

    /// Lets the disk be full, or no longer: then no file can be made, and a write that finds no space is done by half and fails.
    pub fn set_full(&self, full: Option<Full>) {
        lock(&self.faults).full = full;
    }

    /// Does this at the `n`th sync from now, from 1, before anything is stored.
    pub fn at_sync(&self, n: u64, act: impl FnOnce(&HeldDisk) + Send + 'static) {
        lock(&self.faults).at_sync = Some((n, Box::new(act)));
    }

    /// Lets the disk work as it should.
    pub fn mend(&self) {
        let mut faults = lock(&self.faults);
        *faults = Faults { counts: faults.counts, ..Faults::default() };
    }

    /// What happened so far, and what is held.
    pub fn counts(&self) -> DiskCounts {
        let names = lock(&self.names);
        let mut counts = lock(&self.faults).counts;
        for file in names.files.values() {
            let file = lock(file);
            counts.bytes_held += file.bytes_held();
            counts.files_held += u64::from(!file.changes.is_empty());
        }
        counts.names_held = names.changes.len() as u64;
        counts
    }

    /// Puts on the real disk what a power failure leaves of what is held, and then does this, while the disk stands still.
    ///
    /// # Errors
    /// If the real disk refuses.
    pub fn lose_power<T>(&self, loss: Loss, seed: u64, then: impl FnOnce() -> T) -> io::Result<T> {
        let mut names = lock(&self.names);
        let Names { real, files, durable, changes, .. } = &mut *names;
        let mut files: BTreeMap<usize, MutexGuard<Held>> =
            files.iter().map(|(number, file)| (*number, lock(file))).collect();
        let mut after = durable.clone();
        survivors(changes, loss, &mut chances(seed, None)).iter().for_each(|change| change.apply(&mut after));
        // All bytes are read before any are written: a name may have passed from one file to another.
        let mut written = Vec::new();
        for (path, number) in &after {
            let Some(file) = files.get_mut(number) else { continue };
            if durable.get(path) == Some(number) && file.changes.is_empty() {
                continue;
            }
            let before = file.durable(real, name_of(durable, *number))?;
            written.push((path, after_crash(before, &file.changes, loss, &mut chances(seed, Some(*number)))));
        }
        for (path, bytes) in written {
            // Not into the file that has this name now.
            let new = path.with_extension("after-power-failure");
            std::fs::write(&new, bytes)?;
            std::fs::rename(new, path)?;
        }
        for path in durable.keys().filter(|path| !after.contains_key(*path)) {
            std::fs::remove_file(path)?;
        }
        Ok(then())
    }

    /// Carries out what was asked for at this sync.
    fn begin_sync(&self) -> Fate {
        let (delay, act) = {
            let mut faults = lock(&self.faults);
            let is_due = faults.at_sync.as_mut().is_some_and(|(left, _)| {
                *left -= 1;
                *left == 0
            });
            let act = faults.at_sync.take_if(|_| is_due);
            faults.counts.syncs_delayed += u64::from(!faults.delay.is_zero());
            (faults.delay, act)
        };
        // Others may use the disk meanwhile.
        std::thread::sleep(delay);
        if let Some((_, act)) = act {
            act(self);
        }
        let mut faults = lock(&self.faults);
        if faults.syncs_to_fail == 0 {
            return Fate::Succeeds;
        }
        faults.syncs_to_fail -= 1;
        faults.counts.syncs_failed += 1;
        Fate::Fails
    }

    fn full(&self) -> Option<Full> {
        lock(&self.faults).full
    }

    fn refuse(&self) -> io::Error {
        lock(&self.faults).counts.writes_refused += 1;
        io::ErrorKind::StorageFull.into()
    }
}

#[derive(PartialEq, Eq)]
enum Fate {
    Succeeds,
    Fails,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn input_output_error() -> io::Error {
    io::Error::from_raw_os_error(Errno::EIO as i32)
}

/// The name under which the disk has a file.
fn name_of(durable: &BTreeMap<PathBuf, usize>, file: usize) -> Option<&Path> {
    durable.iter().find(|(_, number)| **number == file).map(|(path, _)| path.as_path())
}

impl Names {
    /// Looks what is in a directory, the first time that it is met.
    fn look_into(&mut self, dir: Option<&Path>) -> io::Result<()> {
        let Some(dir) = dir.filter(|dir| !self.known.contains(*dir)) else { return Ok(()) };
        for name in self.real.list(dir)? {
            let (path, number) = (dir.join(name), self.add(Place::Named));
            self.names.insert(path.clone(), number);
            self.durable.insert(path, number);
        }
        self.known.insert(dir.to_owned());
        Ok(())
    }

    fn add(&mut self, place: Place) -> usize {
        let number = self.next_file;
        self.next_file += 1;
        self.files.insert(number, Arc::new(Mutex::new(Held { place, changes: Vec::new(), cached: None })));
        number
    }

    fn find(&mut self, path: &Path) -> io::Result<usize> {
        self.look_into(path.parent())?;
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    /// Does to the real disk what was done to the names.
    fn store(&mut self, change: NameChange) -> io::Result<()> {
        match &change {
            NameChange::Create { path, file } => {
                if self.durable.contains_key(path) {
                    self.real.remove(path)?;
                }
                let mut created = self.real.create(path)?;
                if let Some(held) = self.files.get(file) {
                    let mut held = lock(held);
                    if let Place::Memory(bytes) = &held.place {
                        created.write_at(0, bytes)?;
                        created.sync()?;
                        held.place = Place::Open(created);
                    }
                }
            }
            NameChange::Rename { from, to } if self.durable.contains_key(from) => self.real.rename(from, to)?,
            NameChange::Remove { path } if self.durable.contains_key(path) => self.real.remove(path)?,
            NameChange::Rename { .. } | NameChange::Remove { .. } => {}
        }
        change.apply(&mut self.durable);
        Ok(())
    }

    /// Forgets the files that nobody can find any more.
    fn tidy(&mut self) {
        let Names { files, names, durable, changes, .. } = self;
        let created = changes.iter().filter_map(|change| match change {
            NameChange::Create { file, .. } => Some(file),
            _ => None,
        });
        let found: BTreeSet<&usize> = names.values().chain(durable.values()).chain(created).collect();
        files.retain(|number, _| found.contains(number));
    }
}

impl Held {
    /// The bytes that the disk has, or would have if the file's name were durable.
    fn durable(&mut self, real: &mut OsDisk, name: Option<&Path>) -> io::Result<Vec<u8>> {
        self.open(real, name)?;
        match &mut self.place {
            Place::Open(file) => file.read_all(),
            Place::Memory(bytes) => Ok(bytes.clone()),
            Place::Named => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open(&mut self, real: &mut OsDisk, name: Option<&Path>) -> io::Result<()> {
        if let (Place::Named, Some(name)) = (&self.place, name) {
            self.place = Place::Open(real.open(name)?);
        }
        Ok(())
    }

    /// The file without what is held.
    fn base(&mut self) -> io::Result<&mut dyn DiskFile> {
        match &mut self.place {
            Place::Open(file) => Ok(file.as_mut()),
            Place::Memory(bytes) => Ok(bytes),
            Place::Named => unreachable!("a file is opened before it is used"),
        }
    }

    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        if let Some(cached) = &self.cached {
            return Ok(cached.clone());
        }
        let mut bytes = self.base()?.read_all()?;
        self.changes.iter().for_each(|change| change.apply(&mut bytes));
        Ok(bytes)
    }

    fn length(&mut self) -> io::Result<u64> {
        if let Some(cached) = &self.cached {
            return Ok(cached.len() as u64);
        }
        let length = self.base()?.length()?;
        Ok(self.changes.iter().fold(length, |length, change| match change {
            Change::Write { bytes, .. } if bytes.is_empty() => length,
            Change::Write { offset, bytes } => length.max((offset + bytes.len()) as u64),
            Change::SetLength(length) => *length as u64,
        }))
    }

    fn change(&mut self, change: Change) {
        if let Some(cached) = &mut self.cached {
            change.apply(cached);
        }
        self.changes.push(change);
    }

    fn bytes_held(&self) -> u64 {
        let bytes = self.changes.iter().map(|change| match change {
            Change::Write { bytes, .. } => bytes.len() as u64,
            Change::SetLength(_) => 0,
        });
        bytes.sum()
    }

    fn sync(&mut self, fate: &Fate) -> io::Result<()> {
        if *fate == Fate::Fails {
            self.cached = Some(self.read_all()?);
            self.changes.clear();
            return Err(input_output_error());
        }
        for change in std::mem::take(&mut self.changes) {
            match change {
                Change::Write { offset, bytes } => self.base()?.write_at(offset as u64, &bytes)?,
                Change::SetLength(length) => self.base()?.set_len(length as u64)?,
            }
        }
        self.base()?.sync()
    }
}

/// The durable bytes of a file without a name.
impl DiskFile for Vec<u8> {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.clone())
    }

    fn read_at(&mut self, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        Ok(self.iter().copied().skip(offset as usize).take(bytes_max).collect())
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        Change::Write { offset: offset as usize, bytes: bytes.to_vec() }.apply(self);
        Ok(())
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.resize(length as usize, 0);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for HeldDisk {
    fn create_dir(&mut self, dir: &Path) -> io::Result<()> {
        lock(&self.names).real.create_dir(dir)
    }

    fn lock(&mut self, path: &Path) -> io::Result<()> {
        lock(&self.names).real.lock(path)
    }

    fn list(&mut self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = lock(&self.names);
        names.look_into(Some(dir))?;
        let files = names.names.keys().filter(|path| path.parent() == Some(dir)).filter_map(|path| path.file_name());
        Ok(files.map(|name| name.to_string_lossy().into_owned()).collect())
    }

    fn create(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        match self.open(path) {
            Ok(mut file) => {
                file.set_len(0)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if self.full().is_some() {
            return Err(self.refuse());
        }
        {
            let mut names = lock(&self.names);
            let file = names.add(Place::Memory(Vec::new()));
            names.change(NameChange::Create { path: path.to_owned(), file });
        }
        self.open(path)
    }

    fn open(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut names = lock(&self.names);
        let number = names.find(path)?;
        let Names { real, files, durable, .. } = &mut *names;
        let Some(file) = files.get(&number).cloned() else { return Err(io::ErrorKind::NotFound.into()) };
        lock(&file).open(real, name_of(durable, number))?;
        Ok(Box::new(HeldFile { disk: self.clone(), file }))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut names = lock(&self.names);
        names.find(from)?;
        names.change(NameChange::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        let mut names = lock(&self.names);
        names.find(path)?;
        names.change(NameChange::Remove { path: path.to_owned() });
        Ok(())
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        let fate = self.begin_sync();
        let mut names = lock(&self.names);
        let changes: Vec<NameChange> = names.changes.extract_if(.., |change| change.is_in(dir)).collect();
        if fate == Fate::Fails {
            return Err(input_output_error());
        }
        for change in changes {
            names.store(change)?;
        }
        names.tidy();
        names.real.sync_dir(dir)
    }
}

struct HeldFile {
    disk: HeldDisk,
    file: Arc<Mutex<Held>>,
}

impl DiskFile for HeldFile {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        lock(&self.file).read_all()
    }

    fn read_at(&mut self, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut file = lock(&self.file);
        if file.changes.is_empty() && file.cached.is_none() {
            return file.base()?.read_at(offset, bytes_max);
        }
        Ok(file.read_all()?.into_iter().skip(offset as usize).take(bytes_max).collect())
    }

    fn length(&mut self) -> io::Result<u64> {
        lock(&self.file).length()
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let full = self.disk.full();
        let mut file = lock(&self.file);
        let is_short = match full {
            None => false,
            Some(Full::Growth) => offset + bytes.len() as u64 > file.length()?,
            Some(Full::EveryWrite) => true,
        };
        let bytes = if is_short { &bytes[..bytes.len() / 2] } else { bytes };
        file.change(Change::Write { offset: offset as usize, bytes: bytes.to_vec() });
        if is_short { Err(self.disk.refuse()) } else { Ok(()) }
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        lock(&self.file).change(Change::SetLength(length as usize));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let fate = self.disk.begin_sync();
        lock(&self.file).sync(&fate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SimDisk;
    use proptest::prelude::*;

    /// What may be done to a disk. Files are known by the position of their names.
    #[derive(Clone, Debug)]
    enum Step {
        Create(usize),
        Write(usize, usize, usize),
        SetLength(usize, usize),
        Sync(usize, bool),
        Rename(usize, usize),
        Remove(usize),
        SyncDir(bool),
        SetFull(bool),
    }

    const NAMES: [&str; 3] = ["a", "b", "c"];

    fn step() -> impl Strategy<Value = Step> {
        let (file, fails) = (|| 0..NAMES.len(), || prop::bool::weighted(0.2));
        prop_oneof![
            2 => file().prop_map(Step::Create),
            4 => (file(), 0..1500usize, 0..1500usize).prop_map(|(file, offset, length)| Step::Write(file, offset, length)),
            1 => (file(), 0..2000usize).prop_map(|(file, length)| Step::SetLength(file, length)),
            3 => (file(), fails()).prop_map(|(file, fails)| Step::Sync(file, fails)),
            2 => (file(), file()).prop_map(|(from, to)| Step::Rename(from, to)),
            1 => file().prop_map(Step::Remove),
            3 => fails().prop_map(Step::SyncDir),
            1 => any::<bool>().prop_map(Step::SetFull),
        ]
    }

    /// Carries a step out, and returns what it met with.
    fn take(disk: &mut dyn Disk, dir: &Path, step: &Step, number: usize) -> Option<io::ErrorKind> {
        let path = |name: usize| dir.join(NAMES[name]);
        let mut file = |name| disk.open(&path(name));
        let result = match *step {
            Step::Create(name) => disk.create(&path(name)).map(drop),
            Step::Write(name, offset, length) => {
                file(name).and_then(|mut file| file.write_at(offset as u64, &vec![number as u8 + 1; length]))
            }
            Step::SetLength(name, length) => file(name).and_then(|mut file| file.set_len(length as u64)),
            Step::Sync(name, _) => file(name).and_then(|mut file| file.sync()),
            Step::Rename(from, to) => disk.rename(&path(from), &path(to)),
            Step::Remove(name) => disk.remove(&path(name)),
            Step::SyncDir(_) => disk.sync_dir(dir),
            Step::SetFull(_) => Ok(()),
        };
        // Errors of input and output differ in nothing but their words.
        result.err().map(|error| match error.kind() {
            kind @ (io::ErrorKind::NotFound | io::ErrorKind::StorageFull) => kind,
            _ => io::ErrorKind::Other,
        })
    }

    /// The names and bytes of a directory's files, as this disk shows them.
    fn files(disk: &mut dyn Disk, dir: &Path) -> BTreeMap<String, Vec<u8>> {
        let names = disk.list(dir).unwrap();
        let read = |name: String| {
            let mut file = disk.open(&dir.join(&name)).unwrap();
            let bytes = file.read_all().unwrap();
            assert_eq!(file.length().unwrap(), bytes.len() as u64);
            assert_eq!(file.read_at(7, 100).unwrap(), bytes.iter().copied().skip(7).take(100).collect::<Vec<u8>>());
            (name, bytes)
        };
        names.into_iter().map(read).collect()
    }

    proptest! {
        #[test]
        fn it_holds_and_loses_what_the_simulated_disk_holds_and_loses(
            steps in prop::collection::vec(step(), 0..40),
            loss in prop_oneof![Just(None), Just(Some(Loss::Everything)), Just(Some(Loss::Tail)), Just(Some(Loss::Sectors))],
            seed: u64,
        ) {
            let (folder, sim_dir) = (tempfile::tempdir().unwrap(), Path::new("data"));
            let dir = folder.path();
            let (mut held, mut sim) = (HeldDisk::over(OsDisk::new()), SimDisk::new());
            for (number, step) in steps.iter().enumerate() {
                match *step {
                    // Only of a file that is there: the simulated disk would wait for another operation.
                    Step::Sync(name, true) if sim.open(&sim_dir.join(NAMES[name])).is_ok() => {
                        held.fail_syncs(1);
                        sim.fail_at(sim.operations());
                    }
                    Step::SyncDir(true) => {
                        held.fail_syncs(1);
                        sim.fail_at(sim.operations());
                    }
                    Step::SetFull(is_full) => {
                        held.set_full(is_full.then_some(Full::Growth));
                        sim.set_full(is_full);
                    }
                    _ => {}
                }
                let (real, simulated) = (take(&mut held, dir, step, number), take(&mut sim, sim_dir, step, number));
                prop_assert_eq!(real, simulated, "{:?}", step);
                prop_assert_eq!(files(&mut held, dir), files(&mut sim, sim_dir), "after {:?}", step);
            }
            // Without a loss the process is killed, which says nothing to anybody.
            if let Some(loss) = loss {
                held.lose_power(loss, seed, || ()).unwrap();
            }
            drop(held);
            let mut found = sim.crash(loss.unwrap_or(Loss::Everything), seed);
            prop_assert_eq!(files(&mut OsDisk::new(), dir), files(&mut found, sim_dir));
        }
    }

    #[test]
    fn syncs_are_delayed_and_fail_and_space_is_refused_and_all_of_it_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = HeldDisk::over(OsDisk::new());
        let mut file = disk.create(&folder.path().join("a")).unwrap();
        file.write_at(0, b"12345").unwrap();
        let held = DiskCounts { bytes_held: 5, files_held: 1, names_held: 1, ..DiskCounts::default() };
        assert_eq!(disk.counts(), held);
        disk.delay_syncs(Duration::from_millis(20));
        let began = std::time::Instant::now();
        file.sync().unwrap();
        assert!(began.elapsed() >= Duration::from_millis(20));
        disk.mend();
        disk.sync_dir(folder.path()).unwrap();
        disk.fail_syncs(1);
        assert_eq!(file.sync().unwrap_err().raw_os_error(), Some(Errno::EIO as i32));
        file.sync().unwrap();
        disk.set_full(Some(Full::EveryWrite));
        assert_eq!(file.write_at(0, b"9").unwrap_err().kind(), io::ErrorKind::StorageFull);
        disk.set_full(Some(Full::Growth));
        assert_eq!(file.write_at(5, b"6").unwrap_err().kind(), io::ErrorKind::StorageFull);
        let refused = disk.create(&folder.path().join("b")).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        file.write_at(0, b"54321").unwrap();
        disk.mend();
        file.write_at(5, b"6").unwrap();
        file.sync().unwrap();
        let counts = DiskCounts { syncs_delayed: 1, syncs_failed: 1, writes_refused: 3, ..DiskCounts::default() };
        assert_eq!(disk.counts(), counts);
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"543216");
    }

    #[test]
    fn power_is_lost_at_the_sync_that_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut disk = HeldDisk::over(OsDisk::new());
        let mut file = disk.create(&path).unwrap();
        disk.sync_dir(folder.path()).unwrap();
        let found = path.clone();
        let (lost, at) = std::sync::mpsc::channel();
        disk.at_sync(2, move |disk| {
            disk.lose_power(Loss::Everything, 1, || lost.send(std::fs::read(&found).unwrap()).unwrap()).unwrap();
        });
        for byte in b"123" {
            file.write_at(0, &[*byte]).unwrap();
            file.sync().unwrap();
        }
        assert_eq!(at.recv().unwrap(), b"1");
        assert!(at.recv().is_err(), "once");
    }
}
