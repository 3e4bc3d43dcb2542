//! A fifth center joins the star as `docs/joining.md` says: a certificate, files, and no code. The
//! files are the tutorial's own (`docs/joining/`), so that what it tells is what runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cli::pki::{DevCa, Validity, write_case_key, write_tag_key};
use sandbox::client::{Answer, Ask, Desk, Lamp, RecordView, fetch_text};
use sandbox::star::{Guest, SYSTEM, Star, lasting_day};
use sandbox::world::{Node, SampleSubject, sample};
use wire::SystemClock;
use wire::identity::PeerKind;

use super::ground::{Ground, assert_holds, copy_folder, folder, program, words};
use business::Business;

mod business;

const ID: &str = "xiongan";
/// 32 bytes, as a local system of that center might use.
const TOKEN: &str = "7f3c1e5a9b2d4860c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fifth_center_joins_by_a_mapping_folder_and_a_certificate() {
    let name = "joining";
    // The list of an earlier run would hold the center already.
    let _ = fs::remove_dir_all(folder(name));
    let mut ground = Ground::start(name).await;
    for sample in ["S1", "S2"] {
        assert_holds(&ground.show().sample(sample).await);
    }
    let guest = Guest {
        id: ID.to_owned(),
        home: ground.star.home().dir().join(ID),
        api: Star::free_address().expect("there is one"),
    };
    prepare(&ground.star, &guest).await;
    ground.restart(|star| admit(star, &guest)).await;
    a_mistake_is_named(&guest);
    ground
        .star
        .start_guest(&guest)
        .await
        .expect("xiongan attaches");
    let page = fetch_text(&ground.star.home().admin_url()).await;
    assert!(page.expect("the hub shows its page").contains("雄安中心"));
    it_answers(&ground.star).await;
    it_asks(&ground, &guest).await;
    it_leaves_and_comes_back(&mut ground.star, &guest).await;
    ground.check().await;
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/joining")
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn put(file: &Path, text: &str) {
    fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// What the center itself does: keys, configuration, mappings. Its database was always there.
async fn prepare(star: &Star, guest: &Guest) {
    let home = &guest.home;
    for part in ["keys", "data", "mappings"] {
        fs::create_dir_all(home.join(part)).expect("is made");
    }
    let ca = DevCa::open(&star.home().ca_dir()).expect("the authority is there");
    let valid = Validity::usual(lasting_day(&SystemClock, &mut |_| {}));
    ca.issue(PeerKind::Node, ID, valid, &home.join("tls"))
        .expect("is issued");
    let tag_key = star.home().dir().join("pki/subject-tag.key");
    fs::copy(tag_key, home.join("keys/subject-tag.key")).expect("is handed over");
    write_tag_key(&home.join("keys/side.key")).expect("is made");
    let token = home.join(format!("keys/{SYSTEM}.token"));
    put(&token, TOKEN);
    hide(&token);
    let config = text(&docs().join("agent.toml"))
        .replace("127.0.0.1:7400", &star.home().link().to_string())
        .replace("127.0.0.1:7415", &guest.api.to_string());
    put(&home.join("agent.toml"), &config);
    for file in fs::read_dir(docs().join("mappings")).expect("is there") {
        let from = file.expect("can be read").path();
        let to = home
            .join("mappings")
            .join(from.file_name().expect("has a name"));
        put(&to, &text(&from));
    }
    let mut business = Business::open(&home.join("data/xiongan.db")).await;
    business.member(&party("S1"), "ACTIVE").await;
    business.member(&party("S2"), "SEALED").await;
    business.request("XA-0001", &party("S1")).await;
}

/// What everybody does for the new center: its entry in the list, its name in the flows.
fn admit(star: &Star, guest: &Guest) {
    let key = write_case_key(&guest.home.join("keys/case.p8")).expect("is made");
    let entry = text(&docs().join("node.toml")).replace("CASE_KEY", &key);
    let home = star.home();
    let list = text(&home.dir().join("hub/trust.toml")) + &entry;
    let hub = home.dir().join("hub");
    for own in Node::ALL.map(|node| home.node(node)).iter().chain([&hub]) {
        put(&own.join("trust.toml"), &list);
        put_rules(&own.join("rules"));
    }
    put(&guest.home.join("trust.toml"), &list);
    let rules = guest.home.join("rules");
    copy_folder(&hub.join("rules"), &rules);
    a_broken_flow_is_named(&home.hub_config());
}

/// The new center's own file; and the balance among the items of F05, so that an amount is seen
/// too: what may be asked is data as well.
fn put_rules(rules: &Path) {
    put(
        &rules.join("centers/xiongan.toml"),
        &text(&docs().join("center.toml")),
    );
    let f05 = rules.join("flows/F05.toml");
    let flow = text(&f05).replace("\"04.khrq\",", "\"04.khrq\", \"04.grzhye\",");
    put(&f05, &flow);
    wire::seal(rules).expect("is sealed");
}

/// A hub whose flows have a fault does not start, and says where the fault is.
fn a_broken_flow_is_named(config: &Path) {
    let file = config.with_file_name("rules/flows/F05.toml");
    let sound = text(&file);
    put(&file, &sound.replace("\"04.khrq\"", "\"04.nosuch\""));
    let said = run("tianshu-hub", config, &[]);
    assert!(!said.status.success());
    let unsealed = "`flows/F05.toml` is another than `MANIFEST` says";
    assert!(words(&said).contains(unsealed), "{}", words(&said));
    let rules = config.with_file_name("rules");
    wire::seal(&rules).expect("is sealed");
    let said = run("tianshu-hub", config, &[]);
    assert!(!said.status.success());
    let place = format!("flows/F05.toml:{}: `04.nosuch`", line(&sound, "04.khrq"));
    assert!(words(&said).contains(&place), "{}", words(&said));
    put(&file, &sound);
    wire::seal(&rules).expect("is sealed");
    let without = config.with_extension("norules.toml");
    let nowhere = text(config).replace("\"rules\"", "\"nowhere\"");
    put(&without, &nowhere);
    let said = run("tianshu-hub", &without, &["--check-config"]);
    assert_eq!(said.status.code(), Some(2));
    assert!(words(&said).contains("  rules: no such folder"));
}

/// Two mistakes in one mapping file: both are named with their line, and nothing is served.
fn a_mistake_is_named(guest: &Guest) {
    let config = guest.home.join("agent.toml");
    let said = run("tianshu-agent", &config, &["--check-config"]);
    assert!(said.status.success(), "{}", words(&said));
    let file = guest.home.join("mappings/04-personal-account.toml");
    let sound = text(&file);
    let faulty = sound
        .replace("[\"SEALED/*\", \"02\"]", "[\"SEALED/*\", \"42\"]")
        .replace("from = \"balanceCents\"", "from = \"balanceCent\"");
    put(&file, &faulty);
    let said = run("tianshu-agent", &config, &[]);
    assert!(!said.status.success());
    let said = words(&said);
    for mistake in ["\"42\"", "from = \"balanceCent\""] {
        let place = format!("04-personal-account.toml:{}: ", line(&faulty, mistake));
        assert!(said.contains(&place), "{place} in {said}");
    }
    put(&file, &sound);
}

/// The city asks about somebody with a sealed account at xiongan: five centers, five lamps.
async fn it_answers(star: &Star) {
    let desk = star.desk(Node::City, "0231").expect("has a desk");
    let answer = ask(&desk, "CT-S02").await;
    assert_eq!(answer.lamps.len(), 5, "{:?}", answer.lamps);
    let lamp = lamp(&answer, ID);
    assert_eq!(
        (lamp.lamp.as_str(), lamp.name.zh.as_str()),
        ("answered", "雄安中心")
    );
    let [account] = lamp.class("04").expect("was asked").records.as_slice() else {
        panic!("one account");
    };
    holds(
        account,
        &[
            ("zxbh", Some("C11099")),
            ("ywzl", Some("01")),
            ("grzhzt", Some("02")),
            ("khrq", Some("2019-03-05")),
            ("jzny", Some("202406")),
            ("fcrq", Some("2024-07-02")),
            ("grzhye", Some("98765.43")),
        ],
    );
    let person = lamp.class("03").expect("was asked");
    assert_eq!(person.outcome, "answered");
    assert!(lamp.classes.iter().all(|class| class.notes.is_empty()));
    let own = answer.lamp("city").expect("has a lamp");
    assert_eq!(own.lamp, "answered", "the others answer as before");
}

/// The center opens a case of its own business table and asks the star.
async fn it_asks(ground: &Ground, guest: &Guest) {
    let desk = Desk::new(guest.api_url(), TOKEN.to_owned(), "8801", "1");
    let answer = ask(&desk, "XA-0001").await;
    let lamps: Vec<_> = answer
        .lamps
        .iter()
        .map(|l| (l.node.as_str(), l.lamp.as_str()))
        .collect();
    assert_eq!(lamps.len(), 5);
    for expected in [
        ("city", "answered"),
        ("guoguan", "answered"),
        ("zhongzhi", "nothing"),
        ("tielu", "nothing"),
        (ID, "answered"),
    ] {
        assert!(lamps.contains(&expected), "{expected:?} in {lamps:?}");
    }
    let own = lamp(&answer, ID).class("04").expect("was asked");
    holds(&own.records[0], &[("grzhzt", Some("01")), ("fcrq", None)]);
    let receipts = answer.hub_receipts();
    sandbox::evidence::honours(&ground.star.home().hub_log(), &receipts)
        .expect("the hub's log honours its receipts");
}

/// Without its agent the center is not known, and nobody takes that for nothing found.
async fn it_leaves_and_comes_back(star: &mut Star, guest: &Guest) {
    star.stop_guest(ID).await.expect("stops in good order");
    let desk = star.desk(Node::City, "0231").expect("has a desk");
    let answer = ask(&desk, "CT-S02").await;
    assert_eq!(lamp(&answer, ID).lamp, "not-known");
    star.start_guest(guest).await.expect("xiongan attaches");
}

async fn ask(desk: &Desk, case_no: &str) -> Answer {
    let open = desk.open(case_no, "F05").await.expect("is open");
    assert_eq!(open.matter, "02");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect("is answered")
}

fn lamp<'a>(answer: &'a Answer, node: &str) -> &'a Lamp {
    answer
        .lamp(node)
        .unwrap_or_else(|| panic!("{node} has a lamp"))
}

fn holds(record: &RecordView, expected: &[(&str, Option<&str>)]) {
    for (code, value) in expected {
        assert_eq!(record.text(code).as_deref(), *value, "{code}");
    }
}

fn party(id: &str) -> SampleSubject {
    sample(id).expect("is planted").cases[0].parties[0]
}

/// The line, counted from 1, in which something stands first.
fn line(text: &str, what: &str) -> usize {
    let at = text.lines().position(|line| line.contains(what));
    at.unwrap_or_else(|| panic!("{what} is there")) + 1
}

fn run(name: &str, config: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(program(name));
    command.arg("--config").arg(config).args(more);
    command.output().expect("the program runs")
}

fn hide(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("is set");
}
