//! A breaker opens while somebody looks: the page says so within two seconds, without a click.

use std::time::{Duration, Instant};

use cli::staff_door::StaffDoor;
use sandbox::star::HUB;
use serde_json::json;

use super::ground::{browser, star_with_traffic};

/// What people accept between an event and its being seen.
const SEEN_WITHIN: Duration = Duration::from_secs(2);
const OFTEN: Duration = Duration::from_millis(25);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_breaker_is_seen_within_two_seconds() {
    let mut star = star_with_traffic("live").await;
    let page = browser(&star, "duty-1").await;
    page.sign_in().await;
    page.open("/").await;
    // The stream of news is open before anything happens.
    page.find("body[data-live=open]").await;
    let words = async || {
        let words = page
            .run("return document.querySelector('main').innerText")
            .await;
        words.as_str().unwrap_or_default().to_owned()
    };
    let before = words().await;
    assert!(!before.contains("已断开"), "{before}");
    let home = star.home();
    let folder = home.staff_folder("security-1");
    let door = StaffDoor::of_folder(&folder, HUB, &home.staff_door().to_string());
    let door = door.expect("has a certificate");
    let act =
        json!({ "act": "trip", "target": "class/guoguan/04", "reason": "演练", "key": "live-1" });
    let said = door.post("/v1/acts", &act).await.expect("the hub is heard");
    assert_eq!(said.status, 200, "{}", said.body);
    let tripped = Instant::now();
    let seen = loop {
        if words().await != before
            && page
                .run("return document.querySelectorAll('[data-breaker=open]').length")
                .await
                .as_u64()
                > Some(0)
        {
            break tripped.elapsed();
        }
        assert!(tripped.elapsed() < 10 * SEEN_WITHIN, "nothing was seen");
        tokio::time::sleep(OFTEN).await;
    };
    assert!(seen <= SEEN_WITHIN, "seen after {seen:?}");
    println!("an opened breaker was seen after {} ms", seen.as_millis());
    page.close().await;
    star.stop().await.expect("stops");
}
