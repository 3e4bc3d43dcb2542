//! The home folder of a star: what is where, and making it. It refuses to touch a folder that no
//! sandbox has made.

mod issue;
mod keys;
mod sources;

use std::fs::{self, File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use policies::RuleFiles;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime, Time};
use wire::Clock;
use wire::clock::beijing;
use wire::tls::TlsFiles;

use super::fault::StarError;
use super::ports::{PortChoice, Ports};
use super::stores::Stores;
use super::{SYSTEM, settings};
use crate::world::{self, Node, WorldPaths};

/// Marks a folder as ours, and says what is in it once it is complete.
const STAMP: &str = "sandbox.toml";
/// Held by the sandbox that runs in the folder.
const LOCK: &str = "sandbox.lock";
/// Changed whenever a home of an earlier version of this file could not be used.
const FORMAT: u32 = 4;

/// Is told phase, done and total of a long step.
pub type Progress<'a> = dyn FnMut(&str, u64, u64) + 'a;

/// What a star is made of.
#[derive(Debug, Clone, Copy)]
pub struct StarOptions {
    /// How many people the world has.
    pub people: u32,
    /// From which the world follows.
    pub seed: u64,
    /// Where the centers keep what they know.
    pub stores: Stores,
    /// Where it listens.
    pub ports: PortChoice,
    /// The present moment; the world is as of its day in Beijing.
    pub now: OffsetDateTime,
}

impl StarOptions {
    /// The day of the world.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_offset(beijing()).date()
    }
}

/// A run that begins so shortly before Beijing's midnight would see its day end: the railway's
/// files of "today" would be yesterday's all at once.
const MIDNIGHT_MARGIN: Duration = Duration::minutes(4);

/// The present moment of a day that will last for a run; shortly before midnight it waits for the
/// next day, and says so first.
pub fn lasting_day(clock: &dyn Clock, on_wait: &mut dyn FnMut(Duration)) -> OffsetDateTime {
    let now = clock.now().to_offset(beijing());
    let left = Duration::DAY - (now.time() - Time::MIDNIGHT);
    if left >= MIDNIGHT_MARGIN {
        return now;
    }
    on_wait(left);
    std::thread::sleep((left + Duration::SECOND).unsigned_abs());
    clock.now()
}

/// A complete home folder, held for as long as this value lives.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    ports: Ports,
    today: Date,
    _lock: File,
}

/// What stands in [`STAMP`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    format: u32,
    seed: u64,
    people: u32,
    stores: Stores,
    day: String,
    /// The program that made it: another build may make another world.
    made_by: String,
    complete: bool,
}

impl Home {
    pub(super) fn prepare(
        dir: &Path,
        options: &StarOptions,
        on_progress: &mut Progress<'_>,
    ) -> Result<Self, StarError> {
        let dir = &std::path::absolute(dir).map_err(StarError::file(dir))?;
        let lock = take(dir)?;
        let wanted = Stamp::of(options);
        let ports = Ports::choose(options.ports)?;
        let home = Self {
            dir: dir.clone(),
            ports,
            today: options.today(),
            _lock: lock,
        };
        if Stamp::read(dir).as_ref() != Some(&wanted) {
            home.build(options, wanted, on_progress)?;
        }
        home.begin_logs()?;
        home.write_settings()?;
        home.write_rules()?;
        home.copy_mappings(options.stores)?;
        home.renew_passwords()?;
        Ok(home)
    }

    /// The folder itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The day of the world.
    #[must_use]
    pub fn today(&self) -> Date {
        self.today
    }

    /// Where agents and asking nodes connect.
    #[must_use]
    pub fn link(&self) -> SocketAddr {
        self.ports.link
    }

