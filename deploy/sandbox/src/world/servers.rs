//! The stores of two centers on real database servers: the city's on PostgreSQL, 国管's on MariaDB.
//! Each server runs in a temporary folder of its own, on loopback, with a password, and holds a
//! copy of what the center's SQLite store holds. It stops when this program ends, however it ends.
//! Nothing in it lasts: the SQLite store stays the original, and is copied anew at each start.

mod copy;
mod kept;
mod mariadb;
mod postgres;
mod programs;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rustix::process::Signal;

use super::node::Node;
use super::{WorldPaths, store};
use copy::Store;
use kept::Kept;
pub use programs::Programs;

/// The file with the password of the account that reads a store, in its center's home folder.
pub const PASSWORD_FILE: &str = "keys/database.password";
/// The account that reads a store.
const ACCOUNT: &str = "tianshu";
/// How long a server may take to answer for the first time.
const START_WAIT: Duration = Duration::from_secs(30);
const START_PAUSE: Duration = Duration::from_millis(30);

/// Where the stores of city and 国管 listen, as their `connectors.toml` names it before
/// [`Servers::write_into`].
const WRITTEN_PORTS: [(Node, &str); 2] = [
    (Node::City, "port = 18116"),
    (Node::Guoguan, "port = 18117"),
];

/// Why a store is not on a server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A program of a server is not installed.
    #[error("`{program}` is missing: sudo apt-get install -y {packages}")]
    ProgramMissing {
        /// The program.
        program: &'static str,
        /// Where Debian has it.
        packages: &'static str,
    },
    /// A file or folder cannot be used.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be started, or failed.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// The program.
        program: String,
        /// What it said last.
        said: String,
    },
    /// A server does not answer.
    #[error("the database server of `{}` does not answer; it said: {said}", node.id())]
    NotReady {
        /// Its center.
        node: Node,
        /// The last line of its log.
        said: String,
    },
    /// A server refused what the store holds.
    #[error("cannot fill the database server of `{}`", node.id())]
    Database {
        /// Its center.
        node: Node,
        /// What it said.
        source: sqlx::Error,
    },
    /// The thread that fills a server ended early.
    #[error("the database server of `{}` was not filled", node.id())]
    FillerStopped {
        /// Its center.
        node: Node,
    },
}

impl ServerError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    fn database(node: Node) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { node, source }
    }
}

/// The two servers. They stop when this is dropped.
#[derive(Debug)]
pub struct Servers {
    running: [Server; 2],
}

/// One server, filled.
#[derive(Debug)]
struct Server {
    node: Node,
    port: u16,
    kept: Kept,
}

/// What a center's server is made from.
#[derive(Debug, Clone, Copy)]
struct Plan<'a> {
    node: Node,
    port: u16,
    home: &'a Path,
}

impl Servers {
    /// Starts both servers on the ports given and fills them; blocks for some seconds.
    /// `on_progress` is told phase, done and total.
    ///
    /// # Errors
    /// A server does not start, or does not take what the store holds.
    pub fn start(
        programs: &Programs,
        paths: &WorldPaths,
        [city, guoguan]: [u16; 2],
        on_progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<Self, ServerError> {
        let plan = |node, port| Plan {
            node,
            port,
            home: paths.home(node),
        };
        let plans = [plan(Node::City, city), plan(Node::Guoguan, guoguan)];
        let (heard, hear) = channel();
        let [city, guoguan] = std::thread::scope(|scope| {
            let fillers = plans.map(|plan| {
                let heard = heard.clone();
                (
                    plan.node,
                    scope.spawn(move || start(programs, plan, &heard)),
                )
            });
            drop(heard);
            follow(&hear, on_progress);
            fillers.map(|(node, filler)| {
                let filled = filler.join();
                filled.unwrap_or(Err(ServerError::FillerStopped { node }))
            })
        });
        Ok(Self {
            running: [city?, guoguan?],
        })
    }

    /// The port of a center's server; nothing for a center that has none.
    pub fn port(&self, node: Node) -> Option<u16> {
        self.of(node).map(|server| server.port)
    }

    /// Stops a center's server where it stands: its connections stay open and nothing answers.
    /// False for a center that has none.
    pub fn freeze(&self, node: Node) -> bool {
        self.of(node)
            .is_some_and(|server| server.kept.signal(Signal::STOP))
    }

    /// Lets a frozen server go on; false for a center that has none.
    pub fn thaw(&self, node: Node) -> bool {
        self.of(node)
            .is_some_and(|server| server.kept.signal(Signal::CONT))
    }

    /// Points the connectors of a copied mapping folder at a center's server.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write_into(&self, connectors: &Path) -> io::Result<()> {
        let mut text = std::fs::read_to_string(connectors)?;
        for (node, written) in WRITTEN_PORTS {
            if let Some(port) = self.port(node) {
                text = text.replace(written, &format!("port = {port}"));
            }
        }
        std::fs::write(connectors, text)
    }

