//! Asks from the samples' cases and keeps what was decided, for the table and for the evidence.

use std::collections::{BTreeMap, BTreeSet};

use audit::Receipt;
use sandbox::client::{Answer, Ask, ClassAnswer, Given, Lamp};
use sandbox::counter::Verdict;
use sandbox::evidence::honours;
use sandbox::world::Node;

use super::super::ground::Ground;

/// The flow that answers yes and no.
const MATCHING: &str = "F22";

/// Which classes to ask about, with their items; the whole flow where none are named.
pub(super) type Wants<'a> = &'a [(&'a str, &'a [&'a str])];

/// What of a case is asked about; left out, the applicant and everything that the flow lists.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part<'a> {
    pub(super) party: usize,
    pub(super) wants: Wants<'a>,
    /// The contract that the housing commission is to check, whose password is passed on.
    pub(super) contract: Option<&'a str>,
}

impl Part<'_> {
    fn ask(&self, case: String, flow: &str) -> Ask {
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let wants = self.wants.iter();
        let wants: BTreeMap<String, Vec<String>> = wants
            .map(|(class, items)| ((*class).to_owned(), codes(items)))
            .collect();
        let given = self.contract.map(|contract| {
            let password = format!("pw-{contract}");
            let values = [("12.wqhth", contract.to_owned()), ("12.wqcxmm", password)];
            Given(values.map(|(item, value)| (item.to_owned(), value)).into())
        });
        Ask {
            case,
            party: self.party,
            wants: (!wants.is_empty()).then_some(wants),
            given,
            mode: (flow == MATCHING).then(|| "match".to_owned()),
            ..Ask::default()
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sample: &'static str,
    pub(super) flow: String,
    pub(super) center: Node,
    pub(super) found: String,
    pub(super) verdict: Verdict,
    pub(super) remark: &'static str,
}

/// A question that was asked, and its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) flow: &'static str,
    pub(super) center: Node,
    pub(super) answer: Answer,
}

/// What was asked and decided so far.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) rows: Vec<Row>,
    /// By asking center: question and the receipt of its own log.
    queries: BTreeMap<Node, Vec<(String, Receipt)>>,
    by_hub: Vec<Receipt>,
}

/// The clerk at a center's counter.
fn operator(node: Node) -> &'static str {
    match node {
        Node::City => "0101",
        Node::Zhongzhi => "0231",
        Node::Guoguan => "0317",
        Node::Tielu => "0402",
    }
}

