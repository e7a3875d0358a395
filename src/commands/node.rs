//! `whitewater node`: one node, as the cluster starts it.

use crate::Failure;

/// Runs a node until it is told to stop.
pub fn run(arguments: node::server::Arguments) -> Result<u8, Failure> {
    node::server::log_to_stderr(arguments.log_format);
    match node::server::run(arguments) {
        Ok(()) => Ok(0),
        Err(error) => {
            eprintln!("error: {error}");
            Ok(error.exit_code())
        }
    }
}
