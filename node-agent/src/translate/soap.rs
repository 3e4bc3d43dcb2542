//! The SOAP connector: one operation of a service bus, in the envelope that the vendor's systems
//! and the outside offices share. Values enter a request escaped. Faults arrive as HTTP 200, so the
//! return code in the header decides; a reply to another request, or of another shape or namespace
//! than agreed, gives no rows at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::ItemNo;
use hyper::Method;
use hyper::header::{self, HeaderName, HeaderValue};
use quick_xml::escape::escape;
use time::OffsetDateTime;

use super::SourceError;
use super::convert;
use super::faults::FileFaults;
use super::http::{self, Call, HttpClient, HttpPlace, Reply, status_outcome};
use super::outside::{Asked, Template};
use super::sheet::Sheet;
use super::source::{Cell, Rows, Search};
use xml::{Element, Space};

mod xml;

/// Longest namespace, name of an operation and entry of the header.
const NAMESPACE_BYTES_MAX: usize = 256;
const NAME_BYTES_MAX: usize = 64;
/// Parameters one operation may have.
const PARAMETERS_MAX: usize = 16;
const ACTION_HEADER: HeaderName = HeaderName::from_static("soapaction");
const MEDIA: [&str; 3] = ["text/xml", "application/soap+xml", "application/xml"];

/// Where the bus stands and what its header says of this center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoapPlace {
    pub(crate) http: HttpPlace,
    pub(crate) bus: Bus,
}

/// What every request of one connector says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bus {
    namespace: String,
    center: String,
    operator: String,
    channel: String,
}