    fn of(&self, node: Node) -> Option<&Server> {
        self.running.iter().find(|server| server.node == node)
    }
}

/// What a server tells while it is filled.
#[derive(Debug)]
enum Word {
    /// It will fill so many tables.
    Tables(usize),
    /// One more is filled.
    Filled,
}

/// Tells about tables as they are filled, until both servers are done.
fn follow(hear: &Receiver<Word>, on_progress: &mut dyn FnMut(&str, u64, u64)) {
    let (mut done, mut total) = (0, 0);
    on_progress("database servers", 0, 1);
    while let Ok(word) = hear.recv() {
        match word {
            Word::Tables(tables) => total += u64::try_from(tables).unwrap_or(0),
            Word::Filled => done += 1,
        }
        on_progress("database servers", done, total.max(1));
    }
}

fn start(programs: &Programs, plan: Plan<'_>, heard: &Sender<Word>) -> Result<Server, ServerError> {
    let Plan { node, port, home } = plan;
    let place = home.join(store::database(node).unwrap_or_default());
    let secret = home.join(PASSWORD_FILE);
    let password = std::fs::read_to_string(&secret).map_err(ServerError::file(&secret))?;
    let folder = kept::folder(node)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServerError::file(folder.path()))?;
    let line = match node {
        Node::Guoguan => mariadb::prepare(programs, folder.path(), port)?,
        _ => postgres::prepare(programs, folder.path(), port)?,
    };
    let kept = Kept::launch(folder, &line)?;
    let filled = async {
        let store = Store::open(&place).await;
        let mut store = store.map_err(ServerError::database(node))?;
        match node {
            Node::Guoguan => {
                let mut owner = ready(node, &kept, async || mariadb::owner(&kept).await).await?;
                mariadb::fill(
                    &mut owner,
                    kept.folder(),
                    &mut store,
                    password.trim(),
                    heard,
                )
                .await
            }
            _ => {
                let owner = async || postgres::owner(&kept, port).await;
                let mut owner = ready(node, &kept, owner).await?;
                postgres::fill(
                    &mut owner,
                    kept.folder(),
                    &mut store,
                    password.trim(),
                    heard,
                )
                .await
            }
        }
        .map_err(ServerError::database(node))
    };
    runtime.block_on(filled)?;
    Ok(Server { node, port, kept })
}

/// The first connection to a server that is just starting.
async fn ready<C>(
    node: Node,
    kept: &Kept,
    connect: impl AsyncFn() -> Result<C, sqlx::Error>,
) -> Result<C, ServerError> {
    let end = tokio::time::Instant::now() + START_WAIT;
    loop {
        match connect().await {
            Ok(connection) => return Ok(connection),
            Err(_) if tokio::time::Instant::now() < end && kept.is_running() => {
                tokio::time::sleep(START_PAUSE).await;
            }
            Err(_) => {
                let said = kept.last_words();
                return Err(ServerError::NotReady { node, said });
            }
        }
    }
}

/// Runs statements put together from constants of this crate, names of the store's own tables, and
/// a password of this program's own making.
async fn run<'c, D: sqlx::Database>(
    connection: impl sqlx::Executor<'c, Database = D>,
    sql: String,
) -> Result<(), sqlx::Error> {
    let done = connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)));
    done.await.map(|_| ())
}
