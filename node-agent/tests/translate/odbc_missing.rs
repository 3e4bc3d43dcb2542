//! A program that was built without ODBC says so at load, and how to build it.

use crate::bench::Home;

#[tokio::test]
async fn an_odbc_connector_needs_a_program_that_has_it() {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"core\"\nkind = \"odbc\"\ndriver = \"Oracle\"\nuser = \"x\"\n",
    );
    let faults = home.try_open(Default::default()).await.unwrap_err();
    let expected = "connectors.toml:1: this program was built without ODBC: install unixodbc-dev \
        and build it with `cargo build --release --package node-agent --features odbc`";
    assert_eq!(faults.faults().len(), 1, "{faults}");
    assert!(faults.to_string().contains(expected), "{faults}");
}
