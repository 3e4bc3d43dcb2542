#!/usr/bin/env python3
"""A second verifier for Tianshu's audit log, written from docs/audit-log.md alone.

    verify_tlog.py proof FILE (--key KEY | --policy FILE) (--entry FILE | --leaf HEX)
    verify_tlog.py mirror FOLDER (--key KEY | --policy FILE)

With a policy, enough of its witnesses must have cosigned the checkpoint; it says who has, and when.

It shares no line with the log's own code. Python's standard library does everything but Ed25519, for
which it needs one package from PyPI: `pip install cryptography`. Exit code 0: it holds; 1: it does not;
2: it cannot be checked here.
"""

import argparse
import base64
import hashlib
import pathlib
import re
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("cannot check signatures: `pip install cryptography` first", file=sys.stderr)
    sys.exit(2)

WIDTH = 256


class Broken(Exception):
    """What is wrong, in one sentence."""


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node(left, right):
    return sha256(b"\x01" + left + right)


def root_of(hashes):
    """The root over these leaf hashes."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node(root_of(hashes[:split]), root_of(hashes[split:]))


def unbase64(text, length=None):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Broken(f"not base64: {text!r}") from error
    # One spelling only, or a changed letter might go unnoticed.
    if base64.b64encode(data).decode() != text or length not in (None, len(data)):
        raise Broken(f"not base64 of the right length: {text!r}")
    return data


def decimal(text):
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", text):
        raise Broken(f"not a number: {text!r}")
    return int(text)


PLAIN, COSIGNATURE = 1, 4


class Key:
    """A public key `name+id+base64(type, key)`: a log's plain Ed25519, or a witness's."""

    def __init__(self, text, kind=PLAIN):
        self.name, key_id, encoded = text.strip().split("+", 2)
        typed = unbase64(encoded, 33)
        self.id = sha256(self.name.encode() + b"\n" + typed)[:4]
        if typed[0] != kind or self.id.hex() != key_id:
            raise Broken("the key is not an Ed25519 key of its kind with its own id")
        self.kind = kind
        self.public = Ed25519PublicKey.from_public_bytes(typed[1:])

    def verify(self, signature, text):
        """The time that a cosignature says, or 0."""
        time = 0
        if self.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = f"cosignature/v1\ntime {time}\n{text}"
        try:
            self.public.verify(signature, text.encode())
        except InvalidSignature as error:
            raise Broken(f"the signature of `{self.name}` is wrong") from error
        return time


class Policy:
    """Logs, witnesses, groups k of n and one quorum, as in docs/audit-log.md."""

    def __init__(self, text):
        self.logs, self.members, self.quorum, self.used = [], {}, None, set()
        for line in text.split("\n"):
            words = line.split()
            if words and not words[0].startswith("#"):
                self.take(words)
        if not self.logs or self.quorum is None:
            raise Broken("the policy names no log or no quorum")

    def take(self, words):
        kind, rest = words[0], words[1:]
        if kind == "log" and len(rest) in (1, 2):
            self.logs.append(Key(rest[0]))
        elif kind == "witness" and len(rest) in (2, 3):
            self.define(rest[0], Key(rest[1], COSIGNATURE))
        elif kind == "group" and len(rest) >= 3:
            name, least, names = rest[0], rest[1], rest[2:]
            least = {"any": "1", "all": str(len(names))}.get(least, least)
            for member in names:
                if member not in self.members or member in self.used:
                    raise Broken(f"the policy's group `{name}` cannot have `{member}`")
                self.used.add(member)
            if not 1 <= decimal(least) <= len(names):
                raise Broken(f"the policy's group `{name}` can never be enough")
            self.define(name, (decimal(least), names))
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != "none" and rest[0] not in self.members:
                raise Broken("the policy's quorum is not defined")
            self.quorum = rest[0]
        else:
            raise Broken(f"the policy has a line that is none: {' '.join(words)}")

    def define(self, name, member):
        if name == "none" or name in self.members:
            raise Broken(f"the policy defines `{name}` twice")
        self.members[name] = member

    def witnesses(self):
        return {name: key for name, key in self.members.items() if isinstance(key, Key)}

    def has(self, name, signed):
        member = self.members[name]
        if isinstance(member, Key):
            return name in signed
        return sum(self.has(other, signed) for other in member[1]) >= member[0]

    def demand(self, signed):
        """Who has cosigned and when; too few are a fault."""
        if self.quorum != "none" and not self.has(self.quorum, signed):
            raise Broken(f"only {len(signed)} witnesses have cosigned, and that is not enough")
        said = (f"{name} at {time}" for name, time in sorted(signed.items()))
        return "witnessed by " + (", ".join(said) or "nobody")


class Trust:
    """Whose signatures count: one log's key, or those of a policy."""

    def __init__(self, key=None, policy=None):
        self.policy = policy
        self.logs = policy.logs if policy else [key]
        self.said = ""


