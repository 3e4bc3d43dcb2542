//! The room on a real journal, a real index and a real publisher: what is found, what is on record
//! before it is shown, and what is said of a time.

mod behind;
mod ground;
mod proofs;
mod searches;
