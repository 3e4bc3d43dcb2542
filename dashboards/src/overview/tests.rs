//! The overview in both languages, whatever the star says.

use super::*;
use crate::chart::tests::viewer;
use crate::room::Room;
use crate::viewer::Act;

fn named(id: &str, zh: &str, en: &str) -> Named {
    Named {
        id: id.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

fn edge(id: &str, lamp: Lamp) -> Edge {
    Edge {
        node: named(id, "中心", "center"),
        lamp,
        links: usize::from(lamp != Lamp::Gone),
        classes: 14,
        unwell: Vec::new(),
        per_minute: 12.5,
        p99_ms: Some(43.0),
        failed_percent: Some(0.5),
        left_out: 0,
    }
}

pub(super) fn star() -> Overview {
    let outside = |class: &str| Outside {
        class: named(class, "外部", "office"),
        behind: "city".to_owned(),
        lamp: Lamp::Well,
        pace: Pace {
            per_minute: 2.0,
            p99_ms: Some(870.0),
            failed_percent: Some(10.0),
        },
        asks: (10, 1),
    };
    Overview {
        at: "2026-11-26 10:00:00".to_owned(),
        troubles: trouble::tests::all(),
        edges: vec![
            edge("city", Lamp::Well),
            edge("guoguan", Lamp::Open),
            edge("tielu", Lamp::Probing),
            edge("zhongzhi", Lamp::Gone),
        ],
        outside: ["12", "13", "14"].map(outside).into(),
        minutes: vec![Minute::default(); 60],
        freshness: vec![ClassFresh {
            class: named("04", "个人账户", "account"),
            as_of: vec!["2026-11-26 09:00".to_owned(), String::new()],
        }],
        papers: vec![Paper {
            kind: PaperKind::Hub,
            until: "2026-12-01".to_owned(),
            days: 5,
        }],
        ..Overview::default()
    }
}

#[test]
fn the_star_is_drawn_with_its_offices_behind_the_node_that_asks_them() {
    let page = page::whole(&viewer(Language::Chinese, &[]), &star(), 0).into_string();
    assert_eq!(page.matches("class=\"edge behind").count(), 3);
    assert_eq!(page.matches("<line class=\"edge ").count(), 7);
    for state in ["attached", "tripped", "probing", "detached"] {
        assert!(page.contains(&format!("class=\"edge {state}\"")), "{state}");
    }
    for word in [
        "正常",
        "已熔断",
        "试探恢复",
        "未连接",
        "12.5 次/分 · p99 43 ms",
    ] {
        assert!(page.contains(word), "{word}");
    }
    // City is in the upper right corner, so its offices are on the right, and the hub leaves the
    // middle to them.
    assert_eq!(page.matches("cx=\"978.0\"").count(), 3);
    assert!(page.contains("<circle cx=\"489\""), "{page}");
    // Each edge says how it goes, and nothing is called by half its name without the whole.
    assert_eq!(page.matches(">2 次/分 · p99 870 ms<").count(), 3);
    assert_eq!(page.matches(">未答 10 %<").count(), 3);
    assert!(page.contains("<title>外部 · 12 正常 · 2 次/分 · p99 870 ms · 未答 10 %</title>"));
    assert!(!page.contains("style="));
}

#[test]
fn every_part_that_lives_has_one_place_on_the_page() {
    for language in [Language::Chinese, Language::English] {
        let viewer = viewer(language, &[]);
        let page = page::whole(&viewer, &star(), 0).into_string();
        let parts = page::parts(&viewer, &star()).into_string();
        let ids = |text: &str| {
            let found = text.split(" id=\"").skip(1);
            let ids = found.filter_map(|rest| rest.split('"').next());
            ids.map(str::to_owned).collect::<Vec<_>>()
        };
        let (of_page, of_parts) = (ids(&page), ids(&parts));
        let mut once = of_page.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), of_page.len(), "an id stands once: {of_page:?}");
        let live: Vec<_> = of_parts
            .iter()
            .filter(|id| id.starts_with("live-"))
            .collect();
        assert_eq!(live.len(), 8);
        assert!(of_parts.iter().all(|id| of_page.contains(id)));
    }
}

