//! Erasing: what is destroyed, what stays, and a crash after every step.

use super::*;

fn rows(heads: &[Head], is_meant: impl Fn(&Head) -> bool) -> Vec<Place> {
    let meant = heads.iter().filter(|head| is_meant(head));
    let place = |head: &Head| Place::Row {
        volume: head.volume.clone(),
        offset: head.offset,
        length: head.length,
    };
    meant.map(place).collect()
}

fn plan(places: Vec<Place>) -> Plan {
    Plan {
        id: "abc".into(),
        after: 5,
        places,
    }
}

/// Every byte of the rows but their lengths.
fn is_blank(dir: &Path, plan: &Plan) -> bool {
    plan.places.iter().all(|place| match place {
        Place::Row {
            volume,
            offset,
            length,
        } => {
            let file = dir.join("private").join(format!("{volume}.vol"));
            let bytes = fs::read(file).unwrap();
            let from = usize::try_from(*offset).unwrap();
            let row = &bytes[from + 4..from + *length as usize];
            row.iter().enumerate().all(|(at, b)| *b == 0 || at == 4)
        }
        Place::Volume(volume) => !dir.join("private").join(format!("{volume}.vol")).exists(),
    })
}

#[test]
fn a_subject_is_erased_with_its_key_and_nobody_else_is() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let zhang = [1, 2].map(|n| keep(&store, "zhang", &[("a", &n.to_string())]));
    let li = keep(&store, "li", &[("a", "3")]);
    store.rest().unwrap();
    let heads = store.heads("202611-000001").unwrap();
    let group = heads.iter().find(|h| h.record == zhang[0].record);
    let group = group.unwrap().group;
    let plan = plan(rows(&heads, |head| head.group == group));
    assert_eq!(plan.places.len(), 3, "two records and one key");
    store.intend(&plan).unwrap();
    store.carry_out(&plan).unwrap();
    assert!(is_blank(dir.path(), &plan));
    assert_eq!(store.intended().unwrap(), None);
    for gone in &zhang {
        let found = store.find(&gone.record);
        assert!(matches!(found, Err(SideFault::Missing)));
    }
    assert_eq!(store.find(&li.record).unwrap().root(), li.root);
    assert_eq!(store.heads("202611-000001").unwrap().len(), 2);
    // Whoever comes later about the same person gets another key, in another volume.
    let again = keep(&store, "zhang", &[("a", "4")]);
    assert!(again.record.starts_with("202611-000002/"));
    assert!(store.find(&again.record).is_ok());
}

#[test]
fn a_volume_goes_whole() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let kept = keep(&store, "zhang", &[("a", "1")]);
    store.rest().unwrap();
    let plan = plan(vec![Place::Volume("202611-000001".into())]);
    store.intend(&plan).unwrap();
    store.carry_out(&plan).unwrap();
    assert!(is_blank(dir.path(), &plan));
    let found = store.find(&kept.record);
    assert!(matches!(found, Err(SideFault::Missing)));
}

/// A crash leaves a plan behind and some of its bytes destroyed, cut anywhere: the next start
/// finishes, and finishing twice changes nothing.
#[test]
fn a_crash_at_any_byte_is_finished_by_the_plan() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let gone = keep(&store, "zhang", &[("a", "1"), ("b", "2")]);
    let stays = keep(&store, "li", &[("a", "3")]);
    drop(store);
    let store = open(dir.path());
    let heads = store.heads("202611-000001").unwrap();
    let group = heads.iter().find(|h| h.record == gone.record);
    let group = group.unwrap().group;
    let plan = plan(rows(&heads, |head| head.group == group));
    let file = dir.path().join("private/202611-000001.vol");
    let before = fs::read(&file).unwrap();
    let Place::Row { offset, length, .. } = plan.places[1].clone() else {
        panic!("a row");
    };
    let (from, length) = (usize::try_from(offset).unwrap(), length as usize);
    for cut in 4..length {
        let mut torn = before.clone();
        let blot = crate::side::row::blot(u32::try_from(length).unwrap());
        torn[from + 4..from + cut].copy_from_slice(&blot[..cut - 4]);
        fs::write(&file, &torn).unwrap();
        store.intend(&plan).unwrap();
        let next = open(dir.path());
        assert_eq!(next.intended().unwrap().as_ref(), Some(&plan));
        next.carry_out(&plan).unwrap();
        next.carry_out(&plan).unwrap();
        assert!(is_blank(dir.path(), &plan), "cut at {cut}");
        assert_eq!(next.find(&stays.record).unwrap().root(), stays.root);
    }
    // A volume that was overwritten and not yet taken away.
    fs::write(&file, vec![0; before.len()]).unwrap();
    let whole = super::erasing::plan(vec![Place::Volume("202611-000001".into())]);
    open(dir.path()).carry_out(&whole).unwrap();
    assert!(!file.exists());
    open(dir.path()).carry_out(&whole).unwrap();
}

#[test]
fn a_plan_that_cannot_be_read_is_not_taken_for_none() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let plan = plan(vec![Place::Volume("202611-000001".into())]);
    store.intend(&plan).unwrap();
    let file = dir.path().join("private/erasing");
    let text = fs::read_to_string(&file).unwrap();
    for cut in 0..text.len() - 1 {
        fs::write(&file, &text[..cut]).unwrap();
        assert!(store.intended().is_err(), "cut at {cut}");
    }
    fs::write(&file, &text).unwrap();
    assert_eq!(store.intended().unwrap(), Some(plan));
    store.forget().unwrap();
    assert_eq!(store.intended().unwrap(), None);
}
