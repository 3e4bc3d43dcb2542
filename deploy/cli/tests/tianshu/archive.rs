//! `tianshu audit archive|restore|expire|hold` and `verify` of an archive, as operators run them.

use std::fs;
use std::path::PathBuf;

use audit::note::{NoteSigner, SignatureKind};
use audit::volume::{Archiver, Keeper, Kept, KeptEvent, VolumeSize};
use audit::{Archive, Journal, JournalConfig, Publisher, Receipt};
use tempfile::TempDir;

use super::{done, run};

fn sha256(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Two bundles and some more.
const ENTRIES: u64 = 700;

/// The log of a stopped hub, all of one old day, and the trust list with two officers.
pub(super) struct Ground {
    home: TempDir,
    pub(super) key: String,
}

impl Ground {
    pub(super) async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let path = |name: &str| home.path().join(name).display().to_string();
        let said = done(&[
            "pki",
            "log-key",
            "--origin",
            "hub-1",
            "--out",
            &path("key.p8"),
        ]);
        let mut config = JournalConfig::new(home.path().join("log"), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).unwrap();
        for number in 0..ENTRIES {
            let entry = format!(
                r#"{{"v":1,"at":"2020-01-01T08:00:00+08:00","salt":"{}","kind":"refusal","case":"TQ-{number}"}}"#,
                "00".repeat(40)
            );
            drop(journal.begin(entry.into_bytes()).unwrap());
        }
        let ground = Self {
            key: said.trim().to_owned(),
            home,
        };
        journal.close().unwrap();
        let (journal, _) = Journal::open(&config).unwrap();
        let mut publisher = Publisher::open(&journal, ground.signer()).unwrap();
        publisher.advance().unwrap().unwrap();
        journal.close().unwrap();
        fs::create_dir(ground.home.path().join("archive")).unwrap();
        ground.enlist();
        ground
    }

    pub(super) fn signer(&self) -> NoteSigner {
        let der = fs::read(self.home.path().join("key.p8")).unwrap();
        NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, &der).unwrap()
    }

    pub(super) fn at(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn enlist(&self) {
        let officer = |name: &str| done(&["officer", "new", "--out", &self.at(name)]);
        let (li, wang) = (officer("li.p8"), officer("wang.p8"));
        let list = format!(
            "[[node]]\nid = \"city\"\ncenter_code = \"C11000\"\nzh = \"市\"\nen = \"City\"\n\
             case_key = \"{}\"\nphone = \"010\"\n[[node.officers]]\nname = \"li\"\n{li}\
             [[node.officers]]\nname = \"wang\"\n{wang}",
            "07".repeat(32)
        );
        fs::write(self.file("trust.toml"), list).unwrap();
    }

    /// Lets go what is in the archive, as an owner does; on record where that is asked for.
    pub(super) fn shortened(&self, on_record: bool) -> Kept {
        let config = JournalConfig::new(self.file("log"), "hub-1");
        let (journal, _) = Journal::open(&config).unwrap();
        let signer = self.signer();
        let publisher = Publisher::open(&journal, self.signer()).unwrap();
        let archive = Archive::new(&self.file("archive"), vec![signer.key().clone()]);
        let time_of = |_: &[u8]| Some(0);
        let archiver = Archiver {
            journal: &journal,
            archive: &archive,
            signer: &signer,
            covering: &publisher.published(),
            time_of: &time_of,
            size: VolumeSize::default(),
        };
        let keeper = Keeper::new(&config.dir, archiver, 0, Some(1), &|_, _| None);
        let kept = keeper.pass(&mut |event| {
            let said = match event {
                KeptEvent::Removing(removal) if on_record => format!(
                    r#""kind":"retention","first":{},"last":{}"#,
                    removal.first,
                    removal.end - 1
                ),
                _ => r#""kind":"clock""#.to_owned(),
            };
            Ok(write(&journal, &said))
        });
        journal.close().unwrap();
        let kept = kept.unwrap();
        assert!(kept.first > 0);
        kept
    }

    /// The log says these too; gives the receipt of the last one.
    fn says(&self, said: &[String]) -> String {
        let mut config = JournalConfig::new(self.file("log"), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).unwrap();
        let mut line = String::new();
        for said in said {
            let receipt = write(&journal, &format!(r#""salt":"00",{said}"#));
            let (index, leaf) = (receipt.index, receipt.leaf_hash);
            line = format!("{{\"log\":\"hub-1\",\"index\":{index},\"leaf_hash\":\"{leaf}\"}}\n");
        }
        journal.close().unwrap();
        line
    }

    /// The log names orders as the ones in force.
    fn names(&self, orders: &str) {
        let text = fs::read_to_string(orders).unwrap();
        let (text, _) = text.rsplit_once("\n\n").unwrap();
        self.says(&[format!(
            r#""kind":"orders-taken","serial":1,"orders":"{}","approved_by":[]"#,
            sha256(&format!("{text}\n"))
        )]);
    }

    pub(super) fn archived(&self) -> String {
        let (log, to, key) = (self.at("log"), self.at("archive"), self.at("key.p8"));
        done(&["audit", "archive", &log, "--to", &to, "--key", &key])
    }
}

/// An entry that says this.
pub(super) fn write(journal: &Journal, said: &str) -> Receipt {
    let entry = format!(r#"{{"v":1,"at":"2020-01-01T08:00:00+08:00",{said}}}"#);
    let appending = journal.begin(entry.into_bytes()).unwrap();
    // A runtime's own thread must not wait.
    let waited = std::thread::spawn(|| appending.wait().unwrap()).join();
    waited.unwrap()
}

#[tokio::test]
async fn a_stopped_log_is_archived_verified_and_restored() {
    let ground = Ground::new().await;
    let said = ground.archived();
    assert!(said.contains("entries 0 to 511"), "{said}");
    assert!(
        said.ends_with("1 volumes made; 188 entries are in none yet\n"),
        "{said}"
    );
    assert!(ground.archived().starts_with("0 volumes made"));
    let (archive, log) = (ground.at("archive"), ground.at("log"));
    let checkpoint = format!("{log}/checkpoint");
    let verify = ["audit", "verify", &archive, "--key", &ground.key];
    let said = done(&[&verify[..], &["--log", &log, "--checkpoint", &checkpoint]].concat());
    for line in [
        "512 leaf hashes and 512 entries compared",
        "188 entries under it came after",
        "verdict         whole\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let said = done(&verify);
    assert!(
        said.contains("NONE GIVEN") && said.contains("not compared"),
        "{said}"
    );
    let said = done(&["audit", "verify", &archive]);
    assert!(said.contains("whole, signatures not checked"), "{said}");

    let to = ground.at("restored");
    done(&[
        "audit",
        "restore",
        "--from",
        &archive,
        "--to",
        &to,
        "--key",
        &ground.key,
    ]);
    assert!(done(&["audit", "verify", &to]).contains("whole"));
    let said = done(&["audit", "search", &to, "--case", "TQ-7"]);
    assert!(said.contains("TQ-7"), "{said}");

    let file = ground.file("archive/00000000000000000000.volume");
    let mut bytes = fs::read(&file).unwrap();
    bytes[200] ^= 1;
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
    let ran = run(&verify);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("DAMAGED") && ran.out.contains("00000000.volume"),
        "{}",
        ran.out
    );
    fs::remove_file(&file).unwrap();
    let ran = run(&verify);
    assert!(
        ran.code == 1 && ran.out.contains("is missing"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn a_search_of_a_shortened_log_says_what_it_did_not_look_at() {
    let ground = Ground::new().await;
    ground.archived();
    let kept = ground.shortened(true);

    let log = ground.at("log");
    let said = done(&["audit", "verify", &log, "--key", &ground.key]);
    assert!(
        said.contains(&format!("entries         {} to 700", kept.first)),
        "{said}"
    );
    let removed = format!(
        "entries 0 to {} were removed to the archive",
        kept.first - 1
    );
    for command in ["search", "stats"] {
        let ran = run(&["audit", command, &log]);
        assert!(
            ran.code == 1 && ran.out.contains(&removed),
            "{command}: {}",
            ran.out
        );
    }
    let (archive, log) = (ground.at("archive"), ground.at("log"));
    done(&[
        "audit",
        "verify",
        &archive,
        "--key",
        &ground.key,
        "--log",
        &log,
    ]);
    exported(&ground, kept.first);
}

/// An export of a shortened log names what it cannot export, and believes what was received of it.
fn exported(ground: &Ground, first: u64) {
    let (log, cursor) = (ground.at("log"), ground.at("cursor"));
    let removed = format!("entries 0 to {} were removed to the archive", first - 1);
    let ran = run(&["audit", "export", &log, "--from-index", "0"]);
    assert!(ran.code == 1 && ran.err.contains(&removed), "{}", ran.err);
    // The removal has put an entry of its own at the end.
    assert_eq!(ran.out.lines().count() as u64, ENTRIES + 1 - first);
    let received = ground.file("received");
    fs::write(&received, &ran.out).unwrap();
    let from = first.to_string();
    let check = |from: &str| {
        run(&[
            "audit",
            "export",
            &log,
            "--check",
            &received.display().to_string(),
            "--from-index",
            from,
        ])
    };
    assert_eq!(check(&from).code, 0);
    // A genuine message of a removed entry is not called invented.
    let early = ran.out.lines().next().unwrap();
    let early = early.replace(&format!("\"index\":{first}"), "\"index\":3");
    fs::write(&received, format!("{early}\n{}", ran.out)).unwrap();
    let ran = check("0");
    assert!(ran.code == 1 && ran.out.contains(&removed), "{}", ran.out);
    assert!(ran.out.contains(": 1 received ones"), "{}", ran.out);
    assert!(!ran.out.contains("is not in the log"), "{}", ran.out);
    // A cursor before or at the beginning is of this log.
    for (next, code) in [(first - 1, 1), (first, 0)] {
        let kept = wire::export::Cursor::new("hub-1", next, &"ab".repeat(32));
        kept.write(&ground.file("cursor")).unwrap();
        let ran = run(&["audit", "export", &log, "--cursor", &cursor]);
        assert_eq!(ran.code, code, "{}", ran.err);
        assert_eq!(ran.out.lines().count() as u64, ENTRIES + 1 - first);
    }
}

const ORDERS: &str = "# tianshu/keeping/v1
serial = 1
log = \"hub-1\"
archived_until = \"2022-01-01\"
";
const HOLD: &str = "[[hold]]
name = \"H-1\"
reason = \"court\"
by = \"li\"
second = \"wang\"
case_no = \"TQ-9\"
";

#[tokio::test]
async fn volumes_expire_by_orders_that_two_officers_sealed_and_held_ones_stay() {
    let ground = Ground::new().await;
    ground.archived();
    let orders = ground.at("orders");
    let trust = ground.at("trust.toml");
    let seal = |officer: &str| {
        let key = ground.at(&format!("{officer}.p8"));
        let officer = format!("city/{officer}");
        done(&[
            "audit",
            "hold",
            "seal",
            &orders,
            "--officer",
            &officer,
            "--key",
            &key,
        ])
    };
    let check = ["audit", "hold", "check", &orders, "--trust-list", &trust];
    let (archive, log) = (ground.at("archive"), ground.at("log"));
    let from = ["audit", "expire", &archive, "--log", &log];
    let by = ["--trust-list", &trust, "--key", &ground.key];
    let expire = [&from[..], &by[..]].concat();
    assert_ne!(run(&expire).code, 0, "no orders");
    for (text, held) in [
        (format!("{ORDERS}{HOLD}"), true),
        (ORDERS.to_owned(), false),
    ] {
        fs::write(&orders, text).unwrap();
        assert!(seal("li").contains("2022-01-01 may leave the archive"));
        assert_eq!(run(&check).code, 1, "half sealed");
        fs::copy(&orders, ground.file("log/orders")).unwrap();
        assert_ne!(run(&expire).code, 0, "half sealed");
        seal("wang");
        assert!(done(&check).contains("sealed by       city/li, city/wang"));
        // As the hub takes them.
        fs::copy(&orders, ground.file("log/orders")).unwrap();
        let unnamed = run(&expire);
        assert!(
            unnamed.code != 0 && unnamed.err.contains("does not name"),
            "{}",
            unnamed.err
        );
        ground.names(&orders);
        let ran = run(&expire);
        if held {
            assert!(ran.code == 1 && ran.out.contains("H-1"), "{}", ran.out);
        } else {
            assert!(
                ran.out.contains("entries 0 to 511"),
                "{}{}",
                ran.out,
                ran.err
            );
        }
    }
    shown_only_by_the_log(&ground);
}

/// What the archive says of an expiry shows nothing; the log's own entry does.
fn shown_only_by_the_log(ground: &Ground) {
    let (archive, log) = (ground.at("archive"), ground.at("log"));
    let verify = [
        "audit",
        "verify",
        &archive,
        "--key",
        &ground.key,
        "--log",
        &log,
    ];
    let ran = run(&verify);
    let unproven = |ran: &super::Ran| {
        let said = &ran.out;
        assert!(ran.code == 1, "{said}");
        assert!(said.contains("NOT ON RECORD   entries 0 to 511"), "{said}");
        assert!(
            said.contains("verdict         NOT PROVEN") && !said.contains("wang"),
            "{said}"
        );
    };
    unproven(&ran);
    let record = fs::read_to_string(ground.file("archive/00000000000000000000.expired")).unwrap();
    let line = |name: &str| {
        let line = record.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    let said = |last: u64| {
        format!(
            r#""kind":"volume-expired","first":0,"last":{last},"sha256":"{}","orders":"{}","approved_by":["city/li","city/wang"]"#,
            line("sha256"),
            line("orders")
        )
    };
    for (last, is_shown) in [(510, false), (511, true)] {
        let receipt = ground.says(&[said(last)]);
        fs::write(
            ground.file("archive/00000000000000000000.expired.receipt"),
            receipt,
        )
        .unwrap();
        let ran = run(&verify);
        if is_shown {
            let gone = "expired         entries 0 to 511, by city/li and city/wang: entry ";
            assert!(ran.code == 0 && ran.out.contains(gone), "{}", ran.out);
        } else {
            unproven(&ran);
        }
    }
    unproven(&run(&verify[..5]));
}

#[test]
fn no_volume_expires_sooner_than_the_law_asks_for() {
    let ran = run(&[
        "audit",
        "expire",
        ".",
        "--log",
        ".",
        "--trust-list",
        "t",
        "--key",
        "k",
        "--archived-days",
        "1095",
    ]);
    assert!(
        ran.code == 2 && ran.err.contains("1095 is not in 1096"),
        "{}",
        ran.err
    );
}
