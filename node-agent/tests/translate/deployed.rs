//! The mapping folders that are deployed load with this reader against the builtin catalog.

use std::path::{Path, PathBuf};

use node_agent::translate::{LocalLimits, Translator};

use crate::bench::catalog;

fn centers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/sandbox/centers")
}

#[tokio::test]
async fn every_deployed_mapping_folder_is_sound() {
    for center in ["city", "zhongzhi", "guoguan", "tielu"] {
        let home = tempfile::TempDir::new().unwrap();
        for folder in ["data", "data/drop"] {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        let mappings = centers().join(center).join("mappings");
        let opened =
            Translator::open(home.path(), &mappings, catalog(), LocalLimits::default()).await;
        match opened {
            Ok(translator) => assert!(!translator.classes().is_empty()),
            Err(faults) => panic!("{center}: {faults}"),
        }
    }
}
