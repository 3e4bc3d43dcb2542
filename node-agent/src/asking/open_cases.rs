//! The cases that local systems have opened for asking, each under a handle that nobody can guess.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use policies::{FlowId, MatterNo};
use ring::rand::{SecureRandom, SystemRandom};
use time::OffsetDateTime;
use wire::RefusalCode;

/// Cases open at once; a counter opens a handful an hour.
const OPEN_CASES_MAX: usize = 10_000;

/// A case that may ask.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// What the local system calls it by.
    pub handle: String,
    /// Its number in the business system.
    pub case_no: String,
    /// The flow it asks within.
    pub flow: FlowId,
    /// Its matter.
    pub matter: MatterNo,
    /// Who asks.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Through which local system.
    pub system: String,
    /// When it must be opened again.
    pub expires_at: OffsetDateTime,
    /// Questions it may ask.
    pub asks_max: u32,
    /// Questions asked.
    pub uses: Arc<AtomicU32>,
}

impl OpenCase {
    /// The number of the next question, if the case may still ask.
    ///
    /// # Errors
    /// All its questions are used up.
    pub fn next_use(&self) -> Result<u32, RefusalCode> {
        self.uses
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used < self.asks_max).then_some(used.saturating_add(1))
            })
            .map(|used| used.saturating_add(1))
            .map_err(|_| RefusalCode::CaseOverused)
    }

    /// Questions left.
    #[must_use]
    pub fn asks_left(&self) -> u32 {
        self.asks_max
            .saturating_sub(self.uses.load(Ordering::Relaxed))
    }
}

/// All open cases.
#[derive(Debug, Default)]
pub struct OpenCases {
    /// Touched by every request of a local system.
    open: Mutex<HashMap<String, OpenCase>>,
}

impl OpenCases {
    /// Takes a case in.
    ///
    /// # Errors
    /// Too many cases are open.
    pub fn insert(&self, case: OpenCase, now: OffsetDateTime) -> Result<(), RefusalCode> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_CASES_MAX {
            open.retain(|_, case| case.expires_at > now);
        }
        if open.len() >= OPEN_CASES_MAX {
            return Err(RefusalCode::CaseMemory);
        }
        open.insert(case.handle.clone(), case);
        Ok(())
    }

    /// The case under a handle, for the system that opened it.
    #[must_use]
    pub fn find(&self, handle: &str, system: &str, now: OffsetDateTime) -> Option<OpenCase> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(handle)
            .filter(|case| case.system == system && case.expires_at > now)
            .cloned()
    }
}

/// A handle of 128 random bits.
///
/// # Errors
/// The random generator failed; then no case is opened.
pub(crate) fn handle(random: &SystemRandom) -> Result<String, RefusalCode> {
    let mut bytes = [0_u8; 16];
    random
        .fill(&mut bytes)
        .map_err(|_| RefusalCode::LocalSource)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(handle: &str, expires_at: OffsetDateTime) -> OpenCase {
        OpenCase {
            handle: handle.to_owned(),
            case_no: "C-1".into(),
            flow: "F05".parse().expect("is a flow"),
            matter: "02".parse().expect("is a matter"),
            operator: "0231".into(),
            counter: "3".into(),
            system: "counter".into(),
            expires_at,
            asks_max: 2,
            uses: Arc::default(),
        }
    }

    #[test]
    fn a_case_is_found_by_its_system_until_it_expires() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let cases = OpenCases::default();
        cases
            .insert(case("h", now + time::Duration::MINUTE), now)
            .expect("has room");
        assert!(cases.find("h", "counter", now).is_some());
        assert!(cases.find("h", "other", now).is_none());
        assert!(cases.find("x", "counter", now).is_none());
        assert!(
            cases
                .find("h", "counter", now + time::Duration::MINUTE)
                .is_none()
        );
    }

    #[test]
    fn a_case_asks_as_often_as_it_may_and_no_more() {
        let case = case("h", OffsetDateTime::UNIX_EPOCH);
        assert_eq!((case.next_use(), case.next_use()), (Ok(1), Ok(2)));
        assert_eq!(case.clone().next_use(), Err(RefusalCode::CaseOverused));
        assert_eq!(case.asks_left(), 0);
    }
}
