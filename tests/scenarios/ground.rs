//! The ground that a scenario stands on: a star of its own over a small world, and the check that
//! ends every scenario.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use audit::note::NoteKey;
use audit::verify::verify_log;
use catalog::Catalog;
use sandbox::evidence::LogBook;
use sandbox::showcase::{Line, Show};
use sandbox::star::{Guest, PortChoice, Star, StarOptions, Stores, lasting_day, until};
use sandbox::world::Node;
use wire::SystemClock;

use super::secrets::Secrets;

/// People of the world: enough for every kind of case.
const PEOPLE: u32 = 300;
/// How long questions under way may take to be on record.
const OUTCOME_WAIT: Duration = Duration::from_secs(15);

/// A running star.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) star: Star,
    catalog: Catalog,
    /// How often the hub was stopped in good order before the check.
    stops: usize,
}

impl Ground {
    /// A star that is not started, with everything in place.
    pub(super) fn prepare(name: &str) -> Star {
        Self::prepare_on(name, Stores::Sqlite)
    }

    pub(super) fn prepare_on(name: &str, stores: Stores) -> Star {
        let options = StarOptions {
            people: PEOPLE,
            seed: 7,
            stores,
            ports: PortChoice::Free,
            now: lasting_day(&SystemClock, &mut |_| {}),
        };
        Star::prepare(&folder(name), &options, &mut |_, _, _| {}).expect("a star is prepared")
    }

    /// A star that is ready; `name` is the name of its folder.
    pub(super) async fn start(name: &str) -> Self {
        Self::start_on(name, Stores::Sqlite).await
    }

    /// The same, with the centers' stores in files or on servers.
    pub(super) async fn start_on(name: &str, stores: Stores) -> Self {
        let mut star = Self::prepare_on(name, stores);
        star.start().await.expect("the star starts");
        Self::on(star)
    }

    /// The ground under a star that was changed before it was started.
    pub(super) fn on(star: Star) -> Self {
        Self {
            star,
            catalog: Catalog::builtin().expect("the catalog is sound"),
            stops: 0,
        }
    }

    /// The hub was stopped in good order once more.
    pub(super) const fn hub_stopped(&mut self) {
        self.stops += 1;
    }

    /// Stops everything in good order, as for a change of configuration, and starts it again.
    pub(super) async fn restart(&mut self, change: impl FnOnce(&Star)) {
        let stopped = self.star.stop().await;
        stopped.expect("everything stops in good order");
        self.stops += 1;
        change(&self.star);
        self.star.start().await.expect("the star starts again");
    }

    /// The star on show.
    pub(super) fn show(&mut self) -> Show<'_> {
        Show::new(&mut self.star, &self.catalog)
    }

    /// The check that every scenario ends with; stops the star in good order.
    pub(super) async fn check(mut self) {
        let secrets = Secrets::of_the_samples();
        let mut metrics = vec![(
            "hub",
            self.star.hub_metrics().await.expect("the hub answers"),
        )];
        for node in Node::ALL {
            let text = self
                .star
                .agent_metrics(node)
                .await
                .expect("the agent answers");
            metrics.push((node.id(), text));
        }
        let guests: Vec<_> = self.star.guests().cloned().collect();
        for guest in &guests {
            let text = self.star.guest_metrics(guest).await;
            metrics.push((&guest.id, text.expect("the agent answers")));
        }
        for (name, text) in metrics {
            assert!(!text.is_empty(), "{name} has metrics");
            secrets.assert_absent(&format!("metrics of {name}"), text.as_bytes());
        }
        let folder = self.star.home().hub_log();
        let log = until(OUTCOME_WAIT, async || {
            let log = LogBook::read(&folder).expect("the hub's log verifies beside its writer");
            log.open_decisions().is_empty().then_some(log)
        });
        let log = log.await.expect("every decision has an outcome");
        assert!(log.verified.entries > 0);
        self.star
            .stop()
            .await
            .expect("everything stops in good order");
        let log = LogBook::read(&folder).expect("the hub's log verifies");
        assert!(log.verified.closed, "the hub closed its log");
        self.assert_published(&folder);
        assert_eq!(log.of_kind("stopped").count(), self.stops + 1);
        for node in Node::ALL {
            let own = LogBook::read(&self.star.home().agent_log(node));
            own.unwrap_or_else(|error| panic!("{}'s own log: {error}", node.id()));
        }
        for guest in &guests {
            let own = LogBook::read(&guest.home.join("book"));
            own.unwrap_or_else(|error| panic!("{}'s own log: {error}", guest.id));
        }
        for file in self.written(&guests) {
            let bytes = std::fs::read(&file).expect("the file can be read");
            secrets.assert_absent(&file.display().to_string(), &bytes);
        }
    }

    /// What was published of the hub's log goes together with it, up to the last entry.
    fn assert_published(&self, folder: &Path) {
        let key = std::fs::read_to_string(self.star.home().log_key()).expect("has a key");
        let key = NoteKey::parse(key.trim()).expect("is a key");
        let whole = verify_log(folder, &[], &[key], |_| {}).expect("the published log verifies");
        let tree = whole.tree.expect("the hub published");
        assert_eq!(tree.checkpoint.checkpoint.size, whole.journal.entries);
    }

    /// Every file that hub and agents have written: logs, journals, indexes.
    fn written(&self, guests: &[Guest]) -> Vec<PathBuf> {
        let home = self.star.home();
        let mut files = Vec::new();
        collect(&home.dir().join("logs"), &mut files);
        let count = 5 + guests.len();
        assert_eq!(files.len(), count, "hub and agents log to files");
        collect(&home.hub_log(), &mut files);
        for node in Node::ALL {
            collect(&home.agent_log(node), &mut files);
        }
        for guest in guests {
            collect(&guest.home.join("book"), &mut files);
        }
        files
    }
}

/// A line of the showcase must have come out as expected.
pub(super) fn assert_holds(line: &Line) {
    let failed: Vec<_> = line.checks.iter().filter(|check| !check.holds).collect();
    assert!(
        line.holds(),
        "{} ({}): {failed:#?}\n{:#?}",
        line.id,
        line.en,
        line.told
    );
}

/// A program of the workspace, built beforehand.
pub(super) fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("has a path");
    let folder = own
        .parent()
        .and_then(Path::parent)
        .expect("lies in a target folder");
    let program = folder.join(name);
    assert!(
        program.is_file(),
        "run `cargo build --workspace --bins` first: {program:?}"
    );
    program
}

/// Everything that a program said.
pub(super) fn words(said: &Output) -> String {
    let (out, err) = (&said.stdout, &said.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// The folder of a scenario; what is in it is used again by the next run.
pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("scenarios")
        .join(name)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            collect(&path, files)
        } else {
            files.push(path)
        }
    }
}

/// Copies a folder with everything in it.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("is made");
    for entry in std::fs::read_dir(from).expect("is there") {
        let path = entry.expect("can be read").path();
        let name = to.join(path.file_name().expect("has a name"));
        if path.is_dir() {
            copy_folder(&path, &name);
        } else {
            std::fs::copy(&path, &name).expect("is copied");
        }
    }
}
