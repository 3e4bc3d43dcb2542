//! The demo as a terminal shows it: progress, the showcase line by line, the addresses and the
//! first question to ask by hand. It refuses to call a line shown that did not come out as
//! expected.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the demo is there to be read on a terminal"
)]

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use sandbox::showcase::{self, Line};
use sandbox::star::{PortChoice, Star, StarOptions, lasting_day};
use sandbox::world::Node;
use tokio::signal::unix::{SignalKind, signal};
use wire::SystemClock;

use crate::Demo;

/// Runs the demo to its end.
pub(crate) fn run(demo: &Demo) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tianshu-sandbox: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(shown(demo)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tianshu-sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Shows everything; whether all came out as expected.
async fn shown(demo: &Demo) -> anyhow::Result<bool> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    println!("天枢 Tianshu: one hub, four centers, on this machine\n");
    let mut star = prepare(demo)?;
    print!("starting hub and agents … ");
    std::io::stdout().flush()?;
    let told_to_stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    };
    // Whoever stops the demo before its end has seen nothing fail.
    let mut held = true;
    let served = tokio::select! {
        served = serve(demo, &mut star, &mut held) => served,
        () = told_to_stop => {
            println!("\nstopping …");
            Ok(())
        }
    };
    let stopped = star.stop().await;
    served?;
    stopped.context("the star did not stop cleanly")?;
    println!("hub and agents have stopped");
    Ok(held)
}

/// Starts the star, shows the lines and, unless told otherwise, serves until somebody stops it.
async fn serve(demo: &Demo, star: &mut Star, held: &mut bool) -> anyhow::Result<()> {
    star.start().await?;
    println!("all ready\n");
    println!("● 有记录 answered  ○ 无记录 nothing  ◐ 陈旧 stale  ✕ 不明 not known\n");
    let lines = showcase::run(star, &mut print_line).await;
    let failed: Vec<_> = lines.iter().filter(|line| !line.holds()).collect();
    if failed.is_empty() {
        println!(
            "every line came out as expected: {} of {}\n",
            lines.len(),
            lines.len()
        );
    } else {
        println!("not as expected: {} of {}", failed.len(), lines.len());
        for line in &failed {
            println!("  ✗ {}  {}", line.id, line.en);
        }
        println!();
    }
    *held = failed.is_empty();
    print_addresses(star);
    if !demo.once {
        println!("serving until Ctrl-C");
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn prepare(demo: &Demo) -> anyhow::Result<Star> {
    let options = StarOptions {
        people: demo.people,
        seed: demo.seed,
        stores: demo.stores,
        ports: PortChoice::Fixed(demo.base_port),
        now: lasting_day(&SystemClock, &mut |left| {
            println!(
                "Beijing's midnight is near: waiting {} s for the new day",
                left.whole_seconds()
            );
        }),
    };
    let mut progress = ProgressLine {
        is_live: std::io::stdout().is_terminal(),
        ..Default::default()
    };
    let star = Star::prepare(&demo.home, &options, &mut |phase, done, total| {
        progress.tell(phase, done, total);
    })?;
    progress.end();
    println!("home: {}", star.home().dir().display());
    Ok(star)
}

/// Shows how far a long step has come: on a terminal one line that changes, elsewhere one line for
/// each step.
#[derive(Debug, Default)]
struct ProgressLine {
    is_live: bool,
    phase: String,
    percent: u64,
}

impl ProgressLine {
    fn tell(&mut self, phase: &str, done: u64, total: u64) {
        let percent = done
            .saturating_mul(100)
            .checked_div(total)
            .unwrap_or(100)
            .min(100);
        let is_new = phase != self.phase;
        if !is_new && percent == self.percent {
            return;
        }
        if self.is_live {
            if is_new && !self.phase.is_empty() {
                println!();
            }
            print!("\r{phase:<40} {percent:>3} %");
            // A terminal that is gone is no reason to stop.
            let _ = std::io::stdout().flush();
        } else if is_new {
            println!("{phase} …");
        }
        phase.clone_into(&mut self.phase);
        self.percent = percent;
    }

    fn end(&self) {
        if self.is_live && !self.phase.is_empty() {
            println!();
        }
    }
}

fn print_line(line: &Line) {
    let sign = if line.holds() { "✓" } else { "✗" };
    println!("{sign} {}  {}", line.id, line.zh);
    println!("  {}", line.en);
    for told in &line.told {
        println!("    {told}");
    }
    for check in &line.checks {
        if check.holds {
            println!("    ✓ {}: {}", check.what, check.seen);
        } else {
            println!(
                "    ✗ {}: expected {}, seen {}",
                check.what, check.expected, check.seen
            );
        }
    }
    println!();
}

fn print_addresses(star: &Star) {
    let home = star.home();
    println!(
        "枢纽 hub: page, health and metrics at {}/ (links at {})",
        home.admin_url(),
        home.link()
    );
    for node in Node::ALL {
        println!(
            "{} {}: local API at {}",
            node.name_zh(),
            node.id(),
            home.api_url(node)
        );
    }
    print_servers(star);
    print_tour(star);
}

/// Which servers hold the centers' stores, if any do.
fn print_servers(star: &Star) {
    let at = |node| star.servers().and_then(|servers| servers.port(node));
    if let Some(port) = at(Node::City) {
        println!("city's store: PostgreSQL at 127.0.0.1:{port}");
    }
    if let Some(port) = at(Node::Guoguan) {
        println!("guoguan's store: MariaDB at 127.0.0.1:{port}");
    }
    if let Some(bus) = star.bus() {
        println!("zhongzhi's store: SOAP bus at http://{}", bus.address());
    }
}

/// Lines to copy: one question asked by hand, its evidence, and the hub's log verified.
fn print_tour(star: &Star) {
    let home = star.home();
    let token = typed(&home.token_file(Node::Guoguan));
    let api = home.api_url(Node::Guoguan);
    let call = "curl -s -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json'";
    let case = r#"{"case_no":"GG-S01","flow":"F05","operator":"0231","counter":"3"}"#;
    let field = |name: &str| format!(r#"sed 's/.*"{name}":"\([0-9a-f]*\)".*/\1/'"#);
    println!("\nask by hand, as the system behind 国管's counter does:");
    println!("  TOKEN=$(cat {token})");
    println!(
        "  CASE=$({call} {api}/v1/cases -d '{case}' | {})",
        field("case")
    );
    println!(
        "  ANSWER=$({call} {api}/v1/asks -d \"{{\\\"case\\\":\\\"$CASE\\\"}}\"); echo \"$ANSWER\""
    );
    println!(
        "  {call} {api}/v1/evidence/$(echo \"$ANSWER\" | {}); echo",
        field("query")
    );
    let program = std::env::current_exe()
        .unwrap_or_default()
        .with_file_name("tianshu");
    println!(
        "  {} audit verify {} --key {}\n",
        typed(&program),
        typed(&home.hub_log()),
        typed(&home.log_key())
    );
}

/// A path as one would type it from here.
fn typed(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}
