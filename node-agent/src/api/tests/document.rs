//! `openapi.json` says what the API does: the same routes, the same fields, the same codes. Real
//! responses are held against its schemas, both ways.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::Method;
use catalog::Defect;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use wire::convert::outcome_name;
use wire::{RefusalCode, v1};

use crate::asking::tests::approving::lists::roster as approved_roster;
use crate::asking::tests::approving::{approve, careful, given, waiting};
use crate::asking::tests::lists::{opened, roster};
use crate::asking::tests::star;
use crate::asking::{
    ApproveBody, AskBody, CaseBody, Lamp, ListBody, StatementBody, SubjectBody, YardstickBody,
};
use crate::book::OwnerLooked;
use crate::tests::http::{COUNTER, Counter, OWNER};

fn document() -> Json {
    serde_json::from_str(super::super::OPENAPI).expect("openapi.json is JSON")
}

fn schema(name: &str) -> Json {
    let schema = document()["components"]["schemas"][name].clone();
    assert!(schema.is_object(), "there is a schema {name}");
    schema
}

fn texts<'a>(list: impl IntoIterator<Item = &'a Json>) -> BTreeSet<String> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    list.into_iter().filter_map(text).collect()
}

fn words(schema: &Json) -> BTreeSet<String> {
    texts(schema["enum"].as_array().expect("is an enum"))
}

fn keys(object: &Json) -> BTreeSet<String> {
    let object = object.as_object().expect("is an object");
    object.keys().cloned().collect()
}

/// Every disagreement of a value with a schema of the document.
fn disagreements(document: &Json, schema: &Json, value: &Json, at: &str, out: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document
            .pointer(&reference[1..])
            .expect("a reference has a target");
        return disagreements(document, target, value, at, out);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Json| {
            let mut faults = Vec::new();
            disagreements(document, choice, value, at, &mut faults);
            faults.is_empty()
        };
        let fitting = choices.iter().filter(fits).count();
        if fitting != 1 {
            out.push(format!("{at}: fits {fitting} of its choices: {value}"));
        }
        return;
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        out.push(format!("{at}: {value} is not listed"));
    }
    if schema
        .get("const")
        .is_some_and(|constant| constant != value)
    {
        out.push(format!("{at}: {value} is another"));
    }
    if !is_of_type(&schema["type"], value) {
        out.push(format!("{at}: {value} is no {}", schema["type"]));
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        disagreements(document, &schema["items"], item, &format!("{at}[{n}]"), out);
    }
    if value.is_object() {
        fields(document, schema, value, at, out);
    }
}

fn fields(document: &Json, schema: &Json, value: &Json, at: &str, out: &mut Vec<String>) {
    for missing in texts(schema["required"].as_array().into_iter().flatten()) {
        if value.get(&missing).is_none() {
            out.push(format!("{at}.{missing}: is missing"));
        }
    }
    for (key, value) in value.as_object().expect("is an object") {
        let at = format!("{at}.{key}");
        match (
            schema["properties"].get(key),
            &schema["additionalProperties"],
        ) {
            (Some(schema), _) => disagreements(document, schema, value, &at, out),
            (None, Json::Object(_)) => {
                disagreements(document, &schema["additionalProperties"], value, &at, out);
            }
            (None, _) => out.push(format!("{at}: is not described")),
        }
    }
}

fn is_of_type(named: &Json, value: &Json) -> bool {
    let is = |name: &Json| match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match named {
        Json::Null => true,
        Json::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

#[track_caller]
fn agrees(name: &str, value: &Json) {
    let document = document();
    let mut faults = Vec::new();
    let schema = &document["components"]["schemas"][name];
    assert!(schema.is_object(), "there is a schema {name}");
    disagreements(&document, schema, value, name, &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn the_document_describes_the_routes_and_no_others() {
    let document = document();
    assert_eq!(keys(&document["paths"]), routes());
    let (_hub, _center, counter) = star().await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in keys(methods) {
            let path = path.replace("{query}", "none").replace("{id}", "none");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let heard = counter.call(method, &path, None, Body::empty()).await;
            let is_open = methods.pointer("/get/security") == Some(&json!([]));
            let expected: &[u16] = if is_open { &[200, 503] } else { &[401] };
            assert!(expected.contains(&heard.status), "{path}: {}", heard.status);
        }
    }
    let served = counter
        .call(Method::GET, "/v1/openapi.json", None, Body::empty())
        .await;
    assert_eq!(served.json(), document);
}

/// The routes of every file of the API, so that a new file cannot be forgotten here.
fn routes() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let beside = std::fs::read_dir(&folder).expect("the API has a folder");
    let mut files: Vec<_> = beside.map(|file| file.expect("is there").path()).collect();
    files.push(folder.with_extension("rs"));
    files.retain(|file| file.is_file() && !file.ends_with("tests.rs"));
    assert!(files.len() > 1, "{files:?}");
    let sources = files
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("is text"));
    let sources: String = sources.collect();
    let named = sources.split(".route(").skip(1);
    named
        .filter_map(|rest| rest.split('"').nth(1).map(str::to_owned))
        .collect()
}

/// A token opens what is described for it and nothing that is described for the other.
#[tokio::test]
async fn each_token_opens_its_own_routes_alone() {
    let (_hub, _center, counter) = star().await;
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let path = path.replace("{query}", "none");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let (own, other) = match &described["security"] {
                Json::Null => (COUNTER, OWNER),
                named if *named == json!([{"owner": []}]) => (OWNER, COUNTER),
                open => {
                    assert_eq!(*open, json!([]), "{path}");
                    continue;
                }
            };
            for (token, is_let_in) in [(own, true), (other, false)] {
                let token = format!("Bearer {token}");
                let method = method.clone();
                let heard = counter
                    .call(method, &path, Some(&token), Body::empty())
                    .await;
                assert_eq!(heard.status != 401, is_let_in, "{path}: {}", heard.status);
            }
        }
    }
}

