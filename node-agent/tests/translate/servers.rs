//! Real PostgreSQL and MariaDB servers, started once per test run in a temporary folder, as another
//! user when the tests run as root. Each hangs on a pipe of this process: when the process ends,
//! however it ends, the pipe closes, and the server's keeper stops it and removes its folder.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::server_space::{Owner, Space};

/// Who runs the servers when root runs the tests.
const NOBODY: u32 = 65_534;
const START_WAIT: Duration = Duration::from_secs(30);
pub(crate) const PASSWORD: &str = "right";

/// Waits for the end of its input, then stops the server and removes its folder.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
echo "$server"
exec >/dev/null 2>&1
cat
kill -CONT "$server" $(ps -o pid= --ppid "$server")
kill -QUIT "$server"
( sleep 3; kill -KILL "$server" ) &
watch=$!
wait "$server"
kill "$watch"
rm -rf "$folder"
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    MariaDb,
}

pub(crate) const BOTH: [Kind; 2] = [Kind::Postgres, Kind::MariaDb];

/// A running server.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    line: Vec<String>,
    pid: AtomicU32,
    lifelines: Mutex<Vec<ChildStdin>>,
}

/// The one server of its kind that tests share.
pub(crate) fn shared(kind: Kind) -> &'static Server {
    static POSTGRES: OnceLock<Result<Server, String>> = OnceLock::new();
    static MARIADB: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = match kind {
        Kind::Postgres => &POSTGRES,
        Kind::MariaDb => &MARIADB,
    };
    match server.get_or_init(|| Server::start(kind)) {
        Ok(server) => server,
        Err(reason) => panic!("{reason}"),
    }
}

/// A server that one test may hang and kill.
pub(crate) fn own(kind: Kind) -> Server {
    Server::start(kind).unwrap_or_else(|reason| panic!("{reason}"))
}

fn program(name: &str, package: &str) -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    folders.push("/usr/sbin".into());
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|one| one.path().join("bin")));
    }
    let mut all = folders.into_iter().map(|folder| folder.join(name));
    all.find(|path| path.is_file())
        .ok_or_else(|| format!("`{name}` is missing: sudo apt-get install -y {package}"))
}

fn is_root() -> bool {
    let own = std::fs::metadata("/proc/self").unwrap();
    std::os::unix::fs::MetadataExt::uid(&own) == 0
}

/// A command as the servers' user.
fn command(program: &Path) -> Vec<String> {
    let program = program.display().to_string();
    if !is_root() {
        return vec![program];
    }
    let user = format!("--reuid={NOBODY}");
    let group = format!("--regid={NOBODY}");
    ["setpriv", &user, &group, "--clear-groups", &program]
        .map(str::to_owned)
        .to_vec()
}

fn run(program: &Path, arguments: &[&str]) -> Result<Output, String> {
    let line = command(program);
    let output = Command::new(&line[0])
        .args(&line[1..])
        .args(arguments)
        .current_dir("/")
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(output);
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{}: {told}", program.display()))
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A folder that belongs to the servers' user. The keeper removes it.
fn folder(kind: Kind) -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix(&format!("tianshu-{kind:?}-"))
        .tempdir()
        .unwrap()
        .keep();
    certificates(&folder);
    if is_root() {
        let all = std::fs::read_dir(&folder).unwrap().flatten();
        for path in all.map(|one| one.path()).chain([folder.clone()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    folder
}

/// An authority, a certificate of the server from it, and an authority that nobody uses.
fn certificates(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let authority = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.join(name), certificate.pem()).unwrap();
        rcgen::Issuer::new(params, key)
    };
    let issuer = authority("ca.pem");
    authority("other.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let params = rcgen::CertificateParams::new(names).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.join("server.key"), mode).unwrap();
}

impl Server {
    fn start(kind: Kind) -> Result<Self, String> {
        let port = free_port();
        let (folder, line) = match kind {
            Kind::Postgres => postgres(port)?,
            Kind::MariaDb => mariadb(port)?,
        };
        let (pid, lifeline) = keep(&folder, &line)?;
        let server = Self {
            kind,
            folder,
            port,
            line,
            pid: AtomicU32::new(pid),
            lifelines: Mutex::new(vec![lifeline]),
        };
        server.wait()?;
        Ok(server)
    }

    /// A connection of its own thread, because a shared server is waited for outside of any test.
    fn wait(&self) -> Result<(), String> {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    while begun.elapsed() < START_WAIT {
                        if self.try_owner(None).await.is_ok() {
                            return Ok(());
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    let log = std::fs::read_to_string(self.folder.join("log"));
                    Err(format!(
                        "no {:?} server: {}",
                        self.kind,
                        log.unwrap_or_default()
                    ))
                })
            });
            waiting.join().unwrap()
        })
    }

    pub(crate) async fn try_owner(&self, space: Option<&str>) -> Result<Owner, sqlx::Error> {
        match self.kind {
            Kind::Postgres => {
                let options = PgConnectOptions::new_without_pgpass()
                    .socket(&self.folder)
                    .port(self.port)
                    .username("owner")
                    .database("postgres");
                let options = match space {
                    Some(space) => options.options([("search_path", space)]),
                    None => options,
                };
                Ok(Owner::Postgres(
                    options.disable_statement_logging().connect().await?,
                ))
            }
            Kind::MariaDb => {
                let options = MySqlConnectOptions::new()
                    .socket(self.folder.join("s.sock"))
                    .username("root")
                    .timezone(Some("+08:00".to_owned()));
                let options = match space {
                    Some(space) => options.database(space),
                    None => options,
                };
                Ok(Owner::MariaDb(
                    options.disable_statement_logging().connect().await?,
                ))
            }
        }
    }

    /// A schema or database of its own, with an account of the same name that could even write.
    pub(crate) async fn space(&self) -> Space<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("space_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut owner = self.try_owner(None).await.unwrap();
        let texts = match self.kind {
            Kind::Postgres => vec![
                format!("CREATE SCHEMA {name}"),
                format!("CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{PASSWORD}'"),
            ],
            Kind::MariaDb => vec![
                format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
                format!("CREATE USER {name}@'%' IDENTIFIED BY '{PASSWORD}'"),
                format!("GRANT ALL ON *.* TO {name}@'%'"),
            ],
        };
        for text in texts {
            owner.run(&text).await;
        }
        Space { server: self, name }
    }

    /// Starts a killed server again in its old place.
    pub(crate) fn again(&self) {
        let process = format!("/proc/{}/stat", self.pid.load(Ordering::Relaxed));
        while std::fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z ")) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::fs::remove_file(self.folder.join("data/postmaster.pid")).ok();
        let (pid, lifeline) = keep(&self.folder, &self.line).unwrap();
        self.pid.store(pid, Ordering::Relaxed);
        self.lifelines.lock().unwrap().push(lifeline);
        self.wait().unwrap();
    }

    /// Signals the server's process and its children.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.pid.load(Ordering::Relaxed).to_string();
        let children = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &pid])
            .output()
            .unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let all = std::iter::once(pid).chain(children.split_whitespace().map(str::to_owned));
        let all: Vec<String> = all.collect();
        let status = Command::new("kill").arg(signal).args(&all).status();
        assert!(status.unwrap().success());
        // A stopped process answers until its threads have noticed, so that is waited for.
        while signal == "-STOP" && !all.iter().all(|pid| is_stopped(pid)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether every thread of a process stands still.
fn is_stopped(pid: &str) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return true;
    };
    threads.flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        !status.contains("State:") || status.contains("State:\tT")
    })
}

