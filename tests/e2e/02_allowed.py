#!/usr/bin/env python3
"""Step 8 of the exercise: the server holds a list of allowed keys and drops who is not on it; several clients at once, some
allowed and some not. A change of the list holds for the next session, without a restart. Under each cipher."""

import os

import lib
from lib import CIPHER, check

lib.need_cipher()
with lib.Room() as room:
    for who in ("alice", "bob"):
        got = room.allow(who, CIPHER)
        check("%s is put on the list" % who, got.code == 0, got)
    server = room.server("--cipher", CIPHER)
    allowed = os.path.join(server.keys, "allowed.csv")

    crowd = [(who, room.start_client(server, CIPHER, who)) for who in ("alice", "mallory", "bob", "eve", "alice", "mallory")]
    for who, process in crowd:
        got = room.finish_process(process, b"I am %s\n" % who.encode())
        if who in ("alice", "bob"):
            check("%s is let in" % who, got.code == 0 and got.out == b"I am %s\n" % who.encode(), got)
        else:
            check("%s is refused, exit 3, and told why" % who, got.code == 3 and got.out == b"" and
                  "not in the list of allowed keys" in got.text, got)
    refused = os.path.join(server.keys, "refused.csv")
    lib.wait_until(lambda: sum(int(r["times"]) for r in lib.table(refused)) == 3)
    rows = {r["claimed"]: r for r in lib.table(refused)}
    check("refused.csv has who was refused, how often, and from where", set(rows) == {"mallory", "eve"} and
          rows["mallory"]["times"] == "2" and rows["eve"]["ip"] == "127.0.0.1", rows)

    # The name in the list is who somebody is, whatever the client calls itself.
    got = room.client(server, CIPHER, "alice", ["who am I?"], "--name", "the boss")
    check("a client that calls itself something else is let in by its key", got.code == 0, got)
    check("and is shown under the name in the list", server.out.wait(r"^alice: who am I\?", 5) and "the boss:" not in server.out.text, server)

    got = room.allow("eve", CIPHER)
    check("eve is added while the server runs", got.code == 0, got)
    got = room.client(server, CIPHER, "eve", ["now?"])
    check("her next session is let in without a restart", got.code == 0 and got.out == b"now?\n", got)
    got = room.run("deny", "bob", "--keys", server.keys)
    check("bob is taken off the list", got.code == 0, got)
    got = room.client(server, CIPHER, "bob", ["and me?"])
    check("his next session is refused", got.code == 3, got)

    # A bad row is reported with file and line, is never accepted, and hides no good one.
    public = room.public("mallory", CIPHER)
    with open(allowed, "a", encoding="utf-8") as text:
        text.write("mallory,%s,%s,one column too many\n" % (CIPHER, public))
    line = len(open(allowed, encoding="utf-8").read().splitlines())
    got = room.client(server, CIPHER, "mallory", ["hello"])
    check("a row with a column too many lets nobody in", got.code == 3, got)
    check("it is reported with file and line", server.err.wait(r"allowed\.csv:%d: " % line, 5), server)
    got = room.client(server, CIPHER, "alice", ["still here"])
    check("the good rows hold", got.code == 0, got)

    # One key under two names: both lines are named, and the first one counts.
    first = [r["name"] for r in lib.table(allowed)].index("alice") + 2
    with open(allowed, "a", encoding="utf-8") as text:
        text.write("second,%s,%s\n" % (CIPHER, room.public("alice", CIPHER)))
    got = room.client(server, CIPHER, "alice", ["with two names"])
    check("one key under two names: both lines are named", server.err.wait(r"allowed\.csv:%d: .*\b%d\b" % (line + 1, first), 5), server)
    check("and its owner is who stands first", got.code == 0 and server.out.wait("^alice: with two names$", 5), server)
lib.finish()
