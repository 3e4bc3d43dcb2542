//! The demo as a newcomer runs it: shows every line, serves, and leaves nothing behind at Ctrl-C.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sandbox::client::is_ok;
use sandbox::star::{PortChoice, Ports, until};

use super::ground::{folder, program};

/// How long the whole showcase may take on a busy machine.
const SHOW_WAIT: Duration = Duration::from_secs(180);
/// How long stopping may take.
const STOP_WAIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_shows_every_line_serves_and_stops_at_ctrl_c() {
    let base = Ports::choose(PortChoice::Free)
        .expect("there are free ports")
        .link
        .port();
    let output = folder("demo.out");
    let mut demo = Demo(start(&folder("demo"), base, &output));
    let told = async || std::fs::read_to_string(&output).unwrap_or_default();
    let serving = until(SHOW_WAIT, async || {
        let is_over = !matches!(demo.0.try_wait(), Ok(None));
        (is_over || told().await.contains("serving until Ctrl-C")).then_some(())
    });
    serving.await.expect("the showcase ends in time");
    let said = told().await;
    assert!(
        said.contains("every line came out as expected: 14 of 14"),
        "{said}"
    );
    assert!(!said.contains('\u{2717}'), "no cross in {said}");
    let admin = admin_address(&said);
    assert!(
        is_ok(&format!("http://{admin}/health/ready")).await,
        "the hub goes on serving"
    );
    kill_process(Pid::from_child(&demo.0), Signal::INT).expect("can be sent");
    let ended = until(STOP_WAIT, async || demo.0.try_wait().ok().flatten()).await;
    let status = ended.expect("stops at Ctrl-C");
    assert!(status.success(), "{status}: {}", told().await);
    assert!(told().await.contains("hub and agents have stopped"));
    assert!(TcpListener::bind(&admin).is_ok(), "nobody listens any more");
}

/// A running demo, never left behind.
#[derive(Debug)]
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        // Told first, so that it takes its star along.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

fn start(home: &Path, base: u16, output: &PathBuf) -> Child {
    std::fs::create_dir_all(home).expect("the folder is made");
    let file = std::fs::File::create(output).expect("the output goes to a file");
    let errors = file.try_clone().expect("twice");
    Command::new(program("tianshu-sandbox"))
        .args([
            "demo",
            "--people",
            "300",
            "--base-port",
            &base.to_string(),
            "--home",
        ])
        .arg(home)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .expect("the demo starts")
}

/// Where the demo says that the hub's page is.
fn admin_address(said: &str) -> String {
    let line = said
        .lines()
        .find(|line| line.contains("page, health and metrics at"));
    let (_, rest) = line
        .and_then(|line| line.split_once("http://"))
        .expect("names the address");
    rest.split('/').next().expect("has a host").to_owned()
}
