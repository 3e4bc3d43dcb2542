//! The three outside classes through the city center's own mappings: what the offices have on
//! record comes out right, and whatever they do instead of replying has a bounded, named outcome.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use catalog::{Absence, Catalog, ClassNo, Defect, Record, Subject, Value};
use node_agent::translate::{About, Found, FoundOutcome, LocalLimits, SourceError, Translator};
use tempfile::TempDir;
use time::macros::{date, datetime};
use wire::convert::Given;

use super::*;
use crate::world::{SampleSubject, sample};

const NOW: time::OffsetDateTime = datetime!(2026-11-23 15:00:00 +8);

struct City {
    offices: Offices,
    registers: Registers,
    reader: Translator,
    _home: TempDir,
}

async fn city() -> City {
    let registers = Registers::of_world(7, 300, date!(2026 - 11 - 23)).unwrap();
    let offices = Offices::start(registers).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mappings = home.path().join("mappings");
    std::fs::create_dir_all(home.path().join("data")).unwrap();
    std::fs::create_dir_all(&mappings).unwrap();
    let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("centers/city/mappings");
    for entry in std::fs::read_dir(deployed).unwrap() {
        let from = entry.unwrap().path();
        std::fs::copy(&from, mappings.join(from.file_name().unwrap())).unwrap();
    }
    offices
        .write_into(&mappings.join("connectors.toml"))
        .unwrap();
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let limits = LocalLimits::default();
    let reader = Translator::open(home.path(), &mappings, catalog, limits).await;
    let reader = reader.unwrap_or_else(|faults| panic!("{faults}"));
    City {
        offices,
        registers: Registers::of_world(7, 300, date!(2026 - 11 - 23)).unwrap(),
        reader,
        _home: home,
    }
}

impl City {
    /// A question that passes on the contract, its password and the buyer's name, where the
    /// housing commission is asked about a buyer of a sample.
    async fn ask(&self, office: Office, subject: &Subject, within: Duration) -> Found {
        let given = given(&self.registers, subject);
        self.ask_given(office, subject, &given, within).await
    }

    async fn ask_given(
        &self,
        office: Office,
        subject: &Subject,
        given: &Given,
        within: Duration,
    ) -> Found {
        let class = ClassNo::new(office.class()).unwrap();
        let catalog = Catalog::builtin().unwrap();
        let items = catalog.class(class).unwrap().items.iter();
        let items: BTreeSet<_> = items.map(|item| item.no).collect();
        let deadline = tokio::time::Instant::now() + within;
        self.reader
            .find(class, &items, About { subject, given }, NOW, deadline)
            .await
    }

    async fn one(&self, office: Office, who: &SampleSubject) -> Record {
        let found = self.ask(office, &who.subject().unwrap(), SOON).await;
        assert_eq!(found.outcome, FoundOutcome::Answered, "{}", who.number);
        assert_eq!(found.notes, vec![]);
        assert_eq!(found.records.len(), 1, "{:?}", found.records);
        found.records.into_iter().next().unwrap()
    }
}

const SOON: Duration = Duration::from_secs(10);

fn subject(id: &str) -> SampleSubject {
    sample(id).unwrap().expects.first().unwrap().subject
}

fn carries(record: &Record, values: &[(&str, &str)]) {
    for (item, wanted) in values {
        let value = record.get(item.parse().unwrap()).unwrap();
        assert!(!value.is_absent(), "{item}: {value:?}");
        assert_eq!(&value.canonical(), wanted, "{item}");
    }
}

