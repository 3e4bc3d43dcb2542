//! The list of the planted samples. It refuses anything that `planted` does not put into the
//! centers: a test reads every expectation back through the centers' own mappings.

mod accounts;
mod employers;
mod houses;
mod loans;

use super::super::node::Node;
use super::Wanted::Text;
use super::{Expected, ExpectedRow, Sample, SampleCase, SampleSubject};

/// A case at 国管 (matter 02, flow F05, subject of S1) that is closed: no question may start from it.
pub const CLOSED_CASE: &str = "GG-X01";
/// A case at 国管 (matter 02, flow F05, subject of S1) whose applicant gave no consent.
pub const NO_CONSENT_CASE: &str = "GG-X02";

const LIVE: ExpectedRow = &[("04-07", Text("01")), ("04-08", Text("01"))];

const fn case(
    case_no: &'static str,
    node: Node,
    flow: &'static str,
    matter: &'static str,
    parties: &'static [SampleSubject],
) -> SampleCase {
    SampleCase {
        case_no,
        node,
        flow,
        matter,
        parties,
    }
}

const fn none(subject: SampleSubject, node: Node, class: u8) -> Expected {
    Expected {
        subject,
        node,
        class,
        records: 0,
        rows: &[],
    }
}

const fn one(
    subject: SampleSubject,
    node: Node,
    class: u8,
    rows: &'static [ExpectedRow],
) -> Expected {
    Expected {
        subject,
        node,
        class,
        records: 1,
        rows,
    }
}

const fn many(
    subject: SampleSubject,
    node: Node,
    class: u8,
    records: usize,
    rows: &'static [ExpectedRow],
) -> Expected {
    Expected {
        subject,
        node,
        class,
        records,
        rows,
    }
}

/// All of them, in order.
pub(super) const SAMPLES: &[Sample] = &[
    accounts::S1,
    accounts::S2,
    accounts::S3,
    accounts::S4,
    accounts::S5,
    houses::S6,
    houses::S7,
    houses::S8,
    loans::S9,
    loans::S10,
    loans::S11,
    houses::S12,
    accounts::S13,
    accounts::S14,
    employers::S15,
    employers::S16,
    loans::S17,
];
