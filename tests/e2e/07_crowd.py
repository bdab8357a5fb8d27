#!/usr/bin/env python3
"""200 clients at once under mixed ciphers: all are answered, each with its own words, and all are counted."""

import os
import resource

import lib
from lib import check

MANY = 30 if lib.SANITIZED else 200
with lib.Room() as room:
    ciphers = lib.installed()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    for who in ("alice", "bob"):  # keys are made once: making two hundred is not what is tested
        for cipher in ciphers:
            room.public(who, cipher)
    server = room.server("--allow-any", "--max-sessions", str(MANY))

    # All stand in the conversation at the same time: each has its reply, and keeps the line open until everybody has.
    crowd = []
    for i in range(MANY):
        process = room.start_client(server, ciphers[i % len(ciphers)], ("alice", "bob")[i // len(ciphers) % 2], "--name", "client%d" % i,
                                    stderr=open(room.path("err%d" % i), "wb"))
        process.stdin.write(b"I am number %d\n" % i)
        process.stdin.flush()
        crowd.append(process)
    wrong = [i for i, process in enumerate(crowd) if process.stdout.readline() != b"I am number %d\n" % i]
    check("all %d are answered, each with its own words" % MANY, not wrong, "%s: %s" % (
        wrong, lib.read(room.path("err%d" % wrong[0])).decode() if wrong else ""))

    one_more = room.client(server, ciphers[0], "alice", ["one too many"])
    check("one more than --max-sessions is refused in words", one_more.code in (1, 3) and "try again later" in one_more.text, one_more)

    for process in crowd:
        process.stdin.close()
    codes = [process.wait(lib.PATIENCE) for process in crowd]
    for process in crowd:
        process.stdout.close()
    check("all end with code 0", set(codes) == {0}, codes)
    server.stop()
    counted = sum(int(r["sessions"]) for r in lib.table(os.path.join(server.keys, "clients.csv")))
    check("all are counted in clients.csv", counted == MANY, counted)
    check("nothing crashed", "crashed" not in server.err.text, server)
lib.finish()
