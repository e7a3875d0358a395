//! One file per subcommand.

pub mod bench;
pub mod bugs;
pub mod carry_out;
pub mod check;
pub mod export;
pub mod generate_history;
pub mod list;
pub mod node;
pub mod replay;
pub mod report;
pub mod shrink;
pub mod test;

use std::io::Write as _;

/// Writes a result to standard output. Whoever closed it early has seen enough.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}
