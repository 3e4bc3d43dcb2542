//! Good questions that are refused for the state of the hub or for rules of its own, and the list
//! of all refusals that the hub can give: a code without a row here is noticed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt as _;
use time::macros::datetime;
use tokio::time::Instant;
use wire::{LimitName, RefusalCode, RefusalCode as R};

use super::fixture::{self, APPROVED, Ask, Setup, Star};
use super::refusals;
use crate::ledger::entry::Entry;
use crate::throttle::{Urgency, Waits};

fn limit(setup: &mut Setup, values: &[(LimitName, u32)]) {
    for (name, value) in values {
        setup.limits = setup.limits.clone().with(*name, *value);
    }
}

fn one_a_second(setup: &mut Setup) {
    limit(
        setup,
        &[(LimitName::NodeBurst, 1), (LimitName::NodePerSecond, 1)],
    );
}

fn one_a_minute(setup: &mut Setup) {
    limit(
        setup,
        &[
            (LimitName::OperatorBurst, 1),
            (LimitName::OperatorPerMinute, 1),
        ],
    );
}

/// Somebody has the only place and keeps it.
fn occupy(star: &Star) {
    let throttle = &star.broker.throttle;
    let admitted = throttle.admit("tielu").expect("is within its quota");
    let waits = Waits {
        urgency: Urgency::Counter,
        flow: "F05",
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let slot = throttle.place(admitted, waits).now_or_never();
    std::mem::forget(slot.expect("is free").expect("is free"));
}

fn with(change: fn(&mut Setup)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup);
    setup
}

const PERMIT: &str = "@id(\"yes\") permit (principal, action in [Action::\"ask\"], resource);";
const FORBID: &str = "@id(\"yes\") permit (principal, action in [Action::\"ask\"], resource);\n\
    @id(\"no\") forbid (principal, action in [Action::\"ask\"], resource);";
/// Passes strict validation and overflows when evaluated.
const FAILS: &str = "@id(\"yes\") permit (principal, action in [Action::\"ask\"], resource);\n\
    @id(\"no\") forbid (principal, action in [Action::\"ask\"], resource)\n\
    when { context.now_s * 9000000000000000 == 1 };";

