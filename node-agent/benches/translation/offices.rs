//! The REST and the SOAP system: a process of its own on a loopback port, which answers about the
//! two holders from memory and knows nobody else. It ends when its input does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::ledger::{self, COLUMNS};

/// The argument that makes this program the two systems.
pub(crate) const SERVE: &str = "--serve-the-offices";

/// The running systems.
pub(crate) struct Office {
    pub(crate) port: u16,
    process: Child,
    _lifeline: Option<ChildStdin>,
}

impl Office {
    pub(crate) fn open() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().context("has no output")?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        Ok(Self {
            port: port.trim().parse()?,
            _lifeline: process.stdin.take(),
            process,
        })
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        drop(self._lifeline.take());
        // It ends by itself; waiting leaves no dead process behind.
        let _ = self.process.wait();
    }
}

/// The replies, by the holder's number.
struct Replies {
    json: BTreeMap<String, String>,
    xml: BTreeMap<String, String>,
}

#[expect(
    clippy::print_stdout,
    reason = "the port is told to the parent process"
)]
pub(crate) async fn serve() -> anyhow::Result<()> {
    let replies = Replies {
        json: written(json),
        xml: written(xml),
    };
    let router = Router::new()
        .route("/rest/people/{number}", get(person))
        .route("/soap", post(bus))
        .with_state(Arc::new(replies));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop));
    let ended = async move { drop(ended.await) };
    tokio::select! {
        served = async { axum::serve(listener, router).await } => Ok(served?),
        () = ended => Ok(()),
    }
}

fn written(write: fn(&str) -> String) -> BTreeMap<String, String> {
    [ledger::HOLDER_OF_MANY, ledger::HOLDER_OF_ONE]
        .map(|holder| (holder.to_owned(), write(holder)))
        .into()
}

fn json(holder: &str) -> String {
    let row = |row: &ledger::Row| {
        let cells = row.iter().zip(COLUMNS);
        let cells = cells.map(|(text, (name, _))| (name.to_owned(), text.as_str().into()));
        serde_json::Value::Object(cells.collect())
    };
    let rows: Vec<_> = ledger::rows_of(holder).iter().map(row).collect();
    serde_json::json!({"data": {"rows": rows}}).to_string()
}

fn xml(holder: &str) -> String {
    let mut text = String::new();
    for row in ledger::rows_of(holder) {
        text.push_str("<Row>");
        for (value, (name, _)) in row.iter().zip(COLUMNS) {
            // Writing to a text cannot fail, and no value of the ledger needs escaping.
            let _ = write!(text, "<{name}>{value}</{name}>");
        }
        text.push_str("</Row>");
    }
    text
}

async fn person(State(replies): State<Arc<Replies>>, Path(number): Path<String>) -> Response {
    match replies.json.get(&number) {
        Some(body) => ([(header::CONTENT_TYPE, "application/json")], body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn bus(State(replies): State<Arc<Replies>>, body: String) -> Response {
    let asked = (element(&body, "ID"), element(&body, "Serial"));
    let (Some(number), Some(serial)) = asked else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(rows) = replies.xml.get(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let reply = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
         <QueryResponse xmlns=\"urn:ledger\"><Header><TransCode>QRY0401</TransCode>\
         <Serial>{serial}</Serial><ReturnCode>0</ReturnCode></Header><Body>{rows}</Body>\
         </QueryResponse></e:Body></e:Envelope>"
    );
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], reply).into_response()
}

/// The text of the first element of this name, whatever its prefix.
fn element<'b>(body: &'b str, name: &str) -> Option<&'b str> {
    let (_, rest) = body.split_once(&format!("{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}
