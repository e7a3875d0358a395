//! What can be said about a fault besides when and at whom: how late, how many, how likely.
//!
//! A parameter has a range of values that are allowed, and within it a narrower one from which a value is drawn where none is
//! given. It is drawn from the fault's own random number, under the parameter's name: so a value that is given moves no other.

use crate::{nearest, seed, span::Span};
use rand::RngExt;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fmt, time::Duration};

/// A parameter of a kind of fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name in a schedule.
    pub name: &'static str,
    /// What it means, in a phrase.
    pub summary: &'static str,
    /// The values that are allowed.
    pub allowed: Domain,
    /// Those among them from which one is drawn: the first end is the mildest, the second the most severe.
    pub drawn: Domain,
}

/// A set of values; both ends of a range belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// Lengths of time.
    Time(Duration, Duration),
    /// Numbers, such as probabilities.
    Number(f64, f64),
    /// Whole numbers, such as of bytes.
    Count(u64, u64),
    /// Words.
    Words(&'static [&'static str]),
}

/// A value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A length of time.
    Time(Duration),
    /// A number.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// A word.
    Word(&'static str),
}

/// The values of all parameters of a fault.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(BTreeMap<&'static str, Value>);

impl Parameters {
    /// The values that are given, and for every other parameter one drawn from `random`; at most as far from the mildest to the
    /// most severe one as the intensity says, which is from 0 to 1. What is given under other names is not looked at.
    ///
    /// # Errors
    /// A sentence that names the parameter and what is allowed.
    pub fn complete(
        known: &'static [Parameter],
        given: &BTreeMap<String, Json>,
        random: u64,
        intensity: f64,
    ) -> Result<Parameters, String> {
        let value = |parameter: &Parameter| match given.get(parameter.name) {
            Some(written) => parameter.allowed.read(written).map_err(|why| format!("`{}` {why}", parameter.name)),
            None => Ok(parameter.drawn.draw(seed::derive(random, parameter.name), intensity)),
        };
        known.iter().map(|parameter| Ok((parameter.name, value(parameter)?))).collect::<Result<_, _>>().map(Parameters)
    }

    /// The values, by name, as they stand in a schedule.
    pub fn written(&self) -> BTreeMap<String, Json> {
        self.0.iter().map(|(name, value)| ((*name).to_owned(), value.written())).collect()
    }

    /// A length of time.
    ///
    /// # Panics
    /// If the kind of fault has no such parameter, or it is something else. So do the others.
    pub fn time(&self, name: &str) -> Duration {
        let Some(Value::Time(time)) = self.0.get(name) else { panic!("there is no time {name}") };
        *time
    }

    /// A number.
    pub fn number(&self, name: &str) -> f64 {
        let Some(Value::Number(number)) = self.0.get(name) else { panic!("there is no number {name}") };
        *number
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> u64 {
        let Some(Value::Count(count)) = self.0.get(name) else { panic!("there is no whole number {name}") };
        *count
    }

    /// A word.
    pub fn word(&self, name: &str) -> &'static str {
        let Some(Value::Word(word)) = self.0.get(name) else { panic!("there is no word {name}") };
        word
    }
}

impl Domain {
    fn read(self, written: &Json) -> Result<Value, String> {
        let (is_within, value) = match (self, written) {
            (Domain::Time(least, most), Json::String(_) | Json::Number(_)) => {
                let Span(time) = Span::deserialize(written).map_err(|error| format!("is refused: {error}"))?;
                ((least..=most).contains(&time), Value::Time(time))
            }
            (Domain::Number(least, most), Json::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                ((least..=most).contains(&number), Value::Number(number))
            }
            (Domain::Count(least, most), Json::Number(number)) => {
                let count = number.as_u64();
                let is_within = count.is_some_and(|count| (least..=most).contains(&count));
                (is_within, Value::Count(count.unwrap_or_default()))
            }
            (Domain::Words(words), Json::String(text)) => {
                let found = words.iter().find(|word| *word == text);
                let word =
                    found.ok_or_else(|| format!("cannot be `{text}`{}", nearest(text, words.iter().copied())))?;
                (true, Value::Word(word))
            }
            _ => return Err(format!("is {written}, and not {self}")),
        };
        if is_within { Ok(value) } else { Err(format!("is {written}, and not {self}")) }
    }

    /// A value. Of a range of positive ones each order of magnitude is as likely, for the small and the large are worth as
    /// much; otherwise each value. It is rounded to two digits: nobody cares for more, and everybody reads them.
    fn draw(self, random: u64, intensity: f64) -> Value {
        let mut rng = seed::rng(random, "value");
        let mut between = |mild: f64, severe: f64| {
            let share = rng.random::<f64>() * intensity;
            let is_scaled = mild > 0.0 && severe > 0.0;
            let value = if is_scaled { mild * (severe / mild).powf(share) } else { mild + (severe - mild) * share };
            let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
            rounded.clamp(mild.min(severe), mild.max(severe))
        };
        match self {
            Domain::Time(least, most) => {
                Value::Time(Duration::from_nanos(between(least.as_nanos() as f64, most.as_nanos() as f64) as u64))
            }
            Domain::Number(least, most) => Value::Number(between(least, most)),
            Domain::Count(least, most) => Value::Count(between(least as f64, most as f64).round() as u64),
            Domain::Words(words) => Value::Word(words[rng.random_range(0..words.len())]),
        }
    }
}