#[tokio::test]
async fn what_the_owner_sees_is_what_is_described() {
    let (_hub, center, counter) = star().await;
    let good = crate::answer::tests::good().signed(&center);
    center.answerer().answer(good).await;
    let token = format!("Bearer {OWNER}");
    let path = "/v1/quarantine?operator=0231";
    let heard = counter
        .call(Method::GET, path, Some(&token), Body::empty())
        .await;
    let listed = heard.json();
    assert_ne!(listed["values"], json!([]));
    agrees("Quarantine", &listed);
    let nothing = json!({"values": [{
        "item": "04-08", "defect": "undecodable", "count": 1, "record": [],
        "columns": [{"name": "STATE", "text": null, "missing": "undecodable"}],
        "first_at": "2026-11-23T10:00:00+08:00", "last_at": "2026-11-23T10:00:00+08:00"
    }]});
    agrees("Quarantine", &nothing);
}

async fn answered(counter: &Counter) -> Json {
    let handle = counter.handle().await;
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    heard.json()
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let (hub, center, counter) = star().await;
    agrees("Case", &counter.open("BJ-1").await.json());
    agrees("Answer", &answered(&counter).await);
    // The same with everything that may be empty: silences, notes, absent values.
    hub.answers(|request| {
        let mut answer = crate::asking::tests::honest(request);
        answer.query_id = "q-2".into();
        let silent = &mut answer.nodes[1].classes[0];
        silent.outcome = v1::Outcome::Unavailable.into();
        silent.code = "TS-NODE-DOWN".into();
        silent.as_of.clear();
        let absent = v1::ItemValue {
            item: 17,
            value: Some(v1::item_value::Value::Absent("not-recorded".into())),
        };
        let withheld = v1::ItemValue {
            item: 8,
            value: Some(v1::item_value::Value::Code("ZZ".into())),
        };
        let record = v1::Record {
            values: vec![absent, withheld],
        };
        let records = v1::Records {
            records: vec![record],
        };
        answer.nodes[0].classes[1].payload = prost::Message::encode_to_vec(&records);
        Ok(answer)
    });
    let answer = answered(&counter).await;
    assert_eq!(
        answer["lamps"][0]["classes"][1]["notes"][0]["defect"],
        "unknown-code"
    );
    agrees("Answer", &answer);
    hub.answers(|_| {
        let refusal = v1::Refusal {
            receipt: Some(crate::asking::tests::receipt(3)),
            ..RefusalCode::LimitCaller.to_wire("q-3")
        };
        Err(wire::refusal::status(&refusal))
    });
    let handle = counter.handle().await;
    agrees("Refusal", &counter.ask(&handle, json!({})).await.json());
    agrees("Refusal", &counter.open("BJ-9").await.json());
    let good = crate::answer::tests::good().signed(&center);
    center.answerer().answer(good).await;
    for query in ["q-1", "q-2", "q-3"] {
        agrees(
            "Evidence",
            &counter.get(&format!("/v1/evidence/{query}")).await.json(),
        );
    }
}

#[tokio::test]
async fn what_is_said_of_a_list_is_what_is_described() {
    let (_hub, _center, counter) = roster(3).await;
    let handle = opened(&counter).await;
    let body = json!({"case": handle, "lines": [1, 0, 3]});
    let heard = counter.post("/v1/batches", &body).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let objects = heard.body.lines();
    let objects: Vec<Json> = objects
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect();
    let [lines @ .., end] = objects.as_slice() else {
        panic!("nothing was said");
    };
    assert_eq!(lines.len(), 3);
    lines.iter().for_each(|line| agrees("BatchLine", line));
    assert!(lines.iter().any(|line| line["refusal"].is_object()));
    agrees("BatchEnd", end);
}