/// The hub's rules, what is then done to the hub, and how many questions of the same case go
/// before.
type Row = (&'static str, RefusalCode, fn(&mut Setup), fn(&Star), u32);

const STATES: &[Row] = &[
    (
        "a suspended node",
        R::Suspended,
        |_| {},
        |s| suspend(s, |x| x.set_node("guoguan", true)),
        0,
    ),
    (
        "a suspended operator",
        R::SuspendedOperator,
        |_| {},
        |s| suspend(s, |x| x.set_operator("guoguan", "0231", true)),
        0,
    ),
    (
        "a suspended flow",
        R::SuspendedFlow,
        |_| {},
        |s| suspend(s, |x| x.set_flow("F05", true).expect("a flow")),
        0,
    ),
    (
        "a suspended case",
        R::SuspendedCase,
        |_| {},
        suspend_next_cases,
        0,
    ),
    (
        "a hub that stops",
        R::HubStopping,
        |_| {},
        |s| s.broker.stopping.cancel(),
        1,
    ),
    (
        "a log that no witness has looked at since the start",
        R::AuditUnchecked,
        |_| {},
        |s| s.broker.witnesses.close(),
        1,
    ),
    (
        "a log of which a witness holds another history",
        R::AuditForked,
        |_| {},
        |s| {
            s.broker
                .witnesses
                .disown(crate::witnesses::tests::disowned())
        },
        1,
    ),
    ("a node too fast", R::LimitCaller, one_a_second, |_| {}, 1),
    (
        "an operator too fast",
        R::LimitOperator,
        one_a_minute,
        |_| {},
        1,
    ),
    (
        "a full hub",
        R::LimitHub,
        |s| {
            limit(s, &[(LimitName::InFlightMax, 1), (LimitName::QueueMax, 0)]);
        },
        occupy,
        0,
    ),
    (
        "a wait that is too long",
        R::LimitWait,
        |s| {
            limit(
                s,
                &[(LimitName::InFlightMax, 1), (LimitName::QueueWaitMax, 1)],
            );
        },
        occupy,
        0,
    ),
    (
        "a flow too often",
        R::LimitFlow,
        |s| {
            limit(
                s,
                &[(LimitName::FlowBurst, 1), (LimitName::FlowPerSecond, 1)],
            );
        },
        |_| {},
        1,
    ),
    (
        "a case too often",
        R::LimitCase,
        |s| {
            limit(
                s,
                &[(LimitName::CaseBurst, 1), (LimitName::CasePerMinute, 1)],
            );
        },
        |_| {},
        1,
    ),
    (
        "a full memory",
        R::CaseMemory,
        |s| s.uses_max = 1,
        |_| {},
        1,
    ),
    ("a case used up", R::CaseOverused, |_| {}, |_| {}, 20),
    (
        "a flow before its first day",
        R::FlowDisabled,
        |s| s.now = datetime!(2019-12-31 23:59 +8),
        |_| {},
        0,
    ),
    (
        "a Sunday",
        R::OutsideHours,
        |s| s.now = datetime!(2026-11-22 10:00 +8),
        |_| {},
        0,
    ),
    (
        "after hours",
        R::OutsideHours,
        |s| s.now = datetime!(2026-11-23 19:00 +8),
        |_| {},
        0,
    ),
    (
        "a holiday",
        R::OutsideHours,
        |s| s.now = datetime!(2026-10-01 10:00 +8),
        |_| {},
        0,
    ),
    (
        "an operator who is no officer",
        R::CaseOfficer,
        |s| s.flow = Some(("hours =", "officer = true\nhours =")),
        |_| {},
        0,
    ),
    (
        "no second approver",
        R::CaseApprover,
        |s| s.flow = Some(APPROVED),
        |_| {},
        0,
    ),
    (
        "a policy that forbids",
        R::PolicyDenied,
        |s| s.policies = Some(FORBID),
        |_| {},
        0,
    ),
    (
        "a policy that fails",
        R::PolicyError,
        |s| s.policies = Some(FAILS),
        |_| {},
        0,
    ),
];

/// The table as it is told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, RefusalCode)> {
    STATES.iter().map(|row| (row.0, row.1))
}

/// Cases are numbered as they are asked about; other tests ask meanwhile.
fn suspend_next_cases(star: &Star) {
    let case_no = Ask::honest(star).case.case_no;
    let (name, next) = case_no.rsplit_once('-').expect("is numbered");
    let next: u32 = next.parse().expect("is a number");
    let mut state = star.broker.suspensions.write().expect("is whole");
    for number in 0..next + 10_000 {
        state.set_case("guoguan", &format!("{name}-{number}"), true);
    }
}

fn suspend(star: &Star, change: fn(&mut policies::Suspensions)) {
    change(&mut star.broker.suspensions.write().expect("is whole"));
}

#[tokio::test]
async fn a_state_refuses_with_its_code() {
    for (name, code, rules, act, before) in STATES {
        let star = Star::new(with(*rules));
        let _nodes = star.attach_all(fixture::one_account);
        let mut ask = Ask::honest(&star);
        for n in 1..=*before {
            let passed = star.ask(&ask.again(n)).await;
            passed.unwrap_or_else(|r| panic!("{name}: question {n}: {}", r.code));
        }
        act(&star);
        if *code == R::CaseMemory {
            ask = Ask::honest(&star);
        }
        refusals::check_refused(&star, name, &ask, *code).await;
    }
}

/// The control of the two policy rows: the same set without its `forbid` permits.
#[tokio::test]
async fn a_policy_that_permits_is_not_in_the_way() {
    let star = Star::new(with(|s| s.policies = Some(PERMIT)));
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
}

