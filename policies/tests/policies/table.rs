//! The flow table of the centers, written down a second time: what each of the 31 flows serves, on
//! what ground, for whom, how fast, how much. A flow file that departs from it fails here.

use std::collections::BTreeSet;

use policies::{BasisPart, Flow, MatterNo, Mode, Pace, PartyRole};

use super::star::{NODES, STAR};

/// flow | matters | basis | mode | pace | ms | hours | classes | list | roles
const TABLE: &str = include_str!("../golden/flow-table.txt");

fn row(flow: &Flow) -> String {
    let words = |words: Vec<String>| words.join(" ");
    let matters = if flow.matters.iter().copied().eq(MatterNo::all()) {
        "any".to_owned()
    } else if flow.matters == BTreeSet::from([MatterNo::NONE]) {
        "none".to_owned()
    } else {
        words(flow.matters.iter().map(ToString::to_string).collect())
    };
    let cells = [
        flow.id.to_string(),
        matters,
        flow.basis.to_string(),
        flow.mode.to_string(),
        flow.pace.to_string(),
        flow.deadline.as_millis().to_string(),
        flow.hours.to_string(),
        words(flow.items.keys().map(ToString::to_string).collect()),
        flow.list_max.to_string(),
        words(flow.roles.iter().map(ToString::to_string).collect()),
    ];
    cells.join(" | ") + "\n"
}

#[test]
fn the_flows_are_those_of_the_table() {
    let rows: String = STAR.flows.flows().map(row).collect();
    for (found, wanted) in rows.lines().zip(TABLE.lines()) {
        assert_eq!(found, wanted);
    }
    assert_eq!(rows, TABLE);
}

#[test]
fn legal_flows_need_two_officers_and_no_other_does() {
    for flow in STAR.flows.flows() {
        let legal = ["F17", "F27", "F28"].contains(&flow.id.to_string().as_str());
        assert_eq!(flow.second_approver, legal, "{}", flow.id);
        assert_eq!(flow.officer, legal, "{}", flow.id);
        assert_eq!(flow.basis_carries.contains(&BasisPart::Officers), legal);
        let named = [PartyRole::Named, PartyRole::Deceased];
        let asks_about_named = named.iter().any(|role| flow.roles.contains(role));
        assert!(legal || !asks_about_named || flow.id.to_string() == "F23");
    }
}

/// The items that the table names, flow by flow, where they are not whole classes.
const ITEMS: &str = "\
F01 01.dwzh 01.zxbh 01.dwmc 02.dwzhzt 14.dwzt 11.blxxlx 11.xzsx 11.blxxzt 11.zzrq
F02 01.dwzh 02.dwzhzt 14.dwzt 11.blxxlx
F03 02.dwzhzt 02.jzny 04.grzhzt 07.lxhzt
F04 11.blxxzt 11.xzsx 11.zzrq
F06 04.zxbh 04.grzhzt 04.ywzl 04.jzny 04.fcrq
F07 03.xingming 03.zjhm 03.hkszd 03.pozjhm 04.grzh 04.zxbh
F08 04.grzhzt 04.djbz 04.grzhye 04.jzny 04.lxzcjcys 10.dkzt
F09 07.lxhbh 07.ptpdbz 10.dkzt 10.dkye 11.blxxlx
F12 06.tqyyxq 06.fwzl 06.spzt 03.hkszd
F13 08.jkhtbh 08.dkzt 10.dkye 10.dkzt 06.jkhtbh
F15 04.djbz 04.grzhzt 11.blxxzt 06.sqrq
F16 04.grzh 10.dkye 07.lxhzt 11.blxxzt
F17 04.grzhye 04.grzh 13.djlx 13.djrq
F18 04.grzhzt 04.zxbh 03.hkszd 03.csny 03.xingbie 07.lxhzt
F20 08.gfhtbh 08.bdcdyh 08.fwzl 08.dkzt 09.dksqbh 06.tqyy
F21 05.hbjny 05.gjhtqywlx 05.czbz 04.khrq 04.ljjcys 04.ywzl
F22 08.dkzt 11.xzsx 04.djbz
F24 10.dkye 10.dkzt 10.dkjqrq 10.zxbh 10.gxsj
F25 04.grzhye 05.hbjny 10.dkzt
F26 04.djbz 11.blxxzt
F27 03.zjhm 04.grzhye 10.dkye 05.fse 06.fse
F28 03.xingming 03.zjlx 03.zjhm 04.grzhzt
F29 04.grjcjs 04.ywzl 04.jzny 02.cqhdnd
F30 04.grzh 03.yzjhm
F31 04.grzhzt 04.fcrq 04.jzny 07.lxhzt
";

#[test]
fn the_items_that_the_table_names_are_listed() {
    for line in ITEMS.lines() {
        let (id, names) = line.split_once(' ').expect("a flow and items");
        let names: Vec<&str> = names.split(' ').collect();
        let flow = STAR.flows.flow(&id.parse().expect("a flow")).expect(id);
        for (name, item) in names.iter().zip(STAR.items(&names)) {
            assert!(flow.lists(item), "{id} lacks {name}");
        }
    }
}

/// Where a flow answers yes or no, names and numbers of persons have no business in it; and where
/// nobody holds the file, neither have balances.
#[test]
fn a_match_flow_lists_no_name_and_no_number() {
    for flow in STAR.flows.flows().filter(|flow| flow.mode == Mode::Match) {
        assert!(!flow.verdicts.is_empty(), "{}", flow.id);
        for item in flow.items.values().flatten() {
            let item = STAR.catalog.item(*item).expect("an item");
            let code = item.code.as_str();
            assert!(
                !code.ends_with("jhm") && !code.ends_with("xm"),
                "{} {code}",
                flow.id
            );
            assert_ne!(code, "grzhye", "{}", flow.id);
        }
    }
}

#[test]
fn only_batches_take_lists_and_every_line_can_be_asked() {
    for flow in STAR.flows.flows() {
        assert!(
            flow.list_max == 0 || flow.pace == Pace::Batch,
            "{}",
            flow.id
        );
        assert!(flow.list_max <= flow.asks_per_case, "{}", flow.id);
        assert!(flow.list_max == 0 || flow.roles.contains(&PartyRole::Listed));
    }
}

#[test]
fn values_are_passed_on_for_the_contract_alone() {
    let contract = BTreeSet::from_iter(STAR.items(&["12.wqhth", "12.gfrxm", "12.wqcxmm"]));
    for flow in STAR.flows.flows() {
        let checks_contract = ["F10", "F19"].contains(&flow.id.to_string().as_str());
        let wanted = if checks_contract {
            contract.clone()
        } else {
            BTreeSet::new()
        };
        assert_eq!(flow.gives, wanted, "{}", flow.id);
    }
}

/// All four from the first day, but for the scans of 中直, which came after its year of comparison.
#[test]
fn the_four_centers_take_part_in_everything() {
    let day = |year: i32| time::Date::from_calendar_date(year, time::Month::January, 1);
    for flow in STAR.flows.flows() {
        assert_eq!(flow.enabled.len(), 4, "{}", flow.id);
        for node in NODES {
            let scan = ["F30", "F31"].contains(&flow.id.to_string().as_str());
            let year = if scan && node == "zhongzhi" {
                2021
            } else {
                2020
            };
            let enabled = flow.enabled.get(node).expect(node);
            assert_eq!(Ok(enabled.from), day(year), "{} {node}", flow.id);
            assert_eq!(enabled.until, None);
        }
    }
}
