//! The colours of pictures and page: those of Okabe and Ito, which stay apart for colour-blind eyes.

use crate::lane::State;
use harness::{checker::Precedence, history::Outcome};

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// `#0072b2`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Of text.
pub const INK: Color = Color(0x1f, 0x25, 0x2b);
/// Of text that may be overlooked.
pub const MUTED: Color = Color(0x5b, 0x66, 0x70);
/// Of lines that guide the eye.
pub const GRID: Color = Color(0xe3, 0xe7, 0xea);
/// Of the background.
pub const PAPER: Color = Color(0xff, 0xff, 0xff);

const ORANGE: Color = Color(0xe6, 0x9f, 0x00);
const SKY: Color = Color(0x56, 0xb4, 0xe9);
const GREEN: Color = Color(0x00, 0x9e, 0x73);
const YELLOW: Color = Color(0xf0, 0xe4, 0x42);
const BLUE: Color = Color(0x00, 0x72, 0xb2);
const VERMILION: Color = Color(0xd5, 0x5e, 0x00);
const PURPLE: Color = Color(0xcc, 0x79, 0xa7);

/// Of a paused process.
pub const PAUSED: Color = PURPLE;
/// Of time in which nobody was served.
pub const UNAVAILABLE: Color = VERMILION;
/// Of time in which somebody was served.
pub const AVAILABLE: Color = GREEN;

/// Of an outcome.
pub fn outcome(outcome: Outcome) -> Color {
    match outcome {
        Outcome::Ok => BLUE,
        Outcome::Fail => ORANGE,
        Outcome::Info => VERMILION,
    }
}

/// Of an arrow, by why one operation comes before another. With its words, and its dashes, for the colour is not all.
pub fn precedence(by: Option<Precedence>) -> (Color, Option<(f64, f64)>) {
    match by {
        Some(Precedence::Ww) => (Color(0xa0, 0x4a, 0x7c), None),
        Some(Precedence::Wr) => (Color(0x00, 0x70, 0x4f), None),
        Some(Precedence::Rw) => (INK, Some((7.0, 3.0))),
        Some(Precedence::Process) => (MUTED, Some((2.0, 3.0))),
        Some(Precedence::RealTime) => (MUTED, None),
        None => (MUTED, Some((1.0, 5.0))),
    }
}

/// Of what is impossible.
pub const BAD: Color = Color(0xb3, 0x40, 0x0a);

/// Of the successes of a function, by its position among the functions. Outcomes keep orange and vermilion to themselves.
pub fn function(position: usize) -> Color {
    [BLUE, GREEN, PURPLE, SKY, Color(0x33, 0x33, 0x33)][position % 5]
}

/// Of a nemesis: by its name where pictures also show what it does to a node, else by its position among those of the run.
pub fn nemesis(name: &str, position: usize) -> Color {
    match name {
        "partition" => SKY,
        "kill" => Color(0x7d, 0x84, 0x8a),
        "pause" => PAUSED,
        _ => [YELLOW, ORANGE, GREEN, BLUE, VERMILION][position % 5],
    }
}

/// Of a node's state.
pub fn state(state: State) -> Color {
    match state {
        State::Leader => GREEN,
        State::Follower => Color(0xcf, 0xe3, 0xf2),
        State::PreCandidate => YELLOW,
        State::Candidate => ORANGE,
        State::Down => Color(0x4a, 0x4f, 0x54),
    }
}
