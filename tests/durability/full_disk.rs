//! A real hub whose disk becomes full: a small file system of its own, and a file that takes the
//! rest of it. New questions are refused, those under way are finished and on record, and when the
//! file is gone the hub goes on by itself.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sandbox::client::{CallError, is_ok};
use sandbox::evidence::{LogBook, text};
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::Node;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;
use wire::{Clock as _, SystemClock};

use super::ground::{Question, prepared, put, quiet};

/// Several, because each case may be asked about so often only.
const QUESTIONS: [Question; 5] = [
    (Node::City, "CT-S02", "F05"),
    (Node::Guoguan, "GG-S01", "F05"),
    (Node::Guoguan, "GG-S03", "F05"),
    (Node::Zhongzhi, "ZZ-S05", "F05"),
    (Node::Zhongzhi, "ZZ-S05-2", "F05"),
];
const REFUSED: &str = "TS-AUDIT-UNAVAILABLE";
/// Segments of 64 KiB, of which a dozen would have room.
const SEGMENT_BYTES: u64 = 64 << 10;
const DISK: &str = "size=1536k";
/// Room that the segment in use has left when many questions come at once: for some of their
/// decisions.
const LEFT_BYTES: usize = 16 << 10;
const AT_ONCE: usize = 24;
/// A question that waits for a silent node, and a log that looks for room.
const SOON: Duration = Duration::from_secs(30);

/// A file system in memory, gone with its owner.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(folder);
        let mounted = mount.status().expect("mount is there");
        assert!(
            mounted.success(),
            "this test mounts a small file system: run it as root"
        );
        Self(folder.to_owned())
    }

    /// Takes all the room that is left.
    fn fill_up(&self) {
        let mut file = File::create(self.0.join("ballast")).unwrap();
        let error = loop {
            if let Err(error) = file.write_all(&[0x55; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Room in the segment in use.
fn left(log: &Path) -> usize {
    let segments = fs::read_dir(log.join("journal")).unwrap();
    let mut segments: Vec<_> = segments
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "seg"))
        .collect();
    segments.sort();
    let bytes = fs::read(segments.last().unwrap()).unwrap();
    bytes.iter().rev().take_while(|byte| **byte == 0).count()
}

async fn gauge(star: &Star, name: &str) -> u64 {
    sum(&star.hub_metrics().await.expect("answers"), name, &[])
}

async fn wait_for_room(star: &Star, room: u64) {
    let there = until(SOON, async || {
        (gauge(star, "hub_journal_room").await == room).then_some(())
    });
    there
        .await
        .unwrap_or_else(|| panic!("the room is not {room}"));
}

fn is_for_room(error: &CallError) -> bool {
    error
        .refusal()
        .is_some_and(|refusal| refusal.code == REFUSED)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_on_a_full_disk_finishes_what_it_began_and_goes_on_when_there_is_room() {
    let mut star = prepared("full-disk");
    let config = star.home().hub_config();
    let text = fs::read_to_string(&config).unwrap();
    let (before, after) = text.split_once("segment_bytes = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let small = format!("{before}segment_bytes = {SEGMENT_BYTES}\n{after}");
    fs::write(&config, small).unwrap();
    let disk = Disk::mount(&star.home().hub_log());
    star.start().await.expect("the star starts");
    quiet(&star).await;
    wait_for_room(&star, 2).await;

    disk.fill_up();
    let mut questions = QUESTIONS.into_iter().cycle();
    let mut next = || questions.next().expect("there is no end to them");
    while left(&star.home().hub_log()) > LEFT_BYTES {
        put(&star, next()).await.expect("is answered");
    }
    // The next segment was to be filled when this one was half full.
    wait_for_room(&star, 1).await;

    // Every question waits for this node until its deadline, while others still come.
    star.freeze(Node::Tielu).expect("it runs");
    let shared = Arc::new(star);
    let mut asked = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (star, question) = (Arc::clone(&shared), next());
        asked.spawn(async move { put(&star, question).await });
    }
    let asked = asked.join_all().await;
    let mut star = Arc::into_inner(shared).expect("nobody else has it");
    star.thaw(Node::Tielu).expect("it runs");
    let answered = asked.iter().filter(|asked| asked.is_ok()).count();
    let refused = asked.iter().filter_map(|asked| asked.as_ref().err());
    let refused = refused.filter(|error| is_for_room(error)).count();
    assert!(
        answered >= 3,
        "{answered} of {AT_ONCE} were answered: {asked:?}"
    );
    assert_eq!(answered + refused, AT_ONCE, "{asked:?}");
    wait_for_room(&star, 0).await;
    let error = put(&star, next()).await.expect_err("is refused");
    assert!(is_for_room(&error), "{error}");
    let ready = format!("{}/health/ready", star.home().admin_url());
    assert!(!is_ok(&ready).await);
    assert!(gauge(&star, "hub_journal_turned_away_total").await > 0);

    let made_room = SystemClock.now();
    disk.make_room();
    wait_for_room(&star, 2).await;
    put(&star, next()).await.expect("is answered again");
    let entries = gauge(&star, "hub_journal_entries").await;
    let covered = until(SOON, async || {
        (gauge(&star, "hub_checkpoint_entries").await >= entries).then_some(())
    });
    covered.await.expect("what was written is published");
    star.stop().await.expect("everything stops in good order");
    check_log(&star, answered, made_room);
}

/// The log says what happened, and no decision lacks its outcome.
fn check_log(star: &Star, answered: usize, made_room: OffsetDateTime) {
    let log = LogBook::read(&star.home().hub_log()).expect("the log verifies");
    assert!(log.verified.closed);
    assert_eq!(log.open_decisions(), Vec::<u64>::new());
    let full: Vec<_> = log.of_kind("log-full").map(|(index, _)| index).collect();
    let [full] = full.as_slice() else {
        panic!("full {full:?}")
    };
    let room: Vec<_> = log.of_kind("log-has-room").collect();
    let [(room, said)] = room.as_slice() else {
        panic!("room {room:?}")
    };
    assert!(full < room);
    assert!(said["turned_away"].as_u64() > Some(0), "{said}");
    let between = |entry: &&(u64, &Value)| entry.0 > *full && entry.0 < *room;
    let all: Vec<_> = (0..).zip(&log.entries).collect();
    let kinds: Vec<_> = all
        .iter()
        .filter(between)
        .map(|(_, entry)| text(entry, "kind"))
        .collect();
    let owed = ["outcome", "abandoned", "refusals-folded"];
    // That there is room again is said within a second of it; what came first in that second, as
    // an agent that attaches, stands before it.
    let is_early = |entry: &Value| {
        let at = OffsetDateTime::parse(text(entry, "at"), &Rfc3339).expect("has a time");
        at < made_room
    };
    let early = all
        .iter()
        .filter(between)
        .filter(|(_, entry)| is_early(entry));
    let mut early = early.map(|(_, entry)| text(entry, "kind"));
    assert!(early.all(|kind| owed.contains(&kind)), "{kinds:?}");
    let outcomes = kinds.iter().filter(|kind| **kind == "outcome").count();
    assert!(outcomes > 0 && outcomes <= answered, "{kinds:?}");
}
