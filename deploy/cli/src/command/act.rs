//! `tianshu act`: what the staff of a hub does and sees, over HTTPS with the certificate of whoever
//! acts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use cli::staff_door::{Said, StaffDoor};
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use super::FOUND;

mod shown;

/// Which hub, and who knocks.
#[derive(Debug, Args)]
pub(crate) struct Door {
    /// The staff's door of the hub, `host:port` (`staff.listen`).
    #[arg(long)]
    hub: String,
    /// The hub's name, as in its certificate.
    #[arg(long, default_value = "hub-1")]
    name: String,
    /// The folder with your cert.pem, key.pem, ca.pem and crl.pem, as `tianshu pki issue --kind
    /// staff` writes them.
    #[arg(long)]
    tls: PathBuf,
    /// Print what the hub says as JSON.
    #[arg(long)]
    json: bool,
}

/// Over what, and why.
#[derive(Debug, Args)]
pub(crate) struct Doing {
    /// class/NODE/NN, node/NODE, operator/NODE/NAME, flow/FNN, case/NODE/NUMBER, or limit/NAME or
    /// limit/NAME/WHOM with a name as in the file of limits.
    target: String,
    /// Why. It goes on record for ever: no identity number, no citizen's name.
    #[arg(long)]
    reason: String,
    /// Until when (RFC 3339); without it until somebody ends it.
    #[arg(long)]
    until: Option<String>,
    /// The key of an earlier try, so that the act is done once.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    door: Door,
}

/// Acts of a hub's staff. Who may do what: docs/staff-roles.md.
#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Open the breaker of a class of a node until it is reset.
    Trip(Doing),
    /// Close a breaker and end a trip.
    Reset(Doing),
    /// Keep a breaker open until it is released.
    HoldOpen(Doing),
    /// Keep a breaker closed, whatever fails; a second person must confirm.
    HoldClosed(Doing),
    /// End a hold.
    Release(Doing),
    /// Suspend a node, a class of a node, an operator, a flow or a case.
    Suspend(Doing),
    /// Lift a suspension; a second person must confirm.
    Lift(Doing),
    /// Set a limit for a while, 24 hours at most: `limit/node.per_second/city --value 5`. To raise
    /// one, up to twice the reviewed value, a second person must confirm.
    Limit {
        /// To what.
        #[arg(long)]
        value: u32,
        #[command(flatten)]
        doing: Doing,
    },
    /// End a limit that was set for a while.
    LiftLimit(Doing),
    /// Confirm what somebody else asked for; the target is `act/NUMBER`.
    Confirm(Doing),
    /// What stands, what waits, and what was done.
    List {
        /// Show what was done before this number.
        #[arg(long)]
        before: Option<u64>,
        #[command(flatten)]
        door: Door,
    },
    /// The limits in force: those that an act has set, or all of them.
    Limits {
        /// Also those that no act has set.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        door: Door,
    },
    /// The breakers of every node and class.
    Breakers {
        /// Also those that are closed.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        door: Door,
    },
}

impl Act {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.call(out))
    }

    async fn call(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let mut limit = None;
        let (name, doing) = match self {
            Self::Trip(doing) => ("trip", doing),
            Self::Reset(doing) => ("reset", doing),
            Self::HoldOpen(doing) => ("hold-open", doing),
            Self::HoldClosed(doing) => ("hold-closed", doing),
            Self::Release(doing) => ("release", doing),
            Self::Suspend(doing) => ("suspend", doing),
            Self::Lift(doing) => ("lift", doing),
            Self::Limit { value, doing } => {
                limit = Some(value);
                ("limit", doing)
            }
            Self::LiftLimit(doing) => ("lift-limit", doing),
            Self::Confirm(doing) => ("confirm", doing),
            Self::List { before, door } => {
                let path = before.map_or("/v1/acts".to_owned(), |n| format!("/v1/acts?before={n}"));
                let said = door.open()?.get(&path).await?;
                return door.show(out, &said, shown::acts);
            }
            Self::Limits { all, door } => {
                let said = door.open()?.get("/v1/limits").await?;
                return door.show(out, &said, |out, body| shown::limits(out, body, all));
            }
            Self::Breakers { all, door } => {
                let said = door.open()?.get("/v1/breakers").await?;
                return door.show(out, &said, |out, body| shown::breakers(out, body, all));
            }
        };
        doing.ask(name, limit, out).await
    }
}

impl Doing {
    async fn ask(
        self,
        act: &str,
        value: Option<u32>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let key = match self.key {
            Some(key) => key,
            None => fresh_key()?,
        };
        let mut body = json!({
            "act": act,
            "target": self.target,
            "reason": self.reason,
            "key": key,
        });
        if let Some(fields) = body.as_object_mut() {
            let until = self.until.map(|until| ("until".to_owned(), until.into()));
            let value = value.map(|value| ("value".to_owned(), value.into()));
            fields.extend(until.into_iter().chain(value));
        }
        let said = self.door.open()?.post("/v1/acts", &body).await;
        let said = said.with_context(|| format!("to try again: --key {key}"))?;
        self.door.show(out, &said, shown::act)
    }
}

impl Door {
    fn open(&self) -> anyhow::Result<StaffDoor> {
        Ok(StaffDoor::of_folder(&self.tls, &self.name, &self.hub)?)
    }

    fn show(
        &self,
        out: &mut dyn Write,
        said: &Said,
        shown: impl FnOnce(&mut dyn Write, &Value) -> std::io::Result<()>,
    ) -> anyhow::Result<ExitCode> {
        if self.json {
            writeln!(out, "{}", said.body)?;
        } else if said.status == 200 {
            shown(out, &said.body)?;
        } else {
            shown::refusal(out, said)?;
        }
        Ok(match said.status {
            200 => ExitCode::SUCCESS,
            _ => ExitCode::from(FOUND),
        })
    }
}

fn fresh_key() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| anyhow!("the machine gives no random numbers"))?;
    Ok(HEXLOWER.encode(&bytes))
}
