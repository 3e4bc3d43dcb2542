//! The staff of one hub: they suspend, trip, hold and lower by the seed while there is trouble, end
//! some of it again, and review the limits. Once nothing goes wrong any more they clear up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub::acts::Wanted;
use hub::staff::Staff;
use policies::Role;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;
use wire::{Clock as _, LimitName, RefusalCode};

use super::chance::{Chance, Shared};
use super::ground::MORNING;
use super::history::{Event, History};
use super::hub::Host;

/// Staff act in every third seed; the others are what they were before.
const AT_WORK_EVERY: u64 = 3;
const AT_WORK: u64 = 2;
/// Between two acts.
const GAP: (u64, u64) = (300, 3_000);
/// What nobody took is tried again after this.
const AGAIN: Duration = Duration::from_millis(500);
/// What is suspended now and then, each lifted by two people.
const SUSPENDED: [&str; 3] = ["node/zhongzhi", "class/city/03", "flow/F24"];
/// Whose breakers are set by hand.
const BREAKERS: [&str; 2] = ["class/guoguan/04", "class/city/04"];
/// A rate and its burst, both lowered to one.
pub(super) const LOWERED: [&str; 2] = [
    "limit/target.class_per_second/tielu/04",
    "limit/target.class_burst/tielu/04",
];
/// The reviewed value that is changed and changed back.
const REVIEWED: [u32; 2] = [4_000, 3_000];

/// What is done, to whom, and by whom.
#[derive(Debug, Clone, Copy)]
struct Deed {
    act: &'static str,
    target: &'static str,
    role: Role,
    value: Option<u32>,
}

/// The staff; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Staffed {
    host: Arc<Host>,
    history: Arc<History>,
    chance: Arc<Shared>,
    /// How many acts were tried, and how often each suspension was lifted.
    counts: Arc<Mutex<(u64, BTreeMap<&'static str, u64>)>>,
}

impl Staffed {
    /// Those of a seed, if there are any.
    pub(super) fn of(seed: u64, host: &Arc<Host>, history: &Arc<History>) -> Option<Self> {
        (seed % AT_WORK_EVERY == AT_WORK).then(|| Self {
            host: Arc::clone(host),
            history: Arc::clone(history),
            // A stream of its own: nothing else of the seed changes.
            chance: Arc::new(Shared::new(Chance::new(seed).fork("staff"))),
            counts: Arc::default(),
        })
    }

