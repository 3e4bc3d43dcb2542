//! Digests of question and answer: a hub that tells each side something else is named, though all
//! counts are the same; books from before there were digests have nothing to disagree on.

use serde_json::json;

use super::{Books, honest, says};

const QUESTION: &str = "aa";
const ANSWER: &str = "0123456789abcdef0123456789abcdef";

fn digested() -> Books {
    let mut books = honest();
    books.hub[0]["question"] = QUESTION.into();
    books.hub[1]["nodes"][0]["classes"][0]["digest"] = ANSWER.into();
    books.city[0]["question"] = QUESTION.into();
    books.city[0]["classes"]["04"]["digest"] = ANSWER.into();
    let heard = wire::digests::of_node(vec![("04".into(), ANSWER.into())]);
    books.guoguan[0]["question"] = QUESTION.into();
    books.guoguan[0]["digests"] = json!({"city": heard});
    books.with_new_receipts()
}

fn findings(books: &Books) -> Vec<String> {
    let (_, said) = books.reconciled(&[]);
    let found = says(&said["findings"]);
    found.into_iter().map(ToOwned::to_owned).collect()
}

#[test]
fn honest_books_agree_on_their_digests() {
    assert_eq!(findings(&digested()), Vec::<String>::new());
}

#[test]
fn a_hub_that_forwards_another_question_is_named() {
    let mut books = digested();
    books.city[0]["question"] = "bb".into();
    let expected = "the hub and city wrote down different question (digest)";
    assert_eq!(findings(&books), [expected]);
    let mut books = digested();
    books.guoguan[0]["question"] = "bb".into();
    let expected = "the hub and guoguan wrote down different question (digest)";
    assert_eq!(findings(&books), [expected]);
}

#[test]
fn a_hub_that_changes_an_answer_is_named_whichever_side_it_agrees_with() {
    let other = "f".repeat(32);
    let mut books = digested();
    books.hub[1]["nodes"][0]["classes"][0]["digest"] = other.into();
    assert_eq!(
        findings(&books.with_new_receipts()),
        [
            "city gave another answer for class 04 than the hub recorded (digest)",
            "guoguan heard another answer of city than the hub recorded (digest)",
        ]
    );
    let mut books = digested();
    books.guoguan[0]["digests"] = json!({"city": "other"});
    assert_eq!(
        findings(&books),
        ["guoguan heard another answer of city than the hub recorded (digest)"]
    );
}

#[test]
fn what_the_hub_withheld_is_counted_and_no_lie() {
    let mut books = digested();
    books.city[0]["classes"]["04"]["digest"] = "f".repeat(32).into();
    books.hub[1]["nodes"][0]["classes"][0]["withheld"] = 1.into();
    assert_eq!(findings(&books.with_new_receipts()), Vec::<String>::new());
}

#[test]
fn books_without_digests_have_nothing_to_disagree_on() {
    for book in ["hub", "guoguan", "city"] {
        let (mut books, plain) = (digested(), honest());
        match book {
            "hub" => books.hub = plain.hub,
            "guoguan" => books.guoguan = plain.guoguan,
            _ => books.city = plain.city,
        }
        assert_eq!(
            findings(&books.with_new_receipts()),
            Vec::<String>::new(),
            "{book}"
        );
    }
}