fn postgres(port: u16) -> Result<(PathBuf, Vec<String>), String> {
    let initdb = program("initdb", "postgresql")?;
    let server = program("postgres", "postgresql")?;
    let folder = folder(Kind::Postgres);
    let place = folder.display().to_string();
    let data = format!("{place}/data");
    let data = data.as_str();
    let options = [
        "--auth=trust",
        "--no-sync",
        "--username=owner",
        "--locale=C",
    ];
    run(
        &initdb,
        &[options.as_slice(), &["--encoding=UTF8", "-D", data]].concat(),
    )?;
    std::fs::write(
        format!("{data}/pg_hba.conf"),
        "local all all trust\nhostnossl all +tls_only 127.0.0.1/32 reject\n\
         host all all 127.0.0.1/32 scram-sha-256\n",
    )
    .unwrap();
    let mut line = command(&server);
    let settings = [
        format!("unix_socket_directories={place}"),
        format!("port={port}"),
        format!("ssl_cert_file={place}/server.pem"),
        format!("ssl_key_file={place}/server.key"),
        "ssl=on".to_owned(),
        "listen_addresses=127.0.0.1".to_owned(),
        "fsync=off".to_owned(),
        "max_connections=60".to_owned(),
    ];
    line.extend(["-D".to_owned(), data.to_owned()]);
    line.extend(settings.into_iter().flat_map(|one| ["-c".to_owned(), one]));
    Ok((folder, line))
}

fn mariadb(port: u16) -> Result<(PathBuf, Vec<String>), String> {
    let install = program("mariadb-install-db", "mariadb-server-core")?;
    let server = program("mariadbd", "mariadb-server-core")?;
    program("my_print_defaults", "mariadb-client-core")?;
    let folder = folder(Kind::MariaDb);
    let place = folder.display().to_string();
    let data = format!("--datadir={place}/data");
    let own = ["--no-defaults", &data, "--skip-test-db"];
    let root = "--auth-root-authentication-method=normal";
    run(&install, &[own.as_slice(), &[root]].concat())?;
    let mut line = command(&server);
    line.extend([
        "--no-defaults".to_owned(),
        data,
        format!("--socket={place}/s.sock"),
        format!("--pid-file={place}/pid"),
        format!("--port={port}"),
        format!("--ssl-cert={place}/server.pem"),
        format!("--ssl-key={place}/server.key"),
        "--bind-address=127.0.0.1".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
        "--skip-name-resolve".to_owned(),
    ]);
    Ok((folder, line))
}

/// Starts the server under its keeper; returns its process and the pipe it hangs on.
fn keep(folder: &Path, line: &[String]) -> Result<(u32, ChildStdin), String> {
    use std::io::{BufRead, BufReader};
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(folder)
        .args(line)
        .current_dir("/")
        // What kills this process and its group must leave the keeper to do its work.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let (input, output) = (keeper.stdin.take().unwrap(), keeper.stdout.take().unwrap());
    let mut told = String::new();
    let read = BufReader::new(output).read_line(&mut told);
    read.map_err(|error| error.to_string())?;
    let pid = told.trim().parse().map_err(|_| "no server".to_owned())?;
    // The keeper outlives this process by design; nobody waits for it.
    drop(std::thread::spawn(move || keeper.wait()));
    Ok((pid, input))
}
