//! The parts that are not ours: where they are, and one line that says what to install.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Lets Chromium choose a certificate without asking, for this machine's own pages only.
const POLICY: &str = "/etc/chromium/policies/managed/tianshu-tests.json";
const POLICY_WORD: &str = "https://localhost";

/// Fails with what is missing.
pub(super) fn assert_present() {
    let installed = "run `make browser`: apt-get install chromium chromium-driver libnss3-tools \
        openssl fonts-noto-cjk";
    for program in [
        "chromium",
        "chromedriver",
        "certutil",
        "pk12util",
        "openssl",
    ] {
        let found = Command::new(program).arg("--version").output().is_ok();
        assert!(found, "no `{program}` here; {installed}");
    }
    let policy = std::fs::read_to_string(POLICY).unwrap_or_default();
    assert!(
        policy.contains(POLICY_WORD),
        "no {POLICY}; run `make browser`"
    );
    assert!(
        axe_file().is_file(),
        "no {}; run `make browser`",
        axe_file().display()
    );
}

/// axe-core, as `make browser` unpacks it.
pub(super) fn axe() -> String {
    std::fs::read_to_string(axe_file()).expect("axe-core is text")
}

fn axe_file() -> PathBuf {
    target().join("axe/package/axe.min.js")
}

/// Where cargo puts what it builds.
pub(super) fn target() -> PathBuf {
    let program = std::env::current_exe().expect("has a place");
    let target = program
        .ancestors()
        .nth(3)
        .expect("is within a target folder");
    target.to_owned()
}

/// A home with one certificate in its store, and the star's authority trusted.
pub(super) fn browser_home(home: &Path, certificate: &Path) {
    let _ = std::fs::remove_dir_all(home);
    let store = home.join(".pki/nssdb");
    std::fs::create_dir_all(&store).expect("a folder is made");
    let store = format!("sql:{}", store.display());
    let bundle = home.join("own.p12");
    let of = |name: &str| certificate.join(name).display().to_string();
    let bundle = bundle.display().to_string();
    run("certutil", &["-d", &store, "-N", "--empty-password"]);
    run(
        "openssl",
        &[
            "pkcs12",
            "-export",
            "-in",
            &of("cert.pem"),
            "-inkey",
            &of("key.pem"),
            "-name",
            "own",
            "-passout",
            "pass:own",
            "-out",
            &bundle,
        ],
    );
    run("pk12util", &["-d", &store, "-i", &bundle, "-W", "own"]);
    let trusted = [
        "-d",
        &store,
        "-A",
        "-t",
        "C,,",
        "-n",
        "ca",
        "-i",
        &of("ca.pem"),
    ];
    run("certutil", &trusted);
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}
