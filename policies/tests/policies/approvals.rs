//! The second approver's own key: who may sign, what the signature covers, and what it never does.

use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, CaseAssertion, CaseFault, CaseUse, Question,
    QuestionDraft, ReplayFault, ReplayGuard, SignedApproval, TagKey, TrustList, VerifiedCase,
    shown_digest,
};

use super::star::{
    LEGAL_F27, NOW, OFFICERS, STAR, book, book_of, draft, f05_with, f27_of, question, statement,
    tag,
};

type Spoil = fn(&mut SignedApproval);

struct Ground {
    asked: Question,
    first: CaseAssertion,
    second: CaseAssertion,
}

fn ground() -> Ground {
    let (asked, first, second) = f27_of(&book(&[LEGAL_F27]));
    Ground {
        asked,
        first,
        second,
    }
}

impl Ground {
    fn case(&self) -> VerifiedCase {
        STAR.verified("guoguan", &self.first)
    }

    fn approval(&self) -> SignedApproval {
        STAR.approval(&self.first.operator, &self.second, &self.asked)
    }

    fn check(&self, signed: &SignedApproval) -> Result<(), CaseFault> {
        let approved = STAR.trust.approved(self.case(), signed, &self.asked);
        approved.map(|case| assert_eq!(case.approver(), Some(OFFICERS[1])))
    }

    /// The honest statement after a change, signed by the officer whom it names.
    fn changed(&self, change: fn(&mut ApprovalStatement)) -> Result<(), CaseFault> {
        let tree = self.tree();
        let asker = &self.first.operator;
        let mut said = statement(asker, &self.second, &self.asked, &tree);
        change(&mut said);
        self.check(&STAR.signed(&said, &tree, 0))
    }

    fn tree(&self) -> ApprovalTree {
        let line = ApprovedLine {
            question: *self.asked.digest(),
            shown: [6; 32],
        };
        ApprovalTree::over(vec![line.leaf(&self.second.nonce, 0)]).expect("a tree")
    }
}

#[test]
fn only_an_officer_s_own_key_approves() {
    let ground = ground();
    let honest = ground.approval();
    assert_eq!(ground.check(&honest), Ok(()));
    let spoilt: [(CaseFault, Spoil); 7] = [
        (CaseFault::ForgedApproval, |signed| signed.signature[0] ^= 1),
        (CaseFault::ForgedApproval, |signed| signed.signature.clear()),
        (CaseFault::ForgedApproval, |signed| signed.body.push(b' ')),
        (CaseFault::ForgedApproval, |signed| {
            signed.signer = OFFICERS[0].into()
        }),
        (CaseFault::NotAnOfficer, |signed| {
            signed.signer = "wang".into()
        }),
        (CaseFault::NotAnOfficer, |signed| {
            signed.signer = "LEGAL-2".into()
        }),
        (CaseFault::ApproverMissing, |signed| signed.body.clear()),
    ];
    for (fault, spoil) in spoilt {
        let mut signed = honest.clone();
        spoil(&mut signed);
        assert_eq!(ground.check(&signed), Err(fault));
    }
}

#[test]
fn a_flow_that_wants_a_second_approver_wants_officers() {
    let alone = f05_with(&[("second_approver = false", "second_approver = true")]);
    let refused = book_of(&[&alone], &[]).expect_err("refused").to_string();
    assert!(
        refused.contains("`second_approver` needs `officer`"),
        "{refused}"
    );
}

/// What was proof until officers had keys: the node's own word.
#[test]
fn the_node_s_key_signs_no_approval() {
    let ground = ground();
    let by_node = STAR.sign("guoguan", &ground.second);
    let signed = SignedApproval {
        body: by_node.body,
        signature: by_node.signature,
        ..ground.approval()
    };
    assert_eq!(ground.check(&signed), Err(CaseFault::ForgedApproval));
    let honest = ground.approval();
    let as_case = policies::SignedCase {
        body: honest.body,
        signature: honest.signature,
    };
    let refused = STAR.trust.verify("guoguan", &as_case);
    assert_eq!(refused, Err(CaseFault::BadSignature));
}

