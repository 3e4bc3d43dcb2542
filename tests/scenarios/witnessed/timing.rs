//! How long a receipt takes to become a witnessed proof, and what questions pay for witnesses. It
//! measures and prints; run it alone on a quiet machine, with `--ignored`.

use std::time::{Duration, Instant};

use sandbox::world::Node;

use super::super::ground::Ground;
use super::{asked, proof};

const ASKS: usize = 80;

fn shown(name: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let (p50, p90, p99) = (at(50), at(90), at(99));
    println!(
        "{name}: p50 {p50:.1?}, p90 {p90:.1?}, p99 {p99:.1?}, {} times",
        took.len()
    );
}

/// Case numbers that may be asked from, twenty times each.
const CASES: [(Node, &str); 4] = [
    (Node::Guoguan, "GG-S01"),
    (Node::City, "CT-S02"),
    (Node::Guoguan, "GG-S03"),
    (Node::City, "CT-S13"),
];

async fn questions(name: &str, is_witnessed: bool) {
    let star = Ground::prepare(name);
    if !is_witnessed {
        star.without_witnesses().expect("is written");
    }
    let mut star = star;
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let (mut took, mut proven) = (Vec::new(), Vec::new());
    for number in 0..ASKS {
        let (node, case_no) = CASES[number % CASES.len()];
        let begun = Instant::now();
        let answer = asked(&ground.star, node, case_no).await.expect("answers");
        took.push(begun.elapsed());
        // Every second question is followed up to its proof; before the next one a pause of another
        // length each time, so that questions meet checkpoints at every moment of their rhythm.
        if is_witnessed && number % 2 == 1 {
            let answered = Instant::now();
            proof(&ground.star, answer.receipts.outcome.index, 4).await;
            proven.push(answered.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(number as u64 * 137 % 500)).await;
    }
    shown(
        &format!("{name}, a case opened and a question answered"),
        took,
    );
    if is_witnessed {
        shown(
            &format!("{name}, from the answer to four cosignatures"),
            proven,
        );
    }
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run it alone on a quiet machine"]
async fn witnesses_cost_a_question_nothing() {
    for round in 0..2 {
        questions(&format!("timing-without-{round}"), false).await;
        questions(&format!("timing-with-{round}"), true).await;
    }
}
