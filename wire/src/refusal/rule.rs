//! The rule behind a refusal, on its way from whoever refuses to the clerk. A rule is told only
//! with a code that leaves open which rule it was, and only as far as [`RuleWord`] lets it pass.

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
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self { code, rule: None }
    }
}

impl Refusal {
    /// A refusal by a rule; the rule is told if the code leaves open which it was.
    #[must_use]
    pub fn by(code: RefusalCode, rule: Option<&RuleWord>) -> Self {
        Self {
            code,
            rule: rule.filter(|_| code.is_by_a_rule()).cloned(),
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
            ..self.code.to_wire(query_id)
        }
    }

    /// The name of the rule, for logs; empty where there is none.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        self.rule.as_ref().map_or("", RuleWord::id)
    }
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
