//! The linearizability checker against a brute-force oracle, on small random histories, and on histories made by hand.

mod agreement;
mod certificates;
mod figures;
mod models;
mod monitors;
mod objects;
mod oracle;
mod random;
mod stories;
mod synthetic;
mod total_queue;
mod unique_values;
