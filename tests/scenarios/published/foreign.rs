//! The verifier in Python. It needs Python 3.9 with `venv`, and one package from PyPI, which is
//! installed into a folder of its own once. A machine without them fails this test and says so: a
//! proof that only we can verify is none.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use audit::Receipt;

use super::super::ground::{folder, words};

/// The one package, for Ed25519.
const PACKAGE: &str = "cryptography>=42";

/// The prepared verifier.
#[derive(Debug)]
pub(in super::super) struct Foreign {
    python: PathBuf,
    script: PathBuf,
}

impl Foreign {
    pub(in super::super) fn prepare() -> Self {
        let home = folder("python");
        let python = home.join("bin/python");
        let has_package = || {
            let tried = Command::new(&python)
                .args(["-c", "import cryptography"])
                .output();
            tried.is_ok_and(|tried| tried.status.success())
        };
        if !has_package() {
            let made = Command::new("python3")
                .args(["-m", "venv", "--system-site-packages", "--clear"])
                .arg(&home)
                .output();
            succeeded("a Python 3 with `venv` (Debian: python3-venv)", made);
            let installed = Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", PACKAGE])
                .output();
            succeeded("PyPI, for the package `cryptography`", installed);
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("verify_tlog.py");
        Self { python, script }
    }

    fn run(&self, what: &str, path: &Path, key: &Path, more: &[&str]) -> Output {
        let ran = Command::new(&self.python)
            .arg(&self.script)
            .arg(what)
            .arg(path)
            .arg(trusting(key))
            .arg(key)
            .args(more)
            .output();
        ran.expect("python runs")
    }

    pub(in super::super) fn accepts(&self, what: &str, path: &Path, key: &Path, more: &[&str]) {
        let said = self.run(what, path, key, more);
        assert_eq!(said.status.code(), Some(0), "{}", words(&said));
    }

    pub(in super::super) fn refuses(&self, what: &str, path: &Path, key: &Path, more: &[&str]) {
        let said = self.run(what, path, key, more);
        assert_eq!(said.status.code(), Some(1), "{}", words(&said));
        assert!(
            words(&said).starts_with("NOT VERIFIED: "),
            "{}",
            words(&said)
        );
    }

    /// A sample of the bytes of a proof, each flipped.
    pub(in super::super) fn finds_every_flipped_byte(
        &self,
        proof: &Path,
        receipt: &Receipt,
        key: &Path,
        kept: &Path,
    ) {
        let whole = std::fs::read(proof).expect("is kept");
        let leaf = receipt.leaf_hash.to_string();
        let altered = kept.join("altered.tlog-proof");
        for at in (0..whole.len()).step_by(whole.len() / 23) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&altered, bytes).expect("is written");
            self.refuses("proof", &altered, key, &["--leaf", &leaf]);
        }
    }

    /// A flipped byte in a bundle of a mirror.
    pub(in super::super) fn finds_damage(&self, mirror: &Path, key: &Path) {
        let entries = mirror.join("tile/entries");
        let mut folders = vec![entries];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("is there") {
                let path = entry.expect("can be read").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let whole = std::fs::read(&path).expect("is kept");
                let mut bytes = whole.clone();
                bytes[whole.len() / 2] ^= 1;
                std::fs::write(&path, bytes).expect("is written");
                self.refuses("mirror", mirror, key, &[]);
                std::fs::write(&path, whole).expect("is written");
                found += 1;
            }
        }
        assert!(found > 0, "there are bundles");
    }
}

/// By which option a file is believed: a key, or a policy with its witnesses.
pub(in super::super) fn trusting(file: &Path) -> &'static str {
    if file.extension().is_some_and(|end| end == "policy") {
        "--policy"
    } else {
        "--key"
    }
}

fn succeeded(needed: &str, ran: std::io::Result<Output>) {
    let said = match ran {
        Ok(ran) if ran.status.success() => return,
        Ok(ran) => words(&ran),
        Err(error) => error.to_string(),
    };
    panic!("the second verifier of the log needs {needed}: {said}");
}