    /// Where the hub's health, metrics and page are.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.ports.admin)
    }

    /// Where a center's local API is.
    #[must_use]
    pub fn api_url(&self, node: Node) -> String {
        format!("http://{}", self.ports.agent(node))
    }

    /// The folder of a node.
    #[must_use]
    pub fn node(&self, node: Node) -> PathBuf {
        self.dir.join(node.id())
    }

    /// The hub's configuration file.
    #[must_use]
    pub fn hub_config(&self) -> PathBuf {
        self.dir.join("hub/hub.toml")
    }

    /// An agent's configuration file.
    #[must_use]
    pub fn agent_config(&self, node: Node) -> PathBuf {
        self.node(node).join("agent.toml")
    }

    /// The folder of the hub's audit log, as `tianshu audit verify` takes it.
    #[must_use]
    pub fn hub_log(&self) -> PathBuf {
        self.dir.join("hub/audit")
    }

    /// The file with the public key by which the hub's log is verified.
    #[must_use]
    pub fn log_key(&self) -> PathBuf {
        self.dir.join("pki/hub-log.vkey")
    }

    /// The policy that says which witnesses' cosignatures are enough.
    #[must_use]
    pub fn witness_policy(&self) -> PathBuf {
        self.dir.join("pki/witnesses.policy")
    }

    /// Takes the witnesses out of every configuration.
    pub(super) fn drop_witnesses(&self) -> Result<(), StarError> {
        let agents = Node::ALL.map(|node| self.agent_config(node));
        for file in agents.into_iter().chain([self.hub_config()]) {
            let text = fs::read_to_string(&file).map_err(StarError::file(&file))?;
            write(&file, &settings::without_witnesses(&text))?;
        }
        Ok(())
    }

    /// The folder of an agent's own log.
    #[must_use]
    pub fn agent_log(&self, node: Node) -> PathBuf {
        self.node(node).join("book")
    }

    /// What a process says goes here.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    /// Receipts that somebody holds, one a line.
    #[must_use]
    pub fn receipts(&self) -> PathBuf {
        self.dir.join("receipts.jsonl")
    }

    /// The file with the token of a center's local system.
    #[must_use]
    pub fn token_file(&self, node: Node) -> PathBuf {
        self.node(node).join(format!("keys/{SYSTEM}.token"))
    }

    /// The key of a center's designated officer, on the officer's own workstation.
    #[must_use]
    pub fn officer_key(&self, node: Node, name: &str) -> PathBuf {
        let folder = self.dir.join("officers").join(node.id());
        folder.join(format!("{name}.p8"))
    }

    /// The token of a center's local system.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn token(&self, node: Node) -> Result<String, StarError> {
        let file = self.token_file(node);
        let token = fs::read_to_string(&file).map_err(StarError::file(&file))?;
        Ok(token.trim().to_owned())
    }

    /// Certificate and key of a node, as its agent uses them.
    #[must_use]
    pub fn node_tls(&self, node: Node) -> TlsFiles {
        self.tls(&self.node(node).join("tls"))
    }

    /// Certificate and key of the hub.
    #[must_use]
    pub fn hub_tls(&self) -> TlsFiles {
        self.tls(&self.dir.join("hub/tls"))
    }

    /// A certificate for 国管 that has been revoked.
    #[must_use]
    pub fn revoked_tls(&self) -> TlsFiles {
        self.tls(&self.dir.join("pki/revoked"))
    }

    /// A certificate for 国管 by an authority that nobody here knows.
    #[must_use]
    pub fn foreign_tls(&self) -> TlsFiles {
        self.tls(&self.dir.join("pki/foreign"))
    }

    /// A certificate of a member of the staff.
    #[must_use]
    pub fn staff_tls(&self) -> TlsFiles {
        self.tls(&self.staff_folder("security-1"))
    }

    /// The folder with the certificate of one of [`super::STAFF`], as `tianshu act` takes it.
    #[must_use]
    pub fn staff_folder(&self, name: &str) -> PathBuf {
        self.dir.join("pki/staff").join(name)
    }

    /// Where the hub's staff comes in.
    #[must_use]
    pub fn staff_door(&self) -> SocketAddr {
        self.ports.staff
    }

    /// The certificate and key in `folder`, with this star's own authority and revocations.
    fn tls(&self, folder: &Path) -> TlsFiles {
        TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: self.ca_dir().join("ca.pem"),
            crl: self.ca_dir().join("crl.pem"),
        }
    }

    /// The development authority of this star.
    #[must_use]
    pub fn ca_dir(&self) -> PathBuf {
        self.dir.join("pki/ca")
    }

    fn build(
        &self,
        options: &StarOptions,
        mut stamp: Stamp,
        on_progress: &mut Progress<'_>,
    ) -> Result<(), StarError> {
        stamp.complete = false;
        stamp.write(&self.dir)?;
        for part in ["pki", "hub", "logs", "officers"]
            .into_iter()
            .chain(Node::ALL.map(Node::id))
        {
            remove(&self.dir.join(part))?;
        }
        for node in Node::ALL {
            make(&self.node(node).join("keys"))?;
        }
        make(&self.dir.join("hub/keys"))?;
        on_progress("certificates and keys", 0, 1);
        self.write_certificates(options.now)?;
        self.write_keys()?;
        on_progress("certificates and keys", 1, 1);
        let paths = WorldPaths::under(&self.dir);
        world::generate(
            options.seed,
            options.people,
            options.today(),
            &paths,
            on_progress,
        )?;
        stamp.complete = true;
        stamp.write(&self.dir)
    }

    fn begin_logs(&self) -> Result<(), StarError> {
        remove(&self.dir.join("hub/audit"))?;
        remove(&self.dir.join("logs"))?;
        for node in Node::ALL {
            remove(&self.node(node).join("book"))?;
        }
        make(&self.dir.join("logs"))
    }

    fn write_settings(&self) -> Result<(), StarError> {
        write(&self.hub_config(), &settings::hub(&self.ports))?;
        for node in Node::ALL {
            write(
                &self.agent_config(node),
                &settings::agent(node, &self.ports),
            )?;
        }
        Ok(())
    }

    /// Hub and agents hold a copy of the rules each.
    fn write_rules(&self) -> Result<(), StarError> {
        let mut files = RuleFiles::builtin();
        files.calendar.text = settings::CALENDAR.to_owned();
        let homes = Node::ALL.map(|node| self.node(node));
        for home in homes.iter().chain([&self.dir.join("hub")]) {
            let rules = home.join("rules");
            remove(&rules)?;
            for folder in ["flows", "centers", "base"] {
                make(&rules.join(folder))?;
            }
            for file in files.all() {
                write(&rules.join(&file.name), &file.text)?;
            }
            wire::seal(&rules)?;
        }
        Ok(())
    }

    /// The connectors of a node's own copy of its mappings.
    pub(super) fn connectors(&self, node: Node) -> PathBuf {
        self.node(node).join("mappings/connectors.toml")
    }
}

