//! `tianshu policy`: the rules of a star before they are put in force: written out, checked, laid
//! out as a table, explained, tried against recorded days and compared.
//!
//! Decides nothing by itself: every answer is the decision's own. Refuses a set that does not
//! validate as a whole.

mod diff;
mod explain;
mod facts;
pub(in crate::command) mod folder;
mod record;
mod simulate;
mod table;
mod vetoes;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use ::catalog::Catalog;
use clap::Subcommand;
use policies::BEIJING;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use self::folder::BUILTIN;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Write the delivered set into an empty folder, for `rules = "DIR"` of hub and agents.
    Export {
        /// The folder; it is made if there is none.
        folder: PathBuf,
    },
    /// Validate a folder of rules and write its `MANIFEST`: hub and agents take no folder without
    /// one, and none that differs from it. Ends with 0 when it is sealed, 1 when the rules have
    /// faults, 2 when the folder cannot be read.
    Seal {
        /// The folder.
        folder: PathBuf,
    },
    /// Validate a center's own vetoes and seal them: a file of plain ones with `FILE.sha256` beside
    /// it, a folder of Cedar policies with its `MANIFEST`. An agent takes none without. Ends with 0
    /// when they are sealed, 1 when they have faults, 2 when they cannot be read.
    SealVetoes {
        /// The file of `vetoes`, or the folder of `veto_policies`.
        vetoes: PathBuf,
        /// The rules of the star whose flows they speak of: a folder, or `builtin`.
        #[arg(long, default_value = BUILTIN)]
        rules: String,
    },
    /// Every fault of a folder of rules, each with file and line. Ends with 0 when there is none, 1
    /// when there are some, 2 when the folder cannot be read.
    Check {
        /// The folder.
        folder: PathBuf,
    },
    /// What a sound set allows and still deserves a second look. Ends with 0 when there is no
    /// remark, 1 when there are some, 2 when the set cannot be read.
    Lint {
        /// A folder of rules, or `builtin`.
        #[arg(default_value = BUILTIN)]
        rules: String,
        /// For other programs.
        #[arg(long)]
        json: bool,
    },
    /// The decision for every node, flow, class and mode, one a line.
    Matrix {
        /// A folder of rules, or `builtin`.
        #[arg(default_value = BUILTIN)]
        rules: String,
        /// The day, in Beijing; today if none is given. Each flow is asked when it opens.
        #[arg(long, value_parser = day)]
        day: Option<Date>,
        /// A node that asks; every center of the rules if none is given.
        #[arg(long)]
        node: Vec<String>,
        /// For other programs.
        #[arg(long)]
        json: bool,
    },
    /// Why a question would be allowed or refused, rule by rule. Ends with 0 when it would be
    /// allowed, 1 when it would be refused, 2 when it cannot be asked at all.
    Explain(Box<explain::Explain>),
    /// Decide a recorded log again by other rules and list every decision that would differ. Ends
    /// with 0 when none differs, 1 when some do, 2 when log or rules cannot be read.
    Simulate(simulate::Simulate),
    /// What changed from one set to another. Ends with 0 when nothing did, 1 when something did, 2
    /// when a side cannot be read.
    Diff {
        /// The earlier set: a folder of rules, or `builtin`.
        a: String,
        /// The later set.
        b: String,
        /// For other programs.
        #[arg(long)]
        json: bool,
    },
}

impl PolicyCommand {
    pub(crate) fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<ExitCode> {
        let catalog = Catalog::builtin()?;
        match self {
            Self::Export { folder } => folder::export(&folder, &catalog, out),
            Self::Seal { folder } => folder::seal(&folder, &catalog, out),
            Self::SealVetoes { vetoes, rules } => vetoes::seal(&vetoes, &rules, &catalog, out),
            Self::Check { folder } => folder::check(&folder, &catalog, out),
            Self::Lint { rules, json } => table::remarks(&rules, &catalog, json, out),
            Self::Matrix {
                rules,
                day,
                node,
                json,
            } => {
                let day = day.unwrap_or_else(|| now.to_offset(BEIJING).date());
                table::matrix(&rules, &catalog, (day, &node), json, out)
            }
            Self::Explain(explain) => explain.run(&catalog, now, out),
            Self::Simulate(simulate) => simulate.run(&catalog, out),
            Self::Diff { a, b, json } => diff::compare(&a, &b, &catalog, json, out),
        }
    }
}

/// As RFC 3339 has it, in Beijing.
fn beijing_time(moment: OffsetDateTime) -> String {
    let local = moment.to_offset(BEIJING);
    // Only a year of five digits has no such form.
    local.format(&Rfc3339).unwrap_or_else(|_| local.to_string())
}

/// `2026-11-23`
fn day(text: &str) -> Result<Date, String> {
    let form = time::macros::format_description!("[year]-[month]-[day]");
    Date::parse(text, form).map_err(|_| "a day is written as 2026-11-23".to_owned())
}
