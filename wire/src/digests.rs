//! Digests of what was asked and answered, the same on all sides, so that their books can be held
//! against each other: a hub that tells each side something else is seen.
//!
//! An answer is often one of few (yes or no, an amount), so that a plain hash of it could be tried
//! out by whoever reads a log. All digests of one question are therefore blinded by the signature
//! of its case: 64 bytes that those who took part know, and that no log holds.

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use ring::hmac;

use crate::v1;

const QUESTION_DOMAIN: &[u8] = b"tianshu/question-digest/v1\0";
const ANSWER_DOMAIN: &[u8] = b"tianshu/answer-digest/v1\0";
const NODE_DOMAIN: &[u8] = b"tianshu/node-digest/v1\0";
/// Bytes of an answer's digest that are told: enough that no second answer is found for it.
const TOLD_BYTES: usize = 16;

/// Makes the digests of one question.
#[derive(Debug)]
pub struct Digests {
    question: String,
    key: hmac::Key,
}

impl Digests {
    /// Of a question: the case statement that binds it, byte for byte as signed, and its payload.
    #[must_use]
    pub fn of(case: &v1::SignedCase, payload: &[u8]) -> Self {
        Self::new(&case.body, &case.signature, payload)
    }

    /// The same from its parts.
    #[must_use]
    pub fn new(body: &[u8], signature: &[u8], payload: &[u8]) -> Self {
        let mut question = Context::new(&SHA256);
        question.update(QUESTION_DOMAIN);
        for part in [body, signature, payload] {
            question.update(&(part.len() as u64).to_be_bytes());
            question.update(part);
        }
        let mut key = Context::new(&SHA256);
        key.update(ANSWER_DOMAIN);
        key.update(signature);
        Self {
            question: HEXLOWER.encode(question.finish().as_ref()),
            key: hmac::Key::new(hmac::HMAC_SHA256, key.finish().as_ref()),
        }
    }

    /// SHA-256 over the question as it was signed, in hex.
    #[must_use]
    pub fn question(&self) -> &str {
        &self.question
    }

    /// What was said of one class, in hex: outcome, records, findings. Words about it (a reason, a
    /// note, a time) may be put otherwise on the way and are left out.
    #[must_use]
    pub fn class(&self, reply: &v1::ClassReply) -> String {
        let mut digest = hmac::Context::with_key(&self.key);
        digest.update(&reply.class.to_be_bytes());
        digest.update(&reply.outcome.to_be_bytes());
        digest.update(&[u8::from(reply.found), u8::from(reply.held_back)]);
        digest.update(&(reply.payload.len() as u64).to_be_bytes());
        digest.update(&reply.payload);
        let mut verdicts: Vec<&v1::Verdict> = reply.verdicts.iter().collect();
        verdicts.sort_by(|a, b| a.verdict.cmp(&b.verdict));
        for verdict in verdicts {
            digest.update(&(verdict.verdict.len() as u64).to_be_bytes());
            digest.update(verdict.verdict.as_bytes());
            finding(&mut digest, verdict.finding.as_ref());
        }
        let tag = digest.sign();
        HEXLOWER.encode(tag.as_ref().get(..TOLD_BYTES).unwrap_or_default())
    }

    /// What one node said in all: over the digests of its classes.
    #[must_use]
    pub fn node(&self, classes: &[v1::ClassReply]) -> String {
        let digests = classes.iter();
        let digests = digests.map(|reply| (format!("{:02}", reply.class), self.class(reply)));
        of_node(digests.collect())
    }
}

/// The digest of what a node said in all, from those of its classes by class number.
#[must_use]
pub fn of_node(mut classes: Vec<(String, String)>) -> String {
    classes.sort();
    let mut digest = Context::new(&SHA256);
    digest.update(NODE_DOMAIN);
    for (class, of_class) in classes {
        digest.update(format!("{class}:{of_class}\n").as_bytes());
    }
    let digest = digest.finish();
    HEXLOWER.encode(digest.as_ref().get(..TOLD_BYTES).unwrap_or_default())
}

fn finding(digest: &mut hmac::Context, finding: Option<&v1::verdict::Finding>) {
    match finding {
        None => digest.update(&[0]),
        Some(v1::verdict::Finding::Holds(holds)) => digest.update(&[1, u8::from(*holds)]),
        Some(v1::verdict::Finding::Counts(counts)) => {
            digest.update(&[2]);
            let mut counts: Vec<_> = counts.by_code.iter().collect();
            counts.sort();
            digest.update(&(counts.len() as u64).to_be_bytes());
            for (code, count) in counts {
                digest.update(&(code.len() as u64).to_be_bytes());
                digest.update(code.as_bytes());
                digest.update(&count.to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(signature: &[u8]) -> Digests {
        Digests::new(b"body", signature, b"payload")
    }

    fn reply() -> v1::ClassReply {
        let verdict = |name: &str, holds| v1::Verdict {
            verdict: name.into(),
            finding: Some(v1::verdict::Finding::Holds(holds)),
        };
        v1::ClassReply {
            class: 4,
            outcome: v1::Outcome::Answered.into(),
            payload: b"records".to_vec(),
            found: true,
            verdicts: vec![verdict("a", true), verdict("b", false)],
            ..v1::ClassReply::default()
        }
    }

    #[test]
    fn what_is_said_counts_and_how_it_is_put_does_not() {
        let of = |change: fn(&mut v1::ClassReply)| {
            let mut reply = reply();
            change(&mut reply);
            digests(b"signature").class(&reply)
        };
        let honest = of(|_| {});
        assert_eq!(honest, of(|reply| reply.verdicts.reverse()));
        assert_eq!(honest, of(|reply| reply.as_of = "later".into()));
        let lies: [fn(&mut v1::ClassReply); 7] = [
            |reply| reply.class = 5,
            |reply| reply.outcome = v1::Outcome::Stale.into(),
            |reply| reply.payload.push(0),
            |reply| reply.found = false,
            |reply| reply.held_back = true,
            |reply| reply.verdicts.truncate(1),
            |reply| reply.verdicts[0].finding = Some(v1::verdict::Finding::Holds(false)),
        ];
        for lie in lies {
            assert_ne!(honest, of(lie));
        }
    }

    #[test]
    fn nobody_without_the_signature_can_try_answers_out() {
        let (one, other) = (digests(b"one"), digests(b"two"));
        assert_ne!(one.class(&reply()), other.class(&reply()));
        assert_ne!(one.question(), other.question());
        assert_ne!(
            one.question(),
            Digests::new(b"bodyo", b"ne", b"payload").question()
        );
    }

    #[test]
    fn a_node_is_the_sum_of_its_classes_in_any_order() {
        let digests = digests(b"signature");
        let (one, mut two) = (reply(), reply());
        two.class = 12;
        let said = digests.node(&[two.clone(), one.clone()]);
        assert_eq!(said, digests.node(&[one.clone(), two.clone()]));
        let told = |reply| (format!("{:02}", reply), String::new());
        assert_ne!(said, of_node(vec![told(4), told(12)]));
        assert_ne!(said, digests.node(&[one]));
    }
}