fn value<'r>(record: &'r Record, item: &str) -> &'r Value {
    record.get(item.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_contract_is_checked_as_far_as_the_question_goes() {
    let city = city().await;
    let husband = subject("S6");
    let record = city.one(Office::Housing, &husband).await;
    carries(
        &record,
        &[
            ("12-02", "网签XY0000000601"),
            ("12-04", husband.name),
            ("12-05", "01"),
            ("12-06", husband.number),
            ("12-07", "01"),
            ("12-08", "YYYYY"),
            ("12-09", "02"),
            ("12-11", "89.50"),
            ("12-12", "3000000.00"),
            ("12-14", "2026-11-23T15:00:00+08:00"),
        ],
    );
    let pending = city.one(Office::Housing, &subject("S7")).await;
    carries(
        &pending,
        &[("12-02", "网签XY0000000007"), ("12-08", "YYYYY")],
    );
    // The same number under another kind of document does not fit the contract.
    let other = catalog::PersonId::parse("99", husband.number)
        .map(Subject::Person)
        .unwrap();
    let found = city.ask(Office::Housing, &other, SOON).await;
    carries(
        found.records.first().unwrap(),
        &[("12-07", "02"), ("12-08", "YYYNY")],
    );
}

/// What the register has of a person's contract; what nobody has signed is made up.
fn given(registers: &Registers, subject: &Subject) -> Given {
    let contracts = registers.contracts.get(&subject.key());
    let contract = contracts.and_then(|contracts| contracts.first());
    match contract {
        Some(contract) => given_as([&contract.number, &contract.password, &contract.buyer.name]),
        None => given_as(["网签XY0", "pw-0", "无名氏"]),
    }
}

/// Contract number, password and name.
fn given_as(texts: [&str; 3]) -> Given {
    let catalog = Catalog::builtin().unwrap();
    let mut given = Given::default();
    for (item, text) in ["12-02", "12-03", "12-04"].into_iter().zip(texts) {
        let item = item.parse().unwrap();
        given.insert(item, catalog.parse_value(item, text).unwrap());
    }
    given
}

#[tokio::test]
async fn five_items_are_checked_and_each_that_does_not_fit_is_named() {
    let city = city().await;
    let husband = subject("S6");
    let contract = "网签XY0000000601";
    let (password, name) = (format!("pw-{contract}"), husband.name);
    for (texts, result, flags) in [
        ([contract, &password, name], "01", "YYYYY"),
        ([contract, "pw-guessed", name], "02", "YYNYY"),
        (["网签XY9", &password, name], "02", "YNYYY"),
        ([contract, &password, "陆知远"], "02", "NYYYY"),
        (["网签XY9", "pw-guessed", "陆知远"], "02", "NNNYY"),
        ([contract, "\"}, {\"", name], "02", "YYNYY"),
    ] {
        let subject = husband.subject().unwrap();
        let found = city
            .ask_given(Office::Housing, &subject, &given_as(texts), SOON)
            .await;
        assert_eq!(found.outcome, FoundOutcome::Answered, "{flags}");
        carries(&found.records[0], &[("12-07", result), ("12-08", flags)]);
        assert_eq!(
            value(&found.records[0], "12-03"),
            &Value::Absent(Absence::NotHeld)
        );
    }
}

#[tokio::test]
async fn without_the_contract_nobody_is_asked() {
    let city = city().await;
    let subject = subject("S6").subject().unwrap();
    let mut some = Given::default();
    let catalog = Catalog::builtin().unwrap();
    let item = "12-02".parse().unwrap();
    some.insert(item, catalog.parse_value(item, "网签XY0000000601").unwrap());
    for given in [Given::NONE, &some] {
        let found = city.ask_given(Office::Housing, &subject, given, SOON).await;
        assert_eq!(
            found.outcome,
            FoundOutcome::Unavailable(SourceError::NotGiven)
        );
        assert!(found.records.is_empty() && found.notes.is_empty());
    }
}

#[tokio::test]
async fn a_query_password_goes_nowhere() {
    let city = city().await;
    city.offices.behave(Office::Housing, Behaviour::Talkative);
    let found = city
        .ask(Office::Housing, &subject("S6").subject().unwrap(), SOON)
        .await;
    let record = found.records.first().unwrap();
    assert_eq!(value(record, "12-03"), &Value::Absent(Absence::NotHeld));
    carries(record, &[("12-08", "YYYYY")]);
    assert!(!format!("{found:?} {:?}", city.reader).contains("pw-"));
    city.offices.behave(Office::Housing, Behaviour::StrangeWord);
    city.ask(Office::Housing, &subject("S6").subject().unwrap(), SOON)
        .await;
    let kept = city.reader.quarantine().listed(None);
    let kept = serde_json::to_string(&kept).unwrap();
    assert!(kept.contains("12-09") && !kept.contains("pw-"), "{kept}");
}

#[tokio::test]
async fn the_latest_registration_wins_and_old_numbers_are_found() {
    let city = city().await;
    let record = city.one(Office::Marriage, &subject("S12")).await;
    carries(
        &record,
        &[
            ("13-02", "袁立新"),
            ("13-04", subject("S12").number),
            ("13-05", "傅雨桐"),
            ("13-07", "110119190212120225"),
            ("13-08", "20"),
            ("13-09", "01"),
            ("13-11", "J110100-2016-000012"),
            ("13-12", "1"),
            ("13-13", "01"),
        ],
    );
    // The former wife of S12 is on record only with him: the register is asked by the person.
    let married = city.one(Office::Marriage, &subject("S6")).await;
    carries(&married, &[("13-05", "何晓芳"), ("13-08", "20")]);
}

#[tokio::test]
async fn no_record_is_a_record_that_says_so() {
    let city = city().await;
    let single = subject("S1");
    let record = city.one(Office::Marriage, &single).await;
    carries(
        &record,
        &[
            ("13-03", "01"),
            ("13-04", single.number),
            ("13-09", "99"),
            ("13-12", "1"),
            ("13-13", "03"),
            ("13-14", "2026-11-23T15:00:00+08:00"),
        ],
    );
    let number = value(&record, "13-01").canonical();
    assert!(number.starts_with("20261123150000"), "{number}");
    for item in ["13-02", "13-05", "13-08", "13-10"] {
        assert_eq!(
            value(&record, item),
            &Value::Absent(Absence::NotHeld),
            "{item}"
        );
    }
    let again = city.one(Office::Marriage, &single).await;
    assert_ne!(
        value(&again, "13-01").canonical(),
        number,
        "each check has its own number"
    );
    let none = city.one(Office::Housing, &single).await;
    carries(
        &none,
        &[
            ("12-06", single.number),
            ("12-07", "03"),
            ("12-08", "-----"),
        ],
    );
    let unknown = catalog::CreditCode::parse("91110000MA00000152").unwrap();
    let found = city
        .ask(Office::Enterprise, &Subject::Employer(unknown), SOON)
        .await;
    let record = found.records.first().unwrap();
    carries(record, &[("14-02", "91110000MA00000152"), ("14-11", "03")]);
    assert_eq!(found.notes, vec![]);
}

#[tokio::test]
async fn a_revoked_employer_is_revoked_and_a_strange_word_is_nothing() {
    let city = city().await;
    let employer = subject("S15");
    let record = city.one(Office::Enterprise, &employer).await;
    carries(
        &record,
        &[
            ("14-02", employer.number),
            ("14-03", employer.name),
            ("14-04", "程刚"),
            ("14-07", "91"),
            ("14-08", "3"),
            ("14-11", "01"),
        ],
    );
    for (office, item, who) in [
        (Office::Enterprise, "14-08", employer),
        (Office::Housing, "12-09", subject("S6")),
    ] {
        city.offices.behave(office, Behaviour::StrangeWord);
        let found = city.ask(office, &who.subject().unwrap(), SOON).await;
        let withheld = Value::Absent(Absence::Withheld(Defect::UnknownCode));
        assert_eq!(value(found.records.first().unwrap(), item), &withheld);
        assert_eq!(found.notes.len(), 1);
    }
    let person = subject("S6").subject().unwrap();
    let found = city.ask(Office::Enterprise, &person, SOON).await;
    assert_eq!(found.outcome, FoundOutcome::NotCovered);
}

#[tokio::test]
async fn every_oddity_has_a_bounded_named_outcome_and_passes() {
    use SourceError::{Broken, Failed, TimedOut, TooLarge};
    let city = city().await;
    let (person, employer) = (
        subject("S12").subject().unwrap(),
        subject("S15").subject().unwrap(),
    );
    let odd = [
        (Behaviour::Slow(Duration::from_secs(30)), TimedOut),
        (Behaviour::Outage, Failed),
        (Behaviour::HalfBody, Broken),
        (Behaviour::Huge, TooLarge),
        (Behaviour::Fault, Failed),
        (Behaviour::Garbage, Broken),
        (Behaviour::Page, Broken),
        (Behaviour::Redirect, Broken),
        (Behaviour::Drip, TimedOut),
    ];
    for office in Office::ALL {
        let subject = if office == Office::Enterprise {
            &employer
        } else {
            &person
        };
        for (behaviour, outcome) in odd {
            city.offices.behave(office, behaviour);
            let started = Instant::now();
            let found = city.ask(office, subject, Duration::from_secs(1)).await;
            let what = format!("{office:?} {behaviour:?}");
            assert_eq!(found.outcome, FoundOutcome::Unavailable(outcome), "{what}");
            assert!(found.records.is_empty(), "{what}");
            assert!(started.elapsed() < Duration::from_secs(2), "{what}");
            city.offices.behave(office, Behaviour::Sound);
            let found = city.ask(office, subject, SOON).await;
            assert_eq!(found.outcome, FoundOutcome::Answered, "after {what}");
        }
        assert!(city.offices.asked(office) >= 2 * 9);
    }
    city.offices.behave(Office::Marriage, Behaviour::MixedUp);
    let found = city.ask(Office::Marriage, &person, SOON).await;
    assert_eq!(found.outcome, FoundOutcome::Unavailable(Broken));
    let City {
        offices,
        reader,
        registers: _,
        _home,
    } = city;
    drop(offices);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let items = ["14-08".parse().unwrap()].into();
    let deadline = tokio::time::Instant::now() + SOON;
    let class = ClassNo::new(14).unwrap();
    let found = reader.find(class, &items, &employer, NOW, deadline).await;
    let FoundOutcome::Unavailable(outage) = found.outcome else {
        panic!("{found:?}")
    };
    assert!(matches!(outage, SourceError::Missing | Broken), "{outage}");
}
