//! What an operator wants and over what: a closed grammar.

use std::fmt;
use std::str::FromStr;

use catalog::ClassNo;
use catalog::identity::{holds_id_number, may_hold_id_number};
use policies::{Caller, FlowId, is_staff_name};
use wire::quota::Whom;
use wire::{LimitName, RefusalCode};

use crate::nodes::breaker::Hand;
use crate::staff::Deed;

/// Longest name of an operator or number of a case.
const NAME_CHARS_MAX: usize = 64;

/// An act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opens a breaker until it is reset.
    Trip,
    /// Closes a breaker and ends a trip.
    Reset,
    /// Keeps a breaker open.
    HoldOpen,
    /// Keeps a breaker closed; needs a second person.
    HoldClosed,
    /// Ends a hold.
    Release,
    /// Suspends.
    Suspend,
    /// Lifts a suspension; needs a second person.
    Lift,
    /// Sets a limit for a while, not above what is reviewed and what is in force.
    LowerLimit,
    /// Sets a limit for a while above either; needs a second person.
    RaiseLimit,
    /// Ends a limit that was set for a while.
    LiftLimit,
}

impl Act {
    const ALL: [Self; 10] = [
        Self::Trip,
        Self::Reset,
        Self::HoldOpen,
        Self::HoldClosed,
        Self::Release,
        Self::Suspend,
        Self::Lift,
        Self::LowerLimit,
        Self::RaiseLimit,
        Self::LiftLimit,
    ];

    /// As written in requests and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trip => "trip",
            Self::Reset => "reset",
            Self::HoldOpen => "hold-open",
            Self::HoldClosed => "hold-closed",
            Self::Release => "release",
            Self::Suspend => "suspend",
            Self::Lift => "lift",
            Self::LowerLimit => "lower-limit",
            Self::RaiseLimit => "raise-limit",
            Self::LiftLimit => "lift-limit",
        }
    }

    /// What a role must be allowed for it.
    #[must_use]
    pub const fn deed(self) -> Deed {
        match self {
            Self::Trip => Deed::Trip,
            Self::Reset => Deed::Reset,
            Self::HoldOpen => Deed::HoldOpen,
            Self::HoldClosed => Deed::HoldClosed,
            Self::Release => Deed::Release,
            Self::Suspend => Deed::Suspend,
            Self::Lift => Deed::Lift,
            Self::LowerLimit => Deed::LowerLimit,
            Self::RaiseLimit => Deed::RaiseLimit,
            Self::LiftLimit => Deed::LiftLimit,
        }
    }

    /// What the role of a second person must be allowed, where one is needed.
    #[must_use]
    pub const fn confirmed_by(self) -> Option<Deed> {
        match self {
            Self::HoldClosed => Some(Deed::ConfirmHoldClosed),
            Self::Lift => Some(Deed::ConfirmLift),
            Self::RaiseLimit => Some(Deed::ConfirmRaiseLimit),
            Self::Trip
            | Self::Reset
            | Self::HoldOpen
            | Self::Release
            | Self::Suspend
            | Self::LowerLimit
            | Self::LiftLimit => None,
        }
    }

    /// Whether it stands until it is ended.
    #[must_use]
    pub const fn stands(self) -> bool {
        matches!(
            self,
            Self::Trip
                | Self::HoldOpen
                | Self::HoldClosed
                | Self::Suspend
                | Self::LowerLimit
                | Self::RaiseLimit
        )
    }

    /// Whether it sets a limit.
    #[must_use]
    pub const fn sets_a_limit(self) -> bool {
        matches!(self, Self::LowerLimit | Self::RaiseLimit)
    }

    /// What it sets over a breaker.
    #[must_use]
    pub const fn hand(self) -> Option<Hand> {
        match self {
            Self::Trip => Some(Hand::Tripped),
            Self::HoldOpen => Some(Hand::HeldOpen),
            Self::HoldClosed => Some(Hand::HeldClosed),
            Self::Reset
            | Self::Release
            | Self::Suspend
            | Self::Lift
            | Self::LowerLimit
            | Self::RaiseLimit
            | Self::LiftLimit => None,
        }
    }

    const fn is_about_a_limit(self) -> bool {
        matches!(self, Self::LowerLimit | Self::RaiseLimit | Self::LiftLimit)
    }

    const fn is_about_a_breaker(self) -> bool {
        !matches!(self, Self::Suspend | Self::Lift) && !self.is_about_a_limit()
    }
}

