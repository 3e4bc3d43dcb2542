//! The routes of the log over real sockets: paths, kinds, caching, and who sees what.

use audit::note::{NoteSigner, SignatureKind, SignedCheckpoint, TlogProof};
use audit::tree::read_bundle;
use audit::{Journal, JournalConfig, Publisher, leaf_hash};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

struct Ground {
    _home: tempfile::TempDir,
    journal: Journal,
    publisher: Publisher,
}

impl Ground {
    async fn with(entries: u64) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let mut config = JournalConfig::new(home.path(), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let publisher = Publisher::open(&journal, signer.expect("is a key")).expect("opens");
        let ground = Self {
            _home: home,
            journal,
            publisher,
        };
        ground.append(entries).await;
        ground
    }

    async fn append(&self, entries: u64) {
        for number in 0..entries {
            let entry = format!("entry {number}").into_bytes();
            self.journal.append(entry).await.expect("is written");
        }
    }

    /// Status, headers and body of a request to a server of these readers.
    async fn get(&self, readers: Readers, path: &str) -> (u16, String, Vec<u8>) {
        self.get_with(readers, path, "").await
    }

    /// The same with further headers, each with its line end.
    async fn get_with(&self, readers: Readers, path: &str, more: &str) -> (u16, String, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("is free");
        let address = listener.local_addr().expect("is bound");
        let routes = router(self.publisher.published(), readers);
        let server = tokio::task::JoinSet::from_iter([async move {
            axum::serve(listener, routes).await.expect("serves");
        }]);
        let mut stream = TcpStream::connect(address).await.expect("connects");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: log\r\nConnection: close\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).await.expect("is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("is read");
        drop(server);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let body = answer.split_off(end.expect("has a head") + 4);
        let head = String::from_utf8(answer).expect("is text").to_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.expect("has a status"), head, body)
    }
}

#[tokio::test]
async fn what_is_published_is_served_with_its_kind_and_caching() {
    let mut ground = Ground::with(3).await;
    for path in ["/log/checkpoint", "/log/proof/0", "/log/tile/0/000.p/3"] {
        let (status, head, _) = ground.get(Readers::Operators, path).await;
        assert_eq!(status, 404, "{path}");
        assert!(head.contains("cache-control: no-store"), "{head}");
    }
    ground.publisher.advance().expect("publishes");
    let (status, head, body) = ground.get(Readers::Star, "/log/checkpoint").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-type: text/plain; charset=utf-8"),
        "{head}"
    );
    assert!(head.contains("cache-control: no-cache"), "{head}");
    let checkpoint = SignedCheckpoint::parse(&body).expect("is a checkpoint");
    assert_eq!(checkpoint.checkpoint.size, 3);

    let (status, head, body) = ground.get(Readers::Star, "/log/tile/0/000.p/3").await;
    assert_eq!((status, body.len()), (200, 96));
    assert!(
        head.contains("content-type: application/octet-stream"),
        "{head}"
    );
    assert!(head.contains("immutable"), "{head}");

    let (status, _, body) = ground.get(Readers::Star, "/log/proof/2").await;
    assert_eq!(status, 200);
    let proof = TlogProof::parse(&body).expect("is a proof");
    let signature = &checkpoint.note.signatures()[0];
    assert_eq!((proof.index, signature.name.as_str()), (2, "hub-1"));
    let root = audit::tree::root_of_inclusion(2, 3, leaf_hash(b"entry 2"), &proof.path);
    assert_eq!(root, Some(checkpoint.checkpoint.root));
}

#[tokio::test]
async fn entries_are_for_operators() {
    let mut ground = Ground::with(3).await;
    ground.publisher.advance().expect("publishes");
    let path = "/log/tile/entries/000.p/2";
    let (status, _, body) = ground.get(Readers::Operators, path).await;
    assert_eq!(status, 200);
    let entries = read_bundle(&body, 2).expect("is a bundle");
    assert_eq!(entries, [b"entry 0", b"entry 1"]);
    let (status, head, body) = ground.get(Readers::Star, path).await;
    assert_eq!(
        (status, body.as_slice()),
        (403, b"entries are not shown here\n".as_slice())
    );
    assert!(head.contains("no-store"), "{head}");
}

