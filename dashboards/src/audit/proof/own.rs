//! The part of the page in which the browser verifies by itself: what the script is given, and the
//! sentences that it says.

use maud::{Markup, html};

use super::Proven;
use crate::escape::Escaped;
use crate::language::Said;
use crate::viewer::Viewer;

const TITLE: Said = Said("在浏览器中验证", "Verify in this browser");
const HINT: Said = Said(
    "浏览器用记录原文和证明自行计算，不采用服务器的结论。密钥可换成您另行取得的。",
    "The browser computes everything itself from the entry's bytes and the proof, and takes over \
     no verdict of the server. Put in keys that you got elsewhere if you have them.",
);
const KEYS: Said = Said(
    "相信的公钥（每行一个）",
    "Public keys that are believed (one a line)",
);
const BUTTON: Said = Said("验证", "Verify");
const NO_SCRIPT: Said = Said(
    "浏览器未运行脚本：请看下方服务器的计算，或离线验证。",
    "This browser runs no script: see the server's steps below, or verify offline.",
);

/// What the script says, by the name under which it finds it.
const SENTENCES: [(&str, Said); 13] = [
    ("leaf", Said("叶散列", "leaf hash")),
    (
        "step",
        Said(
            "第 {n} 步，相邻散列在{side}",
            "step {n}, hash beside it on the {side}",
        ),
    ),
    ("left", Said("左", "left")),
    ("right", Said("右", "right")),
    (
        "root",
        Said("到达检查点的根", "reaches the root of the checkpoint"),
    ),
    (
        "index",
        Said(
            "证明的记录号和日志与本页一致",
            "the proof is for this entry and this log",
        ),
    ),
    ("log-signature", Said("日志签名", "signature of the log")),
    ("cosignature", Said("见证签名", "cosignature")),
    (
        "unknown",
        Said("不认识的密钥，不计", "unknown key, not counted"),
    ),
    (
        "growth",
        Said("从较早检查点增长而来", "grew out of the older checkpoint"),
    ),
    (
        "no-ed25519",
        Said(
            "此浏览器不支持 Ed25519，签名未验证：请看服务器的结论或离线验证",
            "this browser has no Ed25519, so signatures were not verified: see the server's \
             verdict, or verify offline",
        ),
    ),
    (
        "proven",
        Said("✓ 浏览器验证通过", "✓ proven by this browser"),
    ),
    (
        "broken",
        Said("✕ 浏览器验证未通过", "✕ NOT proven by this browser"),
    ),
];

/// The section; everything in it that the script needs is in its attributes.
pub(super) fn section(viewer: &Viewer, number: u64, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    let older = proven.grown.as_ref();
    let path = older.map_or_else(String::new, |grown| grown.path.join(" "));
    html! {
        section id="own" aria-labelledby="own-title" data-number=(number)
            data-log=(Escaped(&proven.log))
            data-entry=(Escaped(&proven.entry)) data-proof=(Escaped(&proven.proof))
            data-old-size=[older.map(|grown| grown.older.size)]
            data-old-root=[older.map(|grown| Escaped(&grown.older.root))]
            data-path=(Escaped(&path)) {
            h2 id="own-title" { (said(TITLE)) }
            p.faint { (said(HINT)) }
            noscript { p { (said(NO_SCRIPT)) } }
            div.own hidden {
                label for="own-keys" { (said(KEYS))
                    textarea id="own-keys" rows="3" cols="90" spellcheck="false" {
                        @for key in &proven.keys { (Escaped(key)) "\n" }
                    }
                }
                p { button type="button" id="own-button" { (said(BUTTON)) } }
            }
            p id="own-verdict" role="status" {}
            ol.hashes id="own-steps" {}
            ul hidden id="own-words" {
                @for (name, sentence) in SENTENCES { li data-word=(name) { (said(sentence)) } }
            }
            script src="/assets/verify.js" defer {}
        }
    }
}
