//! Errors, and what they say of the operation: the one place where an error becomes `fail` or `info`.
//!
//! A *definite* error proves that the operation did not happen and never will; anything else is *indefinite*. To call an
//! indefinite error definite accuses the system of what it never did (or hides what it did), so whatever is not known
//! to be definite is indefinite: also every error reply with an unknown prefix.

use crate::history::{EventType, Outcome};
use serde_json::Value;
use std::io;

/// Why a call brought no reply that a workload could read.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no connection, so nothing was sent.
    #[error("no connection: {0}")]
    NotConnected(io::Error),
    /// The connection had ended before anything of this request was written to it.
    #[error("connection lost before the request was sent: {0}")]
    NotSent(io::Error),
    /// No connection came about in time, so nothing was sent.
    #[error("timeout while connecting")]
    ConnectTimeout,
    /// Every node asked sent the request on to another one, so none executed it.
    #[error("moved {0} times")]
    MovedOften(u32),
    /// The request was sent on to a place that is no node's address, and was not executed.
    #[error("moved to an unknown place: {0}")]
    MovedNowhere(String),
    /// The node replied with an error other than `MOVED`.
    #[error("{0}")]
    Reply(ErrorReply),
    /// The connection was lost after some of the request had been written.
    #[error("connection lost: {0}")]
    Lost(io::Error),
    /// No reply came in time.
    #[error("timeout")]
    Timeout,
    /// What came was not a reply.
    #[error("garbled reply: {0}")]
    Garbled(String),
}

impl CallError {
    /// Whether this proves that the operation was not executed and never will be.
    pub fn is_definite(&self) -> bool {
        match self {
            CallError::NotConnected(_)
            | CallError::NotSent(_)
            | CallError::ConnectTimeout
            | CallError::MovedOften(_)
            | CallError::MovedNowhere(_) => true,
            CallError::Reply(reply) => reply.is_definite(),
            CallError::Lost(_) | CallError::Timeout | CallError::Garbled(_) => false,
        }
    }

    /// Whether the node that was asked is of no use at present, so that a client had better try another.
    pub fn is_unavailable(&self) -> bool {
        match self {
            CallError::Reply(reply) => matches!(reply, ErrorReply::ClusterDown(_)),
            CallError::MovedOften(_) | CallError::MovedNowhere(_) => true,
            _ => self.is_definite(),
        }
    }
}

/// An error reply, by its first word. Each holds the whole text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorReply {
    /// `MOVED 0 host:port`: not executed; ask there.
    #[error("{0}")]
    Moved(String),
    /// `CLUSTERDOWN …`: not executed, because the node knows no leader.
    #[error("{0}")]
    ClusterDown(String),
    /// `ERR …` or `EXECABORT …`: refused. Of a transaction nothing was executed.
    #[error("{0}")]
    Refused(String),
    /// `UNKNOWN …` (it may have been executed: leadership was lost, for instance) and everything not named here.
    #[error("{0}")]
    Unknown(String),
}

impl ErrorReply {
    /// Reads the text of an error reply, without its `-`.
    pub fn parse(text: String) -> ErrorReply {
        match text.split(' ').next() {
            Some("MOVED") => ErrorReply::Moved(text),
            Some("CLUSTERDOWN") => ErrorReply::ClusterDown(text),
            Some("ERR" | "EXECABORT") => ErrorReply::Refused(text),
            _ => ErrorReply::Unknown(text),
        }
    }

    /// Where a `MOVED` sends the client, as the node wrote it.
    pub fn moved_to(&self) -> Option<&str> {
        match self {
            ErrorReply::Moved(text) => text.split(' ').nth(2),
            _ => None,
        }
    }

    fn is_definite(&self) -> bool {
        !matches!(self, ErrorReply::Unknown(_))
    }
}

