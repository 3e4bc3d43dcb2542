//! What a match says about records: findings by verdict, each once and bounded. Whether a verdict
//! was asked for, and what it may say, is judged by those who know the flow.

use std::collections::BTreeMap;

use super::WireError;
use crate::limits::{COUNTS_PER_VERDICT_MAX, NAME_BYTES_MAX, YARDSTICKS_MAX};
use crate::v1;

/// What a verdict says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Yes or no.
    Holds(bool),
    /// Counts by code.
    Counts(BTreeMap<String, u32>),
}

/// The findings of a class.
pub type Findings = BTreeMap<String, Finding>;

/// The wire form of findings.
#[must_use]
pub fn findings_to_wire(findings: &Findings) -> Vec<v1::Verdict> {
    use v1::verdict::Finding as Sent;
    let sent = |(verdict, finding): (&String, &Finding)| v1::Verdict {
        verdict: verdict.clone(),
        finding: Some(match finding {
            Finding::Holds(holds) => Sent::Holds(*holds),
            Finding::Counts(counts) => Sent::Counts(v1::Counts {
                by_code: counts.iter().map(|(code, n)| (code.clone(), *n)).collect(),
            }),
        }),
    };
    findings.iter().map(sent).collect()
}

/// Reads the findings of a class reply.
///
/// # Errors
/// A finding that says nothing, a verdict twice, or more than the limits allow.
pub fn findings_from_wire(sent: &[v1::Verdict]) -> Result<Findings, WireError> {
    use v1::verdict::Finding as Sent;
    if sent.len() > YARDSTICKS_MAX {
        return Err(WireError::TooLarge("verdicts"));
    }
    let mut findings = Findings::new();
    for one in sent {
        if one.verdict.is_empty() || one.verdict.len() > NAME_BYTES_MAX {
            return Err(WireError::TooLarge("verdict"));
        }
        let finding = match one.finding.as_ref().ok_or(WireError::Missing("finding"))? {
            Sent::Holds(holds) => Finding::Holds(*holds),
            Sent::Counts(counts) if counts.by_code.len() > COUNTS_PER_VERDICT_MAX => {
                return Err(WireError::TooLarge("counts"));
            }
            Sent::Counts(counts) => {
                let counts = counts.by_code.iter();
                Finding::Counts(counts.map(|(code, n)| (code.clone(), *n)).collect())
            }
        };
        if findings.insert(one.verdict.clone(), finding).is_some() {
            return Err(WireError::Twice("verdict"));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_read_back_and_nothing_else_is_one() {
        let findings = Findings::from([
            ("live-account".to_owned(), Finding::Holds(true)),
            (
                "by-status".to_owned(),
                Finding::Counts(BTreeMap::from([("01".to_owned(), 2)])),
            ),
        ]);
        let sent = findings_to_wire(&findings);
        assert_eq!(findings_from_wire(&sent), Ok(findings));
        let mut twice = sent.clone();
        twice.push(sent[0].clone());
        assert_eq!(findings_from_wire(&twice), Err(WireError::Twice("verdict")));
        let silent = v1::Verdict {
            verdict: "live-account".into(),
            finding: None,
        };
        assert_eq!(
            findings_from_wire(&[silent]),
            Err(WireError::Missing("finding"))
        );
        let many = (0..=COUNTS_PER_VERDICT_MAX).map(|n| (n.to_string(), 1));
        let flood = v1::Verdict {
            verdict: "by-status".into(),
            finding: Some(v1::verdict::Finding::Counts(v1::Counts {
                by_code: many.collect(),
            })),
        };
        assert_eq!(
            findings_from_wire(&[flood]),
            Err(WireError::TooLarge("counts"))
        );
        let nameless = v1::Verdict {
            verdict: String::new(),
            finding: Some(v1::verdict::Finding::Holds(true)),
        };
        assert!(findings_from_wire(&[nameless]).is_err());
    }
}
