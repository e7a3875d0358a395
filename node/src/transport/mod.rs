//! Messages between nodes, over TCP.
//!
//! A node dials each of its peers and sends on that connection only; answers come on the connection that the peer dialled. So a
//! directed link is a connection, and can be cut by itself. A message is a frame of its own and names its sender: any subset of
//! whole frames is a valid stream, as Raft expects of a network that may lose messages. A connection begins with a greeting, so that
//! a node can be answered by one that has not heard of it yet. Founders introduce themselves before they send messages. The one thing that goes the other way is the word that a frame was
//! refused, and why; it may get lost too.
//!
//! Nothing here is reliable on purpose: what cannot be sent at once is dropped, for Raft repeats what matters, and an old message
//! is worth less than the memory it occupies.

mod counts;
mod frame;
mod passport;
mod receiver;
mod sender;

pub use counts::LinkCounts;
pub use frame::{Frame, FrameError, Greeting, Introduction, Knowledge, PAYLOAD_BYTES_MAX, decode, encode};
pub use passport::{OwnStamp, Passport, Reason, Refusal, Stamp};
pub use receiver::{Verdict, receive};
pub use sender::Sender;
