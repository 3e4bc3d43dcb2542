//! Agents of other catalog versions, over a real stream: one version apart is let in, two are not
//! and read both versions.

use std::sync::LazyLock;

use catalog::{Catalog, Source};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use wire::refusal::from_status;
use wire::v1::link_client::LinkClient;
use wire::v1::link_server::LinkServer;

use super::*;
use crate::broker::tests::fixture::{self, Ask, Setup, Star, peer as identity};

mod beating;
mod undecodable;

/// Three versions in a row, each with one code of an account status more than the one before.
static VERSIONS: LazyLock<[Arc<Catalog>; 3]> = LazyLock::new(|| {
    let heading = |release: u8, previous: Option<&Catalog>| {
        let previous = previous.map(|previous| {
            let (version, digest) = (previous.version(), previous.digest());
            format!("[previous]\nversion = \"{version}\"\ndigest = \"{digest}\"\n")
        });
        format!(
            "version = \"2026.{release}\"\n{}",
            previous.unwrap_or_default()
        )
    };
    let first = version(&heading(1, None), 0);
    let second = version(&heading(2, Some(&first)), 1);
    let third = version(&heading(3, Some(&second)), 2);
    [first, second, third].map(Arc::new)
});

fn version(heading: &str, codes: u8) -> Catalog {
    let more: String = (0..codes)
        .map(|n| format!("\n[[entry]]\ncode = \"{}\"\nlabel = \"新\"\n", 10 + n))
        .collect();
    let texts: Vec<_> = Catalog::builtin_sources()
        .iter()
        .map(|source| match source.name {
            "catalog.toml" => heading.to_owned(),
            "code-sets/personal-account-status.toml" => format!("{}{more}", source.text),
            _ => source.text.to_owned(),
        })
        .collect();
    let sources: Vec<_> = Catalog::builtin_sources()
        .iter()
        .zip(&texts)
        .map(|(Source { name, .. }, text)| Source { name, text })
        .collect();
    Catalog::parse(&sources).expect("a version")
}

fn star(hub: usize) -> Star {
    Star::new(Setup {
        catalog: Some(Arc::clone(&VERSIONS[hub])),
        ..Setup::default()
    })
}

/// What the agent of a version says of itself, as `node_agent::agent` does.
fn hello(agent: &Catalog) -> v1::Hello {
    let previous = agent.previous();
    v1::Hello {
        software: "test".to_owned(),
        catalog: Some(v1::CatalogVersion {
            version: agent.version().to_owned(),
            digest: agent.digest().as_bytes().to_vec(),
            previous_digest: previous.map_or_else(Vec::new, |p| p.digest.as_bytes().to_vec()),
        }),
        flows_digest: vec![0; 32],
        classes: vec![3, 4],
        probes: true,
        coverage: vec![v1::ClassCoverage {
            class: 4,
            mapped: 7,
        }],
        names_subjects: true,
    }
}

/// The hub's own door on a socket, behind a handshake that has proven 铁路.
async fn door(star: &Star) -> LinkClient<Channel> {
    LinkClient::new(channel(star).await)
}

async fn channel(star: &Star) -> Channel {
    let door = AttachDoor {
        broker: Arc::clone(&star.broker),
        hub: "hub-1".into(),
        ending: CancellationToken::new(),
    };
    let proven = Arc::new(identity(PeerKind::Node, "tielu"));
    let service = LinkServer::with_interceptor(door, move |mut request: Request<()>| {
        request.extensions_mut().insert(Arc::clone(&proven));
        Ok(request)
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = Server::builder()
        .layer(BeatingLayer)
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    star.broker.tasks.spawn(async move {
        serving.await.expect("serves");
    });
    let address = Channel::from_shared(format!("http://{address}")).expect("an address");
    address.connect().await.expect("connects")
}

/// Attaches with this introduction; the sender keeps the stream open.
async fn attach(
    star: &Star,
    hello: v1::Hello,
) -> Result<(mpsc::Sender<v1::AgentFrame>, Streaming<v1::HubFrame>), Status> {
    let (up, frames) = mpsc::channel(8);
    let hello = v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Hello(hello)),
    };
    up.send(hello).await.expect("is taken");
    let attached = door(star).await.attach(ReceiverStream::new(frames)).await;
    attached.map(|response| (up, response.into_inner()))
}

async fn is_welcome(star: &Star, hello: v1::Hello) -> bool {
    let Ok((_up, mut down)) = attach(star, hello).await else {
        return false;
    };
    let first = down.message().await.expect("is sound").expect("a frame");
    matches!(first.frame, Some(v1::hub_frame::Frame::Welcome(_)))
}