impl FromStr for Act {
    type Err = RefusalCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|act| act.as_str() == text);
        found.ok_or(RefusalCode::ActMalformed)
    }
}

/// Over what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A node, as asker and as answerer.
    Node(String),
    /// One class of a node, as answerer; also its breaker.
    Class(String, ClassNo),
    /// An operator of a node.
    Operator(String, String),
    /// A flow, everywhere.
    Flow(FlowId),
    /// A case of a node.
    Case(String, String),
    /// A limit, for everybody without an exception or for one.
    Limit(LimitName, Option<String>),
}

impl Target {
    /// The node that it is about.
    #[must_use]
    pub fn node(&self) -> &str {
        match self {
            Self::Node(node)
            | Self::Class(node, _)
            | Self::Operator(node, _)
            | Self::Case(node, _) => node,
            Self::Limit(name, Some(whom)) if name.whom() != Whom::Flow => {
                whom.split('/').next().unwrap_or_default()
            }
            Self::Flow(_) | Self::Limit(..) => "",
        }
    }

    /// The flow that it is about, as written.
    #[must_use]
    pub fn flow(&self) -> String {
        match self {
            Self::Flow(flow) => flow.to_string(),
            Self::Limit(name, Some(whom)) if name.whom() == Whom::Flow => whom.clone(),
            _ => String::new(),
        }
    }

    /// Whether an act can be about it.
    #[must_use]
    pub fn fits(&self, act: Act) -> bool {
        match self {
            Self::Limit(..) => act.is_about_a_limit(),
            Self::Class(..) => !act.is_about_a_limit(),
            _ => !act.is_about_a_limit() && !act.is_about_a_breaker(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => write!(f, "node/{node}"),
            Self::Class(node, class) => write!(f, "class/{node}/{class}"),
            Self::Operator(node, operator) => write!(f, "operator/{node}/{operator}"),
            Self::Flow(flow) => write!(f, "flow/{flow}"),
            Self::Case(node, case) => write!(f, "case/{node}/{case}"),
            Self::Limit(name, None) => write!(f, "limit/{}", name.path()),
            Self::Limit(name, Some(whom)) => write!(f, "limit/{}/{whom}", name.path()),
        }
    }
}

impl FromStr for Target {
    type Err = RefusalCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = RefusalCode::ActMalformed;
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        // The number of a case may be as long as a person's, as the broker takes it.
        let is_personal = match (kind, rest.split_once('/')) {
            ("case", Some((node, case))) => may_hold_id_number(node) || holds_id_number(case),
            _ => may_hold_id_number(text),
        };
        if is_personal {
            return Err(RefusalCode::ActPersonal);
        }
        let node = |name: &str| {
            Caller::proven(name)
                .map(|_| name.to_owned())
                .map_err(|_| wrong)
        };
        if kind == "flow" {
            return rest.parse().map(Self::Flow).map_err(|_| wrong);
        }
        if kind == "node" {
            return node(rest).map(Self::Node);
        }
        if kind == "limit" {
            return limit(rest).ok_or(wrong);
        }
        let (of, name) = rest.split_once('/').ok_or(wrong)?;
        let of = node(of)?;
        match kind {
            "class" => {
                let class: ClassNo = name.parse().map_err(|_| wrong)?;
                Ok(Self::Class(of, class))
            }
            // A log-in in any spelling is one person.
            "operator" if is_staff_name(name) => Ok(Self::Operator(of, name.to_ascii_lowercase())),
            "case" if is_number(name) => Ok(Self::Case(of, name.to_owned())),
            _ => Err(wrong),
        }
    }
}