#[test]
fn an_officer_who_was_removed_approves_nothing_any_more() {
    let ground = ground();
    let gone = format!("name = \"{}\"", OFFICERS[1]);
    let text = STAR.trust_text.replace(&gone, "name = \"other\"");
    let list = TrustList::parse(&catalog::Source {
        name: "t",
        text: &text,
    });
    let list = list.expect("a list");
    let refused = list.approved(ground.case(), &ground.approval(), &ground.asked);
    assert_eq!(refused.err(), Some(CaseFault::NotAnOfficer));
    // The key is another name's now: the signature fits, the name in it does not.
    let renamed = SignedApproval {
        signer: "other".into(),
        ..ground.approval()
    };
    let refused = list.approved(ground.case(), &renamed, &ground.asked);
    assert_eq!(refused.err(), Some(CaseFault::BadApproval));
}

#[test]
fn what_the_officer_signed_in_the_clear_is_what_is_asked() {
    let ground = ground();
    assert_eq!(ground.changed(|_| {}), Ok(()));
    let changes: [fn(&mut ApprovalStatement); 17] = [
        |said| said.case_no = "another".into(),
        |said| said.flow = "F17".parse().expect("a flow"),
        |said| said.flow_digest = [0; 32],
        |said| said.matter = "02".parse().expect("a matter"),
        |said| said.basis.number = "B-2".into(),
        |said| said.asker = "li".into(),
        |said| said.asker = OFFICERS[1].into(),
        |said| said.mode = policies::Mode::Match,
        |said| {
            said.items.pop_first();
        },
        |said| said.items.extend(STAR.items(&["04.grzhye"])),
        |said| said.gives.clear(),
        |said| {
            said.verdicts.insert("any".parse().expect("a verdict"));
        },
        |said| said.lines = 2,
        |said| said.root = [0; 32],
        // A root is never a question's digest.
        |said| said.root = *ground_digest(),
        |said| said.nonce = [1; 16],
        |said| said.nonce = [3; 16],
    ];
    for (row, change) in changes.into_iter().enumerate() {
        assert_eq!(
            ground.changed(change),
            Err(CaseFault::BadApproval),
            "row {row}"
        );
    }
    let elsewhere = ground.changed(|said| said.node = "tielu".into());
    assert_eq!(
        elsewhere,
        Err(CaseFault::ForgedApproval),
        "tielu's legal-2 has another key"
    );
}

fn ground_digest() -> &'static [u8; 32] {
    static DIGEST: std::sync::LazyLock<[u8; 32]> =
        std::sync::LazyLock::new(|| *ground().asked.digest());
    &DIGEST
}

