//! The owner's routes on a real port: who is let in, what is listed, and what is in the log first.

use std::path::Path;

use catalog::{Catalog, Defect};
use time::OffsetDateTime;
use wire::SystemClock;

use super::*;
use crate::config::Config;
use crate::tools::{self, Tool};
use crate::translate::{LocalLimits, RawColumn};

const TOKEN: &str = "0123456789012345678901234567890123456789";
const RAW: &str = "(raw value)";

async fn owner(home: &Path, token: Option<&str>) -> Owner {
    let mappings = home.join("mappings");
    std::fs::create_dir_all(&mappings).unwrap();
    let connectors = "[[connector]]\nname = \"drop\"\nkind = \"csv\"\ndir = \".\"\n";
    std::fs::write(mappings.join("connectors.toml"), connectors).unwrap();
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let translator = Translator::open(home, &mappings, catalog, LocalLimits::default()).await;
    let translator = translator.unwrap();
    let at = OffsetDateTime::UNIX_EPOCH;
    let column = RawColumn {
        name: "STATE".to_owned(),
        text: Some(RAW.to_owned()),
        missing: None,
    };
    translator.quarantine().take(Withheld {
        item: "04-08".parse().unwrap(),
        defect: Defect::UnknownCode,
        columns: vec![column],
        record: Vec::new(),
        count: 1,
        first_at: at,
        last_at: at,
    });
    let dir = home.join("served-book");
    let clock = Arc::new(SystemClock);
    let book = Book::open(&dir, "guoguan", 1 << 20, 16, clock).unwrap();
    Owner {
        book: Arc::new(book),
        translator,
        token: token.map(hash),
    }
}

/// Serves until the returned guard is dropped.
async fn served(owner: Owner) -> (std::net::SocketAddr, tokio_util::sync::DropGuard) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let router: Router = owner.router();
    let serving = axum::serve(listener, router).with_graceful_shutdown(stopped);
    tokio_util::task::TaskTracker::new().spawn(async move { serving.await });
    (address, stop.drop_guard())
}

/// A configuration whose keys and certificates these tools do not need.
fn config(home: &Path, address: std::net::SocketAddr, token: &str) -> Config {
    let mut text = format!(
        "node = \"guoguan\"\ntrust_domain = \"tianshu.test\"\nmappings = \"mappings\"\n\
         data_home = \".\"\nhub.name = \"hub-1\"\nhub.address = \"127.0.0.1:1\"\n\
         api.listen = \"{address}\"\nbook.dir = \"book\"\n"
    );
    std::fs::write(home.join("token"), token).unwrap();
    let hidden = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(home.join("token"), hidden).unwrap();
    for key in [
        "trust_list",
        "tls.certificate",
        "tls.key",
        "tls.ca",
        "tls.crl",
        "keys.case",
        "keys.subject_tag",
        "keys.side",
        "api.owner_token",
        "api.systems.counter",
    ] {
        text.push_str(&format!("{key} = \"token\"\n"));
    }
    let file = home.join("agent.toml");
    std::fs::write(&file, text).unwrap();
    Config::read(&file).unwrap()
}

async fn listed(config: &Config, class: Option<&str>, operator: &str) -> Result<String, String> {
    let tool = Tool::Quarantine {
        class: class.map(|class| class.parse().unwrap()),
        operator: operator.to_owned(),
    };
    let report = tools::run_here(config, &tool).await;
    report
        .map(|report| report.text)
        .map_err(|error| format!("{error:#}"))
}

fn entries(book: &Book) -> u64 {
    book.size()
}

#[tokio::test]
async fn only_the_owner_lists_the_quarantine_and_every_look_is_logged() {
    let home = tempfile::TempDir::new().unwrap();
    let owner = owner(home.path(), Some(TOKEN)).await;
    let book = Arc::clone(&owner.book);
    let (address, _serving) = served(owner).await;
    let others = config(home.path(), address, &"x".repeat(40));
    let why = listed(&others, None, "0231").await.unwrap_err();
    assert!(why.contains("401") || why.contains("403"), "{why}");
    assert_eq!(entries(&book), 0);

    let ours = config(home.path(), address, TOKEN);
    for person in [
        "李四",
        "110101190001010014",
        "no.110101190001010014",
        "0231&class=03",
    ] {
        let why = listed(&ours, None, person).await.unwrap_err();
        assert!(why.contains("refuses"), "{why}");
    }
    assert_eq!(entries(&book), 0, "nobody's name or number is in the log");
    let shown = listed(&ours, None, "hall/0231@li").await.unwrap();
    assert!(
        shown.contains(RAW) && shown.contains("unknown-code"),
        "{shown}"
    );
    assert_eq!(entries(&book), 1, "a look is in the log");
    assert!(
        listed(&ours, Some("04"), "0231")
            .await
            .unwrap()
            .contains(RAW)
    );
    assert!(
        !listed(&ours, Some("03"), "0231")
            .await
            .unwrap()
            .contains(RAW)
    );
    assert_eq!(entries(&book), 3);
    let nobody = listed(&ours, None, " ").await.unwrap_err();
    let long = listed(&ours, None, &"x".repeat(65)).await.unwrap_err();
    assert!(nobody.contains("refuses") && long.contains("refuses"));
    assert_eq!(entries(&book), 3);
    // A log that takes nothing shows nothing.
    book.close().unwrap();
    assert!(
        listed(&ours, None, "0231")
            .await
            .unwrap_err()
            .contains("refuses")
    );
}

#[tokio::test]
async fn without_a_token_nobody_is_the_owner() {
    let home = tempfile::TempDir::new().unwrap();
    let (address, _serving) = served(owner(home.path(), None).await).await;
    let config = config(home.path(), address, TOKEN);
    assert!(
        listed(&config, None, "0231")
            .await
            .unwrap_err()
            .contains("refuses")
    );
}
