//! Notes, checkpoints, keys and proofs against the examples of their specifications and against
//! `signed_note` and `tlog_tiles`.

mod proofs;

use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use signed_note::{StandardVerifier, VerifierList};

use super::*;
use crate::digest::{Digest, leaf_hash};

/// From the specification of signed notes.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
";

/// From the specification of checkpoints.
const CHECKPOINT: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
";

pub(super) fn signer(name: &str, kind: SignatureKind) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, kind, der.as_ref()).unwrap()
}

#[test]
fn the_example_of_the_specification_is_believed() {
    let key = NoteKey::parse(EXAMPLE_KEY).unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), EXAMPLE);
    let keys = [key];
    assert_eq!(note.signed_by(&keys), Ok(vec![&keys[0]]));
    let other = [signer("example.com/foo", SignatureKind::Plain)
        .key()
        .clone()];
    assert_eq!(note.signed_by(&other), Err(NoteFault::Unsigned));
    let altered = EXAMPLE.replace("an example", "no example");
    let altered = Note::parse(altered.as_bytes()).unwrap();
    assert_eq!(altered.signed_by(&keys), Err(NoteFault::Signature));
}

#[test]
fn any_flipped_bit_of_a_note_is_found() {
    let keys = [NoteKey::parse(EXAMPLE_KEY).unwrap()];
    let mut believed = 0;
    for bit in 0..EXAMPLE.len() * 8 {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = Note::parse(&bytes).map(|note| note.signed_by(&keys).is_ok());
        believed += usize::from(read == Some(true));
    }
    assert_eq!(believed, 0);
}

#[test]
fn malformed_notes_and_keys_are_refused() {
    let line = EXAMPLE.split_once("\n\n").unwrap().1;
    let lines = line.repeat(SIGNATURES_MAX + 1);
    for wrong in [
        String::new(),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        format!("text\n{line}"),
        format!("text\n\n{}", line.trim_end()),
        format!("text\n\n{line}\n"),
        format!("te\txt\n\n{line}"),
        format!("text\n\n{}", line.replace("example.com/foo", "a+b")),
        format!("text\n\n{}", line.replace("example.com/foo", "")),
        format!("text\n\n{}", line.replace("example.com/foo", "a\u{a0}b")),
        format!("text\n\n{}", line.replace('—', "-")),
        format!("text\n\n{}", line.replace("aQM=", "aQM")),
        format!("text\n\n{}", line.replace("aQM=", "aQN=")),
        "text\n\n— name AAAAAA==\n".to_owned(),
        format!("text\n\n{lines}"),
    ] {
        assert_eq!(Note::parse(wrong.as_bytes()), None, "{wrong:?}");
    }
    let most = format!("text\n\n{}", line.repeat(SIGNATURES_MAX));
    assert!(Note::parse(most.as_bytes()).is_some());
    for wrong in [
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("530d903a", "530D903A"),
        EXAMPLE_KEY.replace("+Aeky", "+Beky"),
        EXAMPLE_KEY.replace("example.com/foo", "example.com/fo"),
        EXAMPLE_KEY.replace('+', " "),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".to_owned(),
    ] {
        assert_eq!(NoteKey::parse(&wrong), None, "{wrong}");
    }
}

#[test]
fn checkpoints_are_read_as_specified_and_others_refused() {
    let read = Checkpoint::parse(CHECKPOINT).unwrap();
    assert_eq!(
        (read.size, read.to_string().as_str()),
        (20_852_163, CHECKPOINT)
    );
    let theirs = tlog_tiles::Checkpoint::from_bytes(CHECKPOINT.as_bytes()).unwrap();
    assert_eq!(theirs.hash().0, *read.root.bytes());
    let extended = format!("{CHECKPOINT}more\n");
    assert_eq!(Checkpoint::parse(&extended).unwrap().extensions, ["more"]);
    for wrong in [
        CHECKPOINT.trim_end().to_owned(),
        CHECKPOINT.replace("20852163", "020852163"),
        CHECKPOINT.replace("20852163", "+20852163"),
        CHECKPOINT.replace("20852163", "99999999999999999999"),
        CHECKPOINT.replace("q2I=", "q2I"),
        CHECKPOINT.replace("q2I=", "q2J="),
        CHECKPOINT.replace("example.com/behind-the-sofa", ""),
        format!("{CHECKPOINT}\n"),
    ] {
        assert_eq!(Checkpoint::parse(&wrong), None, "{wrong:?}");
    }
}

