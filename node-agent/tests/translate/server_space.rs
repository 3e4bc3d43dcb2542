//! One test's part of a database server, and a connection to it that may write, as the center's own
//! system has one.

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::servers::{Kind, PASSWORD, Server};

/// A connection that may write.
pub(crate) enum Owner {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Owner {
    pub(crate) async fn run(&mut self, text: &str) {
        self.try_run(text)
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }

    pub(crate) async fn try_run(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        match self {
            Self::Postgres(owner) => text.execute(owner).await.map(drop),
            Self::MariaDb(owner) => text.execute(owner).await.map(drop),
        }
    }

    pub(crate) async fn number(&mut self, text: &str) -> i64 {
        let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        match self {
            Self::Postgres(owner) => text.fetch_one(owner).await.unwrap().get(0),
            Self::MariaDb(owner) => text.fetch_one(owner).await.unwrap().get(0),
        }
    }
}

/// One test's part of a server.
pub(crate) struct Space<'s> {
    pub(crate) server: &'s Server,
    pub(crate) name: String,
}

impl Space<'_> {
    pub(crate) async fn owner(&self) -> Owner {
        self.server.try_owner(Some(&self.name)).await.unwrap()
    }

    pub(crate) async fn sql(&self, texts: &[&str]) {
        let mut owner = self.owner().await;
        for text in texts {
            owner.run(text).await;
        }
    }

    /// `connectors.toml` through the server's socket.
    pub(crate) fn connector(&self) -> String {
        let socket = match self.server.kind {
            Kind::Postgres => self.server.folder.clone(),
            Kind::MariaDb => self.server.folder.join("s.sock"),
        };
        self.reached_by(
            self.server.port,
            &format!("socket = \"{}\"\n{}", socket.display(), self.secret()),
        )
    }

    /// `connectors.toml` with these keys for the way.
    pub(crate) fn reached_by(&self, port: u16, keys: &str) -> String {
        let name = &self.name;
        let (kind, database) = match self.server.kind {
            Kind::Postgres => (
                "postgres",
                format!("database = \"postgres\"\nschema = \"{name}\""),
            ),
            Kind::MariaDb => ("mysql", format!("database = \"{name}\"")),
        };
        format!(
            "[[connector]]\nname = \"vendor\"\nkind = \"{kind}\"\nuser = \"{name}\"\n\
             port = {port}\n{database}\n{keys}\n"
        )
    }

    /// The key that names this space's password file.
    pub(crate) fn secret(&self) -> String {
        use std::os::unix::fs::PermissionsExt;
        let file = self.server.folder.join(format!("{}.password", self.name));
        std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        format!("password_file = \"{}\"", file.display())
    }

    /// How many connections this space's account has.
    pub(crate) async fn connections(&self, owner: &mut Owner) -> i64 {
        let name = &self.name;
        owner
            .number(&match self.server.kind {
                Kind::Postgres => {
                    format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{name}'")
                }
                Kind::MariaDb => format!(
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE USER = '{name}'"
                ),
            })
            .await
    }
}
