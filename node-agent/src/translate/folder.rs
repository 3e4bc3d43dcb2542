//! A mapping folder as a whole: read every file, collect every fault, connect what is sound. It
//! refuses the folder if any file of it has a fault.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use catalog::{Catalog, ClassNo};

use super::cases::{self, CASES_FILE, CaseMapping};
use super::connectors::{self, CONNECTORS_FILE, Connector, ConnectorPlace};
use super::dropped::{FileFault, Keying};
use super::faults::{FileFaults, FolderFaults};
use super::file_drop::{FileDrop, Format};
use super::http::HttpClient;
use super::lookup::{By, KeyField, Lookup};
use super::mapping::{self, ClassMapping, Preview};
use super::origin::{FileShape, Origin, Statement};
use super::rest::RestSource;
use super::rules::Columns;
use super::soap::SoapSource;
use super::source::Source;
use super::sql::Database;
use super::sqlite::Prepared;
use super::{LocalLimits, MappingErrors, csv_file, fixed_width, search};

/// Files a mapping folder may hold: 14 classes, cases, connectors and some room.
const FILES_MAX: usize = 64;

/// What a sound folder gives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) classes: BTreeMap<ClassNo, (ClassMapping, Source)>,
    /// The sources of the further ways of each class, in the order of its mapping.
    pub(crate) further: BTreeMap<ClassNo, Vec<Source>>,
    pub(crate) cases: Option<(CaseMapping, Source)>,
}

/// A folder's mappings before anything is connected.
struct Mappings {
    connectors: BTreeMap<String, Connector>,
    classes: BTreeMap<ClassNo, ClassMapping>,
    cases: Option<CaseMapping>,
}

pub(crate) async fn open(
    home: &Path,
    mappings: &Path,
    catalog: &Catalog,
    limits: LocalLimits,
) -> Result<Folder, MappingErrors> {
    let mut faults = FolderFaults::default();
    let texts = texts(mappings, &mut faults);
    let mappings = read(&texts, home, catalog, &mut faults);
    let mut sources = Sources::new(&mappings.connectors, limits);
    check_keys(&mappings.classes, &mut faults);
    let mut classes = BTreeMap::new();
    let mut further = BTreeMap::new();
    for (class, mapping) in mappings.classes {
        let as_of = mapping.freshness.as_of.as_ref();
        let wants = Wants {
            file: &mapping.file,
            columns: &mapping.columns,
            as_of,
            lookups: &mapping.lookups,
        };
        if let Some(source) = sources
            .source(&mapping.origin, Keying::Number, wants, &mut faults)
            .await
        {
            let ways = sources.further(&mapping, &source, wants, &mut faults).await;
            further.insert(class, ways);
            if let (Some(Preview::Sql(preview)), Source::Sql { pool, .. }) =
                (&mapping.preview, &source)
            {
                check_statement(pool, preview, wants, &mut faults).await;
            }
            classes.insert(class, (mapping, source));
        }
    }
    let mut cases = None;
    if let Some(mapping) = mappings.cases {
        let wants = Wants {
            file: CASES_FILE,
            columns: &mapping.columns,
            as_of: None,
            lookups: &[],
        };
        let source = sources
            .source(&mapping.origin, Keying::Plain, wants, &mut faults)
            .await;
        cases = source.map(|source| (mapping, source));
    }
    faults.into_result(Folder {
        classes,
        further,
        cases,
    })
}

/// The text of every TOML file of the folder, by name.
fn texts(folder: &Path, faults: &mut FolderFaults) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else {
        faults.file(
            &folder.display().to_string(),
            0,
            "the mapping folder cannot be read",
        );
        return texts;
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    for name in names.filter(|name| name.ends_with(".toml")) {
        if texts.len() == FILES_MAX {
            faults.file(
                &name,
                0,
                format!("the folder holds more than {FILES_MAX} files"),
            );
            break;
        }
        match fs::read_to_string(folder.join(&name)) {
            Ok(text) => drop(texts.insert(name, text)),
            Err(_) => faults.file(&name, 0, "cannot be read as UTF-8 text"),
        }
    }
    texts
}

