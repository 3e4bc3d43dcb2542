//! After everything that can happen, neither the log on disk nor what was traced holds an identity
//! number or a name.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::center::{NAMES, PERSON, PERSON_15, SPOUSE, STRANGER};
use super::http::{COUNTER, case};
use crate::answer::tests::good;
use crate::asking::tests::{honest, star};

/// Everything that was traced.
#[derive(Debug, Clone, Default)]
struct Traced(Arc<Mutex<Vec<u8>>>);

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Traced {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn bytes_under(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            bytes.extend(bytes_under(&path));
        } else {
            bytes.extend(std::fs::read(&path).unwrap());
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Good and bad questions on both sides, with numbers and names wherever a clerk or a hub could
/// put them.
async fn everything_happens() -> Vec<u8> {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    for number in [PERSON, PERSON_15, SPOUSE, STRANGER, "110101190001010015"] {
        let subject = json!({"subject": {"id_type": "01", "id_number": number}});
        counter.ask(&handle, subject).await;
        counter.ask(number, json!({})).await;
        for field in ["case_no", "flow", "operator", "counter"] {
            let mut body = case("BJ-1", "F05");
            body[field] = number.into();
            counter.post("/v1/cases", &body).await;
        }
        let wants = json!({"wants": {number: [number]}, "mode": number});
        counter.ask(&handle, wants).await;
        counter.ask(&handle, json!({"name": number})).await;
        counter.get(&format!("/v1/evidence/{number}")).await;
        let body = format!("{{\"id\": {number}");
        let token = format!("Bearer {COUNTER}");
        let post = axum::http::Method::POST;
        counter.call(post, "/v1/asks", Some(&token), body).await;
        hub.answers(move |request| {
            let mut answer = honest(request);
            answer.nodes[0].node = number.into();
            Ok(answer)
        });
        counter.ask(&handle, json!({})).await;
        hub.answers(move |_| Err(tonic::Status::internal(number)));
        counter.ask(&handle, json!({})).await;
        hub.answers(|request| Ok(honest(request)));
    }
    center.answerer().answer(good().signed(&center)).await;
    center
        .answerer()
        .answer(good().about(SPOUSE).signed(&center))
        .await;
    let mut lie = good().about(STRANGER).signed(&center);
    lie.asking_node = PERSON.into();
    center.answerer().answer(lie).await;
    center.sql("DROP TABLE ACCOUNTS; DROP TABLE CASES").await;
    center.answerer().answer(good().signed(&center)).await;
    counter.ask(&handle, json!({})).await;
    assert!(center.entries().len() > 40, "much has happened");
    center.book.close().unwrap();
    bytes_under(&center.home.path().join("book"))
}

#[test]
fn no_number_and_no_name_is_in_the_log_or_the_traces() {
    let traced = Traced::default();
    let filter = "info,node_agent=trace,audit=trace,wire=trace,policies=trace,catalog=trace";
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(traced.clone())
        .finish();
    // The whole process: other threads trace too.
    tracing::subscriber::set_global_default(subscriber).expect("only this test listens");
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let log = runtime.block_on(everything_happens());
    let traces = traced.0.lock().unwrap().clone();
    assert!(holds(&log, "BJ-1") && holds(&log, "TS-CASE-SUBJECT"));
    assert!(holds(&traces, "the guard refused a question"));
    let numbers = [
        PERSON,
        PERSON_15,
        SPOUSE,
        STRANGER,
        &SPOUSE[6..],
        &PERSON[6..],
        &PERSON_15[6..],
    ];
    for secret in numbers.iter().chain(&NAMES) {
        assert!(!holds(&log, secret), "{secret} is in the log");
        assert!(!holds(&traces, secret), "{secret} is in the traces");
    }
}
