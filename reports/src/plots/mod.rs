//! Pictures of a run, as PNGs. All share a header, the faults on top and as shades behind, and a time axis; they are drawn
//! from the record alone and look the same on every machine.

mod canvas;
pub mod election;
mod frame;
mod latency;
mod roles;
mod throughput;
mod violation;

use crate::run::Run;
use std::path::PathBuf;

/// A picture that could not be drawn: a warning, never more.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// While drawing.
    #[error("drawing failed: {0}")]
    Draw(String),
    /// While writing.
    #[error("{}: {source}", path.display())]
    Write {
        /// The picture.
        path: PathBuf,
        /// Why.
        source: png::EncodingError,
    },
}

impl PictureError {
    fn draw(error: impl std::fmt::Display) -> PictureError {
        PictureError::Draw(error.to_string())
    }
}

/// Draws what there is to draw. Returns the pictures made, and a warning for each that failed.
pub fn draw(run: &Run) -> (Vec<PathBuf>, Vec<String>) {
    type Picture = fn(&Run, &std::path::Path) -> Result<bool, PictureError>;
    let pictures: [(&str, Picture); 4] = [
        ("latency", latency::draw),
        ("throughput", throughput::draw),
        ("roles", roles::draw),
        ("violation", violation::draw),
    ];
    let (mut drawn, mut warnings) = (Vec::new(), Vec::new());
    for (name, picture) in pictures {
        let path = run.dir.picture(name);
        // A drawing library that panics on an odd value must not cost anybody the report.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| picture(run, &path)));
        // Nothing to show, or half a picture, perhaps of an earlier rendering: it would be a lie.
        if !matches!(outcome, Ok(Ok(true))) {
            let _ = std::fs::remove_file(&path);
        }
        match outcome {
            Ok(Ok(true)) => drawn.push(path),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => warnings.push(format!("the picture {name}.png could not be drawn: {error}")),
            Err(_) => warnings.push(format!("the picture {name}.png could not be drawn: the drawing panicked")),
        }
    }
    (drawn, warnings)
}