fn refusals(star: &Star) -> Vec<Refused> {
    let entries = star.entries(0).into_iter();
    entries
        .filter_map(|entry| match entry {
            Entry::Refusal(refused) => Some(*refused),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn an_agent_one_version_apart_is_let_in() {
    for (hub, agent) in [(1, 1), (1, 0), (1, 2), (0, 1), (2, 1)] {
        let star = star(hub);
        let let_in = is_welcome(&star, hello(&VERSIONS[agent])).await;
        assert!(let_in, "hub {hub}, agent {agent}");
        assert_eq!(refusals(&star), []);
        let digest = VERSIONS[agent].digest().to_string();
        let attached = star
            .entries(0)
            .into_iter()
            .any(|entry| matches!(entry, Entry::Attached(attached) if attached.catalog == digest));
        assert!(attached, "the log says which catalog the agent has");
    }
}

#[tokio::test]
async fn an_agent_two_versions_apart_is_refused_and_both_versions_are_said() {
    let behind = "The node has catalog 2026.1; the hub has 2026.3 and works with 2026.2 too.";
    let ahead = "The node has catalog 2026.3; the hub has 2026.1.";
    for (hub, agent, says) in [(2, 0, behind), (0, 2, ahead)] {
        let star = star(hub);
        let status = attach(&star, hello(&VERSIONS[agent])).await;
        let status = status.expect_err("is refused");
        let (code, refusal) = from_status(&status).expect("a refusal");
        assert_eq!(code, RefusalCode::AttachCatalog);
        assert_eq!(refusal.en, format!("{} {says}", code.en()));
        for version in [VERSIONS[hub].version(), VERSIONS[agent].version()] {
            assert!(refusal.zh.contains(version), "{}", refusal.zh);
        }
        let [refused] = &refusals(&star)[..] else {
            panic!("one refusal is on record");
        };
        assert_eq!(refused.code, code.as_str());
        assert_eq!((&*refused.who.node, &*refused.detail), ("tielu", says));
    }
}

#[tokio::test]
async fn a_version_that_is_none_is_refused_and_not_logged() {
    type Spoil = fn(&mut v1::CatalogVersion);
    let spoils: [Spoil; 5] = [
        |said| said.version.clear(),
        |said| said.version = "2026.1\nforged".to_owned(),
        |said| said.version = "11010519491231002X".to_owned(),
        |said| said.digest.truncate(31),
        |said| said.previous_digest = vec![1],
    ];
    for spoil in spoils {
        let star = star(1);
        let mut hello = hello(&VERSIONS[0]);
        spoil(hello.catalog.as_mut().expect("has one"));
        let status = attach(&star, hello).await.expect_err("is refused");
        let (code, _) = from_status(&status).expect("a refusal");
        assert_eq!(code, RefusalCode::AttachMalformed);
        assert_eq!(refusals(&star)[0].detail, "");
    }
}

/// Only an agent that is ahead may know classes that the hub does not.
#[tokio::test]
async fn a_class_of_a_newer_catalog_is_left_out() {
    let star = star(1);
    let with_another = |agent: &Catalog| v1::Hello {
        classes: vec![4, 15],
        ..hello(agent)
    };
    assert!(is_welcome(&star, with_another(&VERSIONS[2])).await);
    let attached = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::Attached(attached) => Some(attached.classes),
        _ => None,
    });
    assert_eq!(attached, Some(vec!["04".to_owned()]));
    for agent in &VERSIONS[..2] {
        assert!(!is_welcome(&star, with_another(agent)).await);
    }
}

/// What an agent says of its mapping and what its certificate says are there for people.
#[tokio::test]
async fn what_a_node_says_of_itself_is_kept_for_people() {
    let star = star(1);
    assert!(is_welcome(&star, hello(&VERSIONS[1])).await);
    let states = star.broker.nodes.states();
    let tielu = states.iter().find(|node| node.id == "tielu");
    let said = &tielu.expect("is registered").introduced;
    assert_eq!(said.mapped.values().sum::<usize>(), 7);
    assert_eq!(said.catalog, VERSIONS[1].version());
    let proven = identity(PeerKind::Node, "tielu");
    assert_eq!(
        (&said.serial, said.until),
        (&proven.serial, Some(proven.not_after))
    );
    let twice = v1::Hello {
        coverage: vec![
            v1::ClassCoverage::default(),
            v1::ClassCoverage {
                class: 4,
                mapped: 7,
            },
        ],
        ..hello(&VERSIONS[1])
    };
    assert!(
        is_welcome(&star, twice).await,
        "an unknown class is left out"
    );
    let twice = v1::Hello {
        coverage: vec![
            v1::ClassCoverage {
                class: 4,
                mapped: 7
            };
            2
        ],
        ..hello(&VERSIONS[1])
    };
    assert!(!is_welcome(&star, twice).await);
}

/// A newer center's code travels to a hub that lacks it: withheld and noted, the rest is answered.
#[tokio::test]
async fn a_code_that_the_hub_lacks_is_withheld_and_noted() {
    let star = star(0);
    let _node = star.attach("tielu", |ask| {
        let status = "04-08".parse().expect("an item number");
        let mut record = fixture::account();
        let code = VERSIONS[1].parse_value(status, "10").expect("is newer");
        record.insert(status, code);
        fixture::reply(ask, |class| match class {
            4 => fixture::answered(4, std::slice::from_ref(&record)),
            _ => v1::ClassReply {
                outcome: v1::Outcome::NoRecord.into(),
                ..fixture::answered(class, &[])
            },
        })
    });
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let tielu = answer.nodes.iter().find(|node| node.node == "tielu");
    let account = tielu
        .and_then(|node| node.classes.last())
        .expect("class 04");
    assert_eq!(account.outcome(), v1::Outcome::Answered);
    let note = v1::QualityNote {
        item: 8,
        defect: "unknown-code".to_owned(),
        count: 1,
    };
    assert!(account.notes.contains(&note), "{:?}", account.notes);
    let class = "04".parse().expect("a class");
    let read = convert::records_from_wire(&VERSIONS[1], class, &account.payload);
    let (records, _) = read.expect("is sound");
    let status = records[0].get("04-08".parse().expect("an item number"));
    let withheld = catalog::Absence::Withheld(catalog::Defect::UnknownCode);
    assert_eq!(status, Some(&catalog::Value::Absent(withheld)));
    assert_eq!(fixture::released(account), [2, 8, 9]);
}

fn words(rules: &[(&str, &str)]) -> v1::AgentFrame {
    let rule = |(id, zh): &(&str, &str)| v1::Rule {
        id: (*id).to_owned(),
        zh: (*zh).to_owned(),
        en: String::new(),
    };
    let rules = rules.iter().map(rule).collect();
    v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Rules(v1::RuleWords { rules })),
    }
}

