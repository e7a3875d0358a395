//! The verdict of a run as one word, a sign and a reason: the first thing that anybody sees, the same everywhere.

use harness::checker::{Results, Verdict};

/// How a headline should feel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Everything that was asked for holds.
    Good,
    /// Nothing is broken, but not everything is shown either.
    Doubt,
    /// Something is broken.
    Bad,
}

/// The verdict for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// `VALID`, `INVALID`, `UNKNOWN`, …
    pub word: &'static str,
    /// A sign that carries the same meaning without colour and without words.
    pub sign: &'static str,
    /// For the colour.
    pub tone: Tone,
    /// Why, in one sentence.
    pub reason: String,
}

impl Headline {
    /// The headline of a judged run. The exit code says more than the verdict: a valid history that proves nothing, or
    /// whose cluster never came back, must not be announced as a success.
    pub fn new(results: &Results) -> Headline {
        let (word, sign, tone) = match (results.verdict, results.exit_code) {
            (Verdict::Invalid, _) | (_, 1) => ("INVALID", "✗", Tone::Bad),
            (_, 130) => ("INTERRUPTED", "‖", Tone::Doubt),
            (_, 254 | 255) => ("NOT JUDGED", "!", Tone::Bad),
            (_, 3) => ("GATE FAILED", "!", Tone::Doubt),
            (_, 4) => ("PROVED NOTHING", "∅", Tone::Doubt),
            (Verdict::Unknown, _) | (_, 2) => ("UNKNOWN", "?", Tone::Doubt),
            (Verdict::Valid, _) => ("VALID", "✓", Tone::Good),
        };
        let reason = match (results.reason.trim(), results.verdict) {
            ("", Verdict::Valid) => "no checker found a violation".to_owned(),
            ("", Verdict::Unknown) => "a checker could not decide".to_owned(),
            ("", Verdict::Invalid) => "a property was violated".to_owned(),
            (reason, _) => reason.to_owned(),
        };
        Headline { word, sign, tone, reason }
    }

    /// The headline of a run that left no verdict behind.
    pub fn missing() -> Headline {
        let reason = "the run left no results.json: it ended before it was judged".to_owned();
        Headline { word: "NO VERDICT", sign: "?", tone: Tone::Doubt, reason }
    }
}

/// A checker's verdict as a sign.
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "✓",
        Verdict::Unknown => "?",
        Verdict::Invalid => "✗",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_history_that_proved_nothing_is_not_announced_as_valid() {
        let word = |verdict, exit_code| Headline::new(&Results { verdict, exit_code, ..Results::default() }).word;
        assert_eq!(word(Verdict::Valid, 0), "VALID");
        assert_eq!(word(Verdict::Valid, 4), "PROVED NOTHING");
        assert_eq!(word(Verdict::Valid, 3), "GATE FAILED");
        assert_eq!(word(Verdict::Unknown, 2), "UNKNOWN");
        assert_eq!(word(Verdict::Invalid, 130), "INVALID", "an interruption never hides a violation");
    }
}
