//! The vendor's service bus at 中直: it answers named transactions from the center's own store, in
//! the envelope of the city's systems. Whatever happens, its replies arrive as HTTP 200 and say in
//! their header how it went. It listens on loopback only, answers no other center, and runs no
//! statement but those of its transactions, with every parameter bound.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::envelope::{self, Reply, unescaped, within};
use crate::offices::Behaviour;
use crate::offices::behaviour::{self, Form, Switch};
use crate::world::{Node, Window};

mod transactions;

#[cfg(test)]
mod tests;

pub use transactions::{Transaction, TransactionError, take_over};

const NAMESPACE: &str = "urn:tianshu:sandbox:vendor-bus";
/// The one operation, whatever the transaction.
const OPERATION: &str = "Query";
/// The origin that 中直's `connectors.toml` names, before [`Bus::write_into`].
const WRITTEN_ORIGIN: &str = "http://127.0.0.1:18115";
const MEDIA: &str = "text/xml; charset=UTF-8";

/// Return codes of the envelope.
const DONE: &str = "0";
const EMPTY: &str = "1";
const NOT_ALLOWED: &str = "2";
const BAD_INPUT: &str = "3";
const FAILED: &str = "99";

/// The running bus. It closes when this is dropped.
#[derive(Debug)]
pub struct Bus {
    address: SocketAddr,
    switch: Arc<Switch>,
    /// Ends when this is dropped.
    _server: JoinSet<io::Result<()>>,
}

/// What its handler knows.
#[derive(Debug)]
struct Desk {
    window: Window,
    transactions: Vec<Transaction>,
    switch: Arc<Switch>,
}

impl Bus {
    /// Opens the bus on a free port of this machine, before the store in `database`.
    ///
    /// # Errors
    /// No port could be opened.
    pub async fn open(database: &Path, transactions: Vec<Transaction>) -> io::Result<Self> {
        let switch = Arc::new(Switch::new(Form::Soap(MEDIA)));
        let desk = Arc::new(Desk {
            window: Window::onto(database),
            transactions,
            switch: Arc::clone(&switch),
        });
        let odd = middleware::from_fn_with_state(Arc::clone(&switch), behaviour::reply);
        let routes = Router::new()
            .route("/bus/services", post(reply))
            .with_state(desk)
            .layer(odd);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await });
        Ok(Self {
            address,
            switch,
            _server: server,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the bus how to behave from its next reply on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.switch.set(behaviour);
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.switch.asked()
    }

    /// Points the connectors of a copied mapping folder at this bus.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write_into(&self, connectors: &Path) -> io::Result<()> {
        let text = std::fs::read_to_string(connectors)?;
        let origin = format!("http://{}", self.address);
        std::fs::write(connectors, text.replace(WRITTEN_ORIGIN, &origin))
    }
}

async fn reply(State(desk): State<Arc<Desk>>, request: String) -> Response {
    let transaction = within(&request, "TransCode").unwrap_or_default();
    let mut serial = within(&request, "Serial").unwrap_or_default().to_owned();
    if desk.switch.get() == Behaviour::MixedUp {
        serial.push('9');
    }
    let (code, rows) = match desk.rows(&request, transaction).await {
        Ok(rows) if rows.is_empty() => (EMPTY, rows),
        Ok(rows) => (DONE, rows),
        Err(code) => (code, String::new()),
    };
    let reply = Reply {
        charset: "UTF-8",
        namespace: NAMESPACE,
        operation: OPERATION,
        transaction,
        serial: &serial,
        code,
        rows: &rows,
    };
    ([(header::CONTENT_TYPE, MEDIA)], reply.text()).into_response()
}

impl Desk {
    /// The rows of one transaction, or the return code that says why there are none.
    async fn rows(&self, request: &str, code: &str) -> Result<String, &'static str> {
        if within(request, "Center") != Some(Node::Zhongzhi.center_code()) {
            return Err(NOT_ALLOWED);
        }
        let mut known = self.transactions.iter();
        let transaction = known.find(|one| one.code() == code).ok_or(NOT_ALLOWED)?;
        let bound: Option<Vec<String>> = transaction
            .parameters()
            .iter()
            .map(|name| within(request, name).map(unescaped))
            .collect();
        let bound = bound.filter(|bound| bound.iter().all(|text| !text.trim().is_empty()));
        let bound = bound.ok_or(BAD_INPUT)?;
        let rows = self.window.rows(transaction.sql(), &bound).await;
        let rows = rows.map_err(|_| FAILED)?;
        let held = |row: &Vec<(String, Option<String>)>| {
            let columns = row.iter();
            let columns =
                columns.filter_map(|(name, text)| Some((name.as_str(), text.as_deref()?)));
            envelope::row(columns)
        };
        Ok(rows.iter().map(held).collect())
    }
}
