//! What must be refused, tried with stolen keys past the agent, so that it is the hub that refuses.

use std::time::Duration;

use catalog::Subject;
use wire::tls::HandshakeAlert;
use wire::{Clock as _, RefusalCode, SystemClock};

use super::ShowError;
use super::show::Show;
use super::told::{Check, Line};
use crate::client::Refusal;
use crate::evidence::{LogBook, text};
use crate::rogue::{Forgery, Thief};
use crate::star::until;
use crate::world::Node;

/// How long a refused connection may take to be on record.
const RECORD_WAIT: Duration = Duration::from_secs(10);

/// The five refusals.
pub(super) async fn all(show: &Show<'_>) -> Vec<Line> {
    vec![
        without_case(show).await,
        outside_flow(show).await,
        other_person(show).await,
        unknown_authority(show).await,
        revoked(show).await,
    ]
}

async fn without_case(show: &Show<'_>) -> Line {
    let line = Line::new("no case", "没有业务办件就提问", "an ask without a case");
    line.filled(async |line| {
        let thief = Thief::robbing(show.star.home(), Node::Guoguan)?;
        let mut request = thief.request(&honest(show)?)?;
        request.case = None;
        asked(show, line, RefusalCode::CaseMissing, &thief, request).await
    })
    .await
}

async fn outside_flow(show: &Show<'_>) -> Line {
    let zh = "索要业务流程以外的信息项（账户余额）";
    let line = Line::new(
        "outside the flow",
        zh,
        "an ask for an item outside the flow (the balance)",
    );
    line.filled(async |line| {
        let thief = Thief::robbing(show.star.home(), Node::Guoguan)?;
        let mut forged = honest(show)?;
        forged.wants.push(show.item("04.grzhye")?.no);
        let request = thief.request(&forged)?;
        asked(show, line, RefusalCode::ItemOutsideFlow, &thief, request).await
    })
    .await
}

async fn other_person(show: &Show<'_>) -> Line {
    let en = "an ask whose case belongs to another person";
    let line = Line::new("other person", "办件属于另一个人", en);
    line.filled(async |line| {
        let thief = Thief::robbing(show.star.home(), Node::Guoguan)?;
        let forged = Forgery {
            subject: applicant("S2")?,
            ..honest(show)?
        };
        let request = thief.request(&forged)?;
        asked(show, line, RefusalCode::CaseSubject, &thief, request).await
    })
    .await
}

async fn unknown_authority(show: &Show<'_>) -> Line {
    let en = "a certificate of an unknown authority";
    let line = Line::new("unknown CA", "未知证书机构签发的证书", en);
    line.filled(async |line| {
        let home = show.star.home();
        let thief = Thief::with_certificate(home, Node::Guoguan, home.foreign_tls())?;
        knocked(
            show,
            line,
            RefusalCode::TlsUnknownCa,
            (&thief, HandshakeAlert::UnknownCa),
        )
        .await
    })
    .await
}

async fn revoked(show: &Show<'_>) -> Line {
    let line = Line::new("revoked", "已吊销的证书", "a revoked certificate");
    line.filled(async |line| {
        let home = show.star.home();
        let thief = Thief::with_certificate(home, Node::Guoguan, home.revoked_tls())?;
        knocked(
            show,
            line,
            RefusalCode::TlsRevoked,
            (&thief, HandshakeAlert::Revoked),
        )
        .await
    })
    .await
}

/// A question that would be answered, from 国管 about the applicant of S1.
fn honest(show: &Show<'_>) -> Result<Forgery, ShowError> {
    let (_, case) = Show::planted("S1")?;
    let subject = applicant("S1")?;
    Ok(Forgery {
        flow: case.flow.to_owned(),
        matter: case.matter.to_owned(),
        case_no: case.case_no.to_owned(),
        operator: "0666".to_owned(),
        parties: vec![subject.clone()],
        subject,
        wants: vec![show.item("04.grzhzt")?.no],
        use_no: 1,
        now: SystemClock.now(),
    })
}