/// Five subjects, one signature.
#[test]
fn one_signature_covers_the_lines_of_a_list_and_each_of_them_once() {
    let ground = ground();
    let asked: Vec<Question> = (0..5).map(|n| line_of(&ground, n)).collect();
    let leaves = asked.iter().zip(0..).map(|(asked, index)| {
        let line = ApprovedLine {
            question: *asked.digest(),
            shown: [6; 32],
        };
        line.leaf(&ground.second.nonce, index)
    });
    let tree = ApprovalTree::over(leaves.collect()).expect("a tree");
    let said = statement(&ground.first.operator, &ground.second, &asked[0], &tree);
    let signed = |index| STAR.signed(&said, &tree, index);
    let case = |asked: &Question, nonce: u8| {
        let case = CaseAssertion {
            query_digest: *asked.digest(),
            nonce: [nonce; 16],
            ..ground.first.clone()
        };
        STAR.verified("guoguan", &case)
    };
    let mut guard = ReplayGuard::new(100);
    for (index, asked) in (0_u8..).zip(&asked) {
        let approved = STAR
            .trust
            .approved(case(asked, 10 + index), &signed(index.into()), asked);
        let approved = approved.expect("is covered");
        assert_eq!(approved.approval().map(policies::Approval::lines), Some(5));
        let again = CaseUse {
            nonce: [90 + index; 16],
            ..CaseUse::of(&approved)
        };
        assert_eq!(
            guard.check_and_record(CaseUse::of(&approved), 100, NOW),
            Ok(())
        );
        let replayed = guard.check_and_record(again, 100, NOW);
        assert_eq!(replayed, Err(ReplayFault::Replayed), "line {index}");
    }
    let spoilt: [(usize, Spoil); 6] = [
        (1, |_| {}),
        (0, |signed| signed.index = 1),
        (0, |signed| signed.path.clear()),
        (0, |signed| signed.path[0][0] ^= 1),
        (0, |signed| signed.path.push([0; 32])),
        (0, |signed| signed.shown[0] ^= 1),
    ];
    for (row, (line, spoil)) in spoilt.into_iter().enumerate() {
        let mut signed = signed(0);
        spoil(&mut signed);
        let refused = STAR
            .trust
            .approved(case(&asked[line], 1), &signed, &asked[line]);
        assert_eq!(refused.err(), Some(CaseFault::BadApproval), "row {row}");
    }
    // Somebody who is not on the list.
    let other = line_of(&ground, 9);
    let refused = STAR.trust.approved(case(&other, 1), &signed(0), &other);
    assert_eq!(refused.err(), Some(CaseFault::BadApproval));
}

fn line_of(ground: &Ground, n: u8) -> Question {
    let wants = ground.asked.wants().values().flatten().copied().collect();
    question(QuestionDraft {
        flow_digest: *ground.asked.flow_digest(),
        gives: ground.asked.gives().iter().copied().collect(),
        subject_tag: tag(&n.to_string()),
        ..draft("guoguan", "F27", "00", wants)
    })
}

#[test]
fn an_officer_s_key_signs_nothing_that_it_cannot_read() {
    let ground = ground();
    let key = policies::OfficerKey::generate_pkcs8(&ring::rand::SystemRandom::new());
    let key = policies::OfficerKey::from_pkcs8(&key.expect("a key")).expect("the key");
    assert_eq!(format!("{key:?}"), "OfficerKey(redacted)");
    let body = ground.approval().body;
    assert!(key.sign(&body).is_ok());
    let text = String::from_utf8(body.clone()).expect("is text");
    let unreadable = [
        String::new(),
        "{}".to_owned(),
        format!("{text} "),
        text.replacen('{', "{ ", 1),
        text.replacen('{', "{\"also\":1,", 1),
        text.replace("\"lines\":1", "\"lines\":0"),
        text.replace("\"lines\":1", "\"lines\":5001"),
        text.replace("\"lines\":1", "\"lines\":1,\"lines\":1"),
        format!("{text}{}", " ".repeat(8 * 1024)),
        String::from_utf8_lossy(&STAR.sign("guoguan", &ground.second).body).into_owned(),
    ];
    for bytes in unreadable {
        assert!(key.sign(bytes.as_bytes()).is_err(), "{bytes:.80}");
    }
    let personal = text.replace(OFFICERS[1], "110101190001010014");
    assert_eq!(key.sign(personal.as_bytes()), Err(CaseFault::PersonalData));
}

#[test]
fn what_was_shown_is_told_apart_and_cannot_be_tried_without_the_key() {
    let (key, question) = (TagKey::new(&[7; 32]), [1; 32]);
    let salt = key.approval_salt(&[2; 16], &question);
    assert_ne!(salt, key.approval_salt(&[3; 16], &question));
    assert_ne!(salt, key.approval_salt(&[2; 16], &[2; 32]));
    assert_ne!(
        salt,
        TagKey::new(&[8; 32]).approval_salt(&[2; 16], &question)
    );
    let shown = shown_digest(&salt, "01 110101********0014");
    assert_ne!(shown, shown_digest(&salt, "01 110101********0022"));
}
