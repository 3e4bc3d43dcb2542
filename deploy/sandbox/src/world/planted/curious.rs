//! Somebody at the city's counter who looks one person up again and again: case after case stands
//! in that person's name, and each would be honest by itself. It refuses the seed, as everything
//! planted.

use super::super::calendar::days_before;
use super::super::facts::{Case, CaseMore, CaseParty, Role};
use super::super::node::Node;
use super::super::samples;
use super::{Planter, named};

/// The operator.
pub const CURIOUS_OPERATOR: &str = "0199";
/// Their cases at the city (matter 02, flow F05), all about the subject of S2: questions on them
/// are five times about somebody asked about before, and the delivered rule `repeats` passes over
/// three.
pub const CURIOUS_CASES: [&str; 6] = ["CT-Y01", "CT-Y02", "CT-Y03", "CT-Y04", "CT-Y05", "CT-Y06"];

/// Plants the cases.
pub(super) fn plant(planter: &mut Planter<'_>) {
    for number in CURIOUS_CASES {
        let case = Case {
            node: Node::City,
            number: number.to_owned(),
            matter: "02",
            application: format!("YB-{number}"),
            consent: true,
            open: true,
            opened: days_before(planter.as_of(), 1),
            parties: vec![CaseParty {
                role: Role::Applicant,
                who: named(&samples::S2),
            }],
            more: CaseMore::default(),
        };
        planter.facts.cases.push(case);
    }
}