fn applicant(id: &str) -> Result<Subject, ShowError> {
    let (_, case) = Show::planted(id)?;
    let subject = case.parties.first().and_then(|party| party.subject().ok());
    subject.ok_or_else(|| ShowError::NoSample(id.to_owned()))
}

/// Puts a request to the hub, and compares refusal, record and the nodes' own counters.
async fn asked(
    show: &Show<'_>,
    line: &mut Line,
    expected: RefusalCode,
    thief: &Thief,
    request: wire::v1::AskRequest,
) -> Result<(), ShowError> {
    let before = show.star.asks_served().await?;
    let refusal = match thief.ask(request).await? {
        Ok(_) => Refusal {
            code: "answered".to_owned(),
            ..Refusal::default()
        },
        Err(refusal) => refusal,
    };
    line.tell(format!("{}  {}", refusal.code, refusal.say.zh));
    line.tell(format!(
        "{:width$}  {}",
        "",
        refusal.say.en,
        width = refusal.code.len()
    ));
    line.check(Check::same("refused with", expected, &refusal.code));
    let has_both = refusal.say.zh == expected.zh() && refusal.say.en == expected.en();
    line.check(Check::same("both sentences", true, has_both));
    let log = LogBook::read(&show.star.home().hub_log())?;
    let entry = refusal.receipt.as_ref().and_then(|receipt| {
        Some((
            receipt.index,
            log.entries.get(usize::try_from(receipt.index).ok()?)?,
        ))
    });
    let recorded = entry.map_or("nothing".to_owned(), |(index, entry)| {
        line.tell(format!("on record: hub log entry {index}"));
        format!("{} {}", text(entry, "kind"), text(entry, "code"))
    });
    line.check(Check::same(
        "hub log",
        format!("refusal {expected}"),
        recorded,
    ));
    reached_nobody(show, line, &before).await
}

/// Knocks at the hub's door, and compares alert, record and the nodes' own counters.
async fn knocked(
    show: &Show<'_>,
    line: &mut Line,
    expected: RefusalCode,
    (thief, alert): (&Thief, HandshakeAlert),
) -> Result<(), ShowError> {
    let before = show.star.asks_served().await?;
    let heard = match thief.knock().await? {
        Ok(()) => "let in".to_owned(),
        Err(alert) => alert.to_string(),
    };
    line.tell(format!("{expected}  {}", expected.zh()));
    line.tell(format!(
        "{:width$}  {}",
        "",
        expected.en(),
        width = expected.as_str().len()
    ));
    line.check(Check::same("the caller hears", alert, heard));
    let folder = show.star.home().hub_log();
    let recorded = until(RECORD_WAIT, async || {
        let log = LogBook::read(&folder).ok()?;
        let index = log.last("connection-refused", "code", expected.as_str())?;
        Some((
            index,
            log.entries.into_iter().nth(usize::try_from(index).ok()?)?,
        ))
    });
    let recorded = recorded
        .await
        .map_or("nothing".to_owned(), |(index, entry)| {
            line.tell(format!(
                "on record: hub log entry {index}, claimed to be {}",
                text(&entry, "claimed")
            ));
            text(&entry, "code").to_owned()
        });
    line.check(Check::same("hub log", expected, recorded));
    reached_nobody(show, line, &before).await
}

async fn reached_nobody(
    show: &Show<'_>,
    line: &mut Line,
    before: &std::collections::BTreeMap<Node, u64>,
) -> Result<(), ShowError> {
    let after = show.star.asks_served().await?;
    let counts = |served: &std::collections::BTreeMap<Node, u64>| {
        let said: Vec<_> = served
            .iter()
            .map(|(node, n)| format!("{} {n}", node.id()))
            .collect();
        said.join(", ")
    };
    line.check(Check::same(
        "questions that reached the nodes",
        counts(before),
        counts(&after),
    ));
    Ok(())
}
