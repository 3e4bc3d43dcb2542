//! The committed generated code is what `proto/` says.

use std::path::Path;

const GENERATED: &str = "src/generated/tianshu.v1.rs";

#[test]
fn generated_code_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().expect("a temporary folder");
    let files = protox::compile(["tianshu/v1/tianshu.proto"], [root.join("proto")])
        .expect("the contract compiles");
    tonic_prost_build::configure()
        .out_dir(out.path())
        .build_client(true)
        .build_server(true)
        // It carries a person's number, and has a Debug of its own.
        .skip_debug([".tianshu.v1.NameSubject"])
        .codec_path("crate::codec::BoundedCodec")
        .compile_fds(files)
        .expect("code is generated");
    let fresh = std::fs::read_to_string(out.path().join("tianshu.v1.rs")).expect("generated file");
    let committed = root.join(GENERATED);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&committed, &fresh).expect("the committed file is written");
    }
    let current = std::fs::read_to_string(&committed).expect("the committed file is there");
    assert!(
        current == fresh,
        "{GENERATED} is old: run `UPDATE_GOLDEN=1 cargo test -p wire`"
    );
}
