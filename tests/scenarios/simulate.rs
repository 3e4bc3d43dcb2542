//! What was decided can be decided again: the hub's own log, fed to `tianshu policy simulate`,
//! comes out as it was under the same rules, and differs where the rules do.

use std::path::Path;
use std::process::{Command, Output};

use catalog::{Catalog, Subject};
use sandbox::rogue::{Forgery, Thief};
use sandbox::world::{Node, sample};
use wire::{Clock as _, SystemClock};

use super::ground::{Ground, assert_holds, copy_folder, folder, program, words};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_own_log_is_decided_again() {
    let mut ground = Ground::start("simulate").await;
    for id in ["S1", "S6", "S9"] {
        assert_holds(&ground.show().sample(id).await);
    }
    a_question_is_refused_by_the_rules(&ground).await;
    let (log, rules) = (
        ground.star.home().hub_log(),
        ground.star.home().dir().join("hub/rules"),
    );
    let same = simulate(&log, &rules);
    assert_eq!(same.status.code(), Some(0), "{}", told(&same));

    let changed = folder("simulate-rules");
    let _ = std::fs::remove_dir_all(&changed);
    copy_folder(&rules, &changed);
    let f05 = changed.join("flows/F05.toml");
    let flow = std::fs::read_to_string(&f05).expect("is there");
    let moved = flow.replace("matters = [\"02\"]", "matters = [\"03\"]");
    assert_ne!(flow, moved);
    std::fs::write(&f05, moved).expect("is written");
    let other = simulate(&log, &changed);
    assert_eq!(other.status.code(), Some(1), "{}", told(&other));
    let said = String::from_utf8_lossy(&other.stdout).into_owned();
    assert!(said.contains("F05") && said.contains("matter"), "{said}");
    assert!(
        !said.contains("F10"),
        "only what the change touches: {said}"
    );
    ground.check().await;
}

/// A stolen key asks for an item that the flow does not list.
async fn a_question_is_refused_by_the_rules(ground: &Ground) {
    let thief = Thief::robbing(ground.star.home(), Node::Guoguan).expect("robs 国管");
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    let subject: Subject = party.subject().expect("is well formed");
    let catalog = Catalog::builtin().expect("the catalog is sound");
    let item = catalog.item_named("08.jkhtbh").expect("is there").no;
    let request = thief.request(&Forgery {
        flow: "F05".into(),
        matter: "02".into(),
        case_no: "GG-S01".into(),
        operator: "0667".into(),
        parties: vec![subject.clone()],
        subject,
        wants: vec![item],
        use_no: 1,
        now: SystemClock.now(),
    });
    let refusal = thief
        .ask(request.expect("can be composed"))
        .await
        .expect("is connected")
        .expect_err("is refused");
    assert_eq!(refusal.code, "TS-CLASS-OUTSIDE-FLOW");
}

fn simulate(log: &Path, rules: &Path) -> Output {
    let mut command = Command::new(program("tianshu"));
    command.args(["policy", "simulate", "--strict", "--log"]);
    command.arg(log).arg("--against").arg(rules);
    command.output().expect("the program runs")
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        words(output)
    )
}
