//! `tianshu pki`: the development authority at the prompt.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, ValueEnum};
use cli::pki::{
    DevCa, IssuedCertificate, Validity, write_case_key, write_log_key, write_tag_key,
    write_witness_key,
};
use time::{Duration, OffsetDateTime};
use wire::identity::{PeerKind, witness_key_name};

/// More days than any certificate should live.
const DAYS_MAX: i64 = 825;

fn days() -> RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(1..=DAYS_MAX)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Pki {
    /// Make a development authority in a new folder.
    Init {
        /// The folder.
        dir: PathBuf,
        /// The trust domain of all its names, for example `tianshu.test`.
        #[arg(long)]
        trust_domain: String,
    },
    /// Make a key and a certificate for a peer; writes cert.pem, key.pem, ca.pem and crl.pem.
    Issue(Issue),
    /// Revoke a certificate, or all of a peer, and sign the revocation list again.
    Revoke(Revoke),
    /// Sign the revocation list again, before its next update is due.
    Crl {
        /// The folder of the authority.
        dir: PathBuf,
        /// Days until the next update.
        #[arg(long, default_value_t = 30, value_parser = days())]
        days: i64,
    },
    /// List what was issued.
    List {
        /// The folder of the authority.
        dir: PathBuf,
    },
    /// Make the key with which an agent signs cases (Ed25519, PKCS#8 in DER); prints the public
    /// key.
    CaseKey {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the key with which a hub signs the checkpoints of its log (Ed25519, PKCS#8 in DER);
    /// prints the public key by which the log is verified.
    LogKey {
        /// The name of the log: the `id` of its hub.
        #[arg(long)]
        origin: String,
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the key with which a center's agent cosigns the hub's checkpoints (Ed25519, PKCS#8 in
    /// DER); prints the public key for the policy of witnesses.
    WitnessKey {
        /// The center's node.
        #[arg(long)]
        node: String,
        /// The trust domain of the star.
        #[arg(long)]
        trust_domain: String,
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the key that the agents of a star share to tag subjects (32 random bytes).
    TagKey {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the key of the values beside an agent's log (32 bytes); it never leaves the agent.
    SideKey {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The folder of the authority.
    dir: PathBuf,
    /// What the peer is.
    #[arg(long)]
    kind: Kind,
    /// The name of the peer: a to z, 0 to 9 and `-`, at most 32 characters.
    #[arg(long)]
    name: String,
    /// The folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// A host name or address at which browsers reach a hub; may be given several times.
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Days that the certificate is valid.
    #[arg(long, default_value_t = 90, value_parser = days())]
    days: i64,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The folder of the authority.
    dir: PathBuf,
    /// The serial number of one certificate.
    #[arg(long, required_unless_present = "name", conflicts_with = "name")]
    serial: Option<String>,
    /// The name of a peer all of whose certificates are revoked.
    #[arg(long)]
    name: Option<String>,
    /// What that peer is.
    #[arg(long, default_value = "node")]
    kind: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Node,
    Hub,
    Staff,
}

impl From<Kind> for PeerKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Node => Self::Node,
            Kind::Hub => Self::Hub,
            Kind::Staff => Self::Staff,
        }
    }
}

impl Pki {
    pub(crate) fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<ExitCode> {
        match self {
            Self::Init { dir, trust_domain } => {
                let ca = DevCa::init(&dir, &trust_domain, now)?;
                writeln!(
                    out,
                    "development authority for `{trust_domain}` in {}",
                    dir.display()
                )?;
                writeln!(out, "its key is unprotected: not for production")?;
                writeln!(out, "certificate     {}", ca.ca_path().display())?;
                writeln!(out, "revocation list {}", ca.crl_path().display())?;
            }
            Self::Issue(issue) => issue.run(out, now)?,
            Self::Revoke(revoke) => revoke.run(out, now)?,
            Self::Crl { dir, days } => {
                let ca = DevCa::open(&dir)?;
                let until = now + Duration::days(days);
                ca.write_crl_until(now, until)?;
                writeln!(
                    out,
                    "{} is good until {}",
                    ca.crl_path().display(),
                    until.date()
                )?;
            }
            Self::List { dir } => {
                for entry in DevCa::open(&dir)?.certificates()? {
                    writeln!(out, "{}", line(&entry, now))?;
                }
            }
            Self::CaseKey { out: file } => {
                let public = write_case_key(&file)?;
                writeln!(out, "{public}")?;
            }
            Self::LogKey { origin, out: file } => {
                let public = write_log_key(&file, &origin)?;
                writeln!(out, "{public}")?;
            }
            Self::WitnessKey {
                node,
                trust_domain,
                out: file,
            } => {
                let name = witness_key_name(&node, &trust_domain);
                let public = write_witness_key(&file, &name)?;
                writeln!(out, "{public}")?;
            }
            Self::TagKey { out: file } | Self::SideKey { out: file } => {
                write_tag_key(&file)?;
                writeln!(out, "{}", file.display())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Issue {
    fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<()> {
        let validity = Validity {
            from: now,
            until: now + Duration::days(self.days),
        };
        let ca = DevCa::open(&self.dir)?;
        let kind = self.kind.into();
        let paths = ca.issue_at(kind, &self.name, validity, &self.out, &self.hosts)?;
        writeln!(out, "identity    {}", paths.identity)?;
        writeln!(out, "serial      {}", paths.serial)?;
        writeln!(out, "valid until {}", validity.until.date())?;
        for file in [&paths.certificate, &paths.key, &paths.ca, &paths.crl] {
            writeln!(out, "written     {}", file.display())?;
        }
        Ok(())
    }
}

impl Revoke {
    fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<()> {
        let ca = DevCa::open(&self.dir)?;
        let serials = match (self.serial, self.name) {
            (Some(serial), _) => {
                ca.revoke(&serial, now)?;
                vec![serial]
            }
            (None, Some(name)) => ca.revoke_peer(self.kind.into(), &name, now)?,
            (None, None) => anyhow::bail!("neither a serial number nor a name was given"),
        };
        for serial in serials {
            writeln!(out, "revoked {serial}")?;
        }
        writeln!(out, "signed  {}", ca.crl_path().display())?;
        Ok(())
    }
}

fn line(entry: &IssuedCertificate, now: OffsetDateTime) -> String {
    let state = match entry.revoked {
        Some(at) => format!("revoked {}", at.date()),
        None if entry.not_after < now => format!("ended   {}", entry.not_after.date()),
        None => format!("until   {}", entry.not_after.date()),
    };
    format!("{}  {state}  {}/{}", entry.serial, entry.kind, entry.name)
}