#[test]
fn a_cosignature_says_its_time_and_covers_the_whole_text() {
    let witness = signer("witness.example/w1", SignatureKind::Cosignature);
    let signature = witness.sign(CHECKPOINT, 1_679_315_147);
    assert_eq!(signature.bytes.len(), 72);
    assert_eq!(signature.bytes[..8], 1_679_315_147_u64.to_be_bytes());
    let message = format!("cosignature/v1\ntime 1679315147\n{CHECKPOINT}");
    // The bare signature is a plain one over the message that the specification spells out.
    let vkey = witness.key().to_string();
    let typed = data_encoding::BASE64
        .decode(vkey.splitn(3, '+').nth(2).unwrap().as_bytes())
        .unwrap();
    assert_eq!(typed[0], 4);
    let public: [u8; 32] = typed[1..].try_into().unwrap();
    let plain = NoteKey::new("witness.example/w1", SignatureKind::Plain, public).unwrap();
    assert_ne!(plain.id(), witness.key().id());
    assert!(plain.verifies(&message, &signature.bytes[8..]));
    assert!(witness.key().verifies(CHECKPOINT, &signature.bytes));
    let mut later = signature.bytes.clone();
    later[7] ^= 1;
    assert!(!witness.key().verifies(CHECKPOINT, &later));
    assert!(!witness.key().verifies(CHECKPOINT, &[]));
    // A witness alone does not speak for the log.
    let checkpoint = Checkpoint::parse(CHECKPOINT).unwrap();
    let signed = SignedCheckpoint::new(checkpoint, vec![signature]).unwrap();
    let known = [witness.key().clone()];
    assert_eq!(signed.verify(&known), Err(NoteFault::Origin));
}

#[test]
fn the_other_implementation_believes_our_notes() {
    let log = signer("hub-1.tianshu.test", SignatureKind::Plain);
    let text = "hub-1.tianshu.test\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let witness = signer("witness.example/w1", SignatureKind::Cosignature);
    let signatures = vec![log.sign(text, 0), witness.sign(text, 12)];
    let checkpoint = Checkpoint::parse(text).unwrap();
    let ours = SignedCheckpoint::new(checkpoint, signatures).unwrap();
    ours.verify(std::slice::from_ref(log.key())).unwrap();
    let sent = ours.note.to_string();
    let theirs = signed_note::Note::from_bytes(sent.as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&log.key().to_string()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let (verified, unknown) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    assert_eq!(theirs.to_bytes(), sent.as_bytes());
}

#[test]
fn a_signature_under_a_foreign_origin_is_not_the_log_s() {
    let log = signer("hub-1", SignatureKind::Plain);
    let checkpoint = Checkpoint::parse(CHECKPOINT).unwrap();
    let signature = log.sign(&checkpoint.to_string(), 0);
    let signed = SignedCheckpoint::new(checkpoint, vec![signature]).unwrap();
    let known = std::slice::from_ref(log.key());
    assert_eq!(signed.verify(known), Err(NoteFault::Origin));
}

/// Found by `tests/fuzz`: padding in the middle, which decodes to the same number of bytes.
#[test]
fn base64_has_one_spelling() {
    let digest = leaf_hash(b"entry");
    let (one, rest) = digest.bytes().split_at(1);
    let encode = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let pieces = encode(one) + &encode(rest);
    assert_eq!(Digest::from_base64(&digest.to_base64()), Some(digest));
    assert_eq!(Digest::from_base64(&pieces), None);
    let checkpoint = format!("origin\n7\n{pieces}\n");
    assert_eq!(Checkpoint::parse(&checkpoint), None);
    assert!(tlog_tiles::Checkpoint::from_bytes(checkpoint.as_bytes()).is_err());
    let signature = format!(
        "{SIGNATURE_PREFIX}name {}",
        encode(&[1]) + &encode(&[2; 70])
    );
    assert_eq!(NoteSignature::parse(&signature), None);
}

proptest! {
    #[test]
    fn both_implementations_read_the_same_notes(
        text in "[a-zA-Z0-9 \n—]{0,40}", name in "[a-z.+ ]{1,9}", id: [u8; 4],
        bytes in prop::collection::vec(any::<u8>(), 0..70), count in 0_usize..3,
    ) {
        let signature = NoteSignature { name, id, bytes };
        let sent = format!("{text}\n\n{}", format!("{signature}\n").repeat(count));
        let ours = Note::parse(sent.as_bytes());
        let theirs = signed_note::Note::from_bytes(sent.as_bytes());
        prop_assert_eq!(ours.is_some(), theirs.is_ok());
        if let (Some(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.to_string().into_bytes(), theirs.to_bytes());
            prop_assert_eq!(ours.to_string(), sent);
        }
    }

    #[test]
    fn both_implementations_read_the_same_checkpoints(
        origin in "[a-z/.]{0,9}", size in "[0-9]{0,21}", root: [u8; 32], more in "[a-z\n]{0,6}",
    ) {
        let root = Digest::new(root).to_base64();
        let text = format!("{origin}\n{size}\n{root}\n{more}");
        let ours = Checkpoint::parse(&text);
        let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        prop_assert_eq!(ours.is_some(), theirs.is_ok(), "{:?}", text);
        if let Some(ours) = ours {
            prop_assert_eq!(ours.to_string(), text);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_back_the_same(
        bytes in prop::collection::vec(any::<u8>(), 0..90),
    ) {
        if let Some(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes.clone());
        }
        prop_assert!(TlogProof::parse(&bytes).is_err());
    }
}
