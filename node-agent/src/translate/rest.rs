//! The REST connector: one request with a JSON reply. Values enter a request percent-encoded or as
//! JSON strings, never pasted; numbers leave a reply as the digits that were written, never through
//! floating point; a reply that is not as agreed gives no rows at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::{ItemNo, Value};
use hyper::Method;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::SourceError;
use super::faults::FileFaults;
use super::http::{Call, HttpClient, Reply, status_outcome};
use super::outside::{Asked, Template};
use super::sheet::Sheet;
use super::source::{Cell, Rows, Search};
use json::{cell, within};

mod json;

/// Steps of a dotted path.
const PATH_STEPS_MAX: usize = 8;
/// Statuses and codes that one mapping may name.
const CODES_MAX: usize = 16;
/// The one status of an empty reply that has no body.
const NO_CONTENT: u16 = 204;
const ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What a mapping asks of a REST system.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RestCall {
    method: Method,
    path: Template,
    body: Option<serde_json::Value>,
    parameters: usize,
    rows: Vec<String>,
    empty_status: Vec<u16>,
    code: Option<ReplyCode>,
    /// Items that the question must pass on.
    given: BTreeSet<ItemNo>,
}

/// The code within a reply that says how it went, for systems that always answer 200.
#[derive(Debug, Clone, PartialEq)]
struct ReplyCode {
    path: Vec<String>,
    ok: Vec<String>,
    empty: Vec<String>,
}

/// Reads `[source]` of a REST mapping; `None` when it has faults, which are then recorded.
pub(crate) fn read(
    source: &Sheet<'_>,
    parameters: usize,
    faults: &mut FileFaults,
) -> Option<RestCall> {
    let method = match source.text_required("method", faults) {
        Some("GET") => Some(Method::GET),
        Some("POST") => Some(Method::POST),
        Some(_) => fault(source, "method", "must be GET or POST", faults),
        None => None,
    };
    let path = source
        .text_required("path", faults)
        .map(|text| path(text, parameters));
    let body = source
        .text("body", faults)
        .map(|text| body(text, parameters));
    let rows = source.text("rows", faults).map(dotted);
    let empty_status = empty_status(source, faults);
    let code = source
        .sheet("reply", faults)
        .map(|sheet| reply_code(&sheet, faults));
    let path = sound(source, "path", path, faults);
    let body = sound(source, "body", body, faults);
    let rows = sound(source, "rows", rows, faults);
    let (method, path, body, rows) = (method?, path??, body?, rows?);
    let in_body = body.as_ref().is_some_and(|(_, uses)| uses.subject);
    if !(path.names_subject() || in_body) {
        let reason = "neither path nor body uses {1}: it would answer for everybody";
        return fault(source, "path", reason, faults);
    }
    if method == Method::GET && body.is_some() {
        return fault(source, "body", "GET sends no body", faults);
    }
    let mut given: BTreeSet<ItemNo> = path.given().collect();
    let body = body.map(|(body, uses)| {
        given.extend(uses.given);
        body
    });
    let code = code.map_or(Some(None), |code| code.map(Some))?;
    let unsaid = code.as_ref().is_some_and(|code| code.empty.is_empty());
    if unsaid && empty_status.iter().any(|status| *status != NO_CONTENT) {
        let reason = "the codes of `[source.reply]` must say it too: name them in its `empty`";
        return fault(source, "empty_status", reason, faults);
    }
    Some(RestCall {
        method,
        path,
        body,
        parameters,
        rows: rows.unwrap_or_default(),
        empty_status,
        code,
        given,
    })
}

/// Records that `key` is wrong.
fn fault<T>(source: &Sheet<'_>, key: &str, reason: &str, faults: &mut FileFaults) -> Option<T> {
    let place = source
        .entry(key)
        .map_or(source.place().clone(), |entry| entry.place);
    faults.at(&place, format!("`{key}`: {reason}"));
    None
}

/// What stands under `key`, if anything; `None` when it is wrong, which is then recorded.
fn sound<T>(
    source: &Sheet<'_>,
    key: &str,
    read: Option<Result<T, String>>,
    faults: &mut FileFaults,
) -> Option<Option<T>> {
    match read.transpose() {
        Ok(read) => Some(read),
        Err(reason) => fault(source, key, &reason, faults),
    }
}

fn path(text: &str, parameters: usize) -> Result<Template, String> {
    let template = Template::parse(text, parameters)?;
    let sound = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_graphic() && !b"#\\\"<>".contains(&b))
    };
    if text.starts_with('/') && template.plain().all(sound) {
        Ok(template)
    } else {
        Err("must begin with `/` and hold only what an address may hold".to_owned())
    }
}

/// What a body takes from the question.
#[derive(Default)]
struct Uses {
    subject: bool,
    given: BTreeSet<ItemNo>,
}

