//! What the rules of one center say of themselves, all of them: announced by its agent, kept by the
//! hub, so that no reply brings a sentence of its own.

use std::collections::BTreeMap;

use catalog::{Digest, RULE_WORDS_MAX, RuleWord};

use crate::v1;

/// The words of a center's rules, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleWords(BTreeMap<String, RuleWord>);

/// The announcement is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an announcement names at most {RULE_WORDS_MAX} rules, each once, in fit words")]
pub struct UnfitWords;

impl RuleWords {
    /// As the agent has them in its own files.
    pub fn of<'w>(words: impl IntoIterator<Item = &'w RuleWord>) -> Self {
        let words = words.into_iter();
        Self(words.map(|w| (w.id().to_owned(), w.clone())).collect())
    }

    /// As they came: whole, or not at all.
    ///
    /// # Errors
    /// There are too many, two of one name, or one that may not speak like that.
    pub fn heard(announced: &v1::RuleWords) -> Result<Self, UnfitWords> {
        if announced.rules.len() > RULE_WORDS_MAX {
            return Err(UnfitWords);
        }
        let mut words = BTreeMap::new();
        for rule in &announced.rules {
            let word = RuleWord::new(&rule.id, &rule.zh, &rule.en).map_err(|_| UnfitWords)?;
            if words.insert(rule.id.clone(), word).is_some() {
                return Err(UnfitWords);
            }
        }
        Ok(Self(words))
    }

    /// As they travel.
    #[must_use]
    pub fn to_wire(&self) -> v1::RuleWords {
        v1::RuleWords {
            rules: self.0.values().map(v1::Rule::from).collect(),
        }
    }

    /// The words of one rule.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&RuleWord> {
        self.0.get(id)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// SHA-256 over `"tianshu/rule-words/v1" 00` and, for each rule in the order of the names, name
    /// and both sentences, each as 8-byte big-endian length and bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut bytes = b"tianshu/rule-words/v1\0".to_vec();
        for word in self.0.values() {
            for text in [word.id(), word.zh(), word.en()] {
                let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
                bytes.extend(length.to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        Digest::of(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, zh: &str, en: &str) -> v1::Rule {
        v1::Rule {
            id: id.to_owned(),
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }

    fn heard(rules: Vec<v1::Rule>) -> Result<RuleWords, UnfitWords> {
        RuleWords::heard(&v1::RuleWords { rules })
    }

    #[test]
    fn what_is_announced_is_heard_whole_or_not_at_all() {
        let two = || vec![rule("a", "月末结账", ""), rule("b", "", "in person")];
        let words = heard(two()).expect("is fit");
        assert_eq!((words.len(), words.is_empty()), (2, false));
        assert_eq!(words.get("a").map(RuleWord::zh), Some("月末结账"));
        assert_eq!(words.get("c"), None);
        assert_eq!(RuleWords::heard(&words.to_wire()), Ok(words));
        for bad in [
            rule("a", "", ""),
            rule("", "", ""),
            rule("c", "two\nlines", ""),
            rule("c", "不查 110101190001010014", ""),
            rule("110101190001010014", "", ""),
        ] {
            let mut rules = two();
            rules.push(bad.clone());
            assert_eq!(heard(rules), Err(UnfitWords), "{bad:?}");
        }
        let many = |n: usize| (0..n).map(|n| rule(&format!("r-{n}"), "", "")).collect();
        assert_eq!(heard(many(RULE_WORDS_MAX)).map(|w| w.len()), Ok(1_024));
        assert_eq!(heard(many(RULE_WORDS_MAX + 1)), Err(UnfitWords));
    }

    #[test]
    fn the_digest_is_over_every_word_and_over_no_order() {
        let digest = |rules| heard(rules).expect("is fit").digest();
        let (a, b) = (rule("a", "x", "y"), rule("b", "", ""));
        let both = digest(vec![a.clone(), b.clone()]);
        assert_eq!(both, digest(vec![b.clone(), a.clone()]));
        let others = [
            vec![],
            vec![a.clone()],
            vec![rule("a", "y", "x"), b.clone()],
            vec![rule("a", "xy", ""), b.clone()],
            vec![rule("aa", "x", "y"), b],
        ];
        for other in others {
            assert_ne!(both, digest(other.clone()), "{other:?}");
        }
    }
}
