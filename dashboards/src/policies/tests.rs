//! The pages of policies as a browser gets them.

use super::*;
use crate::bench::{self, HOSTILE, is_a_good_page};
use crate::language::Language;
use crate::name::Name;

struct Fake {
    explained: Explained,
    changes: ChangesShown,
}

fn name(zh: &str, en: &str) -> Name {
    Name {
        zh: zh.into(),
        en: en.into(),
    }
}

fn row() -> FlowRow {
    FlowRow {
        id: "F05".into(),
        name: name("账户设立", "Opening"),
        matters: "02".into(),
        basis: "A".into(),
        is_details: true,
        officer: true,
        second_approver: true,
        hours: name("柜台时间", "counter hours"),
        centers: vec![name("市中心", "City"), name("国管中心", "State organs")],
        items: vec![0, 6],
    }
}

impl PoliciesDesk for Fake {
    fn policies(&self) -> PoliciesShown {
        PoliciesShown {
            digest: "3f9c".into(),
            classes: vec![
                ("03".into(), name("个人", "Person")),
                ("04".into(), name("账户", "Account")),
            ],
            flows: vec![row()],
        }
    }

    fn flow(&self, id: &str) -> Option<FlowShown> {
        (id == "F05").then(|| FlowShown {
            row: row(),
            targets: name("全部中心", "every center"),
            roles: HOSTILE.into(),
            lines_max: 0,
            classes: vec![ClassOfFlow {
                number: "04".into(),
                name: name("账户", "Account"),
                items: vec![ItemOfFlow {
                    number: "04-08".into(),
                    name: name("状态", "Status"),
                    sensitivity: "L2".into(),
                    how: name("可查询", "asked for"),
                }],
            }],
            verdicts: vec![VerdictShown {
                id: "live-account".into(),
                class: ("04".into(), name("账户", "Account")),
                elsewhere: true,
                ..VerdictShown::default()
            }],
            ..FlowShown::default()
        })
    }

    fn choices(&self) -> Choices {
        Choices {
            nodes: vec![("city".into(), name("市中心", "City"))],
            flows: vec![("F05".into(), name("账户设立", "Opening"))],
        }
    }

    async fn explained(&self, _: &Viewer, supposed: &Supposed) -> Result<Explained, Turned> {
        assert_eq!((&*supposed.node, &*supposed.flow), ("city", "F05"));
        Ok(self.explained.clone())
    }

    async fn changes(&self, _: &Viewer) -> Result<ChangesShown, Turned> {
        Ok(self.changes.clone())
    }
}

fn fake() -> Fake {
    let step = |holds| StepShown {
        rule: "items".into(),
        holds,
        said: name("信息项在流程内", "the items are of the flow"),
        detail: HOSTILE.into(),
    };
    Fake {
        explained: Explained {
            code: "item-outside-flow".into(),
            by: vec!["items".into()],
            steps: vec![step(true), step(false)],
            policies: vec![PolicyShown {
                id: "office-hours".into(),
                effect: name("禁止", "forbids"),
                denies: true,
            }],
            ..Explained::default()
        },
        changes: ChangesShown::default(),
    }
}

async fn page(fake: Fake, language: Language, path: &str) -> bench::Shown {
    let routes = routes::<Fake>().with_state(Arc::new(fake));
    bench::get(routes, bench::viewer(language), path).await
}

async fn good(fake: Fake, language: Language, path: &str, says: &[&str]) {
    let shown = page(fake, language, path).await;
    is_a_good_page(&shown, language);
    for text in says {
        assert!(shown.text.contains(text), "{path} {text}: {}", shown.text);
    }
}

