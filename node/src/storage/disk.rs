//! What the log asks of a disk.

use std::io;
use std::path::Path;

/// The operations on a file system that the log needs, and no others, so that a simulated disk stays small.
///
/// As in POSIX, nothing is durable until it is synced: neither a file's bytes ([`DiskFile::sync`]) nor its name
/// ([`Disk::sync_dir`]).
pub trait Disk: Send {
    /// Makes a directory and those above it, if they are missing; they are durable when this returns.
    fn create_dir(&mut self, dir: &Path) -> io::Result<()>;

    /// Takes the lock that this file stands for, and holds it until the disk is dropped or the process ends.
    /// [`io::ErrorKind::WouldBlock`] means that someone else holds it.
    fn lock(&mut self, path: &Path) -> io::Result<()>;

    /// The names of a directory's files, in no particular order.
    fn list(&mut self, dir: &Path) -> io::Result<Vec<String>>;

    /// Makes an empty file, in place of the one that is there, if any.
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that exists.
    fn open(&mut self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Is told that all of a file will be read soon. It may do nothing.
    fn prefetch(&mut self, path: &Path) {
        let _ = path;
    }

    /// Gives a file another name, atomically.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&mut self, path: &Path) -> io::Result<()>;

    /// Makes durable which files a directory holds, and under which names.
    fn sync_dir(&mut self, dir: &Path) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send {
    /// All of its bytes.
    fn read_all(&mut self) -> io::Result<Vec<u8>>;

    /// Its bytes from this position on, at most so many; fewer only where it ends.
    fn read_at(&mut self, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>>;

    /// How many bytes it has.
    fn length(&mut self) -> io::Result<u64>;

    /// Writes all of these bytes at this position.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Writes all of these bytes at this position and makes them durable in one step, at the end of what is in use: of what stood
    /// behind them nothing is needed any more, and up to a block of it may be gone. False if it takes two steps here, and nothing was
    /// done. What fails may be repeated, as nothing was left to the operating system.
    fn append_durably(&mut self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let _ = (offset, bytes);
        Ok(false)
    }

    /// Cuts the file off at this length.
    fn set_len(&mut self, length: u64) -> io::Result<()>;

    /// Makes its bytes and its length durable.
    fn sync(&mut self) -> io::Result<()>;
}