impl Recorder {
    /// Opens a case and asks about one of its parties; its question goes on record.
    pub(super) async fn ask(
        &mut self,
        ground: &Ground,
        (case_no, flow): (&str, &'static str),
        part: Part<'_>,
    ) -> Asked {
        let center = Node::ALL
            .into_iter()
            .find(|node| case_no.starts_with(letters(*node)));
        let center = center.expect("the case number says where it is open");
        let desk = ground
            .star
            .desk(center, operator(center))
            .expect("has a desk");
        let open = desk.open(case_no, flow).await;
        let open = open.unwrap_or_else(|error| panic!("{case_no} {flow}: {error}"));
        let ask = part.ask(open.case, flow);
        let answer = desk.ask(&ask).await;
        let answer = answer.unwrap_or_else(|error| panic!("{case_no} {flow}: {error}"));
        self.by_hub.extend(answer.hub_receipts());
        let own = (answer.query.clone(), answer.receipts.own.clone());
        self.queries.entry(center).or_default().push(own);
        Asked {
            flow,
            center,
            answer,
        }
    }

    /// Keeps a decision, which must be the expected one.
    pub(super) fn decide(
        &mut self,
        (sample, remark): (&'static str, &'static str),
        asked: &[&Asked],
        verdict: Verdict,
        expected: &str,
    ) {
        let last = asked.last().expect("something was asked");
        let told: Vec<_> = asked.iter().map(|asked| &asked.answer).collect();
        assert_eq!(
            verdict.to_string(),
            expected,
            "{sample} {remark}: {told:#?}"
        );
        let say = verdict.say();
        assert!(!say.zh.is_ascii() && !say.en.is_empty(), "{say:?}");
        let flows: BTreeSet<_> = asked.iter().map(|asked| asked.flow).collect();
        let flows: Vec<_> = flows.into_iter().collect();
        let found: Vec<_> = asked.iter().map(|asked| found(&asked.answer)).collect();
        self.rows.push(Row {
            sample,
            flow: flows.join(", "),
            center: last.center,
            found: found.join(" / "),
            verdict,
            remark,
        });
    }

    /// Every question can be read afterwards at the center that asked, and every receipt is
    /// honoured by the log that gave it.
    pub(super) async fn evidence_is_there(&self, ground: &Ground) {
        let home = ground.star.home();
        honours(&home.hub_log(), &self.by_hub).expect("the hub's log honours its receipts");
        for (node, queries) in &self.queries {
            let desk = ground
                .star
                .desk(*node, operator(*node))
                .expect("has a desk");
            let mut own = Vec::new();
            for (query, receipt) in queries {
                let evidence = desk.evidence(query).await.expect("is on record");
                assert_eq!(&evidence.query, query);
                let entries = evidence.entries.iter().filter_map(|page| page.get("entry"));
                let kinds: Vec<_> = entries.filter_map(|entry| entry["kind"].as_str()).collect();
                assert!(kinds.contains(&"answered"), "{query}: {kinds:?}");
                let hash = receipt.leaf_hash.to_string();
                let pages = &evidence.entries;
                assert!(
                    pages.iter().any(|page| page["leaf_hash"] == hash.as_str()),
                    "{query}: the receipt's entry is among the evidence"
                );
                own.push(receipt.clone());
            }
            honours(&home.agent_log(*node), &own).expect("the agent's log honours its receipts");
        }
        let asked: usize = self.queries.values().map(Vec::len).sum();
        assert_eq!(self.by_hub.len(), asked * 2);
    }
}

/// The letters that a center's case numbers begin with.
fn letters(node: Node) -> &'static str {
    match node {
        Node::City => "CT",
        Node::Zhongzhi => "ZZ",
        Node::Guoguan => "GG",
        Node::Tielu => "TL",
    }
}

/// What each center told, by class, without a value of any record.
fn found(answer: &Answer) -> String {
    let told: Vec<_> = answer.lamps.iter().filter_map(of_center).collect();
    if told.is_empty() {
        "nothing".to_owned()
    } else {
        told.join("; ")
    }
}

fn of_center(lamp: &Lamp) -> Option<String> {
    if lamp
        .classes
        .iter()
        .all(|class| class.outcome == "unavailable")
    {
        return Some(format!("{} not known", lamp.node));
    }
    let told: Vec<_> = lamp.classes.iter().filter_map(of_class).collect();
    let stale = if lamp.lamp == "stale" {
        " (stale, of yesterday)"
    } else {
        ""
    };
    (!told.is_empty()).then(|| format!("{}{stale} {}", lamp.node, told.join(" ")))
}

fn of_class(class: &ClassAnswer) -> Option<String> {
    let yes = class
        .verdicts
        .iter()
        .filter(|(_, finding)| finding.as_bool() == Some(true));
    let yes: Vec<_> = yes.map(|(verdict, _)| verdict.as_str()).collect();
    match (class.records.len(), yes.as_slice()) {
        (0, []) if class.held_back => Some(format!("{} no hit", class.class)),
        (0, []) if class.outcome == "unavailable" => Some(format!("{} not known", class.class)),
        (0, []) => None,
        (0, yes) => Some(format!("{}: {}", class.class, yes.join(", "))),
        (records, _) => Some(format!("{}×{records}", class.class)),
    }
}
