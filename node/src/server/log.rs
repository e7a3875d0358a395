//! The log: a line for each event on standard error, for people or for programs.

use clap::ValueEnum;
use std::io;
use tracing::Level;

/// The variable that says how much is logged.
const LEVEL: &str = "WHITEWATER_LOG";

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// The time, the level, where it comes from, what happened, and `name=value` for each circumstance.
    Text,
    /// An object of JSON with the same.
    Json,
}

/// Sends this process's log to standard error: `info` and what is worse, unless `WHITEWATER_LOG` asks for another level.
pub fn log_to_stderr(format: LogFormat) {
    let wanted = std::env::var(LEVEL).ok();
    let level = wanted.as_deref().map(|level| level.parse::<Level>());
    let log = tracing_subscriber::fmt()
        .with_max_level(level.as_ref().and_then(|level| level.as_ref().ok()).copied().unwrap_or(Level::INFO))
        .with_writer(io::stderr)
        .with_ansi(false);
    // A second call finds the first one's subscriber in place.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
    if let (Some(wanted), Some(Err(_))) = (wanted, level) {
        tracing::warn!(%wanted, "{LEVEL} is none of error, warn, info, debug, trace; it is info now");
    }
}
