//! The rule behind a refusal, on its way from whoever refuses to the clerk, and when to come back.
//! A rule is told only with a code that leaves open which rule it was, and only as far as
//! [`RuleWord`] lets it pass.

use std::time::Duration;

use catalog::RuleWord;

use super::RefusalCode;
use crate::v1;

/// A refusal before it travels: its code, and the rule that refused where one can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: RefusalCode,
    /// The rule.
    pub rule: Option<RuleWord>,
    /// When to come back, where that can be told.
    pub retry_after: Option<Duration>,
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self {
            code,
            rule: None,
            retry_after: None,
        }
    }
}

impl Refusal {
    /// A refusal by a rule; the rule is told if the code leaves open which it was.
    #[must_use]
    pub fn by(code: RefusalCode, rule: Option<&RuleWord>) -> Self {
        Self {
            code,
            rule: rule.filter(|_| code.is_by_a_rule()).cloned(),
            retry_after: None,
        }
    }

    /// A refusal by a limit that has room again after this time.
    #[must_use]
    pub fn until(code: RefusalCode, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..code.into()
        }
    }

    /// As it came from another program, with a known code.
    #[must_use]
    pub fn heard(code: RefusalCode, rule: Option<&v1::Rule>) -> Self {
        Self::by(code, rule_from_wire(rule).as_ref())
    }

    /// As it travels, without receipt.
    #[must_use]
    pub fn to_wire(&self, query_id: &str) -> v1::Refusal {
        v1::Refusal {
            rule: self.rule.as_ref().map(v1::Rule::from),
            retry_after_ms: self.retry_after_ms(),
            ..self.code.to_wire(query_id)
        }
    }

    /// As a node sends it: of the rule the name alone, for its words are announced.
    #[must_use]
    pub fn to_wire_by_name(&self, query_id: &str) -> v1::Refusal {
        let name = |word: &RuleWord| v1::Rule {
            id: word.id().to_owned(),
            ..v1::Rule::default()
        };
        v1::Refusal {
            rule: self.rule.as_ref().map(name),
            retry_after_ms: self.retry_after_ms(),
            ..self.code.to_wire(query_id)
        }
    }

    /// When to come back, as it travels: 0 where that cannot be told.
    #[must_use]
    pub fn retry_after_ms(&self) -> u32 {
        self.retry_after.map_or(0, retry_after_ms)
    }

    /// The name of the rule, for logs; empty where there is none.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        self.rule.as_ref().map_or("", RuleWord::id)
    }
}

/// In whole milliseconds and never too early; what is told is never nothing.
fn retry_after_ms(time: Duration) -> u32 {
    let millis = time.as_nanos().div_ceil(1_000_000).max(1);
    u32::try_from(millis).unwrap_or(u32::MAX)
}

impl From<&RuleWord> for v1::Rule {
    fn from(word: &RuleWord) -> Self {
        Self {
            id: word.id().to_owned(),
            zh: word.zh().to_owned(),
            en: word.en().to_owned(),
        }
    }
}

/// What may be told on of a rule that another program named.
#[must_use]
pub fn rule_from_wire(rule: Option<&v1::Rule>) -> Option<RuleWord> {
    let rule = rule?;
    RuleWord::heard(&rule.id, &rule.zh, &rule.en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word() -> RuleWord {
        RuleWord::new("month-end", "月末结账", "the month is being closed").expect("is fit")
    }

    #[test]
    fn a_rule_travels_with_a_code_that_leaves_it_open() {
        let sent = Refusal::by(RefusalCode::GuardVeto, Some(&word())).to_wire("q-1");
        let heard = Refusal::heard(RefusalCode::GuardVeto, sent.rule.as_ref());
        assert_eq!(heard.rule, Some(word()));
        assert_eq!(
            (heard.rule_id(), sent.query_id.as_str()),
            ("month-end", "q-1")
        );
        let told_by_code = Refusal::by(RefusalCode::ItemOutsideFlow, Some(&word()));
        assert_eq!(told_by_code, RefusalCode::ItemOutsideFlow.into());
    }

    #[test]
    fn when_to_come_back_is_never_told_too_early() {
        let told = |time| Refusal::until(RefusalCode::LimitCaller, time).to_wire("q-1");
        let of = |nanos| told(Duration::from_nanos(nanos)).retry_after_ms;
        assert_eq!((of(0), of(1), of(1_000_000), of(1_000_001)), (1, 1, 1, 2));
        assert_eq!(told(Duration::MAX).retry_after_ms, u32::MAX);
        let open = Refusal::from(RefusalCode::CaseMissing).to_wire("q-1");
        assert_eq!(open.retry_after_ms, 0, "nobody knows");
    }

    #[test]
    fn what_could_name_a_person_goes_no_further() {
        let mut rule = v1::Rule::from(&word());
        rule.zh = "不查 110101190001010014".to_owned();
        let heard = rule_from_wire(Some(&rule)).expect("has a name");
        assert_eq!((heard.zh(), heard.en()), ("", word().en()));
        rule.id = "110101190001010014".to_owned();
        assert_eq!(rule_from_wire(Some(&rule)), None);
        assert_eq!(rule_from_wire(None), None);
    }
}
