//! The seventeen sample cases through the local API of a whole star: a case is opened, the question
//! asked as the flow says, the answer decided by the rules of a center's own business system, and
//! the evidence read afterwards. What came out is the table in `docs/samples.md`.

mod accounts;
mod employers;
mod houses;
mod loans;
mod outages;
mod record;
mod table;

use super::ground::Ground;
use record::Recorder;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sample_is_decided_as_the_centers_rules_say() {
    let mut ground = Ground::start("samples").await;
    let mut recorder = Recorder::default();
    accounts::decide(&ground, &mut recorder).await;
    houses::decide(&ground, &mut recorder).await;
    loans::decide(&ground, &mut recorder).await;
    employers::decide(&ground, &mut recorder).await;
    outages::decide(&mut ground, &mut recorder).await;
    recorder.evidence_is_there(&ground).await;
    table::is_current(&recorder);
    ground.check().await;
}
