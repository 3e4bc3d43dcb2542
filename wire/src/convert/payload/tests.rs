//! Payloads read back whole, and spoilt ones refused.

use super::*;
use catalog::{Defect, HouseId, PersonId};

fn catalog() -> Catalog {
    Catalog::builtin().unwrap()
}

fn item(text: &str) -> ItemNo {
    text.parse().unwrap()
}

/// A question about a contract, and what is measured by it.
fn payload() -> Payload {
    let catalog = catalog();
    let person = PersonId::parse("01", "11010519491231002X").unwrap();
    let mut payload = Payload::about(Subject::Person(person));
    for (no, text) in [
        ("12-02", "网签XY0000000601"),
        ("12-03", "pw-secret"),
        ("12-04", "沈砚秋"),
    ] {
        let value = catalog.parse_value(item(no), text).unwrap();
        payload.given.insert(item(no), value);
    }
    let months = ["202601", "202612"].map(|text| text.parse::<Month>().unwrap());
    payload.measures = BTreeMap::from([
        (
            "sum".to_owned(),
            Measure::Limit("1000000.00".parse().unwrap()),
        ),
        ("lease".to_owned(), Measure::Months(months[0], months[1])),
    ]);
    payload
}

#[test]
fn a_payload_reads_back_whole() {
    let sent = payload();
    let bytes = sent.encode();
    assert!(bytes.len() < ASK_PAYLOAD_BYTES_MAX / 4);
    let read = Payload::decode(&catalog(), &bytes, &sent.given.items()).unwrap();
    assert_eq!(read, sent);
    let plain = Payload::about(sent.subject.clone());
    assert_eq!(
        *plain.encode(),
        super::super::subject_to_wire(&sent.subject),
        "the payload of a plain question is what it was"
    );
}

#[test]
fn a_house_travels_under_one_number_in_its_normal_spelling() {
    let unit = "110109001001GB00601F00000601";
    for sent in [HouseId::unit(unit), HouseId::contract("网签 XY 0000000601")] {
        let sent = Payload::about(Subject::House(sent.unwrap()));
        let read = Payload::decode(&catalog(), &sent.encode(), &BTreeSet::new());
        assert_eq!(read.unwrap(), sent);
    }
    let house = |id| {
        let subject = Some(v1::subject::Subject::House(v1::House { id }));
        let message = v1::Subject {
            subject,
            ..v1::Subject::default()
        };
        Payload::decode(&catalog(), &message.encode_to_vec(), &BTreeSet::new())
    };
    // Whoever sends another spelling means the same house.
    let spelled = house(Some(v1::house::Id::Contract("合同XY601".to_owned()))).unwrap();
    assert_eq!(spelled.subject.key(), "house-contract:601");
    for (id, wanted) in [
        (None, WireError::Missing("house")),
        (
            Some(v1::house::Id::Unit("U1".to_owned())),
            WireError::Subject(Defect::BadNumber),
        ),
        (
            Some(v1::house::Id::Contract("网签".to_owned())),
            WireError::Subject(Defect::Empty),
        ),
    ] {
        assert_eq!(house(id).unwrap_err(), wanted);
    }
}

#[test]
fn what_is_given_is_what_the_envelope_names() {
    let bytes = payload().encode();
    for gives in [
        &["12-02", "12-03"][..],
        &["12-02", "12-03", "12-04", "12-05"],
        &[],
    ] {
        let gives: BTreeSet<ItemNo> = gives.iter().map(|no| item(no)).collect();
        assert_eq!(
            Payload::decode(&catalog(), &bytes, &gives),
            Err(WireError::Missing("given"))
        );
    }
}

fn spoilt(spoil: impl FnOnce(&mut v1::Subject)) -> Result<Payload, WireError> {
    let sent = payload();
    let mut message = v1::Subject::decode(sent.encode().as_slice()).unwrap();
    spoil(&mut message);
    Payload::decode(&catalog(), &message.encode_to_vec(), &sent.given.items())
}

#[test]
fn a_value_that_the_catalog_does_not_allow_is_refused() {
    use v1::item_value::Value as Sent;
    let with = |value: Option<Sent>| {
        spoilt(|message| message.given[0].value.as_mut().unwrap().value = value)
    };
    assert!(with(Some(Sent::Text("网签XY1".into()))).is_ok());
    let long = "x".repeat(31);
    for (value, fault) in [
        (Some(Sent::Text(long)), WireError::Value(Defect::TooLong)),
        (
            Some(Sent::Text("a\nb".into())),
            WireError::Value(Defect::BadFormat),
        ),
        (
            Some(Sent::Code("01".into())),
            WireError::Value(Defect::WrongType),
        ),
        (
            Some(Sent::Absent("not-held".into())),
            WireError::Missing("value"),
        ),
        (
            Some(Sent::Masked("网****".into())),
            WireError::Missing("value"),
        ),
        (None, WireError::Missing("value")),
    ] {
        assert_eq!(with(value), Err(fault));
    }
    let twice = spoilt(|message| message.given.push(message.given[0].clone()));
    assert_eq!(twice, Err(WireError::Twice("given")));
    let unknown = spoilt(|message| message.given[0].class = 15);
    assert_eq!(unknown, Err(WireError::UnknownClass));
    let many = spoilt(|message| message.given = vec![message.given[0].clone(); GIVEN_MAX + 1]);
    assert_eq!(many, Err(WireError::TooLarge("given")));
}

#[test]
fn a_yardstick_is_a_limit_or_a_span_of_months() {
    assert!(measure("0", "", "").is_ok());
    assert!(measure("", "202601", "202601").is_ok());
    for (limit, from, until) in [
        ("", "", ""),
        ("1", "202601", "202602"),
        ("1e3", "", ""),
        ("many", "", ""),
        ("1", "202601", ""),
        ("", "202602", "202601"),
        ("", "202613", "202701"),
        ("", "202601", ""),
        (&"1".repeat(32), "", ""),
    ] {
        assert!(
            measure(limit, from, until).is_err(),
            "{limit} {from} {until}"
        );
    }
    let twice = spoilt(|message| message.yardsticks.push(message.yardsticks[0].clone()));
    assert_eq!(twice, Err(WireError::Twice("yardstick")));
}

#[test]
fn nothing_given_shows_in_debug_output() {
    let shown = format!("{:?}", payload());
    for secret in ["pw-secret", "网签XY", "沈砚秋"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("12-03"), "{shown}");
}