/// How an operation ended: what becomes of its completion event.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Happened, did not happen, unknown.
    pub outcome: Outcome,
    /// The result (see [`crate::history::Event::value`]).
    pub value: Value,
    /// Why it is not `ok`.
    pub error: Option<String>,
    /// What a mismatched compare-and-set met.
    pub found: Option<Value>,
}

impl Completion {
    /// It happened, with this result.
    pub fn ok(value: Value) -> Completion {
        Completion { outcome: Outcome::Ok, value, error: None, found: None }
    }

    /// The comparison of a compare-and-set failed: it did not happen, but it saw `found`.
    pub fn mismatch(value: Value, found: Value) -> Completion {
        Completion { outcome: Outcome::Fail, value, error: Some("mismatch".to_string()), found: Some(found) }
    }

    /// The reply is not one that the request can have. Whether it was executed is anybody's guess.
    pub fn unexpected(value: Value, reply: &impl std::fmt::Debug) -> Completion {
        let error = Some(format!("unexpected reply: {reply:?}"));
        Completion { outcome: Outcome::Info, value, error, found: None }
    }

    /// The call of an operation with this argument ended with an error.
    pub fn error(value: Value, error: &CallError) -> Completion {
        let outcome = if error.is_definite() { Outcome::Fail } else { Outcome::Info };
        Completion { outcome, value, error: Some(error.to_string()), found: None }
    }

    /// The type of its event.
    pub fn event_type(&self) -> EventType {
        match self.outcome {
            Outcome::Ok => EventType::Ok,
            Outcome::Fail => EventType::Fail,
            Outcome::Info => EventType::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn io_error() -> io::Error {
        io::Error::from(io::ErrorKind::ConnectionReset)
    }

    fn reply(text: &str) -> CallError {
        CallError::Reply(ErrorReply::parse(text.to_string()))
    }

    #[test]
    fn only_what_proves_that_nothing_happened_is_a_failure() {
        let table = [
            (CallError::NotConnected(io_error()), Outcome::Fail),
            (CallError::NotSent(io_error()), Outcome::Fail),
            (CallError::ConnectTimeout, Outcome::Fail),
            (CallError::MovedOften(5), Outcome::Fail),
            (CallError::MovedNowhere("MOVED 0 nowhere".to_string()), Outcome::Fail),
            (reply("CLUSTERDOWN no leader is known"), Outcome::Fail),
            (reply("ERR syntax error"), Outcome::Fail),
            (reply("EXECABORT Transaction discarded because of previous errors."), Outcome::Fail),
            (reply("MOVED 0 127.0.0.1:1"), Outcome::Fail),
            (reply("UNKNOWN leadership was lost"), Outcome::Info),
            (reply("ERROR of another house"), Outcome::Info),
            (reply("LOADING the data set is being read"), Outcome::Info),
            (reply(""), Outcome::Info),
            (CallError::Lost(io_error()), Outcome::Info),
            (CallError::Timeout, Outcome::Info),
            (CallError::Garbled("?".to_string()), Outcome::Info),
        ];
        for (error, outcome) in table {
            assert_eq!(Completion::error(json!(["k1", 1]), &error).outcome, outcome, "{error:?}");
        }
    }

    #[test]
    fn a_client_leaves_nodes_that_cannot_serve_and_stays_with_one_that_refuses() {
        assert!(CallError::NotConnected(io_error()).is_unavailable());
        assert!(reply("CLUSTERDOWN").is_unavailable());
        assert!(!reply("ERR syntax error").is_unavailable());
    }

    #[test]
    fn moved_names_its_destination() {
        assert_eq!(ErrorReply::parse("MOVED 0 127.0.0.1:7001".to_string()).moved_to(), Some("127.0.0.1:7001"));
        assert_eq!(ErrorReply::parse("MOVED".to_string()).moved_to(), None);
        assert_eq!(ErrorReply::parse("ERR 0 127.0.0.1:7001".to_string()).moved_to(), None);
    }
}
