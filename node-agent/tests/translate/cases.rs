//! Business cases looked up in a center's own system.

use std::collections::BTreeSet;

use catalog::{PersonId, Subject};
use node_agent::translate::{Grounds, PartyRole, SourceError};
use time::macros::date;

use crate::bench::{Home, PERSON, file, gb, line, soon};

const FIELDS: &str = r#"
[fields]
case_no = { from = "case_no" }
matter = { from = "matter" }
application_no = { from = "app_no" }
consent = { from = "consent", boolean = { true = "1", false = "0" } }
state = { from = "state", codes = { "1" = "open", "9" = "closed" } }
opened_on = { from = "opened", date = "YYYYMMDD" }
role = { from = "role", codes = { "0" = "applicant", "1" = "spouse", "3" = "employer" } }
id_type = { from = "id_type", codes = { "1" = "01", "9" = "99" } }
id_number = { from = "id", id_number = true }
name = { from = "name" }
"#;

/// How the roles stand in [`FIELDS`].
const ROLE_CODES: &str = r#""0" = "applicant", "1" = "spouse", "3" = "employer""#;
const EMPLOYER: &str = "91110000ma00000152";
const ROLES: [(PartyRole, &str); 13] = [
    (PartyRole::Applicant, PERSON),
    (PartyRole::Spouse, PERSON),
    (PartyRole::CoBorrower, PERSON),
    (PartyRole::Employer, EMPLOYER),
    (PartyRole::LegalRepresentative, PERSON),
    (PartyRole::Handler, PERSON),
    (PartyRole::FamilyMember, PERSON),
    (PartyRole::ExSpouse, PERSON),
    (PartyRole::Deceased, PERSON),
    (PartyRole::Named, PERSON),
    (PartyRole::Listed, PERSON),
    (PartyRole::Named, EMPLOYER),
    (PartyRole::Listed, EMPLOYER),
];

/// As many rows as said, all of one case and one person.
fn crowd(case: &str, role: u8, rows: usize) -> String {
    format!(
        "INSERT INTO CASES
         WITH RECURSIVE C(N) AS (SELECT 1 UNION ALL SELECT N + 1 FROM C LIMIT {rows})
         SELECT '{case}', '02', 'A-9', '1', '1', '20261120', '{role}', '1', '{PERSON}', '张三'
         FROM C"
    )
}

async fn home(rows: &[&str]) -> Home {
    let home = Home::new();
    let sql = "SELECT * FROM CASES WHERE CASE_NO = ?1";
    let source = format!("[source]\nconnector = \"vendor\"\nsql = \"{sql}\"\n");
    home.mapping("cases.toml", &format!("{source}{FIELDS}"));
    let columns = "case_no, matter, app_no, consent, state, opened, role, id_type, id, name";
    let mut statements = vec![format!("CREATE TABLE CASES ({columns})")];
    statements.extend(
        rows.iter()
            .map(|row| format!("INSERT INTO CASES VALUES ({row})")),
    );
    home.sql(&statements).await;
    home
}

#[tokio::test]
async fn a_case_has_its_parties() {
    let home = home(&[
        "'AJ-1', '02', 'A-9', '1', '1', '20261120', '0', '1', '110101000101001', '张三'",
        "'AJ-1', '02', 'A-9', '1', '1', '20261120', '1', '1', '11010119000101003x', '李四　'",
        "'AJ-1', '02', 'A-9', '1', '1', '20261120', '3', NULL, '91110000ma00000152', NULL",
        "'AJ-1', '02', 'A-9', '1', '1', '20261120', '5', '1', '110101190001010014', '王五'",
        "'AJ-2', '02', 'A-9', NULL, '9', '20261120', '0', '1', '110101190001010014', '王五'",
    ])
    .await;
    let translator = home.open().await;
    let case = translator
        .case("AJ-1", crate::bench::NOW, soon())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (case.matter.as_str(), case.application_no.as_str()),
        ("02", "A-9")
    );
    assert!(case.open && case.consent);
    assert_eq!(case.opened_on, date!(2026 - 11 - 20));
    let roles: Vec<_> = case.parties.iter().map(|party| party.role).collect();
    assert_eq!(
        case.parties[0].id,
        Subject::Person(PersonId::parse("01", PERSON).unwrap())
    );
    // The spouse's check digit is wrong and the fourth role unknown: neither is guessed.
    assert_eq!(roles, [PartyRole::Applicant, PartyRole::Employer]);
    assert_eq!(case.parties_withheld, 2);
    assert!(!format!("{case:?}").contains("110101"));
    let closed = translator
        .case("AJ-2", crate::bench::NOW, soon())
        .await
        .unwrap()
        .unwrap();
    assert!(!closed.open && !closed.consent);
    for unknown in ["AJ-3", "", "' OR '1' = '1", &"9".repeat(65)] {
        assert_eq!(
            translator.case(unknown, crate::bench::NOW, soon()).await,
            Ok(None)
        );
    }
}

