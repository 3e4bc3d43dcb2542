//! A changed folder of rules against a broker at work.

use std::fs;
use std::path::Path;

use policies::RuleFiles;
use wire::RefusalCode;

use super::{look, read, take};
use crate::broker::tests::fixture::{self, Ask, CATALOG, Setup, Star};
use crate::ledger::entry::Entry;
use crate::metrics::lately::Changing;

/// Writes the delivered rules into a folder, as an operator would begin.
fn delivered(folder: &Path) {
    let files = RuleFiles::gather(|pattern| -> std::io::Result<Vec<policies::RuleFile>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let files = wire::read_matching(&root, pattern).expect("the delivered rules");
        Ok(files
            .into_iter()
            .map(|file| file.into_parts().into())
            .collect())
    })
    .expect("is read");
    for file in files.all() {
        let to = folder.join(&file.name);
        fs::create_dir_all(to.parent().expect("has a folder")).expect("is made");
        fs::write(to, &file.text).expect("is written");
    }
    wire::seal(folder).expect("is sealed");
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("is there");
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(path, text.replace(from, to)).expect("is written");
    wire::seal(folder).expect("is sealed");
}

/// What the first entry about rules that were kept says.
fn kept(star: &Star) -> Option<String> {
    star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::RulesKept(kept) => Some(kept.because),
        _ => None,
    })
}

/// Half of a copy that would do by itself: each file is sound, and one is still missing its change.
#[tokio::test]
async fn a_copy_that_rests_half_way_is_not_taken_though_it_would_do() {
    let star = Star::new(Setup::default());
    let (before, next) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    delivered(before.path());
    delivered(next.path());
    for file in ["flows/F05.toml", "flows/F06.toml"] {
        edit(
            next.path(),
            file,
            "case_valid_minutes = ",
            "case_valid_minutes = 1",
        );
    }
    let copy = |file: &str| {
        fs::copy(next.path().join(file), before.path().join(file)).expect("is copied");
    };
    let in_force = *star.broker.rules.current().digest();
    let mut watch = wire::FolderWatch::new(before.path());
    copy("flows/F05.toml");
    for _ in 0..3 {
        look(&star.broker, before.path(), &mut watch).await;
    }
    assert_eq!(*star.broker.rules.current().digest(), in_force);
    let said = kept(&star).expect("is on record");
    assert!(said.contains("`flows/F05.toml` is another than"), "{said}");
    copy("flows/F06.toml");
    copy(wire::folder::MANIFEST);
    for _ in 0..3 {
        look(&star.broker, before.path(), &mut watch).await;
    }
    let whole = read(Some(next.path()), &CATALOG).expect("validates");
    assert_eq!(star.broker.rules.current().digest(), whole.digest());
    fs::remove_file(before.path().join(wire::folder::MANIFEST)).expect("is removed");
    let refused = read(Some(before.path()), &CATALOG).expect_err("is not sealed");
    assert!(
        refused.to_string().contains("tianshu policy seal"),
        "{refused}"
    );
}

/// No record, no rules; and the next look tries again.
#[tokio::test]
async fn a_change_that_cannot_be_recorded_is_looked_at_again() {
    for broken in [false, true] {
        let star = Star::new(Setup::default());
        let folder = tempfile::tempdir().expect("a folder");
        delivered(folder.path());
        let in_force = *star.broker.rules.current().digest();
        let mut watch = wire::FolderWatch::new(folder.path());
        let mode = if broken { "nothing" } else { "match" };
        let mode = format!("mode = \"{mode}\"");
        edit(folder.path(), "flows/F26.toml", "mode = \"match\"", &mode);
        edit(
            folder.path(),
            "flows/F05.toml",
            "asks_per_case = 20",
            "asks_per_case = 19",
        );
        star.journal().close().expect("closes");
        for _ in 0..3 {
            look(&star.broker, folder.path(), &mut watch).await;
        }
        assert_eq!(*star.broker.rules.current().digest(), in_force);
        assert!(watch.has_changed_and_rests(), "would never be read again");
        assert!(!watch.has_changed_and_rests());
    }
}

