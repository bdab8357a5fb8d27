#!/usr/bin/env python3
"""Enrolling a room: forty first contacts are forty refusals that name the file and the row to hand over; the teacher types
`allow --refused`, then `allow --refused all`; the second contacts are in. Nobody gets somebody else's name."""

import os
import re

import lib
from lib import check

MANY = 12 if lib.SANITIZED else 40
with lib.Room() as room:
    ciphers = lib.installed()
    server = room.server()
    students = [("student%02d" % i, ciphers[i % len(ciphers)]) for i in range(MANY)]

    running = [(who, cipher, room.start_client(server, cipher, who)) for who, cipher in students]
    first = [(who, cipher, room.finish_process(process, b"hello\n")) for who, cipher, process in running]
    check("all %d first contacts are refused with code 3" % MANY, all(got.code == 3 for _, _, got in first),
          next((got for _, _, got in first if got.code != 3), None))
    named = [who for who, cipher, got in first if "allowed.csv" in got.text and room.public(who, cipher) in got.text]
    check("each is told the row to hand over, and the file that it belongs in", len(named) == MANY, first[0][2])

    refused = os.path.join(server.keys, "refused.csv")
    lib.wait_until(lambda: len(lib.table(refused)) == MANY)
    listed = room.run("allow", "--refused", "--keys", server.keys)
    check("allow --refused lists them all", listed.code == 0 and all(who.encode() in listed.out for who, _ in students), listed)
    check("listing takes nobody in", lib.table(os.path.join(server.keys, "allowed.csv")) == [])
    taken = room.run("allow", "--refused", "all", "--keys", server.keys)
    check("allow --refused all takes them in", taken.code == 0, taken)
    rows = {(r["name"], r["cipher"]): r["public"] for r in lib.table(os.path.join(server.keys, "allowed.csv"))}
    check("under the names that they claimed", set(rows) == set(students), rows)

    running = [(who, cipher, room.start_client(server, cipher, who)) for who, cipher in students]
    second = [(who, room.finish_process(process, b"I am %s\n" % who.encode())) for who, cipher, process in running]
    check("all second contacts are in", all(got.code == 0 and got.out == b"I am %s\n" % who.encode() for who, got in second),
          next((got for who, got in second if got.code), None))
    check("and known by name", all(server.out.wait("^%s: I am %s$" % (who, who), 5) for who, _ in students), server)

    # Somebody who claims a name that is taken does not get it.
    before = dict(rows)
    got = room.client(server, ciphers[0], "impostor", ["hello"], "--name", students[0][0])
    check("another key under a known name is refused", got.code == 3, got)
    lib.wait_until(lambda: any(r["public"] == room.public("impostor", ciphers[0]) for r in lib.table(refused)))
    room.run("allow", "--refused", "all", "--keys", server.keys)
    rows = {(r["name"], r["cipher"]): r["public"] for r in lib.table(os.path.join(server.keys, "allowed.csv"))}
    check("and is not added to that name", all(rows.get(k) == v for k, v in before.items()) and
          room.public("impostor", ciphers[0]) not in rows.values(), rows)
lib.finish()
