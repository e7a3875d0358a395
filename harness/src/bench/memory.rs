//! How much memory a process holds.

use std::{fs, io};

/// How many bytes of a process are in memory, `VmRSS`. What it has mapped of files counts as far as it is there.
///
/// # Errors
/// If there is no such process.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    field(pid, "VmRSS:")
}

/// How many bytes of a process were in memory at most, `VmHWM`, since [`forget_peak`].
///
/// # Errors
/// If there is no such process.
pub fn peak_bytes(pid: u32) -> io::Result<u64> {
    field(pid, "VmHWM:")
}

/// Lets the peak of this process begin anew with what it holds now.
///
/// # Errors
/// If the kernel does not allow it.
pub fn forget_peak() -> io::Result<()> {
    fs::write("/proc/self/clear_refs", "5")
}

fn field(pid: u32, name: &str) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("process {pid} has no {name}"));
    bytes(&status, name).ok_or_else(missing)
}

fn bytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_among_the_others() {
        let status = "Name:\ta\nVmHWM:\t    9 kB\nVmRSS:\t    7 kB\nThreads:\t1\n";
        assert_eq!((bytes(status, "VmRSS:"), bytes(status, "VmHWM:")), (Some(7 << 10), Some(9 << 10)));
        assert_eq!(bytes("Name:\tVmRSS\n", "VmRSS:"), None);
    }

    #[test]
    fn what_this_process_writes_to_is_counted() {
        let before = resident_bytes(std::process::id()).expect("this process exists");
        let bytes = vec![1_u8; 64 << 20];
        let after = resident_bytes(std::process::id()).expect("this process exists");
        assert!(after > before + (32 << 20), "{before} → {after} with {} bytes more", bytes.len());
    }
}