/// `a time from 1ms to 10s`, `a number from 0 to 1`, `one of uniform, pareto`.
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Time(least, most) => write!(f, "a time from {} to {}", Span(*least), Span(*most)),
            Domain::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Domain::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Domain::Words(words) => write!(f, "one of {}", words.join(", ")),
        }
    }
}

impl Value {
    fn written(self) -> Json {
        match self {
            Value::Time(time) => json!(Span(time)),
            Value::Number(number) => json!(number),
            Value::Count(count) => json!(count),
            Value::Word(word) => json!(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);
    static KNOWN: [Parameter; 4] = [
        parameter("delay", Domain::Time(Duration::ZERO, SECOND), Domain::Time(MS, SECOND)),
        parameter("share", Domain::Number(0.0, 1.0), Domain::Number(0.01, 0.5)),
        parameter("bytes", Domain::Count(1, 1 << 40), Domain::Count(1, 9_000)),
        parameter("shape", Domain::Words(&["uniform", "pareto"]), Domain::Words(&["uniform", "pareto"])),
    ];

    const fn parameter(name: &'static str, allowed: Domain, drawn: Domain) -> Parameter {
        Parameter { name, summary: "", allowed, drawn }
    }

    fn complete(given: Json, random: u64) -> Result<Parameters, String> {
        let given = serde_json::from_value(given).expect("fields");
        Parameters::complete(&KNOWN, &given, random, 1.0)
    }

    #[test]
    fn intensity_keeps_away_from_the_severe_end() {
        let drawn = |domain: Domain, intensity| (0..200).map(move |random| domain.draw(random, intensity));
        let (falling, rising) = (Domain::Count(1_000_000, 1), Domain::Number(0.0, 8.0));
        let is_from = |least| move |value| matches!(value, Value::Count(count) if (least..=1_000_000).contains(&count));
        assert!(drawn(falling, 0.0).all(is_from(1_000_000)) && drawn(falling, 0.5).all(is_from(1_000)));
        assert!(!drawn(falling, 0.5).all(is_from(3_000)) && !drawn(falling, 1.0).all(is_from(100)));
        let is_to = |most| move |value| matches!(value, Value::Number(number) if number <= most);
        assert!(drawn(rising, 0.5).all(is_to(4.0)) && !drawn(rising, 1.0).all(is_to(7.0)));
    }

    #[test]
    fn what_is_given_stands_and_the_rest_is_drawn_independently() {
        let drawn = complete(json!({}), 7).expect("values");
        assert_eq!(complete(json!({}), 7), Ok(drawn.clone()));
        assert_ne!(complete(json!({}), 8), Ok(drawn.clone()));
        let given = complete(json!({"delay": "20ms", "shape": "pareto"}), 7).expect("values");
        assert_eq!((given.time("delay"), given.word("shape")), (20 * MS, "pareto"));
        assert_eq!((given.number("share"), given.count("bytes")), (drawn.number("share"), drawn.count("bytes")));
        let written = serde_json::to_value(given.written()).expect("JSON");
        assert_eq!(complete(written, 9), Ok(given), "what is written is read again");
    }

    #[test]
    fn values_are_drawn_from_the_whole_range_and_are_short() {
        let drawn: Vec<Parameters> = (0..1000).map(|random| complete(json!({}), random).expect("values")).collect();
        let delays: Vec<Duration> = drawn.iter().map(|drawn| drawn.time("delay")).collect();
        assert!(delays.iter().all(|delay| (MS..=SECOND).contains(delay)));
        for least in [MS, 10 * MS, 100 * MS] {
            let count = delays.iter().filter(|delay| (least..10 * least).contains(delay)).count();
            assert!((250..420).contains(&count), "{count} of 1000 in one of three orders of magnitude");
        }
        assert!(drawn.iter().all(|drawn| (0.01..=0.5).contains(&drawn.number("share"))));
        assert!(drawn.iter().all(|drawn| drawn.number("share").to_string().len() <= 6));
        assert!(drawn.iter().any(|drawn| drawn.word("shape") == "pareto"));
    }

    #[test]
    fn nonsense_is_answered_with_what_is_allowed() {
        let refused = |given| complete(given, 1).expect_err("it is nonsense");
        for (given, sentence) in [
            (json!({"delay": "2s"}), "`delay` is \"2s\", and not a time from 0s to 1s"),
            (json!({"delay": true}), "`delay` is true, and not a time from 0s to 1s"),
            (json!({"share": -0.1}), "`share` is -0.1, and not a number from 0 to 1"),
            (json!({"share": "much"}), "`share` is \"much\", and not a number from 0 to 1"),
            (json!({"bytes": 1.5}), "`bytes` is 1.5, and not a whole number from 1 to 1099511627776"),
            (json!({"shape": "parteo"}), "`shape` cannot be `parteo`; did you mean `pareto`?"),
        ] {
            assert_eq!(refused(given), sentence);
        }
        assert!(refused(json!({"delay": "soon"})).contains("`soon` is not a duration"));
    }
}
