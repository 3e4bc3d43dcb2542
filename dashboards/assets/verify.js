// Verifies an entry in the browser: from its bytes, its C2SP tlog-proof and public keys alone. It
// takes over no hash and no verdict of the server; the algorithms are RFC 6962 and RFC 9162 section
// 2.1.
"use strict";
(() => {
  const own = document.getElementById("own");
  if (!own || !window.crypto || !window.crypto.subtle) return;
  const subtle = window.crypto.subtle;
  const list = document.getElementById("own-steps");
  const verdict = document.getElementById("own-verdict");
  const words = {};
  for (const word of document.querySelectorAll("#own-words [data-word]")) {
    words[word.dataset.word] = word.textContent;
  }

  const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const sha256 = async (...parts) =>
    new Uint8Array(await subtle.digest("SHA-256", joined(...parts)));
  const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
  const node = (left, right) => sha256(Uint8Array.of(1), left, right);

  // A line of the list: sign and word, then the hashes.
  const tell = (holds, text, hash) => {
    const line = document.createElement("li");
    const sign = holds === null ? "· " : holds ? "✓ " : "✕ ";
    line.append(sign + text);
    line.className = holds === null ? "" : holds ? "attached" : "tripped";
    if (hash) {
      const code = document.createElement("code");
      code.textContent = hash;
      line.append(" ", code);
    }
    list.append(line);
    return holds !== false;
  };

  const decimal = (text) => {
    if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) throw new Error("number");
    return BigInt(text);
  };
  const hash = (base64) => {
    const bytes = bytesOf(base64);
    const isSpelt = btoa(String.fromCharCode(...bytes)) === base64;
    if (bytes.length !== 32 || !isSpelt) throw new Error("hash");
    return bytes;
  };

  const readNote = (text) => {
    const end = text.lastIndexOf("\n\n");
    if (end < 0 || !text.endsWith("\n")) throw new Error("note");
    const signed = text.slice(0, end + 1);
    const signatures = text.slice(end + 2, -1).split("\n").map((line) => {
      const [dash, name, encoded, ...rest] = line.split(" ");
      if (dash !== "—" || !encoded || rest.length) throw new Error("signature");
      const bytes = bytesOf(encoded);
      return { name, id: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) };
    });
    const [origin, size, root] = signed.split("\n");
    return { signed, signatures, origin, size: decimal(size), root: hash(root) };
  };

  const readProof = (text) => {
    const end = text.indexOf("\n\n");
    const lines = text.slice(0, end).split("\n");
    if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("proof");
    if (lines[0].startsWith("extra ")) lines.shift();
    const [word, index] = lines.shift().split(" ");
    if (word !== "index") throw new Error("proof");
    return { index: decimal(index), path: lines.map(hash), note: readNote(text.slice(end + 2)) };
  };

  // RFC 9162 section 2.1.3.2.
  const includes = async (leaf, proof) => {
    let [at, last] = [proof.index, proof.note.size - 1n];
    if (at > last) return false;
    let reached = leaf;
    let nth = 0;
    for (const sibling of proof.path) {
      if (last === 0n) return false;
      const left = (at & 1n) === 1n || at === last;
      reached = left ? await node(sibling, reached) : await node(reached, sibling);
      if (left) {
        while ((at & 1n) === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
      }
      [at, last] = [at >> 1n, last >> 1n];
      nth += 1;
      const side = left ? words.left : words.right;
      const said = words.step.replace("{n}", nth).replace("{side}", side);
      tell(null, said, hex(sibling) + " → " + hex(reached));
    }
    return last === 0n && same(reached, proof.note.root);
  };

  // RFC 9162 section 2.1.4.2.
  const grew = async (old, note, path) => {
    if (old.size > note.size) return false;
    if (old.size === note.size) return path.length === 0 && same(old.root, note.root);
    if (old.size === 0n) return path.length === 0;
    let [at, last] = [old.size - 1n, note.size - 1n];
    while ((at & 1n) === 1n) [at, last] = [at >> 1n, last >> 1n];
    const isPower = (old.size & (old.size - 1n)) === 0n;
    const rest = isPower ? path : path.slice(1);
    let [before, after] = isPower ? [old.root, old.root] : [path[0], path[0]];
    if (!before) return false;
    for (const sibling of rest) {
      if (last === 0n) return false;
      if ((at & 1n) === 1n || at === last) {
        before = await node(sibling, before);
        after = await node(sibling, after);
        while ((at & 1n) === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
      } else {
        after = await node(after, sibling);
      }
      [at, last] = [at >> 1n, last >> 1n];
    }
    return last === 0n && same(before, old.root) && same(after, note.root);
  };

  const readKey = async (line) => {
    const at = [line.indexOf("+"), 0];
    at[1] = line.indexOf("+", at[0] + 1);
    const name = line.slice(0, at[0]);
    const typed = bytesOf(line.slice(at[1] + 1));
    const id = hex((await sha256(utf8(name + "\n"), typed)).slice(0, 4));
    if (id !== line.slice(at[0] + 1, at[1]) || typed.length !== 33) throw new Error("key");
    return { name, id, kind: typed[0], bytes: typed.slice(1) };
  };

  const verifies = async (key, note, signature) => {
    const known = await subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
    if (key.kind === 1) {
      return subtle.verify({ name: "Ed25519" }, known, signature.bytes, utf8(note.signed));
    }
    const time = new DataView(signature.bytes.buffer, signature.bytes.byteOffset).getBigUint64(0);
    const message = utf8("cosignature/v1\ntime " + time + "\n" + note.signed);
    return subtle.verify({ name: "Ed25519" }, known, signature.bytes.slice(8), message);
  };

  // Whether the log itself has signed and no known signature is wrong; null without Ed25519.
  const signed = async (note, keys) => {
    let [isOwn, isRight] = [false, true];
    for (const signature of note.signatures) {
      const key = keys.find((known) => known.name === signature.name && known.id === signature.id);
      const name = signature.name + " " + signature.id;
      if (!key) {
        tell(null, words.unknown, name);
        continue;
      }
      let holds;
      try {
        holds = await verifies(key, note, signature);
      } catch (fault) {
        if (fault.name !== "NotSupportedError") throw fault;
        tell(null, words["no-ed25519"]);
        return null;
      }
      const said = key.kind === 1 ? words["log-signature"] : words.cosignature;
      isRight = tell(holds, said, name) && isRight;
      isOwn = isOwn || (holds && key.kind === 1 && key.name === note.origin);
    }
    return isOwn && isRight;
  };

  const verify = async () => {
    const { number, log, entry, proof: file, oldSize, oldRoot, path } = own.dataset;
    const proof = readProof(new TextDecoder().decode(bytesOf(file)));
    const isThis = proof.index === decimal(number) && proof.note.origin === log;
    let holds = tell(isThis, words.index, number);
    const leaf = await leafHash(bytesOf(entry));
    tell(null, words.leaf, hex(leaf));
    holds = tell(await includes(leaf, proof), words.root, hex(proof.note.root)) && holds;
    const lines = document.getElementById("own-keys").value.split("\n").map((line) => line.trim());
    const keys = await Promise.all(lines.filter((line) => line).map(readKey));
    const isSigned = await signed(proof.note, keys);
    if (isSigned === false) holds = tell(false, words["log-signature"]) && holds;
    if (oldSize !== undefined && oldRoot !== undefined) {
      const old = { size: decimal(oldSize), root: hash(oldRoot) };
      const hashes = path.split(" ").filter((part) => part).map(hash);
      const hasGrown = await grew(old, proof.note, hashes);
      holds = tell(hasGrown, words.growth, oldSize + " → " + proof.note.size) && holds;
    }
    return holds && isSigned !== null ? true : holds ? null : false;
  };

  const say = (holds) => {
    const said = holds ? words.proven : words.broken;
    verdict.textContent = holds === null ? words["no-ed25519"] : said;
    verdict.className = holds === null ? "" : holds ? "sound" : "alarm";
    verdict.dataset.verdict = holds === null ? "unsigned" : holds ? "proven" : "broken";
  };

  const panel = own.querySelector(".own");
  panel.hidden = false;
  document.getElementById("own-button").addEventListener("click", () => {
    list.replaceChildren();
    verify().then(say, (fault) => {
      tell(false, fault.message || String(fault));
      say(false);
    });
  });
})();
