//! What a fault can wait for before its time begins: so a schedule can say what must have happened, and not only when.

use crate::{cluster::Cluster, nearest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    str::FromStr,
};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Some node says that it leads.
    Leader,
    /// This node's log was replaced by a snapshot since its first start.
    Snapshot(String),
    /// The fault at this place of the schedule, from 0, is in force, or was.
    Begun(u64),
    /// It is over, however it ended.
    Healed(u64),
}

/// How far a fault has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    #[default]
    Waiting,
    Begun,
    Over,
}

const FORMS: [&str; 4] = ["there is a leader", "n2 has installed a snapshot", "fault 1 has begun", "fault 1 is healed"];

impl Wait {
    /// The fault that it is about.
    pub fn fault(&self) -> Option<u64> {
        match self {
            Wait::Begun(fault) | Wait::Healed(fault) => Some(*fault),
            Wait::Leader | Wait::Snapshot(_) => None,
        }
    }

    /// The same about a fault that has another place now.
    pub fn about(&self, fault: u64) -> Wait {
        match self {
            Wait::Begun(_) => Wait::Begun(fault),
            Wait::Healed(_) => Wait::Healed(fault),
            other => other.clone(),
        }
    }

    /// The node that it names.
    pub fn node(&self) -> Option<&str> {
        if let Wait::Snapshot(node) = self { Some(node) } else { None }
    }
}

/// As it is written: `n2 has installed a snapshot`.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wait::Leader => f.write_str("there is a leader"),
            Wait::Snapshot(node) => write!(f, "{node} has installed a snapshot"),
            Wait::Begun(fault) => write!(f, "fault {} has begun", fault + 1),
            Wait::Healed(fault) => write!(f, "fault {} is healed", fault + 1),
        }
    }
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Wait, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let place = |number: &str| number.parse::<u64>().ok().and_then(|number| number.checked_sub(1));
        let wait = match words.as_slice() {
            ["there", "is", "a", "leader"] => Some(Wait::Leader),
            [node, "has", "installed", "a", "snapshot"] => Some(Wait::Snapshot((*node).to_owned())),
            ["fault", number, "has", "begun"] => place(number).map(Wait::Begun),
            ["fault", number, "is", "healed"] => place(number).map(Wait::Healed),
            _ => None,
        };
        wait.ok_or_else(|| format!("`{text}` is nothing that can be waited for{}", nearest(text, FORMS)))
    }
}

impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Wait, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Reads one condition, or a list of them.
pub(super) fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Wait>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a condition, or a list of them")]
    enum Written {
        One(String),
        More(Vec<String>),
    }
    let texts = match Written::deserialize(deserializer)? {
        Written::One(text) => vec![text],
        Written::More(texts) => texts,
    };
    texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
}

/// A look at a condition of the cluster, again and again.
pub(super) struct Lookout<'a> {
    cluster: &'a Cluster,
    /// How much of the node's trace has been read, and what of it was not a whole line.
    read: u64,
    rest: Vec<u8>,
}

impl<'a> Lookout<'a> {
    pub fn new(cluster: &'a Cluster) -> Lookout<'a> {
        Lookout { cluster, read: 0, rest: Vec::new() }
    }

    /// Whether the condition is met by now. One about a fault is not for this look.
    pub async fn is_met(&mut self, wait: &Wait) -> bool {
        match wait {
            Wait::Leader => self.cluster.leader().await.is_some(),
            // A trace that cannot be read yet says nothing yet.
            Wait::Snapshot(node) => {
                self.cluster.trace(node).is_some_and(|trace| self.has_install(trace).unwrap_or(false))
            }
            Wait::Begun(_) | Wait::Healed(_) => false,
        }
    }

    /// Whether what was added to a trace since the last look has a line that says that a snapshot was installed.
    fn has_install(&mut self, trace: &Path) -> io::Result<bool> {
        const LINE: &[u8] = br#""e":"install""#;
        let mut file = File::open(trace)?;
        file.seek(SeekFrom::Start(self.read))?;
        self.read += file.read_to_end(&mut self.rest)? as u64;
        let whole = self.rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let lines: Vec<u8> = self.rest.drain(..whole).collect();
        Ok(lines.windows(LINE.len()).any(|window| window == LINE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_as_it_is_read() {
        for form in FORMS {
            assert_eq!(form.parse::<Wait>().map(|wait| wait.to_string()), Ok(form.to_owned()));
        }
        assert_eq!("fault 3 is healed".parse(), Ok(Wait::Healed(2)));
        assert_eq!(Wait::Healed(2).about(0).to_string(), "fault 1 is healed");
        let error = "there is no leader".parse::<Wait>().expect_err("nobody can wait for that");
        assert_eq!(error, "`there is no leader` is nothing that can be waited for; did you mean `there is a leader`?");
        for nonsense in ["", "fault 0 is healed", "fault one is healed", "n2 has a snapshot"] {
            assert!(nonsense.parse::<Wait>().is_err(), "{nonsense}");
        }
    }
}
