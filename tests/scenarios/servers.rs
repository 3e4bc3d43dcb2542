//! The sample world on servers: PostgreSQL behind the city, a SOAP bus behind 中直, MariaDB behind
//! 国管. Whoever asks sees the same records as from files, and a database that hangs costs one
//! center's answer and nobody else's.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox::client::{Answer, Ask, Given, RecordView};
use sandbox::star::{Star, Stores, until};
use sandbox::world::{Node, sample};

use super::ground::Ground;
use super::houses::of_the_house;

/// Facts at each center; S6 asks the outside offices too, S14 has records at all four.
const SAMPLES: [&str; 6] = ["S1", "S2", "S4", "S6", "S9", "S14"];
/// The contract of S6, which the housing commission checks against its query password.
const CONTRACT: &str = "网签XY0000000601";
/// Items of the outside classes that tell the question or its moment: number and time of the reply.
const OF_THE_MOMENT: [&str; 2] = ["hylsh", "hysj"];
/// A case may only be asked from so often.
const ASK_PAUSE: Duration = Duration::from_millis(600);
/// How long the city may take to answer again.
const HEAL_WAIT: Duration = Duration::from_secs(20);

/// What an answer says of each node and class, apart from when it was asked.
type Said = BTreeMap<(String, String), Vec<BTreeMap<String, Option<String>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_give_what_files_give_and_one_that_hangs_harms_no_other() {
    let ground = Ground::start("servers-files").await;
    let in_files = all_said(&ground.star).await;
    let house_in_files = of_the_house(&ground.star).await;
    ground.check().await;
    let ground = Ground::start_on("servers", Stores::Servers).await;
    let on_servers = all_said(&ground.star).await;
    assert_eq!(of_the_house(&ground.star).await, house_in_files);
    for (id, wanted) in &in_files {
        assert_eq!(&on_servers[id], wanted, "{id}");
        assert!(wanted.values().any(|records| !records.is_empty()), "{id}");
    }
    let asked = ground.star.bus().expect("has a bus").asked();
    assert!(asked > 0, "the bus was asked");
    a_hung_database_is_one_unknown_answer(&ground.star).await;
    ground.check().await;
}

async fn all_said(star: &Star) -> BTreeMap<&'static str, Said> {
    let mut all = BTreeMap::new();
    for id in SAMPLES {
        all.insert(id, said(&asked(star, id).await));
    }
    all
}

/// The answer to everything that the flow of a sample's first case lists.
async fn asked(star: &Star, id: &str) -> Answer {
    let case = &sample(id).expect("is planted").cases[0];
    let desk = star.desk(case.node, "0317").expect("has a desk");
    let open = desk.open(case.case_no, case.flow).await.expect("is open");
    let given = (id == "S6").then(|| {
        let password = format!("pw-{CONTRACT}");
        let values = [("12.wqhth", CONTRACT.to_owned()), ("12.wqcxmm", password)];
        Given(values.map(|(item, value)| (item.to_owned(), value)).into())
    });
    // A loan is asked about without a contract.
    let wants = (id == "S9").then(loan_items);
    let ask = Ask {
        case: open.case,
        given,
        wants,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect("is answered")
}

/// What a loan's case asks of the centers themselves.
fn loan_items() -> BTreeMap<String, Vec<String>> {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    [
        ("08", codes(&["zxbh", "dksqbh", "jkhtbh", "dkzt"])),
        ("09", codes(&["zxbh", "dksqbh", "cdjs", "cdgx"])),
        ("10", codes(&["zxbh", "jkhtbh", "dkzt", "dkye"])),
    ]
    .map(|(class, items)| (class.to_owned(), items))
    .into()
}

fn said(answer: &Answer) -> Said {
    let mut said = Said::new();
    for lamp in &answer.lamps {
        assert_ne!(lamp.lamp, "not-known", "{} {}", answer.query, lamp.node);
        for class in &lamp.classes {
            let records = class.records.iter().map(values).collect();
            said.insert((lamp.node.clone(), class.class.clone()), records);
        }
    }
    said
}

fn values(record: &RecordView) -> BTreeMap<String, Option<String>> {
    let codes = record.codes().filter(|code| !OF_THE_MOMENT.contains(code));
    codes
        .map(|code| (code.to_owned(), record.text(code)))
        .collect()
}

async fn a_hung_database_is_one_unknown_answer(star: &Star) {
    let servers = star.servers().expect("has servers");
    assert!(servers.freeze(Node::City));
    let answer = asked(star, "S1").await;
    let lamp = answer.lamp("city").expect("has a lamp");
    assert_eq!(lamp.lamp, "not-known");
    let codes: Vec<_> = lamp
        .classes
        .iter()
        .map(|class| class.code.as_deref())
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(Option::is_some),
        "{codes:?}"
    );
    for (node, wanted) in [
        ("guoguan", "answered"),
        ("zhongzhi", "nothing"),
        ("tielu", "nothing"),
    ] {
        let lamp = answer.lamp(node).expect("has a lamp");
        assert_eq!(lamp.lamp, wanted, "{node}");
    }
    assert!(servers.thaw(Node::City));
    let healed = until(HEAL_WAIT, async || {
        tokio::time::sleep(ASK_PAUSE).await;
        let answer = asked(star, "S1").await;
        let lamp = answer.lamp("city").expect("has a lamp");
        (lamp.lamp == "answered").then_some(())
    });
    healed.await.expect("the city answers again");
}
