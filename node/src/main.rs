//! The server alone, for those who want the node and not the harness.

use clap::Parser;
use node::server::{Arguments, run};
use std::process::ExitCode;

/// A replicated key-value server that speaks the Redis protocol.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(flatten)]
    arguments: Arguments,
}

fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(254) } else { ExitCode::SUCCESS };
        }
    };
    node::server::log_to_stderr(command.arguments.log_format);
    match run(command.arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
