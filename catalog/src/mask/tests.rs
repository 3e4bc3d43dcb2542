//! Masks by item, and what passes for masked.

use super::*;
use crate::defect::Defect;
use crate::value::Absence;

fn item(name: &str) -> Item {
    let catalog = Catalog::builtin().unwrap();
    catalog.item_named(name).unwrap().clone()
}

#[test]
fn items_are_masked_by_what_they_are() {
    let shown = |name: &str, text: &str| Mask::of(&item(name)).applied(text);
    assert_eq!(shown("04.zjhm", "110101190001010014"), "110101********0014");
    assert_eq!(shown("04.zjhm", "G12345678"), "*********");
    assert_eq!(shown("04.xingming", "欧阳明"), "欧**");
    assert_eq!(shown("04.grzhye", "-12345.60"), "-*****.**");
    assert_eq!(shown("04.grzhye", "欧阳明 12"), "*** **");
    assert_eq!(shown("04.grzhzt", "01"), "01");
    // A layout that is off by some bytes puts an id number into a status.
    assert_eq!(
        shown("04.grzhzt", "110101190001010014"),
        "110101********0014"
    );
    assert_eq!(shown("04.khrq", "2019-07-05"), "2019-07-05");
    assert_eq!(shown("04.grzh", "110000012345"), "1***********");
}

#[test]
fn nothing_guarded_is_open() {
    let catalog = Catalog::builtin().unwrap();
    for item in catalog.items() {
        let is_guarded = matches!(item.sensitivity, Sensitivity::L3 | Sensitivity::L4);
        assert!(!is_guarded || Mask::of(item) != Mask::Open, "{}", item.no);
    }
}

#[test]
fn what_is_masked_is_a_sound_value_and_its_own_mask() {
    let catalog = Catalog::builtin().unwrap();
    for (name, text, masked) in [
        ("04.zjhm", "110101190001010014", "110101********0014"),
        ("04.xingming", "欧阳明", "欧**"),
        ("04.grzhye", "12345.60", "*****.**"),
        ("05.hbjny", "201907", "201907"),
        ("04.grzhzt", "01", "01"),
    ] {
        let no = item(name).no;
        let plain = catalog.parse_value(no, text).unwrap();
        let shown = catalog.masked(no, &plain);
        assert_eq!(shown.canonical(), masked, "{name}");
        assert_eq!(catalog.check_value(no, &shown), Ok(()), "{name}");
        assert!(catalog.is_masked(no, &shown), "{name}");
        assert_eq!(catalog.is_masked(no, &plain), text == masked, "{name}");
    }
    let absent = Value::Absent(Absence::NotHeld);
    assert_eq!(catalog.masked(item("04.zjhm").no, &absent), absent);
}

#[test]
fn only_what_masking_can_give_passes_for_masked() {
    let catalog = Catalog::builtin().unwrap();
    let checked = |name: &str, text: &str| {
        let no = item(name).no;
        catalog.check_value(no, &Value::Masked(text.to_owned()))
    };
    assert_eq!(checked("04.zjhm", "110101********0014"), Ok(()));
    assert_eq!(checked("04.xingming", "欧**"), Ok(()));
    for (name, text) in [
        ("04.zjhm", "110101190001010014"),
        ("04.zjhm", "110101*90001010014"),
        ("04.xingming", "欧阳*"),
        ("04.xingming", "欧阳明"),
        ("04.grzhye", "12345.6*"),
        ("04.grzhzt", "0*"),
        ("04.xingming", ""),
    ] {
        assert_eq!(checked(name, text), Err(Defect::BadFormat), "{name} {text}");
    }
    let long = "*".repeat(19);
    assert_eq!(checked("04.zjhm", &long), Err(Defect::TooLong));
    assert_eq!(checked("05.hbjny", &long), Err(Defect::TooLong));
}
