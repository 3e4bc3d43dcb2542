//! What the callers of a soak have heard: answers with their receipts, and everything else counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit::Receipt;
use sandbox::client::{Answer, CallError, Refusal};
use sandbox::world::Node;

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    /// Of everything that somebody holds, answers and refusals.
    receipts: Vec<Receipt>,
    /// Queries that were answered.
    answered: Vec<String>,
    whole: usize,
    partial: usize,
    lines: usize,
    lists: usize,
    hung_up: usize,
    unreachable: usize,
    refused: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Heard {
    /// An answer.
    pub(super) fn answer(&self, answer: &Answer) {
        let mut book = self.book();
        if answer.lamps.len() == Node::ALL.len() {
            let is_silent = |lamp: &str| lamp == "not-known";
            if answer.lamps.iter().any(|lamp| is_silent(&lamp.lamp)) {
                book.partial += 1;
            } else {
                book.whole += 1;
            }
        } else {
            book.faults
                .push(format!("the answer to {} lacks a center", answer.query));
        }
        book.answered.push(answer.query.clone());
        book.receipts.extend(answer.hub_receipts());
        book.receipts.push(answer.receipts.own.clone());
    }

    /// A line of a list.
    pub(super) fn line(&self, answer: Option<&Answer>, refusal: Option<&Refusal>) {
        if let Some(answer) = answer {
            self.answer(answer);
        }
        if let Some(refusal) = refusal {
            self.refusal(refusal);
        }
        self.book().lines += 1;
    }

    /// A list came to its end.
    pub(super) fn list(&self) {
        self.book().lists += 1;
    }

    /// Somebody has hung up.
    pub(super) fn hung_up(&self) {
        self.book().hung_up += 1;
    }

    /// No answer.
    pub(super) fn error(&self, error: &CallError) {
        match error {
            CallError::Refused(refusal) => self.refusal(refusal),
            CallError::Unreachable(_) => self.book().unreachable += 1,
            // A body that broke off, because its process was killed.
            CallError::Unexpected { status: 200, .. } => self.book().unreachable += 1,
            CallError::Unexpected { .. } => self.book().faults.push(error.to_string()),
        }
    }

    fn refusal(&self, refusal: &Refusal) {
        let mut book = self.book();
        *book.refused.entry(refusal.code.clone()).or_default() += 1;
        book.receipts.extend(refusal.receipt.clone());
    }

    /// Receipts by the log that they are of.
    pub(super) fn receipts(&self) -> BTreeMap<String, Vec<Receipt>> {
        let mut by_log: BTreeMap<String, Vec<Receipt>> = BTreeMap::new();
        for receipt in &self.book().receipts {
            let of_log = by_log.entry(receipt.log.clone()).or_default();
            of_log.push(receipt.clone());
        }
        by_log
    }

    /// Queries that were answered, in the order in which they were.
    pub(super) fn answered(&self) -> Vec<String> {
        self.book().answered.clone()
    }

    /// What should not have been heard.
    pub(super) fn faults(&self) -> Vec<String> {
        let book = self.book();
        let mut faults = book.faults.clone();
        if book.whole == 0 {
            faults.push("no question was answered by all centers".to_owned());
        }
        if book.refused.is_empty() {
            faults.push("nothing was refused".to_owned());
        }
        faults
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = self.book();
        writeln!(
            f,
            "answered by all centers {}, by some {}, of these lines of lists {}; lists to their \
             end {}; hung up {}; nobody there {}; receipts {}",
            book.whole,
            book.partial,
            book.lines,
            book.lists,
            book.hung_up,
            book.unreachable,
            book.receipts.len()
        )?;
        write!(f, "refused: {:?}", book.refused)
    }
}
