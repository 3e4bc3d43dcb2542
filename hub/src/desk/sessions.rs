//! Sessions at the pages: bound to a certificate, ended by their owner or by time. They are in
//! memory only; a restart ends all of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
/// Ends that are not on record yet; beyond these nobody comes in.
const OWED_MAX: usize = 256;
/// What ended a session, as in the log: its owner, its time or too many of them, the hub's stop.
const ENDED: &str = "ended";
const EXPIRED: &str = "expired";
const STOPPED: &str = "stopped";
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
pub(super) struct Sessions(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    open: BTreeMap<String, Session>,
    /// Those that are over and not on record as such, with what ended them.
    owed: Vec<(Session, &'static str)>,
    /// The hub stops: nobody comes in any more.
    is_closed: bool,
}

/// An end that is being put on record. Dropped unsettled, it is owed as before.
#[derive(Debug)]
pub(super) struct Owed<'s> {
    sessions: &'s Sessions,
    /// Gone once it is settled.
    over: Option<(Session, &'static str)>,
    of: Session,
    stage: &'static str,
}

impl Owed<'_> {
    pub(super) const fn session(&self) -> &Session {
        &self.of
    }

    /// As it stands in the log.
    pub(super) const fn stage(&self) -> &'static str {
        self.stage
    }

    /// It is on record.
    pub(super) fn settled(mut self) {
        self.over = None;
    }
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        if let Some(over) = self.over.take() {
            self.sessions.held().owed.push(over);
        }
    }
}

impl Sessions {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; gives its id. The person's oldest makes room.
    pub(super) fn begin(
        &self,
        staff: &Staff,
        random: &dyn Random,
        now: Instant,
    ) -> Result<String, RefusalCode> {
        let (id, token) = (secret(random)?, secret(random)?);
        let session = Session {
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            token,
            began: now,
            seen: now,
        };
        let mut held = self.held();
        if held.is_closed || held.owed.len() >= OWED_MAX {
            return Err(RefusalCode::AuditUnavailable);
        }
        loop {
            let own = held
                .open
                .iter()
                .filter(|(_, open)| open.staff == staff.name);
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
            let gone = held.open.remove(&oldest);
            held.owed.extend(gone.map(|gone| (gone, EXPIRED)));
        }
        held.open.insert(id.clone(), session);
        Ok(id)
    }

    /// The session of an id, if it is this person's and not over; it has been used now.
    pub(super) fn of(&self, id: &str, staff: &Staff, now: Instant) -> Option<Session> {
        let mut held = self.held();
        let session = held.open.get_mut(id)?;
        if !session.is_of(staff) || session.is_over(now) {
            return None;
        }
        session.seen = now;
        Some(session.clone())
    }

    /// The same, without its being used: a page that refreshes itself is nobody at work.
    pub(super) fn peek(&self, id: &str, staff: &Staff, now: Instant) -> Option<Session> {
        let held = self.held();
        let session = held.open.get(id)?;
        let is_open = session.is_of(staff) && !session.is_over(now);
        is_open.then(|| session.clone())
    }

    /// Whether the session with this token is there still; it is not used by the asking.
    pub(super) fn lasts(&self, token: &str, now: Instant) -> bool {
        let held = self.held();
        let mut sessions = held.open.values();
        sessions.any(|session| session.token == token && !session.is_over(now))
    }

    /// Ends one.
    pub(super) fn end(&self, id: &str) {
        let mut held = self.held();
        let ended = held.open.remove(id);
        held.owed.extend(ended.map(|ended| (ended, ENDED)));
    }

    /// Ends all, and lets nobody in any more.
    pub(super) fn close(&self) {
        let mut held = self.held();
        held.is_closed = true;
        let open = std::mem::take(&mut held.open);
        held.owed
            .extend(open.into_values().map(|open| (open, STOPPED)));
    }

    /// One whose end is not on record, time's own included; it is in nobody else's hands meanwhile.
    pub(super) fn owed(&self, now: Instant) -> Option<Owed<'_>> {
        let mut held = self.held();
        let Held { open, owed, .. } = &mut *held;
        let expired = open.extract_if(.., |_, session| session.is_over(now));
        owed.extend(expired.map(|(_, session)| (session, EXPIRED)));
        let (of, stage) = held.owed.pop()?;
        Some(Owed {
            sessions: self,
            over: Some((of.clone(), stage)),
            of,
            stage,
        })
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
        let id = sessions.begin(&li, &SystemRandom, now).expect("begins");
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
        assert!(sessions.owed(later + IDLE_MAX).is_none());
        let idle = later + IDLE_MAX + Duration::from_secs(1);
        assert!(sessions.of(&id, &li, idle).is_none(), "left alone");
        assert!(!sessions.lasts(&open.token, idle), "a look is no use of it");
        assert!(sessions.peek(&id, &li, idle).is_none());
        let owed = sessions.owed(idle).expect("is over");
        assert_eq!(
            (owed.session().staff.as_str(), owed.stage()),
            ("li", EXPIRED)
        );
        assert!(sessions.owed(idle).is_none(), "in one hand only");
        drop(owed);
        let owed = sessions
            .owed(idle)
            .expect("is still owed: it was not settled");
        owed.settled();
        assert!(sessions.owed(idle).is_none());
        sessions.end(&id);
        assert!(sessions.owed(idle).is_none(), "ended before");
    }

    #[test]
    fn who_leaves_is_out_at_once_and_the_hub_leaves_nobody_behind() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let li = staff("li", "01");
        let id = sessions.begin(&li, &SystemRandom, now).expect("begins");
        sessions.end(&id);
        assert!(
            sessions.of(&id, &li, now).is_none(),
            "whatever the log does"
        );
        let wang = staff("wang", "02");
        let id = sessions.begin(&wang, &SystemRandom, now).expect("begins");
        sessions.close();
        assert!(sessions.of(&id, &wang, now).is_none());
        assert!(sessions.begin(&li, &SystemRandom, now).is_err(), "too late");
        let mut stages = Vec::new();
        while let Some(owed) = sessions.owed(now) {
            stages.push((owed.session().staff.clone(), owed.stage()));
            owed.settled();
        }
        stages.sort();
        assert_eq!(
            stages,
            [("li".to_owned(), ENDED), ("wang".to_owned(), STOPPED)]
        );
    }

    #[test]
    fn nobody_comes_in_while_many_ends_are_owed() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let li = staff("li", "01");
        for _ in 0..OWED_MAX {
            let id = sessions.begin(&li, &SystemRandom, now).expect("begins");
            sessions.end(&id);
        }
        assert!(sessions.begin(&li, &SystemRandom, now).is_err());
    }

    #[test]
    fn no_session_outlives_a_working_day_and_nobody_has_many() {
        let (sessions, begun) = (Sessions::default(), Instant::now());
        let li = staff("li", "01");
        let id = sessions.begin(&li, &SystemRandom, begun).expect("begins");
        let mut now = begun;
        while now < begun + AGE_MAX {
            assert!(sessions.of(&id, &li, now).is_some());
            now += IDLE_MAX;
        }
        assert!(sessions.of(&id, &li, now + IDLE_MAX).is_none());

        let mut ids = Vec::new();
        for nth in 0..=PER_PERSON_MAX {
            let at = now + Duration::from_secs(nth as u64);
            let id = sessions.begin(&li, &SystemRandom, at).expect("begins");
            ids.push(id);
        }
        assert!(sessions.of(&ids[0], &li, now).is_none(), "the oldest went");
        assert!(sessions.of(&ids[PER_PERSON_MAX], &li, now).is_some());
    }
}
