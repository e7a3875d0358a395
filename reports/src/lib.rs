//! A finished run made into something to look at: lines on the console, pictures, one self-contained HTML page, and JUnit
//! for continuous integration.
//!
//! Nothing here judges. Reports show `results.json`, and draw `history.jsonl` and the nodes' traces beside it; a picture
//! that could not be drawn becomes a warning and never touches a verdict. A run that was cut short is shown as far as it
//! got, and the report says what is missing.

mod axis;
mod console;
mod fault_row;
mod headline;
mod html;
mod junit;
mod lane;
mod operation;
mod paint;
mod palette;
mod plots;
mod run;
mod service;
mod summary;
mod text;
mod timeline;

pub use console::Console;
pub use plots::{
    PictureError,
    election::{Curve, Panel, draw as draw_elections},
};
pub use summary::{print_summary, summary, verdict_line};

use harness::store::RunDir;
use std::{io, path::PathBuf};

/// What was rendered.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The page.
    pub html: PathBuf,
    /// The report for continuous integration.
    pub junit: PathBuf,
    /// The pictures that were drawn.
    pub pictures: Vec<PathBuf>,
    /// What could not be read or drawn, in sentences.
    pub warnings: Vec<String>,
}

/// A report that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is nothing to report on.
    #[error("{}: no such run directory", path.display())]
    NoRun {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The JUnit report could not be put into words.
    #[error("{}: {reason}", path.display())]
    Junit {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Reads a run directory and writes its reports into it: `report.html`, `junit.xml` and the pictures.
///
/// # Errors
/// If there is no such directory, or the page or the JUnit file cannot be written. Pictures that fail, and files that are
/// missing or broken, are in [`Rendered::warnings`] instead.
pub fn render(dir: &RunDir) -> Result<Rendered, ReportError> {
    let mut run = run::Run::load(dir)?;
    let (pictures, failures) = plots::draw(&run);
    run.notes.extend(failures);
    html::write(&run, &dir.report())?;
    junit::write(&run, &dir.junit())?;
    Ok(Rendered { html: dir.report(), junit: dir.junit(), pictures, warnings: run.notes })
}