#[tokio::test]
async fn a_case_that_contradicts_itself_or_lacks_a_field_is_unreadable() {
    let home = home(&[
        "'AJ-1', '02', 'A-9', '1', '1', '20261120', '0', '1', '110101190001010014', '张三'",
        "'AJ-1', '03', 'A-9', '1', '1', '20261120', '1', '1', '110101190001010014', '张三'",
        "'AJ-2', '02', 'A-9', '1', '7', '20261120', '0', '1', '110101190001010014', '张三'",
        "'AJ-3', '02', 'A-9', '1', '1', '20261320', '0', '1', '110101190001010014', '张三'",
    ])
    .await;
    let translator = home.open().await;
    for case in ["AJ-1", "AJ-2", "AJ-3"] {
        let found = translator.case(case, crate::bench::NOW, soon()).await;
        assert_eq!(found, Err(SourceError::CaseUnreadable), "{case}");
    }
}

#[tokio::test]
async fn cases_may_come_from_a_dropped_file_or_from_nowhere() {
    let home = Home::new();
    let nowhere = home.open().await;
    assert_eq!(
        nowhere.case("AJ-1", crate::bench::NOW, soon()).await,
        Err(SourceError::CasesNotMapped)
    );
    let layout = r#"
key = "case_no"
[source]
connector = "drop"
file = "GR"
[layout]
case_no = "2-9"
matter = "10-11"
app_no = "12-15"
consent = "16-16"
state = "17-17"
opened = "18-25"
role = "26-26"
id_type = "27-27"
id = "28-45"
name = "46-75"
"#;
    home.mapping("cases.toml", &format!("{layout}{FIELDS}"));
    let name = gb("张三");
    let case = line(
        75,
        &[
            (2, b"AJ000001"),
            (10, b"02"),
            (12, b"A-9"),
            (16, b"1"),
            (17, b"1"),
            (18, b"20261120"),
            (26, b"0"),
            (27, b"1"),
            (28, PERSON.as_bytes()),
            (46, &name),
        ],
    );
    home.drop_file("GR20261123_001.txt", &file("20261123", 1, &[case], 1, 0));
    let translator = home.open().await;
    let case = translator
        .case("AJ000001", crate::bench::NOW, soon())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(case.parties[0].name, "张三");
    assert_eq!(
        translator.case("AJ000002", crate::bench::NOW, soon()).await,
        Ok(None)
    );
}

const GROUNDS: &str = r#"
issuer = { from = "issuer" }
issued_on = { from = "issued", date = "YYYYMMDD" }
period_from = { from = "since", date = "YYYYMMDD" }
period_until = { from = "until", date = "YYYYMMDD" }
officers = { from = "officers" }
approver = { from = "approver" }
scope = { from = "scope" }
"#;

/// A case of a legal document, with what its ground states.
async fn on_ground(ground: &str) -> Result<Option<Grounds>, SourceError> {
    let home = Home::new();
    let sql = "SELECT * FROM CASES WHERE CASE_NO = ?1";
    let source = format!("[source]\nconnector = \"vendor\"\nsql = \"{sql}\"\n");
    home.mapping("cases.toml", &format!("{source}{FIELDS}{GROUNDS}"));
    let columns = "case_no, matter, app_no, consent, state, opened, role, id_type, id, name, \
                   issuer, issued, since, until, officers, approver, scope";
    let row = "'AJ-1', '02', 'A-9', '0', '1', '20261120', '0', '1', '110101000101001', '张三'";
    home.sql(&[
        format!("CREATE TABLE CASES ({columns})"),
        format!("INSERT INTO CASES VALUES ({row}, {ground})"),
    ])
    .await;
    let translator = home.open().await;
    let case = translator.case("AJ-1", crate::bench::NOW, soon()).await?;
    Ok(case.map(|case| case.grounds))
}

