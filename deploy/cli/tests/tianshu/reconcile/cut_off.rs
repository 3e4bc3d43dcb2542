//! An asker whose program was killed could write down nothing: that is told and no finding, for
//! questions of that moment alone.

use serde_json::json;

use super::{honest, says, sheet};

/// Second and kind of what guoguan's book holds in place of its answer, how the program ends, and
/// how much it explains.
type Row<'a> = (&'a [(u32, &'a str)], i32, usize);

const ROWS: [Row<'_>; 5] = [
    // It waited, was killed, and started again.
    (&[(0, "started"), (20, "started")], 0, 1),
    // It had stopped in order: then it had said why it lacks the answer.
    (&[(0, "started"), (5, "stopped"), (20, "started")], 1, 0),
    // It was killed long before, or long after.
    (&[(300, "started"), (400, "started")], 1, 0),
    // Nobody knows whether it ever started again.
    (&[(0, "started")], 1, 0),
    (&[], 1, 0),
];

#[test]
fn an_asker_that_was_killed_lacks_its_answer() {
    for (book, code, explained) in ROWS {
        let mut books = honest();
        books.guoguan = book
            .iter()
            .map(|(second, kind)| sheet(*second, kind, json!({})))
            .collect();
        let (ended, said) = books.reconciled(&[]);
        assert_eq!(
            (ended, says(&said["explained"]).len()),
            (code, explained),
            "{book:?}: {said}"
        );
    }
}
