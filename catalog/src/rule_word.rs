//! What a rule says of itself to whoever it refuses: its name and a sentence in two languages.
//! Bounded, and never a text in which a person's number might stand: it travels, and its name goes
//! into logs.

use crate::identity::may_hold_id_number;

/// Longest name of a rule, in bytes.
pub const RULE_ID_BYTES_MAX: usize = 64;
/// Longest sentence of a rule, in characters.
pub const RULE_SENTENCE_CHARS_MAX: usize = 200;

/// Most rules of one center: which of them refused tells at most ten bits.
pub const RULE_WORDS_MAX: usize = 1_024;

/// A rule's name and sentences. A sentence may be missing, the name never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWord {
    id: String,
    zh: String,
    en: String,
}

/// Why a rule may not speak like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleWordFault {
    /// The name is no name.
    #[error(
        "a rule is named by 1 to {RULE_ID_BYTES_MAX} letters, digits and `-_.`, and by no number \
         that could be a person's"
    )]
    BadId,
    /// A sentence is none.
    #[error(
        "a rule's sentence is one line of at most {RULE_SENTENCE_CHARS_MAX} characters, and holds \
         no number that could be a person's"
    )]
    BadSentence,
}

impl RuleWord {
    /// For a rule that is being loaded; an empty sentence is a missing one.
    ///
    /// # Errors
    /// The name is no name, or a sentence is unfit.
    pub fn new(id: &str, zh: &str, en: &str) -> Result<Self, RuleWordFault> {
        if !is_id(id) {
            return Err(RuleWordFault::BadId);
        }
        if [zh, en].into_iter().all(is_fit) {
            Ok(Self {
                id: id.to_owned(),
                zh: zh.to_owned(),
                en: en.to_owned(),
            })
        } else {
            Err(RuleWordFault::BadSentence)
        }
    }

    /// For what another program says: an unfit sentence is left out, and with an unfit name all of
    /// it.
    #[must_use]
    pub fn heard(id: &str, zh: &str, en: &str) -> Option<Self> {
        let fit = |text| if is_fit(text) { text } else { "" };
        Self::new(id, fit(zh), fit(en)).ok()
    }

    /// The name of the rule.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its sentence in Chinese; empty if it has none.
    #[must_use]
    pub fn zh(&self) -> &str {
        &self.zh
    }

    /// Its sentence in English; empty if it has none.
    #[must_use]
    pub fn en(&self) -> &str {
        &self.en
    }
}

fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=RULE_ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(is_plain)
        && !may_hold_id_number(text)
}

fn is_fit(text: &str) -> bool {
    text.chars().nth(RULE_SENTENCE_CHARS_MAX).is_none()
        && !text.chars().any(char::is_control)
        && !may_hold_id_number(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "本中心月末结账期间不对外提供余额。";
    const NUMBER: &str = "110101190001010014";

    #[test]
    fn a_rule_has_a_name_and_may_have_sentences() {
        let word = RuleWord::new("no-balance", SENTENCE, "").expect("is fit");
        assert_eq!(
            (word.id(), word.zh(), word.en()),
            ("no-balance", SENTENCE, "")
        );
        let long = "x".repeat(RULE_ID_BYTES_MAX + 1);
        for bad in ["", "a b", "余额", "a\n", NUMBER, &long] {
            assert_eq!(
                RuleWord::new(bad, "", ""),
                Err(RuleWordFault::BadId),
                "{bad}"
            );
            assert_eq!(RuleWord::heard(bad, SENTENCE, ""), None, "{bad}");
        }
    }

    #[test]
    fn a_sentence_is_bounded_and_holds_nobodys_number() {
        let longest = "余".repeat(RULE_SENTENCE_CHARS_MAX);
        assert!(RuleWord::new("a", &longest, &longest).is_ok());
        let long = format!("{longest}额");
        for bad in [
            &long,
            "two\nlines",
            &format!("of {NUMBER}"),
            "１２３４５６７８９０１２３４５",
        ] {
            let refused = RuleWord::new("a", SENTENCE, bad);
            assert_eq!(refused, Err(RuleWordFault::BadSentence), "{bad}");
            let heard = RuleWord::heard("a", SENTENCE, bad).expect("has a name");
            assert_eq!((heard.zh(), heard.en()), (SENTENCE, ""));
        }
    }
}
