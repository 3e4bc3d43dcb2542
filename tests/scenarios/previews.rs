//! What the people of a center see of their own mapping folder while it serves: a check that asks
//! every source, the outside offices too, and masked records of every class.

use std::path::Path;
use std::process::{Command, Output};

use sandbox::world::Node;
use serde_json::Value as Json;

use super::ground::{Ground, program, words};
use super::secrets::Secrets;

/// So many digits in a row are a number of a person.
const NUMBER_DIGITS: usize = 15;
/// The public code of an employer is not masked, and it is among the secrets of the samples.
const ABOUT_EMPLOYERS: [&str; 3] = ["01", "02", "14"];

/// Its office is asked only with values that a question passes on, so that no tool asks it.
const CONTRACTS: &str = "12";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_class_is_checked_and_previewed_with_its_values_masked() {
    let ground = Ground::start("previews").await;
    for (node, count) in [(Node::City, 14), (Node::Guoguan, 11)] {
        let config = ground.star.home().agent_config(node);
        let held = checked(&config);
        assert_eq!(held.len(), count, "{}: {held:?}", node.id());
        for class in held.into_iter().filter(|class| class != CONTRACTS) {
            previewed(&config, &class);
        }
    }
    ground.check().await;
}

/// The classes that are held, each of which stands and gave records.
fn checked(config: &Path) -> Vec<String> {
    let said = run(config, &["check", "--json"]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(0), "{text}{}", words(&said));
    let report: Json = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(report["sound"], true);
    let classes = report["classes"].as_array().expect("is a list").iter();
    let held = classes.filter(|class| class["held"] == true);
    held.map(|class| {
        if class["class"] == CONTRACTS {
            assert_eq!(class["source"], "unasked", "{class}");
            return CONTRACTS.to_owned();
        }
        assert_eq!(class["source"], "stands", "{class}");
        let records = class["sample"]["records"].as_u64();
        assert!(records.is_some_and(|records| records > 0), "{class}");
        class["class"].as_str().expect("has a number").to_owned()
    })
    .collect()
}

fn previewed(config: &Path, class: &str) {
    let said = run(config, &["preview", "--class", class]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said));
    assert!(
        text.starts_with(&format!("record 1 of class {class} ")),
        "{text}"
    );
    assert!(
        text.contains('*') && text.ends_with("values are masked\n"),
        "{text}"
    );
    if !ABOUT_EMPLOYERS.contains(&class) {
        Secrets::of_the_samples()
            .assert_absent(&format!("the preview of {class}"), text.as_bytes());
    }
    let runs = text.split(|letter: char| !letter.is_ascii_digit());
    let longest = runs.map(str::len).max().unwrap_or(0);
    assert!(longest < NUMBER_DIGITS, "{text}");
}

fn run(config: &Path, tool: &[&str]) -> Output {
    let mut command = Command::new(program("tianshu-agent"));
    command.arg("--config").arg(config).args(tool);
    command.output().expect("the program runs")
}
