//! Sessions at the pages: bound to a certificate, ended by their owner or by time. They are in
//! memory only; a restart ends all of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use tokio::time::Instant;
use wire::{Random, RefusalCode};

use crate::staff::Staff;

/// Ends a session in which nobody clicks.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(15 * 60);
/// Ends any session.
pub(super) const AGE_MAX: Duration = Duration::from_secs(8 * 3600);
/// Sessions of one person; the oldest makes room.
const PER_PERSON_MAX: usize = 4;
/// Bytes of an id and of a token.
const SECRET_BYTES: usize = 32;

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) staff: String,
    pub(super) serial: String,
    /// Stands in every form of its pages.
    pub(super) token: String,
    began: Instant,
    seen: Instant,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.seen) > IDLE_MAX || now.duration_since(self.began) > AGE_MAX
    }

    fn is_of(&self, staff: &Staff) -> bool {
        self.staff == staff.name && self.serial == staff.serial
    }
}

/// All sessions by their secret id. Names are those of the trust list, so there is an end to them.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, Session>>);

impl Sessions {
    /// Begins one; gives its id, and the sessions that had to make room.
    pub(super) fn begin(
        &self,
        staff: &Staff,
        random: &dyn Random,
        now: Instant,
    ) -> Result<(String, Vec<Session>), RefusalCode> {
        let (id, token) = (secret(random)?, secret(random)?);
        let session = Session {
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            token,
            began: now,
            seen: now,
        };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Vec::new();
        loop {
            let own = sessions.iter().filter(|(_, open)| open.staff == staff.name);
            let (count, oldest) = own.fold((0, None), |(count, oldest), (id, open)| {
                let older = match oldest {
                    Some((_, began)) if began <= open.began => oldest,
                    _ => Some((id, open.began)),
                };
                (count + 1_usize, older)
            });
            let Some(oldest) = oldest.filter(|_| count >= PER_PERSON_MAX) else {
                break;
            };
            let oldest = oldest.0.clone();
            gone.extend(sessions.remove(&oldest));
        }
        sessions.insert(id.clone(), session);
        Ok((id, gone))
    }

    /// The session of an id, if it is this person's and not over; it has been used now.
    pub(super) fn of(&self, id: &str, staff: &Staff, now: Instant) -> Option<Session> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(id)?;
        if !session.is_of(staff) || session.is_over(now) {
            return None;
        }
        session.seen = now;
        Some(session.clone())
    }

    /// The same, without its being used: a page that refreshes itself is nobody at work.
    pub(super) fn peek(&self, id: &str, staff: &Staff, now: Instant) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(id)?;
        let is_open = session.is_of(staff) && !session.is_over(now);
        is_open.then(|| session.clone())
    }

    /// Whether the session with this token is there still; it is not used by the asking.
    pub(super) fn lasts(&self, token: &str, now: Instant) -> bool {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sessions = sessions.values();
        sessions.any(|session| session.token == token && !session.is_over(now))
    }

    /// Ends one.
    pub(super) fn end(&self, id: &str) -> Option<Session> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(id)
    }

    /// Those whose time is over; they are gone after this.
    pub(super) fn expire(&self, now: Instant) -> Vec<Session> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .extract_if(.., |_, session| session.is_over(now))
            .map(|(_, session)| session)
            .collect()
    }
}

fn secret(random: &dyn Random) -> Result<String, RefusalCode> {
    let mut bytes = [0; SECRET_BYTES];
    let filled = random.fill(&mut bytes);
    filled.map_err(|_| RefusalCode::HubInternal)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use wire::SystemRandom;

    use super::*;

    fn staff(name: &str, serial: &str) -> Staff {
        Staff {
            name: name.into(),
            serial: serial.into(),
            roles: [].into(),
        }
    }

    #[test]
    fn a_session_is_its_owners_and_ends_by_time() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let li = staff("li", "01");
        let (id, _) = sessions.begin(&li, &SystemRandom, now).expect("begins");
        assert!(sessions.of(&id, &li, now).is_some());
        assert!(sessions.of("another", &li, now).is_none());
        assert!(sessions.of(&id, &staff("wang", "01"), now).is_none());
        let renewed = staff("li", "02");
        assert!(sessions.of(&id, &renewed, now).is_none(), "another card");
        let later = now + IDLE_MAX;
        assert!(sessions.of(&id, &li, later).is_some(), "used in time");
        let (much_later, another) = (later + IDLE_MAX, staff("wang", "01"));
        let open = sessions.peek(&id, &li, much_later).expect("is open");
        assert!(sessions.lasts(&open.token, much_later));
        assert!(sessions.peek(&id, &another, much_later).is_none());
        assert!(sessions.expire(later + IDLE_MAX).is_empty());
        let idle = later + IDLE_MAX + Duration::from_secs(1);
        assert!(sessions.of(&id, &li, idle).is_none(), "left alone");
        assert!(!sessions.lasts(&open.token, idle), "a look is no use of it");
        assert!(sessions.peek(&id, &li, idle).is_none());
        assert_eq!(sessions.expire(idle).len(), 1);
        assert!(sessions.end(&id).is_none());
    }

    #[test]
    fn no_session_outlives_a_working_day_and_nobody_has_many() {
        let (sessions, begun) = (Sessions::default(), Instant::now());
        let li = staff("li", "01");
        let (id, _) = sessions.begin(&li, &SystemRandom, begun).expect("begins");
        let mut now = begun;
        while now < begun + AGE_MAX {
            assert!(sessions.of(&id, &li, now).is_some());
            now += IDLE_MAX;
        }
        assert!(sessions.of(&id, &li, now + IDLE_MAX).is_none());

        let mut ids = Vec::new();
        for nth in 0..=PER_PERSON_MAX {
            let at = now + Duration::from_secs(nth as u64);
            let (id, gone) = sessions.begin(&li, &SystemRandom, at).expect("begins");
            assert_eq!(gone.len(), usize::from(nth >= PER_PERSON_MAX - 1), "{nth}");
            ids.push(id);
        }
        assert!(sessions.of(&ids[0], &li, now).is_none(), "the oldest went");
        assert!(sessions.of(&ids[PER_PERSON_MAX], &li, now).is_some());
    }
}