impl Stamp {
    fn of(options: &StarOptions) -> Self {
        Self {
            format: FORMAT,
            seed: options.seed,
            people: options.people,
            stores: options.stores,
            day: options.today().to_string(),
            made_by: own_build().unwrap_or_default(),
            complete: true,
        }
    }

    fn read(dir: &Path) -> Option<Self> {
        toml::from_str(&fs::read_to_string(dir.join(STAMP)).ok()?).ok()
    }

    fn write(&self, dir: &Path) -> Result<(), StarError> {
        let text = toml::to_string(self).unwrap_or_default();
        write(&dir.join(STAMP), &text)
    }
}

/// Size and time of the program that runs; none if the system does not say.
fn own_build() -> Option<String> {
    let program = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let built = program
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Some(format!("{}-{}", program.len(), built.as_nanos()))
}

/// Makes the folder ours, or finds that it is, and locks it.
fn take(dir: &Path) -> Result<File, StarError> {
    make(dir)?;
    let mut entries = fs::read_dir(dir).map_err(StarError::file(dir))?;
    let is_empty = entries.next().is_none();
    let lock_file = dir.join(LOCK);
    if !is_empty && !lock_file.exists() {
        return Err(StarError::ForeignHome(dir.to_owned()));
    }
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_file);
    let lock = lock.map_err(StarError::file(&lock_file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StarError::HomeInUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(StarError::File {
            path: lock_file,
            source,
        }),
    }
}

fn make(dir: &Path) -> Result<(), StarError> {
    fs::create_dir_all(dir).map_err(StarError::file(dir))
}

fn remove(dir: &Path) -> Result<(), StarError> {
    match fs::remove_dir_all(dir) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(StarError::File {
            path: dir.to_owned(),
            source,
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write(file: &Path, text: &str) -> Result<(), StarError> {
    fs::write(file, text).map_err(StarError::file(file))
}

#[cfg(test)]
mod tests;
