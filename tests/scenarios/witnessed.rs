//! Every agent witnesses the hub's log: what a proof then shows, what happens when too few
//! witnesses are there, and what a hub with another history meets.

mod caught;
mod timing;

use std::path::PathBuf;
use std::process::Command;

use audit::note::TlogProof;
use audit::witness::{Policy, Quorum};
use sandbox::client::{Answer, Ask, CallError, fetch_bytes, fetch_text};
use sandbox::metrics::sum;
use sandbox::star::{READY_WAIT, Star, until};
use sandbox::world::Node;

use super::ground::{Ground, folder, program, words};
use super::published::foreign::Foreign;

/// One question from the counter of a center.
async fn asked(star: &Star, node: Node, case_no: &str) -> Result<Answer, CallError> {
    let desk = star.desk(node, "0317").expect("has a desk");
    let open = desk.open(case_no, "F05").await?;
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await
}

fn policy(star: &Star) -> Policy {
    let text = std::fs::read_to_string(star.home().witness_policy()).expect("is there");
    Policy::parse(&text).expect("is a policy")
}

/// The proof of an entry, once so many witnesses have cosigned its checkpoint.
async fn proof(star: &Star, index: u64, witnesses: usize) -> Vec<u8> {
    let url = format!("{}/log/proof/{index}", star.home().admin_url());
    let policy = policy(star);
    let proof = until(READY_WAIT, async || {
        let proof = fetch_bytes(&url).await.ok()?;
        let read = TlogProof::parse(&proof).expect("is a proof");
        let signed = policy.cosigned(&read.checkpoint).len();
        (signed == witnesses).then_some(proof)
    });
    proof
        .await
        .unwrap_or_else(|| panic!("{witnesses} witnesses cosign"))
}

async fn metric(star: &Star, name: &str) -> u64 {
    let text = star.hub_metrics().await.expect("the hub answers");
    sum(&text, name, &[])
}

/// Whether the published checkpoint has its quorum, as the hub says under `/log/`.
async fn has_quorum(star: &Star) -> bool {
    let url = format!("{}/log/witnesses", star.home().admin_url());
    let said = fetch_text(&url).await.expect("the hub answers");
    let said: serde_json::Value = serde_json::from_str(&said).expect("is JSON");
    assert_eq!(said["known"], 4);
    said["quorum"] == true
}

async fn wait_quorum(star: &Star, wanted: bool) {
    let seen = until(READY_WAIT, async || {
        (has_quorum(star).await == wanted).then_some(())
    });
    seen.await.expect("the quorum is as expected");
}

fn verify(star: &Star, path: &PathBuf, more: &[&str]) -> (bool, String) {
    let said = Command::new(program("tianshu"))
        .args(["audit", "verify"])
        .arg(path)
        .arg("--policy")
        .arg(star.home().witness_policy())
        .args(more)
        .output()
        .expect("tianshu runs");
    (said.status.success(), words(&said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs_carry_cosignatures_and_too_few_are_an_alarm_and_no_standstill() {
    let foreign = Foreign::prepare();
    let mut ground = Ground::start("witnessed").await;
    let kept = folder("witnessed-kept");
    std::fs::create_dir_all(&kept).expect("is made");
    let star = &mut ground.star;
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    let receipt = answer.receipts.outcome;
    let leaf = receipt.leaf_hash.to_string();
    let file = kept.join("four.tlog-proof");
    let four = proof(star, receipt.index, 4).await;
    std::fs::write(&file, &four).expect("is kept");
    let (proven, said) = verify(star, &file, &["--leaf", &leaf]);
    assert!(proven, "{said}");
    for node in Node::ALL {
        let by = format!("witnessed by    {} at 20", node.id());
        assert!(said.contains(&by), "{said}");
    }
    let trusted = star.home().witness_policy();
    foreign.accepts("proof", &file, &trusted, &["--leaf", &leaf]);
    assert_eq!(metric(star, "hub_checkpoint_witnesses").await, 4);

    // One center is away: three of four are enough.
    star.stop_agent(Node::Tielu).await.expect("stops");
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    let three = proof(star, answer.receipts.outcome.index, 3).await;
    let read = TlogProof::parse(&three).expect("is a proof");
    assert_eq!(policy(star).judge(&read.checkpoint), Ok(Quorum::Met));

    // Two are away: no quorum, an alarm, and answers all the same.
    star.stop_agent(Node::Zhongzhi).await.expect("stops");
    wait_quorum(star, false).await;
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    let receipt = answer.receipts.outcome;
    let leaf = receipt.leaf_hash.to_string();
    let two = proof(star, receipt.index, 2).await;
    let file = kept.join("two.tlog-proof");
    std::fs::write(&file, two).expect("is kept");
    let (proven, said) = verify(star, &file, &["--leaf", &leaf]);
    assert!(!proven && said.contains("NOT WITNESSED"), "{said}");
    foreign.refuses("proof", &file, &trusted, &["--leaf", &leaf]);
    let alarmed = until(READY_WAIT, async || {
        let lacking = metric(star, "hub_checkpoint_unwitnessed_seconds").await;
        (lacking > 0).then_some(())
    });
    alarmed.await.expect("the lack of a quorum is counted");

    // Back again: the same entry gets its witnesses.
    star.start_agent(Node::Zhongzhi).await.expect("starts");
    star.start_agent(Node::Tielu).await.expect("starts");
    proof(star, receipt.index, 4).await;
    assert_eq!(metric(star, "hub_checkpoint_unwitnessed_seconds").await, 0);
    let log = star.home().hub_log();
    let (whole, said) = verify(star, &log, &[]);
    assert!(whole && said.contains("quorum          met"), "{said}");
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_hangs_delays_one_checkpoint_and_no_question() {
    let mut ground = Ground::start("witnessed-hanging").await;
    let star = &mut ground.star;
    asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    star.freeze(Node::Tielu).expect("is frozen");
    // While the hub waits for the frozen center's reply the others go on to cosign.
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    let three = proof(star, answer.receipts.outcome.index, 3).await;
    let read = TlogProof::parse(&three).expect("is a proof");
    assert_eq!(policy(star).judge(&read.checkpoint), Ok(Quorum::Met));
    star.thaw(Node::Tielu).expect("goes on");
    star.wait_attached(&[Node::Tielu]).await.expect("is back");
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    proof(star, answer.receipts.outcome.index, 4).await;
    ground.check().await;
}