fn read(
    texts: &BTreeMap<String, String>,
    home: &Path,
    catalog: &Catalog,
    faults: &mut FolderFaults,
) -> Mappings {
    let mut connectors = BTreeMap::new();
    match texts.get(CONNECTORS_FILE) {
        Some(text) => {
            let mut of_file = FileFaults::new(CONNECTORS_FILE, text);
            connectors = connectors::read(text, home, &mut of_file);
            faults.take(of_file);
        }
        None => faults.file(CONNECTORS_FILE, 0, "the file is missing"),
    }
    let mut mappings = Mappings {
        connectors,
        classes: BTreeMap::new(),
        cases: None,
    };
    for (name, text) in texts.iter().filter(|(name, _)| *name != CONNECTORS_FILE) {
        let mut of_file = FileFaults::new(name, text);
        if name == CASES_FILE {
            mappings.cases = cases::read(text, catalog, &mappings.connectors, &mut of_file);
        } else {
            let mapping = mapping::read(name, text, catalog, &mappings.connectors, &mut of_file);
            let earlier = mapping.and_then(|one| mappings.classes.insert(one.class, one));
            if let Some(earlier) = earlier {
                let (class, other) = (earlier.class, earlier.file);
                of_file.file(format!("class {class} is already mapped by {other}"));
            }
        }
        faults.take(of_file);
    }
    mappings
}

/// What a mapping wants of its source.
#[derive(Clone, Copy)]
struct Wants<'a> {
    file: &'a str,
    columns: &'a Columns,
    as_of: Option<&'a Statement>,
    lookups: &'a [Lookup],
}

/// A way that gets its keys from another class needs that class.
fn check_keys(classes: &BTreeMap<ClassNo, ClassMapping>, faults: &mut FolderFaults) {
    for mapping in classes.values() {
        for lookup in &mapping.lookups {
            if let By::Field(field) = &lookup.by
                && let Some(through) = &field.through
                && let Err(reason) = search::check_through(lookup, through, classes)
            {
                faults.file(&mapping.file, field.line, reason);
            }
        }
    }
}

/// Sources being connected; mappings of one connector share its connections.
struct Sources<'a> {
    connectors: &'a BTreeMap<String, Connector>,
    pools: BTreeMap<&'a str, Arc<Database>>,
    clients: BTreeMap<&'a str, Arc<HttpClient>>,
}

impl<'a> Sources<'a> {
    fn new(connectors: &'a BTreeMap<String, Connector>, limits: LocalLimits) -> Self {
        let pools = connectors.iter().filter_map(|(name, connector)| {
            let database = Database::at(&connector.place, limits)?;
            Some((name.as_str(), Arc::new(database)))
        });
        let clients = connectors.iter().filter_map(|(name, connector)| {
            let place = match &connector.place {
                ConnectorPlace::Rest(place) => place,
                ConnectorPlace::Soap(place) => &place.http,
                _ => return None,
            };
            Some((name.as_str(), Arc::new(HttpClient::new(place, limits))))
        });
        Self {
            connectors,
            clients: clients.collect(),
            pools: pools.collect(),
        }
    }

    /// The sources of the further ways: other statements and calls, or the same files.
    async fn further(
        &mut self,
        mapping: &ClassMapping,
        first: &Source,
        wants: Wants<'_>,
        faults: &mut FolderFaults,
    ) -> Vec<Source> {
        let mut ways = Vec::new();
        for lookup in &mapping.lookups {
            let way = match (&lookup.by, first) {
                (By::Question(origin), _) => {
                    self.source(origin, Keying::Number, wants, faults).await
                }
                (By::Field(_), Source::File(drop)) => Some(Source::File(drop.clone())),
                (By::Field(_), _) => None,
            };
            // INVARIANT: a way without a source is a fault that was recorded, and a folder with
            // faults is not used.
            ways.extend(way);
        }
        ways
    }

    async fn source(
        &mut self,
        origin: &Origin,
        keying: Keying,
        wants: Wants<'_>,
        faults: &mut FolderFaults,
    ) -> Option<Source> {
        match origin {
            Origin::Sql {
                connector,
                statement,
            } => {
                let pool = Arc::clone(self.pools.get(connector.as_str())?);
                check_statement(&pool, statement, wants, faults).await;
                if let Some(as_of) = wants.as_of {
                    let wants = Wants {
                        columns: &Columns::default(),
                        as_of: None,
                        ..wants
                    };
                    check_statement(&pool, as_of, wants, faults).await;
                }
                let (statement, as_of) = (statement.clone(), wants.as_of.cloned());
                Some(Source::Sql {
                    pool,
                    statement,
                    as_of,
                })
            }
            Origin::File {
                connector,
                file_type,
                shape,
            } => {
                let place = &self.connectors.get(connector)?.place;
                let (dir, format) = format(place, file_type, shape, keying, wants)?;
                let drop = FileDrop::new(dir, format);
                drop.load().await;
                check_header(&drop, shape, wants, faults).await;
                Some(Source::File(drop))
            }
            Origin::Rest { connector, call } => Some(Source::Rest(RestSource {
                client: Arc::clone(self.clients.get(connector.as_str())?),
                call: call.clone(),
            })),
            Origin::Soap { connector, call } => {
                let ConnectorPlace::Soap(place) = &self.connectors.get(connector)?.place else {
                    return None;
                };
                Some(Source::Soap(SoapSource {
                    client: Arc::clone(self.clients.get(connector.as_str())?),
                    bus: place.bus.clone(),
                    call: call.clone(),
                }))
            }
        }
    }
}