/// A folder with a changed flow and a broken center is read: one file would do, the set does not.
pub(crate) async fn half_loads(star: &Star, flow: &str, from: &str, to: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    delivered(folder.path());
    edit(folder.path(), &format!("flows/{flow}"), from, to);
    edit(folder.path(), "centers/tielu.toml", "node = ", "nodes = ");
    let before = star.broker.rules.current().digest().to_string();
    take(&star.broker, folder.path())
        .await
        .expect("is on record");
    let after = star.broker.rules.current().digest().to_string();
    assert_eq!(before, after, "nothing of the set is taken");
}

#[tokio::test]
async fn the_delivered_folder_is_the_delivered_set() {
    let folder = tempfile::tempdir().expect("a folder");
    delivered(folder.path());
    let from_folder = read(Some(folder.path()), &CATALOG).expect("validates");
    let built_in = read(None, &CATALOG).expect("validates");
    assert_eq!(from_folder.digest(), built_in.digest());
    let moved = tempfile::tempdir().expect("a folder");
    delivered(moved.path());
    let elsewhere = read(Some(moved.path()), &CATALOG).expect("validates");
    assert_eq!(elsewhere.digest(), built_in.digest());
}

#[tokio::test]
async fn a_fit_set_is_on_record_and_then_in_force_and_a_broken_one_never() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    delivered(folder.path());
    let _nodes = star.attach_all(fixture::one_account);
    assert!(star.ask(&Ask::honest(&star)).await.is_ok());

    // One good file and one broken one: nothing of it is taken.
    edit(
        folder.path(),
        "flows/F05.toml",
        "asks_per_case = 20",
        "asks_per_case = 19",
    );
    edit(
        folder.path(),
        "flows/F14.toml",
        "mode = \"details\"",
        "mode = \"everything\"",
    );
    take(&star.broker, folder.path())
        .await
        .expect("is on record");
    assert!(
        star.ask(&Ask::honest(&star)).await.is_ok(),
        "the old rules stay"
    );
    let kept = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::RulesKept(kept) => Some(kept),
        _ => None,
    });
    let kept = kept.expect("is on record");
    assert!(kept.because.contains("F14.toml"), "{}", kept.because);
    assert_eq!(star.broker.metrics.lately().kept(), [Changing::Rules]);

    edit(
        folder.path(),
        "flows/F14.toml",
        "mode = \"everything\"",
        "mode = \"details\"",
    );
    let signed_before = Ask::honest(&star);
    take(&star.broker, folder.path())
        .await
        .expect("is on record");
    let changed = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::RulesChanged(changed) => Some(changed),
        _ => None,
    });
    let changed = changed.expect("is on record");
    assert_eq!(changed.changed, ["F05"]);
    assert_eq!(star.broker.metrics.lately().kept(), []);
    assert_eq!(kept.kept, changed.from);
    let refused = star.ask(&signed_before).await.expect_err("is refused");
    assert_eq!(refused.code, RefusalCode::FlowVersion.as_str());
    let signed_after = Ask::honest(&star);
    assert!(star.ask(&signed_after).await.is_ok());
    // The same set again is no change.
    let before = star.entries(0).len();
    take(&star.broker, folder.path())
        .await
        .expect("is on record");
    assert_eq!(star.entries(0).len(), before);
}

#[tokio::test]
async fn a_fault_that_is_taken_back_is_told_of_no_more() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    delivered(folder.path());
    let fault = ("mode = \"details\"", "mode = \"everything\"");
    edit(folder.path(), "flows/F14.toml", fault.0, fault.1);
    let taken = take(&star.broker, folder.path()).await;
    taken.expect("is on record");
    assert_eq!(star.broker.metrics.lately().kept(), [Changing::Rules]);
    edit(folder.path(), "flows/F14.toml", fault.1, fault.0);
    let taken = take(&star.broker, folder.path()).await;
    taken.expect("is no change");
    assert_eq!(star.broker.metrics.lately().kept(), []);
}
