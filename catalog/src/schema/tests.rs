//! Tests of the JSON Schema export.

use super::*;

#[test]
fn every_class_and_item_is_described() {
    let catalog = Catalog::builtin().unwrap();
    let schema = json_schema(&catalog);
    assert_eq!(schema["$schema"], DIALECT);
    let definitions = schema["$defs"].as_object().unwrap();
    assert_eq!(definitions.len(), catalog.classes().len() + 2);
    for class in catalog.classes() {
        let properties = definitions[&class.code]["properties"].as_object().unwrap();
        assert_eq!(properties.len(), class.items.len());
        for item in &class.items {
            assert_eq!(properties[&item.code]["title"], item.en.as_str());
        }
    }
}

#[test]
fn each_type_has_its_form() {
    let schema = json_schema(&Catalog::builtin().unwrap());
    let of =
        |class: &str, item: &str| schema["$defs"][class]["properties"][item]["anyOf"][0].clone();
    assert_eq!(of("personal-account", "dwzh")["maxLength"], 20);
    assert_eq!(
        of("personal-account", "grzhzt")["pattern"],
        "^(01|02|03|04|05|06|99)$"
    );
    assert_eq!(of("transfer", "hjbz")["type"], "boolean");
    assert_eq!(of("transfer", "dkcs")["maximum"], 99);
    assert_eq!(
        of("employer-account", "dwjcbl")["pattern"],
        "^-?(0|[1-9][0-9]{0,1})\\.[0-9]{2}$"
    );
    let several = of("credit-restriction", "xzsx")["pattern"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(several.starts_with("^(01|02|") && several.ends_with(")*$"));
    let institution = of("transfer", "zcjgbh")["pattern"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(institution.contains("|(C)[0-9]{5,5})"));
    let password = &schema["$defs"]["housing-contract"]["properties"]["wqcxmm"];
    assert_eq!(password["writeOnly"], true);
}

#[test]
fn a_record_is_keyed_as_the_schema_is() {
    let catalog = Catalog::builtin().unwrap();
    let mut record = Record::new(crate::ClassNo::new(7).unwrap());
    for (no, text) in [
        ("07-14", "true"),
        ("07-15", "2"),
        ("07-12", "1.50"),
        ("07-13", "202601"),
    ] {
        let no = no.parse().unwrap();
        record.insert(no, catalog.parse_value(no, text).unwrap());
    }
    let absent = crate::Value::Absent(Absence::NotHeld);
    record.insert("07-19".parse().unwrap(), absent);
    assert_eq!(
        record_json(&catalog, &record).unwrap(),
        json!({
            "hjbz": true, "dkcs": 2, "zyje": "1.50", "jzny": "202601",
            "bjrq": {"absent": "not-held"},
        })
    );
}