/// The body, and what it takes from the question.
fn body(text: &str, parameters: usize) -> Result<(serde_json::Value, Uses), String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let mut uses = Uses::default();
    let mut fault = Ok(());
    with_texts(value.clone(), &mut |text| {
        match Template::parse(&text, parameters) {
            Ok(template) => {
                uses.subject |= template.names_subject();
                uses.given.extend(template.given());
            }
            Err(reason) => fault = Err(reason),
        }
        text
    });
    fault.map(|()| (value, uses))
}

/// `value` with every text in it passed through `change`; keys stay as they are.
fn with_texts(
    value: serde_json::Value,
    change: &mut dyn FnMut(String) -> String,
) -> serde_json::Value {
    use serde_json::Value::{Array, Object, String};
    match value {
        String(text) => String(change(text)),
        Array(all) => Array(all.into_iter().map(|one| with_texts(one, change)).collect()),
        Object(all) => {
            let all = all
                .into_iter()
                .map(|(key, one)| (key, with_texts(one, change)));
            Object(all.collect())
        }
        other => other,
    }
}

fn dotted(text: &str) -> Result<Vec<String>, String> {
    let steps: Vec<String> = text.split('.').map(str::to_owned).collect();
    if steps.len() > PATH_STEPS_MAX || steps.iter().any(String::is_empty) {
        return Err(format!(
            "`{text}` must be 1 to {PATH_STEPS_MAX} names joined by dots"
        ));
    }
    Ok(steps)
}

/// Whether `name` can be a column of a reply.
pub(crate) fn is_column(name: &str) -> bool {
    dotted(name).is_ok()
}

fn empty_status(source: &Sheet<'_>, faults: &mut FileFaults) -> Vec<u16> {
    let Some(entry) = source.entry("empty_status") else {
        return Vec::new();
    };
    let listed = entry.value.as_array().map(|array| {
        let numbers = array.iter().map(|one| {
            let number = one.get_ref().as_integer()?.as_str().parse::<u16>().ok();
            // Success and "not allowed" can never mean that there is no record.
            number.filter(|n| [204, 404, 410].contains(n))
        });
        numbers.collect::<Option<Vec<u16>>>()
    });
    if listed.as_ref().is_none_or(Option::is_none) {
        faults.at(
            &entry.place,
            "`empty_status` must be a list of 204, 404 or 410",
        );
    }
    listed.flatten().unwrap_or_default()
}

