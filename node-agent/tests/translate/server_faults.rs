//! Connectors to servers that cannot be right do not load, and say where and why.

use std::os::unix::fs::PermissionsExt;

use node_agent::translate::LocalLimits;

use crate::bench::{Home, items};

async fn faults(kind: &str, keys: &str) -> String {
    let home = Home::new();
    std::fs::write(home.path().join("open.password"), "x").unwrap();
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.path().join("open.password"), mode).unwrap();
    home.mapping(
        "connectors.toml",
        &format!(
            "[[connector]]\nname = \"vendor\"\nkind = \"{kind}\"\n\
             database = \"d\"\nuser = \"u\"\n{keys}\n"
        ),
    );
    let items = items("04", &[("04-01", "from = \"A\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT A FROM T WHERE I = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    match home.try_open(LocalLimits::default()).await {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    }
}

#[tokio::test]
async fn ways_that_cannot_be_right_are_faults() {
    for kind in ["postgres", "mysql"] {
        for (keys, expected) in [
            (
                "host = \"10.0.0.1\"\ntls = \"disable\"",
                "connectors.toml:7: `tls`: `disable` is for this host",
            ),
            (
                "host = \"db.example\"\ntls = \"disable\"",
                "connectors.toml:7: `tls`: `disable` is for this host",
            ),
            ("host = \"10.0.0.1\"", "`ca`: names the certificates"),
            (
                "host = \"10.0.0.1\"\nca = \"none.pem\"",
                "connectors.toml:7: `ca`: the file does not exist",
            ),
            (
                "host = \"10.0.0.1\"\ntls = \"prefer\"",
                "must be `require` or `disable`",
            ),
            ("tls = \"disable\"", "either `host` or `socket`"),
            (
                "host = \"::1\"\nsocket = \"s\"\ntls = \"disable\"",
                "either `host` or `socket`",
            ),
            (
                "socket = \"s\"\ntls = \"require\"",
                "`socket`: is reached without TLS",
            ),
            (
                "socket = \"s\"\nport = 70000",
                "`port` must be a whole number",
            ),
            (
                "socket = \"s\"\npassword_file = \"none\"",
                "`password_file`: the file does not exist",
            ),
            (
                "socket = \"s\"\npassword_file = \"open.password\"",
                "its mode must be 0600 or 0400",
            ),
            ("socket = \"s\"\npassword = \"x\"", "unknown key `password`"),
        ] {
            let faults = faults(kind, keys).await;
            assert!(faults.contains(expected), "{kind} {keys}: {faults}");
        }
    }
    let schema = faults("postgres", "socket = \"s\"\nschema = \"a,b\"").await;
    assert!(
        schema.contains("`schema`: must be the name of one schema"),
        "{schema}"
    );
    let schema = faults("mysql", "socket = \"s\"\nschema = \"a\"").await;
    assert!(schema.contains("unknown key `schema`"), "{schema}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_fault() {
    for kind in ["postgres", "mysql"] {
        for way in [
            "host = \"127.0.0.1\"\nport = 1\ntls = \"disable\"",
            "socket = \"nowhere\"",
        ] {
            assert_eq!(faults(kind, way).await, "", "{kind} {way}");
        }
    }
}
