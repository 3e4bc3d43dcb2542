//! Properties over arbitrary questions: granted ⊆ requested ∩ flow ∩ catalog, whatever is asked.

use catalog::{ClassNo, ItemNo};
use policies::{
    Caller, CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft, Suspensions,
};
use proptest::prelude::*;

use super::star::{NODES, NOW, STAR, assertion, draft};

/// Any pair of numbers that can be written, known to the catalog or not.
fn any_item() -> impl Strategy<Value = ItemNo> {
    (1..=14_u8, 1..=40_u8).prop_filter_map("an item number", |(class, item)| {
        ItemNo::new(ClassNo::new(class)?, item)
    })
}

/// Mostly items of the flow, so that permits do occur.
fn wants(flow: &'static str) -> impl Strategy<Value = Vec<ItemNo>> {
    let flow = STAR
        .flows
        .flow(&flow.parse().expect("a flow"))
        .expect("registered");
    let listed: Vec<ItemNo> = flow.items.values().flatten().copied().collect();
    let some = prop::collection::vec(prop::sample::select(listed), 0..24);
    let stray = prop::collection::vec(any_item(), 0..3);
    (some, stray, prop::bool::weighted(0.5)).prop_map(|(mut some, stray, with_stray)| {
        if with_stray {
            some.extend(stray);
        }
        some
    })
}

fn ask() -> impl Strategy<Value = (&'static str, &'static str, Vec<ItemNo>, Mode)> {
    let flow = prop::sample::select(vec!["F05", "F10", "F14", "F19"]);
    let asked = flow.prop_flat_map(|flow| (Just(flow), wants(flow)));
    let mode = prop::sample::select(Mode::ALL.to_vec());
    (prop::sample::select(NODES.to_vec()), asked, mode)
        .prop_map(|(node, (flow, wants), mode)| (node, flow, wants, mode))
}

/// Flows that ask about houses, and their matters.
const HOUSE_FLOWS: [(&str, &str); 4] = [("F10", "07"), ("F11", "09"), ("F19", "28"), ("F20", "28")];

proptest! {
    #![proptest_config(super::star::cases(300))]

    #[test]
    fn about_a_house_no_more_is_granted_than_its_flow_says_of_houses(
        (wants, (flow, matter), mode) in (
            prop::sample::select(HOUSE_FLOWS.to_vec()),
            prop::sample::select(Mode::ALL.to_vec()),
        ).prop_flat_map(|(flow, mode)| (wants(flow.0), Just(flow), Just(mode))),
    ) {
        let draft = QuestionDraft { mode, ..draft("city", flow, matter, wants.clone()) };
        let Ok(asked) = Question::parse(draft, &STAR.catalog) else {
            return Ok(());
        };
        let (role, tag) = (PartyRole::House, *asked.subject_tag());
        let parties = vec![CaseParty { role, tag }];
        let case = STAR.verified("city", &CaseAssertion { parties, ..assertion(&asked) });
        let caller = Caller::proven("city").expect("a caller");
        let state = Suspensions::default();
        let flow = STAR.flows.flow(&asked.flow()).expect("registered");
        let says = |item: &ItemNo| match mode {
            Mode::Details => flow.house.contains(item),
            Mode::Match => flow.lists(*item),
        };
        match STAR.policies.authorize(&caller, &case, &asked, &state, NOW) {
            Ok(permit) => prop_assert!(permit.granted().values().flatten().all(says)),
            Err(denial) => prop_assert!(!wants.iter().all(says), "denied: {}", denial),
        }
    }

    #[test]
    fn granted_is_within_asked_flow_and_catalog((node, flow, wants, mode) in ask()) {
        let matter = match flow { "F05" => "02", "F10" => "07", "F14" => "14", _ => "28" };
        let draft = QuestionDraft { mode, ..draft(node, flow, matter, wants.clone()) };
        let Ok(asked) = Question::parse(draft, &STAR.catalog) else {
            let bad = |no: &ItemNo| STAR.catalog.item(*no).is_none_or(|item| item.input_only);
            prop_assert!(wants.is_empty() || wants.iter().any(bad), "a good question was refused");
            return Ok(());
        };
        let registered = STAR.flows.flow(&asked.flow()).expect("registered");
        let case = STAR.verified(node, &assertion(&asked));
        let caller = Caller::proven(node).expect("a caller");
        let state = Suspensions::default();
        let inside = wants.iter().all(|item| registered.lists(*item));
        match STAR.policies.authorize(&caller, &case, &asked, &state, NOW) {
            Ok(permit) => {
                prop_assert!(inside, "more was permitted than the flow lists");
                for item in permit.granted().values().flatten() {
                    prop_assert!(wants.contains(item));
                    prop_assert!(registered.lists(*item));
                    prop_assert!(STAR.catalog.item(*item).is_some());
                }
                prop_assert_eq!(permit.mode(), mode);
            }
            Err(denial) => prop_assert!(!inside, "denied: {}", denial),
        }
    }
}