#[tokio::test]
async fn flows_and_matrix_are_shown_in_both_languages() {
    let (zh, en) = (Language::Chinese, Language::English);
    let said = [
        "账户设立",
        "国管中心",
        "第二人审批",
        "/policies/F05",
        "/catalog/04",
    ];
    good(fake(), zh, "/policies", &said).await;
    good(
        fake(),
        en,
        "/policies",
        &[
            "State organs",
            "second approver",
            "<td class=\"number\">6</td>",
        ],
    )
    .await;
    good(
        fake(),
        en,
        "/policies/F05",
        &["Account", "live-account", "not by list", "every center"],
    )
    .await;
    good(fake(), zh, "/policies/F05", &["不可按清单查询", "可查询"]).await;
    assert_eq!(page(fake(), zh, "/policies/F99").await.status, 404);
}

#[tokio::test]
async fn a_supposed_question_is_explained_rule_by_rule() {
    let (zh, en) = (Language::Chinese, Language::English);
    good(fake(), zh, "/policies/explain", &["提问中心", "F05"]).await;
    let asked = "/policies/explain?node=city&flow=F05&mode=match&items=04-08&at=";
    good(
        fake(),
        en,
        asked,
        &["✕ refused", "item-outside-flow", "✓ holds", "office-hours"],
    )
    .await;
    let mut allowed = fake();
    allowed.explained.allowed = true;
    good(allowed, zh, asked, &["● 允许"]).await;
    let mut unfit = fake();
    unfit.explained.fault = name("没有该流程", "no such flow");
    good(unfit, en, asked, &["cannot be asked", "no such flow"]).await;
    let hostile = "/policies/explain?node=city&flow=F05&items=%22%3E%3Cscript%3E";
    good(fake(), en, hostile, &["&quot;&gt;&lt;script&gt;"]).await;
    let long = format!("{asked}{}", "1".repeat(2_001));
    assert_eq!(page(fake(), en, &long).await.status, 400);
}

/// Something of every kind that can differ.
fn changes() -> RuleChanges {
    RuleChanges {
        from: "aa".into(),
        to: "bb".into(),
        flows: vec![
            FlowChange {
                flow: "F05".into(),
                change: "changed",
                fields: vec![FieldChange {
                    field: "asks_per_case".into(),
                    from: "20".into(),
                    to: HOSTILE.into(),
                }],
            },
            FlowChange {
                flow: "F32".into(),
                change: "added",
                fields: vec![],
            },
        ],
        calendar: vec![CalendarChange {
            what: name("时段 counter", "hours `counter`"),
            from: name("工作日 09:00-19:00", "workdays 09:00-19:00"),
            to: name("每日 09:00-19:00", "daily 09:00-19:00"),
        }],
        policies: vec![PolicyChange {
            id: "hours".into(),
            change: "removed",
            from: format!("@id(\"hours\")\nforbid {HOSTILE}"),
            to: String::new(),
        }],
        schema: true,
    }
}

#[tokio::test]
async fn changes_are_named_by_field_and_entry() {
    let (zh, en) = (Language::Chinese, Language::English);
    let none = ["staff.rule_candidates", "完全相同", "日志中没有规则变更"];
    good(fake(), zh, "/policies/changes", &none).await;
    let mut changed = fake();
    changed.changes = ChangesShown {
        candidate: Some(Ok(changes())),
        delivered: RuleChanges {
            to: "cc".into(),
            ..RuleChanges::default()
        },
        log: vec![LoggedChange {
            number: 41,
            at: "2026-11-23T09:00:00+08:00".into(),
            flows: vec!["F05".into()],
            ..LoggedChange::default()
        }],
    };
    let said = [
        "asks_per_case",
        "added",
        // A changed flow hides neither calendar nor policies nor schema.
        "daily 09:00-19:00",
        "@id(&quot;hours&quot;)\nforbid",
        "removed",
        "schemas of the policies differ",
        "only comments",
        "#41",
    ];
    good(changed, en, "/policies/changes", &said).await;
    let mut broken = fake();
    broken.changes.candidate = Some(Err("flows/F05.toml:3".into()));
    good(
        broken,
        zh,
        "/policies/changes",
        &["flows/F05.toml:3", "请先修正"],
    )
    .await;
}
