//! The rule behind a refusal, as a local system gets it: its name, and the sentence that its owner
//! gives. What could name a person has been dropped on the way.

use catalog::RuleWord;
use serde::Serialize;

use super::view::Say;

/// The rule that refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Name of the policy or veto.
    pub id: String,
    /// What it says of itself; a sentence may be empty.
    pub say: Say,
}

impl From<&RuleWord> for RuleView {
    fn from(word: &RuleWord) -> Self {
        Self {
            id: word.id().to_owned(),
            say: Say {
                zh: word.zh().to_owned(),
                en: word.en().to_owned(),
            },
        }
    }
}

/// Adds to a refusal's sentence which rule it was, and what that rule says.
pub(super) fn tell(said: &mut Say, rule: Option<&RuleView>) {
    let Some(rule) = rule else { return };
    let id = &rule.id;
    said.zh.push_str(&match rule.say.zh.as_str() {
        "" => format!("规则 {id}。"),
        zh => format!("规则 {id}：{zh}"),
    });
    said.en.push_str(&match rule.say.en.as_str() {
        "" => format!(" Rule {id}."),
        en => format!(" Rule {id}: {en}"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_which_rule_and_what_it_says() {
        let told = |zh, en| {
            let word = RuleWord::new("month-end", zh, en).expect("is fit");
            let mut said = Say {
                zh: "拒绝。".to_owned(),
                en: "Declined.".to_owned(),
            };
            tell(&mut said, Some(&RuleView::from(&word)));
            (said.zh, said.en)
        };
        let (zh, en) = told("月末结账。", "The month is being closed.");
        assert_eq!(zh, "拒绝。规则 month-end：月末结账。");
        assert_eq!(en, "Declined. Rule month-end: The month is being closed.");
        let (zh, en) = told("", "");
        assert_eq!(zh, "拒绝。规则 month-end。");
        assert_eq!(en, "Declined. Rule month-end.");
    }
}
