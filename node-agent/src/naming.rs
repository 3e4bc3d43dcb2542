//! Names a subject for the hub's auditor: the hub has no key of subject tags, this center has.
//!
//! Nothing is believed because the hub says so: whoever asks must be an auditor on this center's
//! own trust list, the limits are this center's, and each answer is in its own log before it
//! leaves. A hub gone mad learns no more numbers than the limits let through (ADR 0029).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catalog::identity::may_hold_id_number;
use catalog::{CreditCode, PersonId, Subject};
use data_encoding::HEXLOWER;
use policies::{Role, SubjectTag, TagKey, TrustList};
use tokio::time::Instant;
use wire::limits::{NAMING_NUMBER_BYTES_MAX, NAMING_REASON_CHARS_MAX};
use wire::{Meter, Rate, Refusal, RefusalCode, v1};
use zeroize::Zeroizing;

use crate::book::{Book, Entry, SubjectNamed};
use crate::metrics::Metrics;
use crate::witness::Distrust;

/// Numbers named in any minute, over all streams.
pub const NAMED_PER_MINUTE_MAX: u32 = 10;
/// Numbers named in any day.
pub const NAMED_PER_DAY_MAX: u32 = 200;
/// Numbers worked on at once on one stream.
pub const NAMINGS_AT_ONCE: usize = 4;
const DAY: Duration = Duration::from_hours(24);

/// See the module.
#[derive(Debug)]
pub struct Naming {
    tag_key: TagKey,
    trust: Arc<TrustList>,
    book: Arc<Book>,
    distrust: Distrust,
    metrics: Arc<Metrics>,
    quota: Quota,
}

impl Naming {
    /// For one center; all of its streams share it.
    #[must_use]
    pub fn new(
        (tag_key, trust): (TagKey, Arc<TrustList>),
        book: Arc<Book>,
        distrust: Distrust,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            tag_key,
            trust,
            book,
            distrust,
            metrics,
            quota: Quota::new(),
        }
    }

    /// Answers the hub; a tag leaves only after it is in this center's own log.
    pub async fn answer(&self, asked: v1::NameSubject) -> v1::SubjectNamed {
        let id = asked.id;
        let named = self.named(asked).await;
        let result = match &named {
            Ok(_) => "named",
            Err(refusal) if refusal.code == RefusalCode::NamingLimit => "limited",
            Err(_) => "refused",
        };
        self.metrics.subject_named(result);
        let outcome = match named {
            Ok(tag) => v1::subject_named::Outcome::Tag(tag.as_bytes().to_vec()),
            Err(refusal) => v1::subject_named::Outcome::Refusal(refusal.to_wire("")),
        };
        v1::SubjectNamed {
            id,
            outcome: Some(outcome),
        }
    }

    async fn named(&self, asked: v1::NameSubject) -> Result<SubjectTag, Refusal> {
        if self.distrust.holds() {
            return Err(RefusalCode::GuardHub.into());
        }
        let staff = self.trust.staff(&asked.staff);
        if !staff.is_some_and(|staff| staff.roles.contains(&Role::Audit)) {
            return Err(RefusalCode::NamingStaff.into());
        }
        let reason = fit_reason(&asked.reason)?;
        // Before the number is looked at: whether one is well formed is told as often as its tag.
        self.quota.take()?;
        let key = subject_key(&asked.cert_type, &asked.number)?;
        let tag = self.tag_key.tag(&key);
        let entry = SubjectNamed {
            staff: asked.staff.clone(),
            reason: reason.to_owned(),
            subject: HEXLOWER.encode(&self.tag_key.measured(&tag)),
        };
        let written = self.book.write(Entry::SubjectNamed(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        Ok(tag)
    }
}

/// One that nobody can see a number in.
fn fit_reason(reason: &str) -> Result<&str, RefusalCode> {
    let reason = reason.trim();
    let fits = (1..=NAMING_REASON_CHARS_MAX).contains(&reason.chars().count())
        && !reason.chars().any(char::is_control)
        && !may_hold_id_number(reason);
    fits.then_some(reason).ok_or(RefusalCode::NamingReason)
}

/// The normalised number, as questions have it: 15 digits become 18.
fn subject_key(cert_type: &str, number: &str) -> Result<Zeroizing<String>, RefusalCode> {
    if number.len() > NAMING_NUMBER_BYTES_MAX {
        return Err(RefusalCode::SubjectMalformed);
    }
    let number = number.trim();
    let subject = if cert_type.is_empty() {
        CreditCode::parse(number).map(Subject::Employer)
    } else {
        PersonId::parse(cert_type, number).map(Subject::Person)
    };
    let subject = subject.map_err(|_| RefusalCode::SubjectMalformed)?;
    Ok(Zeroizing::new(subject.key()))
}

/// So many a minute and so many a day. Half of each may come at once, so that no minute and no day
/// ever holds more, wherever it begins.
#[derive(Debug)]
struct Quota {
    rates: [Rate; 2],
    /// Touched by whichever stream a number comes over.
    meters: Mutex<[Meter; 2]>,
    started: Instant,
}

impl Quota {
    fn new() -> Self {
        let half = |events: u32, per| Rate::new(events / 2, per, events / 2);
        Self {
            rates: [
                half(NAMED_PER_MINUTE_MAX, Duration::from_mins(1)),
                half(NAMED_PER_DAY_MAX, DAY),
            ],
            meters: Mutex::default(),
            started: Instant::now(),
        }
    }

    fn take(&self) -> Result<(), Refusal> {
        self.take_at(self.started.elapsed())
    }

    /// From both or from none.
    fn take_at(&self, now: Duration) -> Result<(), Refusal> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let checked = meters.iter_mut().zip(self.rates);
        let waits = checked.filter_map(|(meter, rate)| meter.check(rate, now).err());
        if let Some(wait) = waits.max() {
            return Err(Refusal::until(RefusalCode::NamingLimit, wait));
        }
        for (meter, rate) in meters.iter_mut().zip(self.rates) {
            meter.count(rate, now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