/// How the files of a mapping are read.
fn format<'p>(
    place: &'p ConnectorPlace,
    file_type: &str,
    shape: &FileShape,
    keying: Keying,
    wants: Wants<'_>,
) -> Option<(&'p Path, Format)> {
    match (place, shape) {
        (ConnectorPlace::FixedWidth { dir, charset }, FileShape::FixedWidth(layout)) => {
            let reading = fixed_width::Reading {
                file_type: file_type.to_owned(),
                layout: layout.clone(),
                charset: *charset,
                keying,
                further: key_fields(wants)
                    .filter_map(|field| {
                        let range = layout.fields.get(&field.name)?;
                        Some((range.clone(), field.keying))
                    })
                    .collect(),
            };
            Some((dir, Format::FixedWidth(reading)))
        }
        (
            ConnectorPlace::Csv {
                dir,
                charset,
                delimiter,
            },
            FileShape::Csv { key },
        ) => {
            let reading = csv_file::Reading {
                file_type: file_type.to_owned(),
                charset: *charset,
                delimiter: *delimiter,
                keying,
                further: key_fields(wants)
                    .map(|field| (field.name.clone(), field.keying))
                    .collect(),
                key: key.clone(),
                columns: wants.columns.names().to_vec(),
            };
            Some((dir, Format::Csv(reading)))
        }
        _ => None,
    }
}

/// The fields of a file by which its mapping's further ways find lines.
fn key_fields<'a>(wants: Wants<'a>) -> impl Iterator<Item = &'a KeyField> {
    wants.lookups.iter().filter_map(|lookup| match &lookup.by {
        By::Field(field) => Some(field),
        By::Question(_) => None,
    })
}

/// A column that no dropped file has is a fault of the mapping; one that only the newest lacks is
/// a fault of that file.
async fn check_header(
    drop: &FileDrop,
    shape: &FileShape,
    wants: Wants<'_>,
    faults: &mut FolderFaults,
) {
    let FileShape::Csv { key } = shape else {
        return;
    };
    if drop.has_good_file()
        || drop.refused().map(|refusal| refusal.fault) != Some(FileFault::BadHeader)
    {
        return;
    }
    let header = drop.header().await.unwrap_or_default();
    let missing = |name: &str| csv_file::position(&header, name).is_none();
    for (name, line) in wants.columns.with_lines().filter(|(name, _)| missing(name)) {
        let reason = format!("the header line of the newest file has no column `{name}`");
        faults.file(wants.file, line, reason);
    }
    for field in key_fields(wants).filter(|field| missing(&field.name)) {
        let name = &field.name;
        let reason = format!("the header line of the newest file has no column `{name}`");
        faults.file(wants.file, field.line, reason);
    }
    if missing(key) {
        let reason = format!("the header line of the newest file has no column `{key}`");
        faults.file(wants.file, 0, reason);
    }
}

async fn check_statement(
    pool: &Database,
    statement: &Statement,
    wants: Wants<'_>,
    faults: &mut FolderFaults,
) {
    match pool.prepare(statement).await {
        Prepared::Columns(delivered) => {
            for (name, line) in wants.columns.with_lines() {
                let mut told = delivered.iter();
                let reason = match told.find(|one| one.name.eq_ignore_ascii_case(name)) {
                    None => format!("the statement delivers no column `{name}`"),
                    Some(one) if one.is_single => format!(
                        "`{name}` is a FLOAT, which loses digits: select an exact column, or \
                         CAST({name} AS DECIMAL(18,2)) AS {name} where 7 digits are enough"
                    ),
                    Some(_) => continue,
                };
                faults.file(wants.file, line, reason);
            }
        }
        Prepared::Refused(reason) => {
            let reason = format!("the database refuses the statement: {reason}");
            faults.file(wants.file, statement.line, reason);
        }
        Prepared::Unreachable(outage) => {
            tracing::warn!(file = wants.file, %outage, "a statement could not be checked yet");
        }
    }
}
