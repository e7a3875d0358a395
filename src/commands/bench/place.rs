//! Where the nodes' data is while something is measured.

use crate::Failure;
use harness::store::RunDir;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A folder that is removed in the end.
pub struct Place {
    path: PathBuf,
    filesystem: String,
}

impl Place {
    /// Makes a folder of its own in the folder that the user named.
    pub fn make(data: &Path) -> Result<Place, Failure> {
        let refuse = |error: io::Error| Failure::bad_input(format!("--data {}: {error}", data.display()));
        fs::create_dir_all(data).map_err(refuse)?;
        // One that was killed could not remove its folder, and its process's number may come again.
        let mut number = 1;
        let path = loop {
            let path = data.join(format!("bench-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => break fs::canonicalize(path).map_err(refuse)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(refuse(error)),
            }
        };
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let filesystem = filesystem(&mounts, &path).unwrap_or("an unknown file system").to_owned();
        if matches!(filesystem.as_str(), "tmpfs" | "ramfs") {
            let data = data.display();
            eprintln!(
                "warning: --data {data} is in memory ({filesystem}); nothing that is synced there takes any time"
            );
        }
        Ok(Place { path, filesystem })
    }

    /// The file system that it is on.
    pub fn filesystem(&self) -> &str {
        &self.filesystem
    }

    /// A folder in it for the nodes of one cluster.
    pub fn of(&self, cluster: &str) -> RunDir {
        RunDir::new(self.path.join(cluster))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("warning: {} was not removed: {error}", self.path.display());
        }
    }
}

/// The type of the file system that a path is on: that of the mount with the longest path above it, and of several on the same
/// path the last one.
fn filesystem<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    mounts
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_above_a_path_is_found() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk xfs rw 0 0\n";
        let of = |path| filesystem(mounts, Path::new(path));
        assert_eq!(of("/home/x"), Some("ext4"));
        assert_eq!(of("/tmp/x"), Some("tmpfs"));
        assert_eq!(of("/tmp/disk/x"), Some("xfs"));
        assert_eq!(of("/tmpx"), Some("ext4"));
    }
}
