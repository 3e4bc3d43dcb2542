//! Tables and properties of house identity.

use proptest::prelude::*;

use super::*;

const UNIT: &str = "110109001001GB00601F00000601";
const ROAD: &str = "北京市通州区样例路7号1号楼1单元101";

fn house(unit: &str, contract: &str, address: &str) -> House {
    House::given(given(unit), given(contract), given(address))
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[test]
fn unit_numbers_have_28_signs_of_one_form() {
    for spelled in [
        UNIT,
        " 110109 001001 GB00601 F00000601 ",
        "110109001001gb00601f00000601",
        "１１０１０９００１００１ＧＢ００６０１Ｆ０００００６０１",
    ] {
        assert_eq!(UnitNumber::parse(spelled).unwrap().as_str(), UNIT);
    }
    for (text, defect) in [
        ("", Defect::Empty),
        ("  \u{3000}", Defect::Empty),
        ("110109001001GB00601F0000060", Defect::BadNumber),
        ("110109001001GB00601F000006011", Defect::TooLong),
        ("110109001001GB00601100000601", Defect::BadNumber),
        ("A10109001001GB00601F00000601", Defect::BadNumber),
        ("不动产不动产不动产不动产", Defect::BadNumber),
    ] {
        assert_eq!(UnitNumber::parse(text), Err(defect), "{text}");
    }
}

#[test]
fn contract_numbers_lose_blanks_and_prefix() {
    for spelled in [
        "0000000601",
        "网签XY0000000601",
        " 网签 XY 0000000601 ",
        "xy0000000601",
        "ＸＹ０００００００６０１",
        "购房合同编号：XY0000000601",
        "第(XY)0000000601号",
        "合同XY-0000000601",
    ] {
        assert_eq!(
            ContractNumber::parse(spelled).unwrap().as_str(),
            "0000000601",
            "{spelled}"
        );
    }
    for (text, defect) in [
        ("", Defect::Empty),
        ("网签XY", Defect::Empty),
        ("无", Defect::BadNumber),
        ("1234567890123456789012345678901", Defect::TooLong),
        ("12\u{7}34", Defect::BadNumber),
    ] {
        assert_eq!(ContractNumber::parse(text), Err(defect), "{text}");
    }
    let letters = ContractNumber::parse("京网签C123").unwrap();
    assert_eq!(letters.as_str(), "京网签C123", "another word is kept");
}

#[test]
fn the_surest_mark_that_both_give_decides() {
    use HouseMatch::{NotKnown, Other, Same};
    let other = "110109001001GB00601F00000602";
    for (one, two, expected) in [
        (house(UNIT, "C1", ROAD), house(other, "C1", ROAD), Other),
        (house(UNIT, "C1", ""), house(UNIT, "C2", ""), Same),
        (house(UNIT, "网签XY601", ""), house("", "xy 601", ""), Same),
        (house("", "网签601", ""), house(UNIT, "602", ""), Other),
        (house("", "C1", ROAD), house("", "C2", ROAD), Same),
        (
            house("", "C1", ROAD),
            house("", "C2", "样例小区101"),
            NotKnown,
        ),
        (house("U1", "", ""), house("U1", "", ""), NotKnown),
        (house(UNIT, "", ""), house("", "C1", ROAD), NotKnown),
        (house("", "", ""), house(UNIT, "C1", ROAD), NotKnown),
    ] {
        assert_eq!(one.compare(&two), expected, "{one:?} {two:?}");
        assert_eq!(two.compare(&one), expected, "{two:?} {one:?}");
    }
    assert!(house("U1", "", "").is_unknown(), "no such number");
}

#[test]
fn addresses_in_other_words_are_one_house() {
    for same in [
        "通州区样例路７号１幢一单元101室",
        "北京市样例路7号1号楼1单元101",
        "北京通州区样例路7号院1栋1单元101号",
        "北京市 市辖区 通州区 样例路 7号 1号楼 1单元 101房",
        "北京市通州区样例路七号一号楼一单元一零一室",
        "北京市通州区样例路7號１號樓1單元〇一〇一",
        "北京市通州区样例路7号1-1-101",
        "北京市通州区样例路7号1号楼-1-101",
        "北京市通州区样例路7号(1号楼)1门101",
        "北京市通州区样例路7号1号楼1单元1层101室",
    ] {
        let pair = (house("", "", ROAD), house("", "", same));
        assert_eq!(pair.0.compare(&pair.1), HouseMatch::Same, "{same}");
        assert_eq!(pair.1.compare(&pair.0), HouseMatch::Same, "{same}");
    }
    let spelled = Address::parse("京贸花园第三社区十二号楼二十一层二一零一").unwrap();
    assert_eq!(spelled.as_str(), "京贸花园第三社区12号楼21层2101室");
    let name = Address::parse("朝阳区三里屯北五里9号楼2单元302").unwrap();
    assert_eq!(name.as_str(), "朝阳区三里屯北五里9号楼2单元302室");
}

#[test]
fn one_differing_part_makes_two_houses() {
    for other in [
        "北京市大兴区样例路7号1号楼1单元101",
        "廊坊市通州区样例路7号1号楼1单元101",
        "北京市通州区样例路8号1号楼1单元101",
        "北京市通州区另一条路7号1号楼1单元101",
        "北京市通州区样例路7号2号楼1单元101",
        "北京市通州区样例路7号1号楼2单元101",
        "北京市通州区样例路7号1号楼1单元102",
        "北京市通州区样例路7号11号楼1单元101",
        "北京市通州区样例路7号1号楼1单元1001",
    ] {
        let pair = (house("", "", ROAD), house("", "", other));
        assert_eq!(pair.0.compare(&pair.1), HouseMatch::Other, "{other}");
        assert_eq!(pair.1.compare(&pair.0), HouseMatch::Other, "{other}");
    }
}

#[test]
fn a_part_that_only_one_gives_leaves_it_open() {
    for open in [
        "北京市通州区样例路7号1号楼101",
        "北京市通州区样例路7号1号楼1单元",
        "北京市通州区样例路7号",
        "通州区样例小区1号楼1单元101",
        "通州区样例路7号东楼1单元101西侧",
        "样例",
        "101",
    ] {
        let pair = (house("", "", ROAD), house("", "", open));
        assert_eq!(pair.0.compare(&pair.1), HouseMatch::NotKnown, "{open}");
        assert_eq!(pair.1.compare(&pair.0), HouseMatch::NotKnown, "{open}");
    }
    let building = house("", "", "通州区样例路7号1号楼");
    assert_eq!(building.compare(&building), HouseMatch::NotKnown);
}

#[test]
fn keys_of_numbers_do_not_meet() {
    let contract = HouseId::contract(UNIT).unwrap();
    let unit = HouseId::unit(UNIT).unwrap();
    assert_eq!(contract.number(), unit.number());
    assert_ne!(contract.key(), unit.key());
    let both: Vec<_> = house(UNIT, "网签XY1", ROAD).ids().collect();
    assert_eq!(both, [unit, HouseId::contract("1").unwrap()]);
    assert_eq!(house("", "", ROAD).ids().count(), 0);
}

#[test]
fn nothing_of_a_house_is_printed() {
    let house = house(UNIT, "XY0000000601", ROAD);
    let shown = format!("{house:?} {:?} {:?}", house.address(), house.contract())
        + &format!("{:?} {:?}", house.unit(), house.ids().collect::<Vec<_>>());
    for part in ["110109", "601", "样例", "通州"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

/// Signs that addresses and numbers are made of, odd ones included.
fn signs() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "北京",
        "市",
        "省",
        "区",
        "县",
        "通州",
        "样例",
        "路",
        "号",
        "院",
        "号楼",
        "楼",
        "栋",
        "幢",
        "座",
        "单元",
        "单",
        "元",
        "门",
        "层",
        "室",
        "房",
        "一",
        "二",
        "十",
        "百",
        "零",
        "〇",
        "0",
        "1",
        "７",
        "101",
        "A",
        "b",
        "-",
        "－",
        "、",
        " ",
        "\u{3000}",
        "(",
        "第",
        "XY",
        "网签",
        "合同",
        "號",
        "市辖区",
        "里",
        "#",
    ]);
    prop::collection::vec(words, 0..14).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn normalising_twice_is_normalising_once(text in prop_oneof![signs(), any::<String>()]) {
        if let Ok(address) = Address::parse(&text) {
            prop_assert_eq!(Address::parse(address.as_str()), Ok(address));
        }
        if let Ok(number) = ContractNumber::parse(&text) {
            prop_assert_eq!(ContractNumber::parse(number.as_str()), Ok(number));
        }
        if let Ok(number) = UnitNumber::parse(&text) {
            prop_assert_eq!(UnitNumber::parse(number.as_str()), Ok(number));
        }
    }

    #[test]
    fn comparing_does_not_depend_on_the_order(one in signs(), two in signs()) {
        let (one, two) = (house("", &one, &one), house("", &two, &two));
        prop_assert_eq!(one.compare(&two), two.compare(&one));
        prop_assert_ne!(one.compare(&one), HouseMatch::Other);
    }
}