    /// Acts until told to stop.
    pub(super) async fn work(self, end: CancellationToken) {
        loop {
            let pause = self.chance.draw(|chance| chance.ms(GAP.0, GAP.1));
            tokio::select! {
                biased;
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            self.one().await;
        }
    }

    async fn one(&self) {
        let (what, suspended, breaker) = self.chance.draw(|chance| {
            let what = chance.below(10);
            (what, *chance.pick(&SUSPENDED), *chance.pick(&BREAKERS))
        });
        match what {
            0..=2 => drop(self.done(deed("suspend", suspended, Role::Security)).await),
            3 => drop(self.lift(suspended).await),
            4 => drop(self.done(deed("trip", breaker, Role::Duty)).await),
            5 => drop(self.done(deed("hold-open", breaker, Role::Security)).await),
            6 => drop(self.freed(breaker).await),
            7 | 8 => {
                for target in LOWERED {
                    let lower = Deed {
                        value: Some(1),
                        ..deed("limit", target, Role::Duty)
                    };
                    let _ = self.done(lower).await;
                }
            }
            _ => self.host.review(|old| {
                let now = old.each(LimitName::ClassBurst);
                let other = REVIEWED.into_iter().find(|value| *value != now);
                old.clone()
                    .with(LimitName::ClassBurst, other.unwrap_or(now))
            }),
        }
    }

    /// Ends all that may stand, however long that takes.
    pub(super) async fn clear_up(self) {
        for target in SUSPENDED {
            while !is_over(self.lift(target).await) {
                tokio::time::sleep(AGAIN).await;
            }
        }
        for target in BREAKERS {
            while !is_over(self.freed(target).await) {
                tokio::time::sleep(AGAIN).await;
            }
        }
        for target in LOWERED {
            let lift = deed("lift-limit", target, Role::System);
            while !is_over(self.done(lift).await) {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    /// One person asks, another confirms. The keys stay the same until it is known to be done.
    async fn lift(&self, target: &'static str) -> Option<Result<u64, RefusalCode>> {
        let nth = self.counts().1.get(target).copied().unwrap_or_default();
        let key = |what: &str| format!("{what}-{}-{nth}", target.replace('/', "-"));
        let ask = wanted("lift", target, key("ask"));
        let asked = self.host.act(staff(Role::Security), ask).await?;
        let number = match asked {
            Ok(number) => number,
            Err(code) => return Some(Err(code)),
        };
        let act = "lift";
        self.history.note(Event::Acting { act, target });
        let confirm = wanted("confirm", &format!("act/{number}"), key("confirm"));
        let confirmed = self.host.act(staff(Role::System), confirm).await;
        if matches!(confirmed, Some(Ok(_) | Err(RefusalCode::ActNothing))) {
            *self.counts().1.entry(target).or_default() += 1;
        }
        self.told(deed(act, target, Role::System), None, confirmed);
        confirmed
    }

    /// A breaker is left to itself: what is held is released, what is tripped is reset.
    async fn freed(&self, target: &'static str) -> Option<Result<u64, RefusalCode>> {
        let released = self.done(deed("release", target, Role::System)).await?;
        if released == Err(RefusalCode::ActNothing) {
            return self.done(deed("reset", target, Role::System)).await;
        }
        Some(released)
    }

    async fn done(&self, deed: Deed) -> Option<Result<u64, RefusalCode>> {
        let Deed {
            act, target, role, ..
        } = deed;
        let (ends, lasts) = self.chance.draw(|chance| {
            let ends = deed.value.is_some() || chance.percent(60);
            (ends, chance.ms(4_000, 25_000))
        });
        let stands = matches!(act, "suspend" | "trip" | "hold-open" | "limit");
        let until = (ends && stands).then(|| self.host.clock.now() + lasts);
        let nth = {
            let mut counts = self.counts();
            counts.0 += 1;
            counts.0
        };
        self.history.note(Event::Acting { act, target });
        let wanted = Wanted {
            value: deed.value,
            until: until.map(|until| until.format(&Rfc3339).expect("is a time")),
            ..wanted(act, target, format!("act-{nth}"))
        };
        let done = self.host.act(staff(role), wanted).await;
        let until_ms = until.map(|until| (until - MORNING).whole_milliseconds());
        let until_ms = until_ms.map(|ms| i64::try_from(ms).expect("is near"));
        self.told(deed, until_ms, done);
        done
    }

    fn told(&self, deed: Deed, until_ms: Option<i64>, done: Option<Result<u64, RefusalCode>>) {
        self.history.note(match done {
            Some(Ok(_)) => Event::Acted {
                act: deed.act,
                target: deed.target,
                until_ms,
            },
            Some(Err(code)) => Event::NotActed {
                code: code.to_string(),
            },
            None => Event::NotActed {
                code: "no hub".to_owned(),
            },
        });
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, (u64, BTreeMap<&'static str, u64>)> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing of it stands any more. A refusal that has nothing to do with the trouble is a
/// fault of this world.
fn is_over(done: Option<Result<u64, RefusalCode>>) -> bool {
    match done {
        Some(Ok(_) | Err(RefusalCode::ActNothing)) => true,
        None | Some(Err(RefusalCode::AuditUnavailable)) => false,
        Some(Err(code)) => panic!("the staff cannot clear up: {code}"),
    }
}

const fn deed(act: &'static str, target: &'static str, role: Role) -> Deed {
    Deed {
        act,
        target,
        role,
        value: None,
    }
}

fn wanted(act: &str, target: &str, key: String) -> Wanted {
    Wanted {
        act: act.to_owned(),
        target: target.to_owned(),
        reason: "drill".to_owned(),
        key,
        ..Wanted::default()
    }
}

fn staff(role: Role) -> Staff {
    Staff {
        name: format!("{role}-1"),
        serial: "0c".to_owned(),
        roles: [role].into(),
    }
}
