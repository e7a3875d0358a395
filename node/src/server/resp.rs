//! RESP, the Redis protocol.
