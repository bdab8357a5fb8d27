#!/usr/bin/env python3
"""`allow --refused N` counts in the list as it is when it runs: if that list changed since the teacher looked, N may be somebody else.
So it says whom it took in: the name, the cipher and the start of the key."""

import os

import lib
from lib import check

HEADER = ["ip", "cipher", "claimed", "public", "first_seen", "last_seen", "times"]
WHEN = "2025-11-30T12:00:00Z"
LONG = "n=" + "7" * 300 + " e=65537"


def row(who, cipher, key):
    return ["127.0.0.1", cipher, who, key, WHEN, WHEN, "1"]


with lib.Room() as room:
    keys = room.keys("server")
    refused, allowed = os.path.join(keys, "refused.csv"), os.path.join(keys, "allowed.csv")
    rows = [row("old", "none", "none-aaaa"), row("ada", "xor", "bits=32 y=3120700196"), row("eve", "rsa", LONG)]
    lib.write_table(refused, HEADER, *rows)
    listed = room.run("allow", "--refused", "--keys", keys)
    check("ada is number 2", any(line.startswith(b"2  ada") for line in listed.out.splitlines()), listed)

    lib.write_table(refused, HEADER, *rows[1:])  # the oldest row goes
    got = room.run("allow", "--refused", "2", "--keys", keys)
    check("number 2 is taken in", got.code == 0 and [r["name"] for r in lib.table(allowed)] == ["eve"], got)
    check("and told by name, cipher and the start of the key",
          "eve: rsa key %s... added to %s" % (LONG[:40], os.path.realpath(allowed)) in got.text, got)
    check("which is not ada's", "ada" not in got.text, got)
    check("ada is still to be taken in", [r["claimed"] for r in lib.table(refused)] == ["ada"])

    got = room.run("allow", "--refused", "2", "--keys", keys)
    check("a number that the list has no more takes nobody in", got.code == 1 and len(lib.table(allowed)) == 1, got)
    got = room.run("allow", "--refused", "1", "--keys", keys)
    check("a short key is told whole", "ada: xor key bits=32 y=3120700196 added" in got.text, got)
lib.finish()
