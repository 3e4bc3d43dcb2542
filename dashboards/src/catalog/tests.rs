//! The pages of the catalog as a browser gets them.

use super::*;
use crate::bench::{self, HOSTILE, is_a_good_page};
use crate::language::Language;

struct Fake(VersionsShown);

fn name(zh: &str, en: &str) -> Name {
    Name {
        zh: zh.into(),
        en: en.into(),
    }
}

fn class() -> ClassRow {
    ClassRow {
        number: "04".into(),
        code: "personal-account".into(),
        name: name("个人账户信息", "Personal account"),
        items: 19,
    }
}

fn row() -> ItemRow {
    ItemRow {
        number: "04-08".into(),
        code: "grzhzt".into(),
        name: name("个人账户状态", "Account status"),
        kind: "code".into(),
        sensitivity: "L2".into(),
        required: true,
    }
}

impl CatalogDesk for Fake {
    fn catalog(&self, query: &str) -> CatalogShown {
        CatalogShown {
            version: "2026.1".into(),
            digest: "3f9c".into(),
            classes: vec![class()],
            found: (!query.is_empty()).then(|| {
                let is_it = query == "grzhzt";
                is_it.then(row).into_iter().collect()
            }),
            is_cut: query == "grzhzt",
        }
    }

    fn class(&self, number: &str) -> Option<ClassShown> {
        (number == "04").then(|| ClassShown {
            class: class(),
            items: vec![row()],
        })
    }

    fn item(&self, number: &str) -> Option<ItemShown> {
        (number == "04-08").then(|| ItemShown {
            row: row(),
            class: class(),
            length: Some(2),
            source: HOSTILE.into(),
            input_only: true,
            set: Some(CodeSetShown {
                code: "personal-account-status".into(),
                name: name("状态", "Status"),
                codes: vec![CodeShown {
                    code: "06".into(),
                    label: HOSTILE.into(),
                    successor: "01".into(),
                }],
                pattern: "99 + 2".into(),
            }),
            flows: vec![FlowUse {
                flow: "F05".into(),
                name: name("设立", "Opening"),
                how: name("答复", "answered"),
            }],
            ..ItemShown::default()
        })
    }

    async fn versions(&self, _: &Viewer) -> Result<VersionsShown, Turned> {
        Ok(self.0.clone())
    }
}

async fn page(language: Language, versions: VersionsShown, path: &str) -> bench::Shown {
    let routes = routes::<Fake>().with_state(Arc::new(Fake(versions)));
    bench::get(routes, bench::viewer(language), path).await
}

async fn good(language: Language, path: &str, says: &[&str]) {
    let shown = page(language, VersionsShown::default(), path).await;
    is_a_good_page(&shown, language);
    for text in says {
        assert!(shown.text.contains(text), "{path} {text}: {}", shown.text);
    }
}

#[tokio::test]
async fn classes_and_items_are_found_and_shown_in_both_languages() {
    let (zh, en) = (Language::Chinese, Language::English);
    good(zh, "/catalog", &["个人账户信息", "/catalog/04", "2026.1"]).await;
    good(en, "/catalog", &["Personal account", "personal-account"]).await;
    good(
        zh,
        "/catalog?q=grzhzt",
        &["个人账户状态", "/catalog/04-08", "结果过多"],
    )
    .await;
    good(en, "/catalog?q=%3Cscript%3E", &["No class or item fits"]).await;
    good(en, "/catalog/04", &["Account status", "L2"]).await;
    let item = ["grzhzt", "06", "F05", "/policies/F05", "99 + 2"];
    good(zh, "/catalog/04-08", &item).await;
    good(en, "/catalog/04-08", &item).await;
    for unknown in ["/catalog/15", "/catalog/04-99", "/catalog/%3Cscript%3E"] {
        let shown = page(zh, VersionsShown::default(), unknown).await;
        assert_eq!(shown.status, 404, "{unknown}");
    }
    let long = format!("/catalog?q={}", "a".repeat(65));
    assert_eq!(page(zh, VersionsShown::default(), &long).await.status, 400);
}

#[tokio::test]
async fn versions_say_what_differs_or_why_nothing_is_compared() {
    let none = VersionsShown::default();
    let shown = page(Language::English, none, "/catalog/versions").await;
    is_a_good_page(&shown, Language::English);
    assert!(shown.text.contains("staff.catalog_candidate"));
    let broken = VersionsShown {
        candidate: Some(Err(HOSTILE.into())),
        ..VersionsShown::default()
    };
    let shown = page(Language::Chinese, broken, "/catalog/versions").await;
    is_a_good_page(&shown, Language::Chinese);
    assert!(shown.text.contains("请先修正"));
    let change = |weight| ChangeShown {
        place: "04-08".into(),
        kind: "code-added".into(),
        weight,
        from: HOSTILE.into(),
        ..ChangeShown::default()
    };
    let candidate = CandidateShown {
        changes: ["compatible", "widening", "breaking"].map(change).into(),
        ..CandidateShown::default()
    };
    let differs = VersionsShown {
        previous: Some(VersionLabel::default()),
        candidate: Some(Ok(candidate)),
        ..VersionsShown::default()
    };
    let shown = page(Language::English, differs, "/catalog/versions").await;
    is_a_good_page(&shown, Language::English);
    for text in ["● compatible", "△ widening", "✕ breaking", "code-added"] {
        assert!(shown.text.contains(text), "{text}");
    }
}
