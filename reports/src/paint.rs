//! A few colours for the terminal.

use crate::headline::Tone;
use std::fmt::Display;

/// What a piece of text means, rather than how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Holds.
    Good,
    /// Open, or worth a second look.
    Doubt,
    /// Broken.
    Bad,
    /// May be overlooked.
    Faint,
    /// A heading.
    Strong,
}

impl From<Tone> for Ink {
    fn from(tone: Tone) -> Ink {
        match tone {
            Tone::Good => Ink::Good,
            Tone::Doubt => Ink::Doubt,
            Tone::Bad => Ink::Bad,
        }
    }
}

/// Colours or does not.
#[derive(Clone, Copy, Debug)]
pub struct Painter {
    /// Whether anybody can see colours.
    pub colour: bool,
}

impl Painter {
    /// The text in this ink.
    pub fn paint(self, ink: Ink, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match ink {
            Ink::Good => "1;32",
            Ink::Doubt => "1;33",
            Ink::Bad => "1;31",
            Ink::Faint => "2",
            Ink::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
