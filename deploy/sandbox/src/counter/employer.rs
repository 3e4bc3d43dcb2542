//! Employers: in good standing, and registered once.

use super::heard::{elsewhere, if_heard, told};
use super::{Reason, Rule, Verdict, weigh};
use crate::client::Answer;
use crate::world::Node;

/// How an application comes in; the centers' lists differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// At a counter.
    Counter,
    /// Online.
    Online,
}

impl Channel {
    /// States of an enterprise that stop it: cancelled, revoked, withdrawn; and, online, moved out.
    const fn stopping(self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["2", "3", "4"],
            Self::Online => &["2", "3", "4", "5"],
        }
    }
}

/// Whether the enterprise is in good standing, by the rule of the channel. Without a record, or
/// with a state that nobody can read, a person decides.
#[must_use]
pub fn enterprise_status(answer: &Answer, channel: Channel) -> Verdict {
    let mut checked = 0;
    let mut found: Vec<_> = Vec::new();
    for told in told(answer, "14") {
        checked += 1;
        found.push(match told.text("hyjg").as_deref() {
            Some("05") => Verdict::Park([told.node().to_owned()].into()),
            Some("01") => match told.is_one_of("dwzt", channel.stopping()) {
                Some(true) => Verdict::Stop(told.reason(Rule::EnterpriseStatus, "hylsh")),
                Some(false) => Verdict::Go,
                None => told.unreadable(),
            },
            _ => told.unreadable(),
        });
    }
    if checked == 0 {
        found.push(Verdict::Manual(Reason::of(Rule::EnterpriseStatus)));
    }
    found.push(if_heard([answer], &["14"]));
    weigh(found)
}

/// Whether the employer is live at another center already.
#[must_use]
pub fn live_employer(answer: &Answer, own: Node) -> Verdict {
    let found = elsewhere(answer, "02", own).map(|told| {
        match told.is_one_of("dwzhzt", &["01", "02", "03"]) {
            Some(true) => Verdict::Stop(told.reason(Rule::LiveEmployer, "dwzh")),
            Some(false) => Verdict::Go,
            None => told.unreadable(),
        }
    });
    weigh(found.chain([if_heard([answer], &["02"])]))
}