fn reply_code(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<ReplyCode> {
    let path = sheet.text_required("code", faults).map(dotted);
    let ok = sheet.texts("ok", faults).unwrap_or_default();
    let empty = sheet.texts("empty", faults).unwrap_or_default();
    sheet.finish(faults);
    let Some(Ok(path)) = path else {
        faults.at(sheet.place(), "`code` must be a dotted path");
        return None;
    };
    if ok.is_empty() || ok.len() + empty.len() > CODES_MAX {
        faults.at(
            sheet.place(),
            format!("`ok` must name 1 to {CODES_MAX} codes"),
        );
        return None;
    }
    let texts = |all: Vec<(&str, _)>| all.into_iter().map(|(text, _)| text.to_owned()).collect();
    Some(ReplyCode {
        path,
        ok: texts(ok),
        empty: texts(empty),
    })
}

impl ReplyCode {
    /// Whether the code says that there is no record; one that says neither this nor that all went
    /// well is a failure.
    fn is_empty(&self, root: &RawValue) -> Result<bool, SourceError> {
        let stated = match cell(within(root, &self.path)?.ok_or(SourceError::Broken)?) {
            Cell::Text(stated) => stated,
            _ => return Err(SourceError::Broken),
        };
        if self.empty.contains(&stated) {
            return Ok(true);
        }
        let is_ok = self.ok.contains(&stated);
        is_ok.then_some(false).ok_or(SourceError::Failed)
    }
}

/// A REST system, ready to be asked.
#[derive(Debug)]
pub(crate) struct RestSource {
    pub(crate) client: Arc<HttpClient>,
    pub(crate) call: RestCall,
}

impl RestSource {
    pub(crate) async fn search(
        &self,
        search: Search<'_>,
        now: OffsetDateTime,
    ) -> Result<Rows, SourceError> {
        // A number that is a step in a path would ask for another address.
        let is_step = |text: &str| text == "." || text == "..";
        let mut given = search.given.values();
        if search.bound.iter().any(|text| is_step(text))
            || given.any(|value| matches!(value, Value::Text(text) if is_step(text)))
        {
            return Err(SourceError::Rejected);
        }
        let asked = Asked {
            search,
            request_id: self.client.request_id(now),
        };
        let reply = self
            .client
            .ask(self.call.request(&asked), search.deadline)
            .await?;
        let rows = self.call.rows(&reply, &asked)?;
        Ok(Rows {
            rows: asked.complete(rows),
            as_of: now,
            file_date: None,
            is_superseded: false,
            notes: Vec::new(),
        })
    }
}

impl RestCall {
    /// Items that the question must pass on.
    pub(crate) const fn given(&self) -> &BTreeSet<ItemNo> {
        &self.given
    }

    fn request(&self, asked: &Asked<'_>) -> Call {
        let json = HeaderValue::from_static("application/json");
        let mut headers = vec![(header::ACCEPT, json.clone())];
        headers.extend(HeaderValue::from_str(&asked.request_id).map(|id| (ID_HEADER, id)));
        let mut body = String::new();
        if let Some(template) = &self.body {
            headers.push((header::CONTENT_TYPE, json));
            let filled = with_texts(template.clone(), &mut |text| {
                let template = Template::parse(&text, self.parameters);
                template.map_or(text, |template| template.filled(asked, str::to_owned))
            });
            body = filled.to_string();
        }
        let path = self.path.filled(asked, percent_encoded);
        Call {
            method: self.method.clone(),
            path,
            headers,
            body,
        }
    }

    fn rows(&self, reply: &Reply, asked: &Asked<'_>) -> Result<Vec<Vec<Cell>>, SourceError> {
        let says_none = self.empty_status.contains(&reply.status);
        // There is nothing to read in a reply without content.
        if says_none && reply.status == NO_CONTENT {
            return Ok(Vec::new());
        }
        if let Some(outcome) = status_outcome(reply.status).filter(|_| !says_none) {
            return Err(outcome);
        }
        let json = reply.media == "application/json" || reply.media.ends_with("+json");
        if !json || !matches!(reply.charset.as_str(), "" | "utf-8" | "utf8") {
            return Err(SourceError::Broken);
        }
        if says_none {
            return self.none_in(&reply.body);
        }
        self.extract(&reply.body, asked)
    }

    /// No rows, if the system itself says so: a server in front of it, or a wrong address, answers
    /// 404 too.
    fn none_in(&self, body: &[u8]) -> Result<Vec<Vec<Cell>>, SourceError> {
        let text = std::str::from_utf8(body).map_err(|_| SourceError::Broken)?;
        let root: &RawValue = serde_json::from_str(text).map_err(|_| SourceError::Broken)?;
        let found = match self.rows.as_slice() {
            [] => None,
            path => within(root, path)?,
        };
        let rows = found.map(|found| serde_json::from_str::<Option<Vec<&RawValue>>>(found.get()));
        // Status and body must not contradict each other.
        let rows = rows.transpose().map_err(|_| SourceError::Broken)?;
        if rows.flatten().is_some_and(|rows| !rows.is_empty()) {
            return Err(SourceError::Broken);
        }
        let code = self.code.as_ref();
        let is_none = code.map_or(Ok(true), |code| code.is_empty(root))?;
        is_none.then(Vec::new).ok_or(SourceError::Broken)
    }

    /// The rows in a reply's body.
    fn extract(&self, body: &[u8], asked: &Asked<'_>) -> Result<Vec<Vec<Cell>>, SourceError> {
        let text = std::str::from_utf8(body).map_err(|_| SourceError::Broken)?;
        let root: &RawValue = serde_json::from_str(text).map_err(|_| SourceError::Broken)?;
        if let Some(code) = &self.code
            && code.is_empty(root)?
        {
            return Ok(Vec::new());
        }
        let found = within(root, &self.rows)?.ok_or(SourceError::Broken)?;
        let rows: Vec<&RawValue> = if found.get().starts_with('[') {
            serde_json::from_str(found.get()).map_err(|_| SourceError::Broken)?
        } else {
            vec![found]
        };
        if rows.len() > asked.search.rows_max {
            return Err(SourceError::TooManyRecords);
        }
        let places = asked.places();
        let paths: Vec<(Vec<&str>, usize)> = places
            .iter()
            .map(|(name, at)| (name.split('.').collect(), *at))
            .collect();
        rows.into_iter()
            .map(|row| cells(row, &paths, asked))
            .collect()
    }
}

fn cells(
    row: &RawValue,
    paths: &[(Vec<&str>, usize)],
    asked: &Asked<'_>,
) -> Result<Vec<Cell>, SourceError> {
    let mut cells = asked.blank();
    if !row.get().starts_with('{') {
        return Err(SourceError::Broken);
    }
    for (path, at) in paths {
        let found = within(row, path)?;
        if let (Some(found), Some(place)) = (found, cells.get_mut(*at)) {
            *place = cell(found);
        }
    }
    Ok(cells)
}

/// Everything but unreserved characters as `%XX`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