#[tokio::test]
async fn what_is_said_of_an_approval_is_what_is_described() {
    let (_hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    let look = async || counter.get(&format!("/v1/approvals/{id}")).await.json();
    agrees("Approval", &look().await);
    agrees("Statement", &given(&counter, &id, "0299").await.json());
    agrees(
        "Answer",
        &approve(&center, &counter, &id, "0299").await.json(),
    );
    let answered = look().await;
    assert!(answered["answer"].is_object());
    agrees("Approval", &answered);

    let (_hub, center, counter) = approved_roster(2).await;
    let id = crate::asking::tests::approving::lists::waiting(&counter).await;
    agrees(
        "Approval",
        &approve(&center, &counter, &id, "0299").await.json(),
    );
    let heard = counter.get(&format!("/v1/batches/{id}")).await;
    let end = heard.body.lines().last().expect("a summary");
    let end = serde_json::from_str::<Json>(end).expect("is JSON");
    assert!(end["summary"]["table"].is_object());
    agrees("BatchEnd", &end);
}

/// The other way round: a field that is described and never sent would be seen here.
#[test]
fn every_described_field_is_required_in_what_is_answered() {
    let optional = [
        "AskRequest",
        "BatchRequest",
        "Absent",
        "Yardstick",
        "Subject",
    ];
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        if schema.get("properties").is_some() && !optional.contains(&name.as_str()) {
            let required = texts(schema["required"].as_array().unwrap());
            assert_eq!(keys(&schema["properties"]), required, "{name}");
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
    }
}

/// The fields that a request body takes, as its reader names them.
fn fields_of<T: DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
    let error = serde_json::from_value::<T>(json!({"no such field": 1})).unwrap_err();
    let error = error.to_string();
    let (_, listed) = error
        .split_once("expected")
        .expect("the reader lists its fields");
    listed
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn requests_take_the_described_fields_and_no_others() {
    let bodies = [
        ("CaseRequest", fields_of::<CaseBody>()),
        ("AskRequest", fields_of::<AskBody>()),
        ("BatchRequest", fields_of::<ListBody>()),
        ("Subject", fields_of::<SubjectBody>()),
        ("Yardstick", fields_of::<YardstickBody>()),
        ("ApproveRequest", fields_of::<ApproveBody>()),
        ("StatementRequest", fields_of::<StatementBody>()),
        ("OwnerLook", fields_of::<OwnerLooked>()),
    ];
    for (name, fields) in bodies {
        assert_eq!(keys(&schema(name)["properties"]), fields, "{name}");
    }
    let required = texts(schema("AskRequest")["required"].as_array().unwrap());
    assert_eq!(required, BTreeSet::from(["case".to_owned()]));
    assert!(serde_json::from_value::<AskBody>(json!({"case": "h"})).is_ok());
}

#[test]
fn closed_lists_are_complete() {
    let set =
        |words: Vec<&str>| -> BTreeSet<String> { words.into_iter().map(str::to_owned).collect() };
    let codes = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words(&schema("RefusalCode")), set(codes));
    let turns = RefusalCode::ALL
        .iter()
        .map(|code| code.turn().as_str())
        .collect();
    assert_eq!(words(&schema("Refusal")["properties"]["turn"]), set(turns));
    let defects = Defect::ALL.iter().map(|defect| defect.as_str()).collect();
    assert_eq!(words(&schema("Defect")), set(defects));
    let outcomes = (1..).map_while(|n| v1::Outcome::try_from(n).ok());
    let outcomes: Vec<_> = outcomes.collect();
    let names = set(outcomes
        .iter()
        .map(|outcome| outcome_name(*outcome))
        .collect());
    for class in ["Class", "ServedClass"] {
        assert_eq!(words(&schema(class)["properties"]["outcome"]), names);
    }
    let lamps = outcomes.iter().map(|outcome| Lamp::of(*outcome));
    // A center without a hit has a lamp of its own and no outcome of its own.
    let lamps = set(lamps.chain([Lamp::NoHit]).map(Lamp::as_str).collect());
    assert_eq!(words(&schema("Lamp")["properties"]["lamp"]), lamps);
}

#[test]
fn every_description_speaks_chinese_and_english() {
    fn look(value: &Json, at: &str) {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            if let (true, Some(text)) = (key == "description", inner.as_str()) {
                let is_both = !text.is_ascii() && text.bytes().any(|b| b.is_ascii_lowercase());
                assert!(is_both, "{at}: {text}");
            }
            look(inner, &at);
        }
        for inner in value.as_array().into_iter().flatten() {
            look(inner, at);
        }
    }
    look(&document(), "");
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        assert!(schema.get("description").is_some(), "{name}");
    }
}
