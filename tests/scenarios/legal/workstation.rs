//! An officer at a workstation: fetches what is to be signed, reads it in the real program, signs
//! with a key file, and sends the signature.

use std::path::PathBuf;
use std::process::{Command, Output};

use sandbox::client::{CallError, Desk};
use sandbox::star::Star;
use sandbox::world::Node;
use serde_json::{Value as Json, json};

use super::super::ground::{program, words};

/// An officer of 国管.
pub(super) struct Officer {
    name: &'static str,
    desk: Desk,
    key: PathBuf,
    folder: PathBuf,
}

impl Officer {
    pub(super) fn of(star: &Star, name: &'static str) -> Self {
        let folder = star.home().dir().join("officers");
        Self {
            name,
            desk: star.desk(Node::Guoguan, name).expect("has a desk"),
            key: star.home().officer_key(Node::Guoguan, name),
            folder,
        }
    }

    /// Opens a case and asks within it; the question waits, under the number given.
    pub(super) async fn ask(&self, case_no: &str, flow: &str) -> String {
        let open = self.desk.open(case_no, flow).await.expect("is open");
        let waits: Json = self
            .desk
            .post("/v1/asks", &json!({ "case": open.case }))
            .await
            .expect("waits");
        number(&waits)
    }

    /// The same for a list.
    pub(super) async fn ask_list(&self, case_no: &str, flow: &str) -> String {
        let open = self.desk.open(case_no, flow).await.expect("is open");
        let body = json!({ "case": open.case });
        let waits = self.desk.post("/v1/batches", &body).await.expect("waits");
        number(&waits)
    }

    /// What this officer is given to sign.
    pub(super) async fn fetch(&self, id: &str) -> Result<Json, CallError> {
        let body = json!({"operator": self.name, "counter": "9"});
        self.desk
            .post(&format!("/v1/approvals/{id}/statement"), &body)
            .await
    }

    /// What the program says, and the body that it makes.
    pub(super) fn sign(&self, answer: &Json) -> (Output, Option<Json>) {
        let file = |name: &str| self.folder.join(format!("{}-{name}.json", self.name));
        let (paper, out) = (file("statement"), file("signature"));
        std::fs::write(&paper, answer.to_string()).expect("is written");
        let _ = std::fs::remove_file(&out);
        let mut command = Command::new(program("tianshu"));
        command.args(["officer", "sign", "--yes", "--key"]);
        command.arg(&self.key).arg("--statement").arg(&paper);
        let said = command.arg("--out").arg(&out).output();
        let body = std::fs::read(out).ok();
        let body = body.map(|body| serde_json::from_slice(&body).expect("is JSON"));
        (said.expect("the program runs"), body)
    }

    /// Sends a signature.
    pub(super) async fn send(&self, id: &str, body: &Json) -> Result<Json, CallError> {
        self.desk.post(&format!("/v1/approvals/{id}"), body).await
    }

    /// Fetches, reads, signs and sends; what was heard, and the body that was sent.
    pub(super) async fn approve(&self, id: &str) -> (Result<Json, CallError>, Json) {
        let answer = self.fetch(id).await.expect("there is something to sign");
        let (said, body) = self.sign(&answer);
        let body = body.unwrap_or_else(|| panic!("{}", words(&said)));
        (self.send(id, &body).await, body)
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }
}

fn number(waits: &Json) -> String {
    assert_eq!(waits["state"], "awaiting", "{waits}");
    waits["approval"].as_str().expect("has a number").to_owned()
}

/// The code of a refusal.
pub(super) fn code(heard: Result<Json, CallError>) -> String {
    let error = heard.expect_err("is refused");
    let refusal = error.refusal().unwrap_or_else(|| panic!("{error}"));
    refusal.code.clone()
}
