//! The script that verifies a proof in the browser, clicked: it proves what is sound, and nothing
//! that was altered in one place.

use std::time::{Duration, Instant};

use super::chromium::Chromium;
use super::ground::{browser, star_with_traffic};
use super::places::links;

/// How long a checkpoint may take to cover an entry.
const COVERED_WITHIN: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(500);

/// Alters one place of what the script is given: what, and the statement that does it.
const ALTERED: [(&str, &str); 6] = [
    (
        "a byte of the entry",
        "const bytes = atob(own.dataset.entry);
        own.dataset.entry = btoa(flipped(bytes, bytes.length >> 1));",
    ),
    (
        "a hash of the path",
        "own.dataset.proof = btoa(lines(proof => {
            const at = proof.findIndex(line => line.startsWith('index ')) + 1;
            proof[at] = btoa(flipped(atob(proof[at]), 7));
        }));",
    ),
    (
        "the signature of the log",
        "own.dataset.proof = btoa(lines(proof => {
            const at = proof.findIndex(line => line.startsWith(DASH + ' ' + own.dataset.log));
            const words = proof[at].split(' ');
            words[2] = btoa(flipped(atob(words[2]), 20));
            proof[at] = words.join(' ');
        }));",
    ),
    (
        "the size that was signed",
        "own.dataset.proof = btoa(lines(proof => {
            const at = proof.indexOf(own.dataset.log) + 1;
            proof[at] = String(Number(proof[at]) + 1);
        }));",
    ),
    (
        "the entry's number",
        "own.dataset.number = String(Number(own.dataset.number) + 1);",
    ),
    (
        "a letter of the log's key",
        "const at = keys.value.indexOf('+') + 3;
        keys.value = flippedHex(keys.value, at);",
    ),
];

/// A key of nobody, well formed, under the name of the log.
const ANOTHER_KEY: &str = "const done = arguments[arguments.length - 1];
    (async () => {
        const name = document.getElementById('own').dataset.log;
        const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
        const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
        const typed = [1, ...raw];
        const named = [...new TextEncoder().encode(name + '\\n'), ...typed];
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(named)));
        const id = [...hash.slice(0, 4)].map(b => b.toString(16).padStart(2, '0')).join('');
        const line = name + '+' + id + '+' + btoa(String.fromCharCode(...typed));
        document.getElementById('own-keys').value = line;
        return line;
    })().then(done, fault => done('fault: ' + fault));";

/// What the statements above use.
const WITH: &str = "const own = document.getElementById('own');
    const keys = document.getElementById('own-keys');
    const DASH = '\\u00e2\\u0080\\u0094';
    const flipped = (bytes, at) => bytes.slice(0, at)
        + String.fromCharCode(bytes.charCodeAt(at) ^ 1) + bytes.slice(at + 1);
    const flippedHex = (text, at) =>
        text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    const lines = change => {
        const all = atob(own.dataset.proof).split('\\n');
        change(all);
        return all.join('\\n');
    };
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_proves_what_is_sound_and_nothing_that_was_altered() {
    let mut star = star_with_traffic("verifying").await;
    let page = browser(&star, "audit-1").await;
    page.sign_in().await;
    let entry = decision(&page).await;
    covered(&page, &entry).await;
    assert_eq!(verdict(&page).await, "proven", "{}", steps(&page).await);
    assert!(holds(&page).await >= 3, "{}", steps(&page).await);
    for (what, statement) in ALTERED {
        covered(&page, &entry).await;
        page.run(&format!("{WITH}{statement}")).await;
        let said = verdict(&page).await;
        assert_eq!(said, "broken", "{what}: {}", steps(&page).await);
    }
    covered(&page, &entry).await;
    let key = page.run_async(ANOTHER_KEY).await;
    assert!(
        !key.as_str().unwrap_or("fault").starts_with("fault"),
        "{key}"
    );
    assert_eq!(verdict(&page).await, "broken", "nobody's key: {key}");
    grown(&page, &entry).await;
    page.close().await;
    star.stop().await.expect("stops");
}

/// The first decision that a search finds.
async fn decision(page: &Chromium) -> String {
    page.open("/audit?kind=decision&order=oldest").await;
    let all = links(page, "main th a.number").await;
    all.first().expect("there was a decision").clone()
}

/// Opens the page of the proof, once a checkpoint covers the entry.
async fn covered(page: &Chromium, entry: &str) {
    let begun = Instant::now();
    loop {
        page.open(&format!("{entry}/verify")).await;
        let is_there = page.run("return !!document.getElementById('own')").await;
        if is_there.as_bool() == Some(true) {
            return;
        }
        assert!(begun.elapsed() < COVERED_WITHIN, "no checkpoint covers it");
        tokio::time::sleep(OFTEN).await;
    }
}

/// Clicks, and gives what the script says in the end.
async fn verdict(page: &Chromium) -> String {
    page.run("delete document.getElementById('own-verdict').dataset.verdict")
        .await;
    page.click("#own-button").await;
    page.find("#own-verdict[data-verdict]").await;
    let said = page
        .run("return document.getElementById('own-verdict').dataset.verdict")
        .await;
    said.as_str().unwrap_or_default().to_owned()
}

async fn steps(page: &Chromium) -> String {
    page.text("#own-steps").await
}

/// Steps that hold: this proof, the root, the log's signature at least.
async fn holds(page: &Chromium) -> u64 {
    let count = page
        .run("return document.querySelectorAll('#own-steps .attached').length")
        .await;
    count.as_u64().unwrap_or_default()
}

/// With an older checkpoint: the log grew out of it, and out of no other.
async fn grown(page: &Chromium, entry: &str) {
    covered(page, entry).await;
    let older = links(page, "main a[href*='old_size=']").await;
    let older = older.first().expect("an older one can be kept").clone();
    // Each look is an entry, so that the log outgrows the checkpoint.
    let begun = Instant::now();
    loop {
        page.open(&older).await;
        let steps = page
            .run("return document.getElementById('own').dataset.path.length")
            .await;
        if steps.as_u64() > Some(0) {
            break;
        }
        assert!(begun.elapsed() < COVERED_WITHIN, "the log does not grow");
        tokio::time::sleep(OFTEN).await;
    }
    let before = holds(page).await;
    assert_eq!(before, 0, "nothing is said before the click");
    assert_eq!(verdict(page).await, "proven", "{}", steps(page).await);
    assert!(holds(page).await >= 4, "{}", steps(page).await);
    for (what, statement) in [
        (
            "the older root",
            "own.dataset.oldRoot = btoa(flipped(atob(own.dataset.oldRoot), 5));",
        ),
        (
            "a hash of the growth",
            "const path = own.dataset.path.split(' ');
            path[0] = btoa(flipped(atob(path[0]), 5));
            own.dataset.path = path.join(' ');",
        ),
    ] {
        page.open(&older).await;
        page.run(&format!("{WITH}{statement}")).await;
        assert_eq!(
            verdict(page).await,
            "broken",
            "{what}: {}",
            steps(page).await
        );
    }
}
