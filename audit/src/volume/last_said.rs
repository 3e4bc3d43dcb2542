//! What a log said last about something: looked for once, from the end on, and from then on kept up
//! by whoever writes it. A copy beside the log can be taken away or exchanged; the log cannot.

use std::sync::{Mutex, PoisonError};

use crate::error::AuditError;
use crate::journal::Journal;

/// See the module.
#[derive(Debug)]
pub struct LastSaid<T>(Mutex<Option<Option<T>>>);

impl<T> Default for LastSaid<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> LastSaid<T> {
    /// What the last entry says of which `read` makes anything; `None` if there is none. The first
    /// call reads the journal from its end on as far as it must, all of it if need be.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn get(
        &self,
        journal: &Journal,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, AuditError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = known.as_ref() {
            return Ok(said.clone());
        }
        let said = look(journal, read)?;
        *known = Some(said.clone());
        Ok(said)
    }

    /// The log says this now.
    pub fn set(&self, said: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Some(said));
    }
}

fn look<T>(journal: &Journal, read: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, AuditError> {
    let mut end = journal.size();
    for first in journal.segment_firsts().into_iter().rev() {
        let within = usize::try_from(end.saturating_sub(first)).unwrap_or(usize::MAX);
        let mut last = None;
        for next in journal.scan(first).take(within) {
            last = read(&next?.1).or(last);
        }
        if last.is_some() {
            return Ok(last);
        }
        end = first;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::JournalConfig;

    #[test]
    fn the_last_of_many_segments_is_found_and_kept_up() {
        let home = tempfile::tempdir().unwrap();
        let config = JournalConfig {
            segment_bytes: 4 << 10,
            entry_bytes_max: 200,
            ..JournalConfig::new(home.path().join("log"), "log.tianshu.test")
        };
        let (journal, _) = Journal::open(&config).unwrap();
        let read = |entry: &[u8]| entry.strip_prefix(b"said ").map(<[u8]>::to_vec);
        assert_eq!(LastSaid::default().get(&journal, read).unwrap(), None);
        let write = |entry: String| journal.begin(entry.into_bytes()).unwrap().wait().unwrap();
        for said in ["said 1", "said 2"] {
            write(said.to_owned());
        }
        for number in 0..300 {
            write(format!("another {number}"));
        }
        assert!(journal.segment_firsts().len() > 2, "over several segments");
        let last = LastSaid::default();
        assert_eq!(last.get(&journal, read).unwrap(), Some(b"2".to_vec()));
        last.set(b"3".to_vec());
        assert_eq!(last.get(&journal, read).unwrap(), Some(b"3".to_vec()));
    }
}
