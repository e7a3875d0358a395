//! How many files and connections this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What a node has open besides its clients: peers, segments, snapshots, the trace.
const OTHERS: u64 = 512;

/// Raises this process's own limit, which is often 1024, as far as that many clients need it and the system allows.
pub fn make_room_for(clients: u32) {
    let wanted = u64::from(clients) + OTHERS;
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        let granted = wanted.clamp(soft, hard.max(soft));
        setrlimit(Resource::RLIMIT_NOFILE, granted, hard).map(|()| granted)
    });
    match raised {
        Ok(granted) if granted >= wanted => {}
        Ok(granted) => tracing::warn!(
            open_files_max = granted,
            wanted,
            "the system lets this process open fewer files than --clients-max needs; see ulimit -n"
        ),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
