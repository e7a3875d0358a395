//! The command line: parse, dispatch, turn the outcome into an exit code.

mod cli;
mod commands;
mod config;
mod exit;
mod plan;
mod recipe;
mod recorded;
mod registry;
mod schedule;

use clap::FromArgMatches;
use cli::{Cli, Command};
use exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is the harness' own trouble, and must never look like a verdict.
    let parse = || Cli::from_arg_matches(&cli::command().try_get_matches()?);
    let outcome = std::panic::catch_unwind(|| match parse() {
        Ok(cli) => dispatch(cli.command),
        Err(error) => {
            // Help and version are errors to clap, too, but not to whoever asked for them.
            let _ = error.print();
            Ok(if error.use_stderr() { Exit::BadInput.code() } else { Exit::Valid.code() })
        }
    });
    match outcome {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            eprintln!("error: {:#}", failure.error);
            failure.exit.into()
        }
        Err(_) => Exit::Trouble.into(),
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Test(options) => commands::test::run(&options).map(Exit::code),
        Command::Bench(options) => commands::bench::run(&options).map(Exit::code),
        Command::GenerateHistory(options) => commands::generate_history::run(&options).map(Exit::code),
        Command::Check(options) => commands::check::run(&options).map(Exit::code),
        Command::Replay(options) => commands::replay::run(&options).map(Exit::code),
        Command::Export(options) => commands::export::run(&options).map(Exit::code),
        Command::Shrink(options) => commands::shrink::run(&options).map(Exit::code),
        Command::Bugs(options) => commands::bugs::run(&options).map(Exit::code),
        Command::Report(options) => commands::report::run(&options).map(Exit::code),
        Command::List(options) => commands::list::run(&options).map(Exit::code),
        Command::Config => {
            commands::print(config::DEFAULT);
            Ok(Exit::Valid.code())
        }
        Command::Node(arguments) => commands::node::run(arguments),
    }
}

/// Why a command did not do what it was asked to.
pub struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// Bad arguments, or a bad file that the user named.
    pub fn bad_input(error: impl Into<String>) -> Failure {
        Failure { exit: Exit::BadInput, error: anyhow::Error::msg(error.into()) }
    }

    /// The harness or the machine failed.
    pub fn trouble(error: impl Into<anyhow::Error>) -> Failure {
        Failure { exit: Exit::Trouble, error: error.into() }
    }
}