#[test]
fn a_link_leads_only_where_the_viewer_may_go() {
    let may_not = page::parts(&viewer(Language::English, &[]), &star()).into_string();
    assert!(!may_not.contains("href=\"/acts\""));
    let viewer = viewer(Language::English, &[Act::See(Room::Acts)]);
    assert!(
        page::parts(&viewer, &star())
            .into_string()
            .contains("href=\"/acts\"")
    );
}

#[test]
fn without_script_the_page_asks_again_but_not_for_ever() {
    let viewer = viewer(Language::Chinese, &[]);
    let page = |again| page::whole(&viewer, &star(), again).into_string();
    assert!(page(0).contains("content=\"30; url=/?again=1\""));
    assert!(page(19).contains("url=/?again=20"));
    assert!(!page(20).contains("http-equiv"));
    assert!(!page(u32::MAX).contains("http-equiv"));
}

#[test]
fn hostile_names_stay_text_and_many_nodes_stay_readable() {
    let mut star = star();
    star.edges = (0..40)
        .map(|n| edge(&format!("n{n}"), Lamp::Well))
        .collect();
    star.edges[0].node.zh = "<script>alert(1)</script>".to_owned();
    star.outside[0].class.zh = "\"><img src=x>".to_owned();
    star.outside[0].behind = "n0".to_owned();
    let page = page::whole(&viewer(Language::Chinese, &[]), &star, 0).into_string();
    assert!(!page.contains("<script>alert") && !page.contains("<img"));
    assert!(page.contains("未画出： 24"), "{page}");
    let empty = page::whole(&viewer(Language::English, &[]), &Overview::default(), 0);
    let empty = empty.into_string();
    assert!(empty.contains("Nothing is wrong now.") && empty.contains("No node is registered."));
}

#[test]
fn the_worst_are_drawn_each_with_its_figures() {
    let mut star = star();
    let of = |n: usize| if n == 39 { Lamp::Gone } else { Lamp::Well };
    star.edges = (0..40).map(|n| edge(&format!("n{n}"), of(n))).collect();
    star.edges[39].node.en = "The sick one".to_owned();
    star.edges[38].failed_percent = Some(40.0);
    star.edges[38].node.en = "The failing one".to_owned();
    let page = page::whole(&viewer(Language::English, &[]), &star, 0).into_string();
    let (drawn, _) = page.split_once("</svg>").expect("is drawn");
    for name in ["The sick one", "The failing one"] {
        assert!(drawn.contains(&format!(">{name}<")), "{name}");
    }
    assert_eq!(drawn.matches("class=\"pace\"").count(), 16);
    assert!(drawn.contains("12.5 /min · p99 43 ms · 40 %"));
    assert!(page.contains("not drawn: 24") && page.contains("Outside offices not drawn: 3"));
}

#[test]
fn after_a_restart_two_hundred_nodes_do_not_push_the_star_away() {
    let mut star = star();
    let gone = |n: usize| Trouble::Detached(named(&format!("n{n}"), "中心", "center"));
    star.troubles = (0..200).map(gone).collect();
    let viewer = viewer(Language::English, &[Act::See(Room::Nodes)]);
    let page = page::parts(&viewer, &star).into_string();
    let (troubles, _) = page.split_once("live-star").expect("has a star");
    let (shown, folded) = troubles.split_once("<details").expect("is folded");
    assert_eq!(shown.matches("<li").count(), 1);
    assert!(shown.contains("200 nodes are detached") && shown.contains("href=\"/nodes\""));
    assert_eq!(folded.matches("href=\"/nodes/n").count(), 100);
    assert!(folded.contains("+ 100"));
}
