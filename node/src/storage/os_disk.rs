//! The disk of the operating system.

use super::direct::Direct;
use super::disk::{Disk, DiskFile};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Is told how long each sync took that succeeded.
pub type SyncObserver = Arc<dyn Fn(Duration) + Send + Sync>;

/// The disk of the operating system, through `std::fs`.
#[derive(Default)]
pub struct OsDisk {
    /// Held for its lock, which ends with the process however it ends.
    locks: Vec<File>,
    observer: Option<SyncObserver>,
}

/// An open file.
struct OsFile {
    file: File,
    /// The way around the page cache, once it was tried: none if the file system has none.
    direct: Option<Option<Direct>>,
    observer: Option<SyncObserver>,
}

impl OsDisk {
    /// A disk on which nothing is locked yet.
    pub fn new() -> OsDisk {
        OsDisk::default()
    }

    /// The same, whose syncs are watched.
    pub fn observed(observer: SyncObserver) -> OsDisk {
        OsDisk { locks: Vec::new(), observer: Some(observer) }
    }

    fn file(&self, path: &Path, options: &mut OpenOptions) -> io::Result<Box<dyn DiskFile>> {
        let file = options.read(true).write(true).open(path)?;
        Ok(Box::new(OsFile { file, direct: None, observer: self.observer.clone() }))
    }
}

fn observed(observer: Option<&SyncObserver>, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let Some(observer) = observer else { return sync() };
    let began = Instant::now();
    sync()?;
    observer(began.elapsed());
    Ok(())
}

impl Disk for OsDisk {
    fn create_dir(&mut self, dir: &Path) -> io::Result<()> {
        // From the outside in, because a directory is durable only once the one that holds its name has been synced.
        let missing: Vec<&Path> =
            dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
        for dir in missing.into_iter().rev() {
            fs::create_dir(dir)?;
            match dir.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => self.sync_dir(parent)?,
                _ => self.sync_dir(Path::new("."))?,
            }
        }
        Ok(())
    }

    fn lock(&mut self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })?;
        self.locks.push(file);
        Ok(())
    }

    fn list(&mut self, dir: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn create(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.file(path, OpenOptions::new().create(true).truncate(true))
    }

    fn open(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.file(path, &mut OpenOptions::new())
    }

    fn prefetch(&mut self, path: &Path) {
        // Advice that is not taken costs time, and nothing else.
        if let Ok(file) = File::open(path) {
            let _ = posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_WILLNEED);
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        observed(self.observer.as_ref(), || File::open(dir)?.sync_all())
    }
}

impl DiskFile for OsFile {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_at(&mut self, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        (&self.file).take(bytes_max as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn append_durably(&mut self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let OsFile { file, direct, observer } = self;
        let Some(direct) = direct.get_or_insert_with(|| Direct::open(file)) else { return Ok(false) };
        observed(observer.as_ref(), || direct.append(file, offset, bytes))?;
        Ok(true)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        // fdatasync leaves out times and owners, but not the length, without which the bytes could not be found.
        observed(self.observer.as_ref(), || self.file.sync_data())
    }
}
