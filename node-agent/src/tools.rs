//! What the people of a center do with their mapping folder before and while it serves: check it,
//! look at masked samples, trace one record, begin a new file, list the quarantine. There is no
//! free look-up here either: a record is reached through an open business case or not at all.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use catalog::{Catalog, Class, ClassNo, Subject};
use clap::Subcommand;
use tokio::time::Instant;
use wire::{Clock, SystemClock};

use crate::config::Config;
use crate::translate::{Found, FoundOutcome, LocalCase, SAMPLE_RECORDS_MAX, Translator};

mod check;
mod new_mapping;
mod owner;
mod preview;
mod trace;

/// How long a tool waits for the local system, for each class.
const WAIT: Duration = Duration::from_secs(10);
/// Records that a preview shows unless told otherwise.
const PREVIEW_RECORDS: u16 = 5;

/// What is to be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Tool {
    /// Check the mapping folder against the catalog and the live systems; exit status 1 if any of
    /// it would not serve, or if a service was not asked about the case that its mapping names.
    Check {
        /// For a program: JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Show masked records of a class, as they would be answered.
    Preview {
        /// The class, such as 04.
        #[arg(long)]
        class: ClassNo,
        /// The most records to show.
        #[arg(long, default_value_t = PREVIEW_RECORDS,
            value_parser = clap::value_parser!(u16).range(1..=SAMPLE_RECORDS_MAX as i64))]
        limit: u16,
        /// Show the records of the parties of this open case instead of a sample.
        #[arg(long)]
        case: Option<String>,
    },
    /// Show how the records of a party of an open case come about, column by column.
    Trace {
        /// The class, such as 04.
        #[arg(long)]
        class: ClassNo,
        /// Number of an open case in the center's business system.
        #[arg(long)]
        case: String,
        /// Which party of the case.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
        party: u16,
        /// Show raw values as they are; the look is written into the center's own log first.
        #[arg(long, requires = "operator")]
        unmasked_for_the_owner: bool,
        /// Who looks.
        #[arg(long)]
        operator: Option<String>,
    },
    /// Write a skeleton of a mapping file from the columns of a live table or CSV file.
    NewMapping {
        /// Name of the connector in connectors.toml.
        #[arg(long)]
        connector: String,
        /// Name of the table, or the file type.
        #[arg(long)]
        table: String,
        /// The class, such as 04.
        #[arg(long)]
        class: ClassNo,
    },
    /// List the values that the serving agent has withheld; needs `api.owner_token`.
    Quarantine {
        /// Only this class.
        #[arg(long)]
        class: Option<ClassNo>,
        /// Who looks.
        #[arg(long)]
        operator: String,
    },
}

/// What a tool has to say, and whether all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// For the terminal.
    pub text: String,
    /// Whether the exit status is 0.
    pub is_sound: bool,
}

impl Report {
    fn sound(text: String) -> Self {
        Self {
            text,
            is_sound: true,
        }
    }
}

/// Does what was asked for.
///
/// # Errors
/// Why it could not be done, in words that hold no value of the local system.
pub fn run(config: &Config, tool: &Tool) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run_here(config, tool))
}

/// As [`run`], on the caller's runtime.
///
/// # Errors
/// As [`run`].
pub async fn run_here(config: &Config, tool: &Tool) -> anyhow::Result<Report> {
    match tool {
        Tool::Check { json } => check::run(config, *json).await,
        Tool::Preview { class, limit, case } => {
            preview::run(config, *class, usize::from(*limit), case.as_deref()).await
        }
        Tool::Trace {
            class,
            case,
            party,
            unmasked_for_the_owner,
            operator,
        } => {
            let look = trace::Look {
                class: *class,
                case_no: case,
                party: usize::from(*party),
                unmasked_for: operator.as_deref().filter(|_| *unmasked_for_the_owner),
            };
            trace::run(config, look).await
        }
        Tool::NewMapping {
            connector,
            table,
            class,
        } => new_mapping::run(config, connector, table, *class).await,
        Tool::Quarantine { class, operator } => owner::quarantine(config, *class, operator).await,
    }
}

async fn translator(config: &Config, catalog: &Arc<Catalog>) -> anyhow::Result<Translator> {
    let (home, mappings) = (&config.data_home, &config.mappings);
    let opened = Translator::open(home, mappings, Arc::clone(catalog), config.local).await;
    opened.map_err(anyhow::Error::from)
}

fn wait() -> Instant {
    Instant::now() + WAIT
}

/// An open case of the center's own business system. What is closed gives no reason to look.
async fn open_case(translator: &Translator, case_no: &str) -> anyhow::Result<LocalCase> {
    let now = SystemClock.now();
    let case = translator.case(case_no, now, wait()).await;
    let case = case.context("the business system cannot be asked")?;
    case.filter(|case| case.open)
        .with_context(|| format!("there is no open case `{case_no}`"))
}

fn subjects(case: &LocalCase) -> impl Iterator<Item = &Subject> {
    case.parties.iter().map(|party| &party.id)
}

/// What the source holds about each party that the class can be about, in the order of the case.
async fn found_of_case(translator: &Translator, class: &Class, case: &LocalCase) -> Vec<Found> {
    let items = class.items.iter().filter(|item| !item.input_only);
    let items = items.map(|item| item.no).collect();
    let mut all = Vec::new();
    for subject in subjects(case) {
        let now = SystemClock.now();
        let found = translator
            .find(class.no, &items, subject, now, wait())
            .await;
        if found.outcome != FoundOutcome::NotCovered {
            all.push(found);
        }
    }
    all
}