#[tokio::test]
async fn a_statement_serves_once() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let ask = Ask::honest(&star);
    star.ask(&ask).await.expect("is permitted");
    refusals::check_refused(&star, "again", &ask, R::CaseReplayed).await;
    star.ask(&ask.again(2))
        .await
        .expect("a new statement of the same case serves");
}

/// A refused question uses nothing up: mended, it is answered.
#[tokio::test]
async fn a_refused_statement_is_not_used_up() {
    let star = Star::new(Setup::default());
    suspend(&star, |x| x.set_node("guoguan", true));
    let ask = Ask::honest(&star);
    refusals::check_refused(&star, "suspended", &ask, R::Suspended).await;
    suspend(&star, |x| x.set_node("guoguan", false));
    star.ask(&ask).await.expect("is permitted now");
}

/// The first of a flood is on record by itself, the others as one count.
#[tokio::test(start_paused = true)]
async fn a_flood_is_folded() {
    let star = Star::new(with(one_a_second));
    let (mut answered, mut receipts, mut refused) = (0, 0, 0);
    for _ in 0..50 {
        match star.ask(&Ask::honest(&star)).await {
            Ok(_) => answered += 1,
            Err(refusal) => {
                assert_eq!(refusal.code, R::LimitCaller.as_str());
                refused += 1;
                receipts += u64::from(refusal.receipt.is_some());
            }
        }
    }
    assert!(
        answered >= 1 && refused > 25,
        "{answered} answered, {refused} refused"
    );
    assert_eq!(receipts, 1, "a folded refusal has no entry of its own");
    star.broker.ledger.close_folds(false).await.expect("writes");
    let folded = |star: &Star| {
        let entries = star.entries(0).into_iter();
        entries
            .filter_map(|e| match e {
                Entry::RefusalsFolded(folded) => Some((folded.who, folded.code, folded.count)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(folded(&star), [], "the window is not over");
    tokio::time::advance(crate::ledger::fold::FOLD_WINDOW).await;
    star.broker.ledger.close_folds(false).await.expect("writes");
    let code = R::LimitCaller.to_string();
    assert_eq!(folded(&star), [("guoguan".to_owned(), code, refused - 1)]);
    let alone = star
        .entries(0)
        .into_iter()
        .filter(|e| matches!(e, Entry::Refusal(_)))
        .count();
    assert_eq!(alone, 1);
}

/// Where a refusal comes from. Exhaustive, so that a new code must be sorted in, and shown by a row
/// if it is the hub's.
fn is_given_by_the_broker(code: RefusalCode) -> bool {
    match code {
        R::CallerUnknown | R::CallerNotNode | R::AskMalformed | R::AskTooLarge | R::ItemUnknown => {
            true
        }
        R::CaseMissing
        | R::CasePersonal
        | R::CaseMalformed
        | R::CaseSignature
        | R::CaseWrongNode => true,
        R::CaseExpired | R::CaseNotYet | R::CaseTooLong | R::CaseFlow | R::CaseMatter => true,
        R::CaseBasis | R::CaseConsent | R::CaseSubject | R::CaseQuestion => true,
        R::CaseReplayed | R::CaseOverused | R::CaseApprover | R::CaseMemory => true,
        R::CaseApproverSignature => true,
        R::FlowUnknown | R::FlowDisabled | R::ItemOutsideFlow | R::ClassOutsideFlow => true,
        R::OutsideHours
        | R::CaseOfficer
        | R::ModeOutsideFlow
        | R::FlowVersion
        | R::VerdictOutsideFlow => true,
        R::CenterNotNamed | R::CenterUnknown | R::CenterNotAsked => true,
        R::Suspended | R::SuspendedOperator | R::SuspendedFlow | R::SuspendedCase => true,
        R::PolicyDenied | R::PolicyError => true,
        R::LimitCaller | R::LimitOperator | R::LimitFlow | R::LimitCase => true,
        R::LimitHub | R::LimitWait => true,
        // Of a list and its lines: shown in `api::many`.
        R::FlowNotAList | R::ListTooLong | R::LimitLists | R::AskCancelled => false,
        R::AuditUnavailable | R::HubStopping | R::HubInternal => true,
        R::AuditForked | R::AuditUnchecked => true,
        // Of one node within an answer.
        R::NodeDown | R::NodeTimeout | R::NodeBreaker | R::NodeBusy | R::NodeSource => false,
        R::NodeThrottled | R::NodeClassFull | R::NodeClassRate => false,
        R::NodeReply | R::NodeFile | R::NodeDraining | R::NotCovered => false,
        R::HitUnknown => false,
        R::NodeHeld | R::NodeSuspended => false,
        // Of the staff's door.
        R::StaffUnknown | R::ActMalformed | R::ActPersonal | R::ActTarget | R::ActRole => false,
        R::ActSecond | R::ActStands | R::ActNothing | R::ActHeld | R::ActKey => false,
        R::ActMany | R::ActLimit => false,
        R::AlertStep | R::AlertCounting => false,
        R::NamingReason | R::NamingStaff | R::NamingLimit | R::NamingNobody => false,
        R::PageUnknown | R::PageMalformed | R::PageForged => false,
        R::PageSession | R::PagePersonal => false,
        R::NotCoveredVersion => false,
        R::GuardCase | R::GuardSubject | R::GuardFlow | R::GuardVeto => false,
        R::GuardHours | R::GuardNotEnabled | R::GuardVersion | R::GuardPolicy => false,
        R::GuardTarget | R::GuardPeople | R::GuardHub => false,
        R::GuardTime | R::GuardApprover | R::GuardApproverSignature | R::GuardOfficer => false,
        R::GuardMode | R::GuardItem | R::GuardVerdict | R::GuardCenters => false,
        R::GuardAskerNotEnabled => false,
        R::GuardMeasures | R::GuardSubjectMeasures | R::MeasureMemory => false,
        // Of the agent's local interface.
        R::SubjectMalformed | R::CaseUnknown | R::CaseClosed | R::CaseNotOpen => false,
        R::HubDistrusted => false,
        R::HubUnreachable | R::HubReply | R::LocalToken | R::EvidenceUnknown => false,
        R::LocalSource | R::LocalAudit | R::GivenMissing | R::GivenMalformed => false,
        R::ApprovalUnknown | R::CaseApproverStatement => false,
        R::CaseMeasures | R::SubjectMeasures | R::MeasureOutsideFlow => false,
        // Of the connection and the stream, before any question.
        R::TlsUnknownCa | R::TlsRevoked | R::TlsExpired | R::TlsNoCertificate => false,
        R::TlsIdentity | R::TlsTimeout | R::TlsVersion | R::TlsTooMany => false,
        R::TlsRevocationUnknown | R::TlsFlood | R::TlsOther => false,
        R::TlsFrameSize | R::TlsHeaders | R::TlsProtocol | R::TlsUnread => false,
        R::LimitUnread => false,
        R::AttachCatalog | R::AttachTooMany | R::AttachTooOften | R::AttachMalformed => false,
    }
}

#[test]
fn every_refusal_of_the_broker_is_shown_by_a_row() {
    // Shown by tests of their own: here, in `journal_fails` and in `abandoned`.
    let elsewhere = [R::AuditUnavailable, R::HubInternal];
    let rows = refusals::codes()
        .chain(STATES.iter().map(|row| row.1))
        .chain(super::stories::told().map(|row| row.1))
        .chain(elsewhere);
    let shown: BTreeSet<RefusalCode> = rows.collect();
    let given = RefusalCode::ALL
        .iter()
        .copied()
        .filter(|code| is_given_by_the_broker(*code));
    assert_eq!(shown, given.collect());
}