#[tokio::test]
async fn a_case_states_its_ground() {
    let ground = "'COURT-1', '20261101', '20250101', '20250630', 'B-17; B-18;', NULL, ''";
    let stated = on_ground(ground).await.unwrap().unwrap();
    assert_eq!(
        stated,
        Grounds {
            issuer: Some("COURT-1".to_owned()),
            issued_on: Some(date!(2026 - 11 - 01)),
            period_from: Some(date!(2025 - 01 - 01)),
            period_until: Some(date!(2025 - 06 - 30)),
            officers: vec!["B-17".to_owned(), "B-18".to_owned()],
            approver: None,
            scope: None,
        }
    );
    let nothing = "NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    assert_eq!(on_ground(nothing).await, Ok(Some(Grounds::default())));
    // A period that cannot be read must not become an open one.
    let wrong = "'COURT-1', NULL, '20251301', '20250630', NULL, NULL, NULL";
    assert_eq!(on_ground(wrong).await, Err(SourceError::CaseUnreadable));
}

/// Every role that a flow may ask about, with a person or an employer behind it.
#[tokio::test]
async fn every_role_of_the_policies_is_known() {
    let home = home(&[]).await;
    let codes: BTreeSet<_> = ROLES
        .iter()
        .map(|(role, _)| format!("{0} = \"{0}\"", role.as_str()))
        .collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let fields = FIELDS.replace(ROLE_CODES, &codes.join(", "));
    assert_ne!(fields, FIELDS);
    let source =
        "[source]\nconnector = \"vendor\"\nsql = \"SELECT * FROM CASES WHERE CASE_NO = ?1\"\n";
    home.mapping("cases.toml", &format!("{source}{fields}"));
    let row = |(role, id): &(PartyRole, &str)| {
        let id_type = if id.starts_with('9') { "NULL" } else { "'1'" };
        let role = role.as_str();
        format!(
            "INSERT INTO CASES VALUES
             ('AJ-1', '02', 'A-9', '1', '1', '20261120', '{role}', {id_type}, '{id}', NULL)"
        )
    };
    home.sql(&ROLES.iter().map(row).collect::<Vec<_>>()).await;
    let translator = home.open().await;
    let case = translator.case("AJ-1", crate::bench::NOW, soon()).await;
    let case = case.unwrap().unwrap();
    assert_eq!(case.parties_withheld, 0);
    for (party, (role, id)) in case.parties.iter().zip(ROLES) {
        assert_eq!(party.role, role);
        let is_employer = matches!(party.id, Subject::Employer(_));
        assert_eq!(is_employer, id.starts_with('9'), "{}", role.as_str());
    }
    assert_eq!(case.parties.len(), ROLES.len());
}

/// A whole roster is a case; one line more is not, and neither is a crowd that is no list.
#[tokio::test]
async fn a_case_has_a_bounded_list_and_few_others() {
    let home = home(&[]).await;
    let codes = format!("{ROLE_CODES}, \"8\" = \"listed\"");
    let fields = FIELDS.replace(ROLE_CODES, &codes);
    let source =
        "[source]\nconnector = \"vendor\"\nsql = \"SELECT * FROM CASES WHERE CASE_NO = ?1\"\n";
    home.mapping("cases.toml", &format!("{source}{fields}"));
    home.sql(&[
        crowd("AJ-1", 8, 5_000),
        crowd("AJ-1", 0, 64),
        crowd("AJ-2", 8, 5_001),
        crowd("AJ-3", 0, 65),
    ])
    .await;
    let translator = home.open().await;
    let begun = std::time::Instant::now();
    let case = translator.case("AJ-1", crate::bench::NOW, soon()).await;
    println!("a case of 5,064 rows in {:?}", begun.elapsed());
    assert_eq!(case.unwrap().unwrap().parties.len(), 5_064);
    for crowded in ["AJ-2", "AJ-3"] {
        let case = translator.case(crowded, crate::bench::NOW, soon()).await;
        assert_eq!(case, Err(SourceError::TooManyRecords), "{crowded}");
    }
}
