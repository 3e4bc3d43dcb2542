//! The readers of mapping files against arbitrary text.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::translate::charset::Charset;
use crate::translate::connectors::ConnectorPlace;
use crate::translate::{cases, connectors};

fn known_connectors() -> BTreeMap<String, Connector> {
    let sqlite = ConnectorPlace::Sqlite {
        path: PathBuf::from("v.db"),
        charset: None,
    };
    let drop = ConnectorPlace::FixedWidth {
        dir: PathBuf::from("d"),
        charset: Charset::Gb18030,
    };
    let place = |place| Connector { line: 1, place };
    BTreeMap::from([
        ("vendor".to_owned(), place(sqlite)),
        ("drop".to_owned(), place(drop)),
    ])
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().unwrap());

const PIECES: [&str; 24] = [
    "class = \"04\"\n",
    "class = \"99\"\n",
    "[source]\nconnector = \"vendor\"\nsql = \"SELECT A FROM T WHERE B = ?1\"\n",
    "[source]\nconnector = \"drop\"\nfile = \"GR\"\n",
    "[subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\"]\nfield = \"id\"\n",
    "[subject]\nforms = [[]]\n",
    "[layout]\nid = \"2-19\"\n",
    "[layout]\nid = \"0-99999999999999999999\"\n",
    "[trailer]\ntotal = \"id\"\n",
    "[freshness]\nas_of_sql = \"SELECT 1\"\nstale_after_hours = 36\n",
    "[freshness]\nstale_after_hours = -99999999999999999999\n",
    "[[item]]\nno = \"04-01\"\nfrom = \"A\"\n",
    "[[item]]\nno = \"04-08\"\nfrom = [\"A\", \"B\"]\ncodes = [[\"*/1\", \"06\"], [], [1]]\n",
    "[[item]]\nno = \"04-14\"\nfrom = \"A\"\ndecimal = { unit = \"fen\", negative_when = {} }\n",
    "[[item]]\nno = 4\n",
    "[[item]]\n",
    "item = [1, 2]\n",
    "[not_held]\nitems = [\"04-15\", \"04-01\", \"x\"]\n",
    "[fields]\ncase_no = { from = \"A\" }\nstate = 1\n",
    "[[connector]]\nname = \"a\"\nkind = \"sqlite\"\npath = \"../../x\"\n",
    "= = =\n",
    "\"\u{0}\" = '''\n",
    "[a.b.c]\nd = 1979-05-27\n",
    "\u{feff}#中文\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_breaks_the_readers(
        order in proptest::collection::vec(0_usize..PIECES.len(), 0..8),
        noise in prop_oneof![Just(String::new()), any::<String>()],
    ) {
        let mut text: String = order.iter().map(|piece| PIECES[*piece]).collect();
        text.push_str(&noise);
        let connectors = known_connectors();
        let mut faults = FileFaults::new("x.toml", &text);
        let _ = read("x.toml", &text, &CATALOG, &connectors, &mut faults);
        let _ = cases::read(&text, &CATALOG, &connectors, &mut faults);
        let _ = connectors::read(&text, &PathBuf::from("/nowhere"), &mut faults);
    }

    #[test]
    fn no_statement_breaks_its_review(text in any::<String>(), parameters in 0_usize..4) {
        let _ = Statement::reviewed(&text, parameters, 1);
        let _ = Statement::reviewed(&format!("SELECT {text}"), parameters, 1);
    }
}