/// Reads what a SOAP connector says beyond [`http::read`].
pub(crate) fn read_bus(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<Bus> {
    let mut entry = |key: &str, max: usize| {
        let text = sheet.text_required(key, faults)?;
        let sound = (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !sound {
            let place = sheet.entry(key).map_or(sheet.place().clone(), |e| e.place);
            faults.at(
                &place,
                format!("`{key}` must be 1 to {max} letters without blanks"),
            );
        }
        sound.then(|| text.to_owned())
    };
    let namespace = entry("namespace", NAMESPACE_BYTES_MAX);
    let center = entry("center", NAME_BYTES_MAX);
    let operator = entry("operator", NAME_BYTES_MAX);
    let channel = entry("channel", NAME_BYTES_MAX);
    Some(Bus {
        namespace: namespace?,
        center: center?,
        operator: operator?,
        channel: channel?,
    })
}

/// What a mapping asks of a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoapCall {
    operation: String,
    transaction: String,
    row: String,
    parameters: BTreeMap<String, Template>,
    /// Items that the question must pass on.
    given: BTreeSet<ItemNo>,
}

impl SoapCall {
    /// Items that the question must pass on.
    pub(crate) const fn given(&self) -> &BTreeSet<ItemNo> {
        &self.given
    }
}

/// Reads `[source]` of a SOAP mapping; `None` when it has faults, which are then recorded.
pub(crate) fn read(source: &Sheet<'_>, forms: usize, faults: &mut FileFaults) -> Option<SoapCall> {
    let name = |key: &str, otherwise: Option<&str>, faults: &mut FileFaults| {
        let text = match otherwise {
            Some(otherwise) => source.text(key, faults).unwrap_or(otherwise),
            None => source.text_required(key, faults)?,
        };
        if !is_column(text) {
            faults.at(
                source.place(),
                format!("`{key}`: `{text}` is no name of an element"),
            );
        }
        is_column(text).then(|| text.to_owned())
    };
    let operation = name("operation", None, faults);
    let transaction = name("transaction", None, faults);
    let row = name("row", Some("Row"), faults);
    let sheet = source.sheet_required("parameters", faults)?;
    let mut parameters = BTreeMap::new();
    let entries = sheet.entries();
    for (name, entry) in &entries {
        let template = entry
            .value
            .as_str()
            .map(|text| Template::parse(text, forms));
        match template {
            Some(Ok(template)) if is_column(name) => {
                parameters.insert((*name).to_owned(), template);
            }
            Some(Err(reason)) => faults.at(&entry.place, format!("`{name}`: {reason}")),
            Some(Ok(_)) | None => {
                faults.at(
                    &entry.place,
                    format!("`{name}` must be an element's name and its text"),
                );
            }
        }
    }
    let sound = parameters.len() == entries.len() && entries.len() <= PARAMETERS_MAX;
    if sound && !parameters.values().any(Template::names_subject) {
        let reason = "`parameters` does not use {1}: it would answer for everybody";
        faults.at(sheet.place(), reason);
        return None;
    }
    let (operation, transaction, row) = (operation?, transaction?, row?);
    let given = parameters.values().flat_map(Template::given).collect();
    sound.then_some(SoapCall {
        operation,
        transaction,
        row,
        parameters,
        given,
    })
}

/// Whether `name` can be an element's name, without a prefix.
pub(crate) fn is_column(name: &str) -> bool {
    let begins = name
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    let within = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    begins && name.len() <= NAME_BYTES_MAX && name.chars().all(within)
}

/// A bus, ready to be asked.
#[derive(Debug)]
pub(crate) struct SoapSource {
    pub(crate) client: Arc<HttpClient>,
    pub(crate) bus: Bus,
    pub(crate) call: SoapCall,
}

impl SoapSource {
    pub(crate) async fn search(
        &self,
        search: Search<'_>,
        now: OffsetDateTime,
    ) -> Result<Rows, SourceError> {
        // What XML cannot hold at all cannot be escaped either.
        if search
            .bound
            .iter()
            .any(|text| text.chars().any(char::is_control))
        {
            return Err(SourceError::Rejected);
        }
        let asked = Asked {
            search,
            request_id: self.client.request_id(now),
        };
        let call = self.request(&asked, now);
        let reply = self.client.ask(call, search.deadline).await?;
        let rows = self.rows(&reply, &asked)?;
        Ok(Rows {
            rows: asked.complete(rows),
            as_of: now,
            file_date: None,
            is_superseded: false,
            notes: Vec::new(),
        })
    }

    fn request(&self, asked: &Asked<'_>, now: OffsetDateTime) -> Call {
        let action = format!("\"{}/{}\"", self.bus.namespace, self.call.operation);
        let media = HeaderValue::from_static("text/xml; charset=utf-8");
        let mut headers = vec![(header::CONTENT_TYPE, media)];
        headers.extend(HeaderValue::from_str(&action).map(|action| (ACTION_HEADER, action)));
        Call {
            method: Method::POST,
            path: String::new(),
            headers,
            body: self.envelope(asked, now),
        }
    }

    fn envelope(&self, asked: &Asked<'_>, now: OffsetDateTime) -> String {
        let at = convert::beijing(now).unwrap_or(now);
        let (day, clock) = (http::compact_day(at), http::compact_clock(at));
        let Bus {
            namespace,
            center,
            operator,
            channel,
        } = &self.bus;
        let SoapCall {
            operation,
            transaction,
            parameters,
            ..
        } = &self.call;
        let header = [
            ("TransCode", transaction.as_str()),
            ("Center", center),
            ("Date", &day),
            ("Time", &clock),
            ("Serial", &asked.request_id),
            ("Operator", operator),
            ("Channel", channel),
        ];
        let element = |name: &str, text: &str| format!("<m:{name}>{text}</m:{name}>");
        let header: String = header
            .iter()
            .map(|(name, text)| element(name, &escape(*text)))
            .collect();
        let filled = parameters.iter().map(|(name, template)| {
            element(
                name,
                &template.filled(asked, |text| escape(text).into_owned()),
            )
        });
        let body: String = filled.collect();
        let namespace = escape(namespace.as_str());
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <m:{operation} xmlns:m=\"{namespace}\"><m:Header>{header}</m:Header>\
             <m:Body>{body}</m:Body></m:{operation}></s:Body></s:Envelope>"
        )
    }

    fn rows(&self, reply: &Reply, asked: &Asked<'_>) -> Result<Vec<Vec<Cell>>, SourceError> {
        if let Some(outcome) = status_outcome(reply.status) {
            return Err(outcome);
        }
        if !MEDIA.contains(&reply.media.as_str()) {
            return Err(SourceError::Broken);
        }
        self.extract(&reply.body, &reply.charset, asked)
    }

    /// The rows in a reply's body. `charset` is what the reply's head says, if anything.
    fn extract(
        &self,
        body: &[u8],
        charset: &str,
        asked: &Asked<'_>,
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        let text = xml::decoded(body, charset)?;
        let envelope = xml::parsed(&text, &self.bus.namespace)?;
        if envelope.name != "Envelope" || envelope.space != Space::Soap {
            return Err(SourceError::Broken);
        }
        let body = envelope.only(Space::Soap, "Body")?;
        if body.has(Space::Soap, "Fault") {
            return Err(SourceError::Failed);
        }
        let payload = body.only(Space::Own, &format!("{}Response", self.call.operation))?;
        self.judge(payload.only(Space::Own, "Header")?, asked)?
            .map_or_else(|| self.cells(payload.only(Space::Own, "Body")?, asked), Ok)
    }

    /// What the header says: go on, or the rows there are when there are none.
    fn judge(
        &self,
        header: &Element,
        asked: &Asked<'_>,
    ) -> Result<Option<Vec<Vec<Cell>>>, SourceError> {
        let text = |name: &str| header.only(Space::Own, name).map(|one| one.text.trim());
        // The reply to somebody else's request must never be taken for the reply to this one.
        if text("TransCode")? != self.call.transaction || text("Serial")? != asked.request_id {
            return Err(SourceError::Broken);
        }
        match text("ReturnCode")? {
            "0" => Ok(None),
            "1" => Ok(Some(Vec::new())),
            "2" => Err(SourceError::AccessDenied),
            "3" => Err(SourceError::Rejected),
            "99" => Err(SourceError::Failed),
            _ => Err(SourceError::Broken),
        }
    }

    fn cells(&self, body: &Element, asked: &Asked<'_>) -> Result<Vec<Vec<Cell>>, SourceError> {
        let places = asked.places();
        let mut rows = Vec::new();
        for row in body
            .children
            .iter()
            .filter(|one| one.is(Space::Own, &self.call.row))
        {
            if rows.len() == asked.search.rows_max {
                return Err(SourceError::TooManyRecords);
            }
            let mut cells = asked.blank();
            for column in row.children.iter().filter(|one| one.space == Space::Own) {
                let at = places.get(column.name.as_str());
                let Some(cell) = at.and_then(|at| cells.get_mut(*at)) else {
                    continue;
                };
                // A column given twice could be read either way.
                if *cell != Cell::Null {
                    return Err(SourceError::Broken);
                }
                *cell = column.cell();
            }
            rows.push(cells);
        }
        // Code 0 says that there are rows, 1 that there are none: neither may contradict the body.
        if rows.is_empty() {
            return Err(SourceError::Broken);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests;