/// How often and how many rules were announced; the log's last word about them.
fn announcements(star: &Star) -> Vec<RulesAnnounced> {
    let entries = star.entries(0).into_iter();
    entries
        .filter_map(|entry| match entry {
            Entry::RulesAnnounced(announced) => Some(announced),
            _ => None,
        })
        .collect()
}

/// Waits for the end of the stream: the hub ends it after what came up before is on record.
async fn ended(mut down: Streaming<v1::HubFrame>) {
    while let Ok(Some(_)) = down.message().await {}
}

#[tokio::test]
async fn announced_rules_are_on_record_by_count_and_digest() {
    let star = star(1);
    let (up, down) = attach(&star, hello(&VERSIONS[1])).await.expect("is let in");
    let two = [("month-end", "月末结账"), ("mute", "")];
    for frame in [words(&two), words(&two), words(&two[..1]), words(&[])] {
        up.send(frame).await.expect("is taken");
    }
    drop(up);
    ended(down).await;
    let announced = announcements(&star);
    let counts: Vec<u64> = announced.iter().map(|entry| entry.count).collect();
    assert_eq!(counts, [2, 1, 0], "what is said again is nothing new");
    let said = words(&two).frame;
    let Some(v1::agent_frame::Frame::Rules(said)) = said else {
        panic!("is an announcement");
    };
    let digest = RuleWords::heard(&said).expect("is fit").digest();
    assert_eq!(announced[0].digest, digest.to_string());
    assert_eq!(announced[0].node, "tielu");
    assert!(star.texts().iter().all(|text| !text.contains("月末")));
}

#[tokio::test]
async fn an_unfit_announcement_ends_the_stream_and_is_not_taken() {
    let number = [("a", "不查 11010519491231002X")];
    for bad in [&[("a", ""), ("a", "")][..], &[("", "x")], &number] {
        let star = star(1);
        let (up, down) = attach(&star, hello(&VERSIONS[1])).await.expect("is let in");
        up.send(words(bad)).await.expect("is taken");
        ended(down).await;
        assert_eq!(announcements(&star), [], "{bad:?}");
    }
}

#[tokio::test]
async fn announcements_of_one_stream_are_bounded() {
    let star = star(1);
    let (up, down) = attach(&star, hello(&VERSIONS[1])).await.expect("is let in");
    let most = RULE_ANNOUNCEMENTS_PER_STREAM_MAX;
    let sending = async {
        for n in 0..=most {
            let id = format!("r-{n}");
            let sent = up.send(words(&[(&id, "")])).await;
            assert!(sent.is_ok() || n > 0, "nothing is taken");
        }
    };
    tokio::join!(sending, ended(down));
    assert_eq!(announcements(&star).len(), most);
}
