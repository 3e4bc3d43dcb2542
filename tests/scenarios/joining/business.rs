//! The business system of the center that joins: its database, filled as its clerks would fill it.

use std::path::Path;

use catalog::identity::downgrade_18;
use sandbox::world::SampleSubject;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

const SCHEMA: &str = include_str!("../../../docs/joining/schema.sql");

const CITIZEN: &str = "INSERT INTO Citizen VALUES
    (?1, 'RESIDENT_CARD', ?2, NULL, ?3, 'M', '01/01/1900', '03/07/2024 09:30:00')";
const ACCOUNT: &str = "INSERT INTO SavingsAccount VALUES
    (?1, ?1, 4711, 'BASIC', ?2, NULL, '05/03/2019', '06/2024', 1234500, 148140, 148140, 9876543,
     ?3, '', 0, '03/07/2024 09:30:00')";
const REQUEST: &str = "INSERT INTO ServiceRequest VALUES
    (?1, 'OPEN_ACCOUNT', 'APP-' || ?1, 'Y', 'PENDING', '02/11/2024')";
const PERSON: &str = "INSERT INTO RequestPerson VALUES
    (?1, 0, 'APPLICANT', 'RESIDENT_CARD', ?2, ?3)";

/// The database while it is being filled.
pub(super) struct Business {
    db: SqliteConnection,
    citizens: i64,
}

impl Business {
    pub(super) async fn open(file: &Path) -> Self {
        let mut db = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .disable_statement_logging()
            .connect()
            .await
            .expect("is opened");
        sqlx::raw_sql(SCHEMA)
            .execute(&mut db)
            .await
            .expect("the schema is sound");
        Self { db, citizens: 0 }
    }

    /// Somebody with one account; a sealed one is an old one, under a number of 15 digits.
    pub(super) async fn member(&mut self, person: &SampleSubject, status: &str) {
        self.citizens += 1;
        let sealed = status == "SEALED";
        let number = if sealed {
            downgrade_18(person.number).expect("is of the last century")
        } else {
            person.number.to_owned()
        };
        let citizen = sqlx::query(CITIZEN).bind(self.citizens);
        let citizen = citizen.bind(number).bind(person.name);
        citizen.execute(&mut self.db).await.expect("is a citizen");
        let account = sqlx::query(ACCOUNT).bind(self.citizens).bind(status);
        let account = account.bind(if sealed { "02/07/2024" } else { "" });
        account.execute(&mut self.db).await.expect("has an account");
    }

    /// A case about opening an account.
    pub(super) async fn request(mut self, request: &str, applicant: &SampleSubject) {
        let row = sqlx::query(REQUEST).bind(request);
        row.execute(&mut self.db).await.expect("is received");
        let row = sqlx::query(PERSON).bind(request);
        let row = row.bind(applicant.number).bind(applicant.name);
        row.execute(&mut self.db).await.expect("applies");
        self.db.close().await.expect("is closed");
    }
}