def read_checkpoint(note, trust):
    """Origin, size and root of a checkpoint that its log has signed, and enough witnesses."""
    if any(letter < " " and letter != "\n" for letter in note):
        raise Broken("the checkpoint has control characters")
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise Broken("the checkpoint is not a signed note")
    text += "\n"
    by_logs, by_witnesses = set(), {}
    witnesses = trust.policy.witnesses() if trust.policy else {}
    for line in lines[:-1].split("\n"):
        parts = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        if not parts:
            raise Broken("the checkpoint has a malformed signature line")
        whole = unbase64(parts[2])
        for key in trust.logs:
            if (parts[1], whole[:4]) == (key.name, key.id):
                key.verify(whole[4:], text)
                by_logs.add(key.name)
        for name, key in witnesses.items():
            if (parts[1], whole[:4]) == (key.name, key.id):
                by_witnesses[name] = key.verify(whole[4:], text)
    if not by_logs:
        raise Broken("the key has not signed the checkpoint")
    rows = text[:-1].split("\n")
    if len(rows) < 3 or not all(rows):
        raise Broken("the note's text is not a checkpoint")
    if rows[0] not in by_logs:
        raise Broken("the checkpoint is of another log")
    if trust.policy:
        trust.said = "; " + trust.policy.demand(by_witnesses)
    return rows[0], decimal(rows[1]), unbase64(rows[2], 32)


def root_of_path(index, size, leaf, path):
    if index >= size:
        raise Broken("the tree has no such entry")
    at, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Broken("the path is too long")
        if at % 2 == 1 or at == last:
            root = node(sibling, root)
            while at % 2 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            root = node(root, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise Broken("the path is too short")
    return root


def verify_proof(data, leaf, trust):
    text = data.decode("utf-8", errors="strict")
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    if not found or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Broken("the file is not a proof")
    if lines and lines[0].startswith("extra "):
        unbase64(lines.pop(0)[6:])
    if not lines or not lines[0].startswith("index "):
        raise Broken("the proof has no index")
    index = decimal(lines.pop(0)[6:])
    path = [unbase64(line, 32) for line in lines]
    origin, size, root = read_checkpoint(note, trust)
    if root_of_path(index, size, leaf, path) != root:
        raise Broken("the path does not lead from this entry to the signed root")
    return f"entry {index} of {size} of `{origin}` is proven{trust.said}"


def tile_path(row, number, width):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{row}/{'/'.join(groups)}{partial}"


def tiles(count):
    """Number and width of the tiles that hold so many hashes."""
    for number in range((count + WIDTH - 1) // WIDTH):
        yield number, min(WIDTH, count - number * WIDTH)


def read_entries(data, width, name):
    entries = []
    for _ in range(width):
        length = int.from_bytes(data[:2], "big")
        if len(data) < 2 + length:
            raise Broken(f"`{name}` has too few entries")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    if data:
        raise Broken(f"`{name}` has something behind its last entry")
    return entries


def verify_mirror(folder, trust):
    def read(name):
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            raise Broken(f"`{name}` is missing") from error

    origin, size, root = read_checkpoint(read("checkpoint").decode("utf-8"), trust)
    due = []
    for number, width in tiles(size):
        name = tile_path("entries", number, width)
        due += [leaf_hash(entry) for entry in read_entries(read(name), width, name)]
    leaves, level, count = due, 0, 0
    while due:
        above = []
        for number, width in tiles(len(due)):
            hashes = due[number * WIDTH : number * WIDTH + width]
            name = tile_path(level, number, width)
            if read(name) != b"".join(hashes):
                raise Broken(f"`{name}` is not what the row below says")
            if width == WIDTH:
                above.append(root_of(hashes))
            count += 1
        due, level = above, level + 1
    if root_of(leaves) != root:
        raise Broken("the entries do not have the signed root")
    return f"{size} entries of `{origin}` in {count} tiles have the signed root{trust.said}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["proof", "mirror"])
    parser.add_argument("path", type=pathlib.Path)
    trusted = parser.add_mutually_exclusive_group(required=True)
    trusted.add_argument("--key", help="name+id+key of the log, or the file that holds it")
    trusted.add_argument("--policy", type=pathlib.Path, help="a file as in C2SP tlog-policy")
    parser.add_argument("--entry", type=pathlib.Path)
    parser.add_argument("--leaf", help="64 hex digits")
    given = parser.parse_args()
    try:
        if given.policy:
            trust = Trust(policy=Policy(given.policy.read_text("utf-8")))
        else:
            is_file = "+" not in given.key
            trust = Trust(Key(pathlib.Path(given.key).read_text("utf-8") if is_file else given.key))
        if given.what == "mirror":
            said = verify_mirror(given.path, trust)
        else:
            if (given.entry is None) == (given.leaf is None):
                parser.error("a proof is of an --entry or of a --leaf")
            leaf = leaf_hash(given.entry.read_bytes()) if given.entry else bytes.fromhex(given.leaf)
            said = verify_proof(given.path.read_bytes(), leaf, trust)
    except (Broken, ValueError) as fault:
        print(f"NOT VERIFIED: {fault}")
        return 1
    print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