#[tokio::test]
async fn other_spellings_and_what_is_beyond_are_not_found() {
    let mut ground = Ground::with(3).await;
    ground.publisher.advance().expect("publishes");
    ground.append(1).await;
    for path in [
        "/log/tile/0/000",
        "/log/tile/0/000.p/4",
        "/log/tile/0/000.p/03",
        "/log/tile/0/0.p/3",
        "/log/tile/1/000.p/1",
        "/log/tile/0/00%30.p/3",
        "/log/tile/entries/../0/000.p/3",
        "/log/tile/entries/000",
        "/log/proof/3",
        "/log/proof/18446744073709551615",
    ] {
        let (status, _, _) = ground.get(Readers::Operators, path).await;
        assert_eq!(status, 404, "{path}");
    }
    let (status, _, _) = ground.get(Readers::Operators, "/log/proof/x").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_bundle_that_was_removed_is_gone_with_a_sentence_and_its_proofs_stay() {
    let mut ground = Ground::with(3_000).await;
    ground.publisher.advance().expect("publishes");
    let archive_dir = ground._home.path().join("archive");
    std::fs::create_dir(&archive_dir).expect("is made");
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
    let signer = signer.expect("is a key");
    let archive = audit::Archive::new(&archive_dir, Vec::new());
    let time_of = |_: &[u8]| Some(0);
    let archiver = audit::Archiver {
        journal: &ground.journal,
        archive: &archive,
        signer: &signer,
        covering: &ground.publisher.published(),
        time_of: &time_of,
        size: audit::volume::VolumeSize::default(),
    };
    let keeper = audit::Keeper::new(ground._home.path(), archiver, 1, Some(1), &|_, _| None);
    let receipt = audit::Receipt {
        log: "hub-1".to_owned(),
        index: 0,
        leaf_hash: leaf_hash(b""),
    };
    let kept = keeper.pass(&mut |_| Ok(receipt.clone())).expect("is kept");
    assert!(kept.first >= 512, "{kept:?}");
    let gone = "/log/tile/entries/000";
    let (status, _, said) = ground.get(Readers::Operators, gone).await;
    let said = String::from_utf8(said).expect("is text");
    assert_eq!(status, 410);
    assert!(
        said.contains(&format!("before {} lie in the archive", kept.first)),
        "{said}"
    );
    assert_eq!(ground.get(Readers::Star, gone).await.0, 403);
    for there in ["/log/proof/0", "/log/tile/0/000", "/log/tile/entries/010"] {
        let (status, _, _) = ground.get(Readers::Operators, there).await;
        assert_eq!(status, 200, "{there}");
    }
}

#[tokio::test]
async fn bundles_are_gzipped_for_readers_who_take_it() {
    let mut ground = Ground::with(300).await;
    ground.publisher.advance().expect("publishes");
    let published = ground.publisher.published();
    let bundle = "tile/entries/000";
    let tile = Tile::parse(bundle).expect("is one");
    let whole = published.tile(tile).expect("reads").expect("is there");
    let path = format!("/log/{bundle}");
    let asked = async |accept: &str| {
        let more = format!("Accept-Encoding: {accept}\r\n");
        let (status, head, body) = ground.get_with(Readers::Operators, &path, &more).await;
        assert_eq!(status, 200);
        assert!(head.contains("vary: accept-encoding"), "{head}");
        (head.contains("content-encoding: gzip"), body)
    };
    for accept in ["gzip", "br, GZIP;q=0.5", "identity,gzip"] {
        let (is_gzip, body) = asked(accept).await;
        assert!(is_gzip && body.len() < whole.len() / 2, "{accept}");
        let mut read = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(body.as_slice());
        std::io::Read::read_to_end(&mut decoder, &mut read).expect("is gzip");
        assert!(read == whole, "{accept}");
    }
    for accept in [
        "",
        "identity",
        "gzip;q=0",
        "br;q=1, gzip; q=0.0",
        "gzip;q=x",
    ] {
        let (is_gzip, body) = asked(accept).await;
        assert!(!is_gzip && body == whole, "{accept}");
    }
    // Hashes are sent as they are, and what is missing is missing in either coding.
    let more = "Accept-Encoding: gzip\r\n";
    let hashes = ground
        .get_with(Readers::Star, "/log/tile/0/000", more)
        .await;
    assert!(!hashes.1.contains("content-encoding"), "{}", hashes.1);
    let later = ground.get_with(Readers::Operators, "/log/tile/entries/009", more);
    assert_eq!(later.await.0, 404);
}