/// A limit by its name in the file of limits, and for whom.
fn limit(text: &str) -> Option<Target> {
    let (path, whom) = match text.split_once('/') {
        Some((path, whom)) => (path, Some(whom)),
        None => (text, None),
    };
    let (table, key) = path.split_once('.')?;
    let name = LimitName::find(table, key)?;
    let whom = whom.map(|whom| match name.whom() {
        // A log-in in any spelling is one person.
        Whom::Operator => whom.to_ascii_lowercase(),
        _ => whom.to_owned(),
    });
    let is_sound = |whom: &String| {
        let operator = whom.split_once('/').map_or("", |(_, name)| name);
        name.may_name(whom) && (name.whom() != Whom::Operator || is_staff_name(operator))
    };
    let fits = whom.as_ref().is_none_or(is_sound);
    fits.then_some(Target::Limit(name, whom))
}

fn is_number(text: &str) -> bool {
    let count = text.chars().count();
    (1..=NAME_CHARS_MAX).contains(&count) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_back_and_nonsense_does_not() {
        for text in [
            "node/guoguan",
            "class/guoguan/04",
            "operator/city/0101",
            "operator/city/a/b",
            "flow/F05",
            "case/city/CT-2026/7",
            "case/city/2026112700001234",
            "case/city/CT/202611270000123456",
            "limit/node.per_second",
            "limit/node.per_second/city",
            "limit/operator.per_minute/city/0231",
            "limit/flow.burst/F05",
            "limit/target.class_per_second/city/04",
            "limit/target.in_flight_max/city",
            "limit/hub.in_flight_max",
        ] {
            let target: Target = text.parse().unwrap_or_else(|code| panic!("{text}: {code}"));
            assert_eq!(target.to_string(), text);
        }
        for text in [
            "",
            "node",
            "node/",
            "node/City",
            "class/city/15",
            "class/city",
            "operator/city/张三",
            "flow/F99x",
            "case/city/",
            "case/city/a\nb",
            "thing/city/1",
            "limit/node",
            "limit/node.often",
            "limit/node.per_second/F05x/",
            "limit/node.per_second/City",
            "limit/hub.in_flight_max/city",
            "limit/operator.per_minute/city",
            "limit/operator.per_minute/city/张三",
            "limit/target.in_flight_max/city/04",
        ] {
            assert_eq!(
                text.parse::<Target>(),
                Err(RefusalCode::ActMalformed),
                "{text}"
            );
        }
        for text in [
            "case/city/11010519491231002X",
            "case/city/CT-11010519491231002x/7",
            "case/110105194912310021/7",
            "operator/city/110105194912310021",
            "110105194912310021",
        ] {
            let personal = text.parse::<Target>();
            assert_eq!(personal, Err(RefusalCode::ActPersonal), "{text}");
        }
        let same: Target = "operator/city/Li".parse().expect("is one");
        assert_eq!(same.to_string(), "operator/city/li");
    }

    #[test]
    fn a_limit_is_found_by_the_node_or_flow_that_it_is_for() {
        let about = |text: &str| {
            let target: Target = text.parse().expect("is one");
            (target.node().to_owned(), target.flow())
        };
        let (city, none) = ("city".to_owned(), String::new());
        assert_eq!(
            about("limit/operator.burst/city/Li"),
            (city.clone(), none.clone())
        );
        assert_eq!(
            about("limit/flow.burst/F05"),
            (none.clone(), "F05".to_owned())
        );
        assert_eq!(about("limit/case.burst"), (none.clone(), none.clone()));
        assert_eq!(about("limit/target.class_burst/city/04"), (city, none));
    }

    #[test]
    fn breakers_are_of_classes() {
        let class: Target = "class/city/04".parse().expect("is one");
        let node: Target = "node/city".parse().expect("is one");
        let limit: Target = "limit/case.burst".parse().expect("is one");
        for act in Act::ALL {
            assert_eq!(limit.fits(act), act.is_about_a_limit(), "{act:?}");
            assert_eq!(class.fits(act), !act.is_about_a_limit(), "{act:?}");
            let is_suspension = matches!(act, Act::Suspend | Act::Lift);
            assert_eq!(node.fits(act), is_suspension, "{act:?}");
            assert_eq!(act.as_str().parse(), Ok(act));
        }
    }
}
