//! The rules that a node has announced, as they stood when a question went down its stream and when
//! the reply came up.
//!
//! A node that has seen a question could put what it knows into the name or the sentence of a rule.
//! So nothing is told of a rule that was not announced before the question was sent.

use std::sync::Arc;

use catalog::RuleWord;
use wire::{RefusalCode, RuleWords, v1};

/// The node's rules around one question.
#[derive(Debug, Clone, Default)]
pub struct Announced {
    /// When the question was sent.
    pub before: Arc<RuleWords>,
    /// When the reply came.
    pub now: Arc<RuleWords>,
}

/// What goes on of a rule that a reply names.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The words announced beforehand, or none: the code takes no rule along, the reply names
    /// none, or one that was announced while the question was under way.
    Fair(Option<RuleWord>),
    /// A sentence came along, or the name of a rule that was never announced.
    Broken,
}

impl Announced {
    /// What goes on of the rule beside a code.
    #[must_use]
    pub fn told(&self, code: RefusalCode, rule: Option<&v1::Rule>) -> Told {
        let Some(rule) = rule.filter(|_| code.is_by_a_rule()) else {
            return Told::Fair(None);
        };
        let is_name_alone = rule.zh.is_empty() && rule.en.is_empty();
        match self.before.get(&rule.id) {
            Some(word) if is_name_alone => Told::Fair(Some(word.clone())),
            None if is_name_alone && self.now.get(&rule.id).is_some() => Told::Fair(None),
            Some(_) | None => Told::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ids: &[&str]) -> Arc<RuleWords> {
        let word = |id: &&str| RuleWord::new(id, "须当面核实", "in person").expect("is fit");
        let words: Vec<_> = ids.iter().map(word).collect();
        Arc::new(RuleWords::of(&words))
    }

    #[test]
    fn only_what_was_announced_before_the_question_is_told() {
        let announced = Announced {
            before: words(&["old", "both"]),
            now: words(&["both", "new"]),
        };
        let veto = RefusalCode::GuardVeto;
        let said = |code, id: &str, zh: &str| {
            let rule = v1::Rule {
                id: id.to_owned(),
                zh: zh.to_owned(),
                en: String::new(),
            };
            announced.told(code, Some(&rule))
        };
        let told = |id: &str| Told::Fair(announced.before.get(id).cloned());
        assert_eq!(said(veto, "old", ""), told("old"));
        assert_eq!(said(veto, "both", ""), told("both"));
        assert_eq!(said(veto, "new", ""), Told::Fair(None), "came too late");
        assert_eq!(said(veto, "other", ""), Told::Broken);
        assert_eq!(said(veto, "", ""), Told::Broken);
        assert_eq!(
            said(veto, "both", "须当面核实"),
            Told::Broken,
            "brings words"
        );
        assert_eq!(announced.told(veto, None), Told::Fair(None));
        let by_code = said(RefusalCode::GuardHours, "other", "x");
        assert_eq!(by_code, Told::Fair(None), "takes no rule along");
    }
}
