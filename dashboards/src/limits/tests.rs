//! The pages of limits as a browser gets them.

use super::*;
use crate::bench::{self, HOSTILE, is_a_good_page};
use crate::language::Language;

struct Fake(LimitsShown);

impl LimitsDesk for Fake {
    async fn limits(&self, _: &Viewer, _: Wanted) -> Result<LimitsShown, Turned> {
        Ok(self.0.clone())
    }

    async fn people(&self, _: &Viewer, _: Wanted) -> Result<PeopleShown, Turned> {
        let of_operator = UseShown {
            table: "operator".into(),
            name: HOSTILE.into(),
            used: 30,
            most: 30,
            often: (60, name("每分钟", "a minute")),
            ..UseShown::default()
        };
        Ok(PeopleShown {
            uses: vec![of_operator],
            exceptions: vec![("operator.burst".into(), HOSTILE.into(), 7)],
            temporary: self.0.temporary.clone(),
            form: self.0.form.clone(),
        })
    }
}

fn name(zh: &str, en: &str) -> Name {
    Name {
        zh: zh.into(),
        en: en.into(),
    }
}

fn shown() -> LimitsShown {
    let limit = |table: &str, key: &str, refusal| LimitShown {
        table: table.into(),
        key: key.into(),
        what: name("单个查询", "single questions"),
        unit: name("每秒", "a second"),
        value: 100,
        reviewed: 200,
        default: 300,
        exceptions: vec![(HOSTILE.into(), 7)],
        for_people: 3,
        refusal,
    };
    let code = ("TS-LIMIT-CALLER".to_owned(), name("请稍后", "wait"));
    LimitsShown {
        digest: "3f9c".into(),
        hub: HubUse {
            in_flight: 256,
            in_flight_max: 256,
            waiting: 1,
            queue_max: 256,
        },
        limits: vec![
            limit("node", "per_second", Some(code)),
            limit("node", "list_lines_per_second", None),
            limit("target", "in_flight_max", None),
        ],
        temporary: vec![TemporaryShown {
            path: "node.per_second".into(),
            whom: HOSTILE.into(),
            value: 100,
            reviewed: 200,
            until: "2026-11-23T12:00:00+08:00".into(),
            staff: "security-1".into(),
            act: Some(41),
        }],
        for_people: 2,
        form: FormShown {
            limits: vec![(
                "node.per_second".into(),
                name("单个查询", "single questions"),
            )],
            key: "0123".into(),
            done: None,
            ending: Some(("node.per_second".into(), HOSTILE.into())),
        },
        uses: vec![],
        targets: vec![TargetShown {
            center: name("国管中心", "State organs"),
            limit: 8,
            cap: 128,
            floor: 4,
            in_flight: 8,
            waiting: 2,
            queue_max: 128,
            throttled: 5,
        }],
    }
}

async fn page(language: Language, shown: LimitsShown, path: &str) -> bench::Shown {
    let routes = routes::<Fake>().with_state(Arc::new(Fake(shown)));
    bench::get(routes, bench::viewer(language), path).await
}

#[tokio::test]
async fn limits_say_their_value_their_use_and_their_refusal() {
    for (language, says) in [
        (
            Language::Chinese,
            ["国管中心", "每秒", "等候，不拒绝", "评审值 200"],
        ),
        (
            Language::English,
            [
                "State organs",
                "a second",
                "waits, no refusal",
                "Reviewed 200",
            ],
        ),
    ] {
        let shown = page(language, shown(), "/limits").await;
        is_a_good_page(&shown, language);
        for text in says.into_iter().chain([
            "node.per_second",
            "TS-LIMIT-CALLER",
            "security-1",
            "4–128",
            "▲ 256",
            "/limits/people",
            "<p>3 ",
            "<p>2 ",
        ]) {
            assert!(shown.text.contains(text), "{text}: {}", shown.text);
        }
    }
}

#[tokio::test]
async fn where_nothing_is_set_or_used_the_page_says_so() {
    let none = LimitsShown::default();
    let shown = page(Language::English, none, "/limits").await;
    is_a_good_page(&shown, Language::English);
    for text in ["No limit is set for a while.", "No quota is in use now."] {
        assert!(shown.text.contains(text), "{text}");
    }
}

#[tokio::test]
async fn people_stand_on_a_page_of_their_own() {
    for language in [Language::Chinese, Language::English] {
        let all = page(language, shown(), "/limits").await;
        assert!(!all.text.contains("30 / 30"));
        let people = page(language, shown(), "/limits/people").await;
        is_a_good_page(&people, language);
        assert!(people.text.contains("▲ 30 / 30"), "{}", people.text);
    }
}

#[tokio::test]
async fn the_form_offers_what_the_viewer_may_do_and_no_address_names_whom() {
    use crate::viewer::Act;
    let routes = || routes::<Fake>().with_state(Arc::new(Fake(shown())));
    for (may, set, end) in [
        (&[][..], false, false),
        (&[Act::LowerLimit][..], true, false),
        (
            &[Act::LowerLimit, Act::RaiseLimit, Act::LiftLimit][..],
            true,
            true,
        ),
    ] {
        let mut viewer = bench::viewer(Language::English);
        viewer.may.extend(may);
        for path in ["/limits", "/limits/people"] {
            let page = bench::get(routes(), viewer.clone(), path).await;
            is_a_good_page(&page, Language::English);
            let text = page.text;
            assert_eq!(text.contains("<option value=\"limit\""), set, "{text}");
            assert_eq!(text.contains("<option value=\"lift-limit\" selected"), end);
            assert_eq!(text.contains("Your role may only lower"), set && !end);
            assert_eq!(text.contains("Your role may look at limits"), !set);
            assert_eq!(text.contains(&format!("href=\"{path}?of=41#act\"")), end);
            assert_eq!(
                text.contains(&format!("name=\"back\" value=\"{path}\"")),
                set
            );
        }
    }
}
