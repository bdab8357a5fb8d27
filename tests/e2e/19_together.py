#!/usr/bin/env python3
"""Files under several processes at once, and under a kill at any moment: one key pair for all who start together, no row lost, never half a
file."""

import os
import random
import signal
import time

import lib
from lib import check

with lib.Room() as room:
    server = room.server("--cipher", "xor", "--allow-any")
    crowd = [room.start_client(server, "xor", "everybody") for _ in range(16)]
    results = [room.finish_process(process, b"hello\n") for process in crowd]
    check("sixteen first runs at once, in one keys folder, all talk", all(r.code == 0 and r.out == b"hello\n" for r in results),
          next((r for r in results if r.code), None))
    rows = lib.table(os.path.join(room.keys("everybody"), "keys.csv"))
    check("they made one key pair between them", len(rows) == 1, rows)
    check("and recorded the server once", len(lib.table(os.path.join(room.keys("everybody"), "servers.csv"))) == 1)
    server.stop()
    known = lib.table(os.path.join(server.keys, "clients.csv"))
    check("the server saw one key, sixteen times", len(known) == 1 and known[0]["sessions"] == "16" and
          known[0]["public"] == rows[0]["public"], known)

    names = ["student%02d" % i for i in range(16)]
    keys = {name: "bits=32 y=%d" % pow(2, 1000 + i, 4294967087) for i, name in enumerate(names)}
    crowd = [(name, room.start(["allow", name, "--keys", room.keys("list")])) for name in names]
    results = [room.finish_process(process, b"cipher,public\nxor,%s\n" % keys[name].encode()) for name, process in crowd]
    check("sixteen 'allow' at once all succeed", all(r.code == 0 for r in results), next((r for r in results if r.code), None))
    rows = lib.table(os.path.join(room.keys("list"), "allowed.csv"))
    check("and no row is lost", {r["name"]: r["public"] for r in rows} == keys, rows)
    crowd = [room.start(["deny", name, "--keys", room.keys("list")]) for name in names[:8]]
    results = [room.finish_process(process) for process in crowd]
    rows = lib.table(os.path.join(room.keys("list"), "allowed.csv"))
    check("eight 'deny' at once take off just these", sorted(r["name"] for r in rows) == names[8:] and all(r.code == 0 for r in results), rows)

    # Killed while it writes: the file is the old one or the new one, never half of one; and the next run is not kept out.
    file = os.path.join(room.keys("killed"), "allowed.csv")
    moment, torn, kills = random.Random(3), [], 0
    for i in range(60):
        name = "victim%02d" % i
        process = room.start(["allow", name, "--keys", room.keys("killed")])
        process.stdin.write(b"cipher,public\nxor,bits=32 y=%d\n" % pow(2, 5000 + i, 4294967087))
        process.stdin.close()
        time.sleep(moment.random() * 0.008)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        process.stdout.close()
        process.stderr.close()
        text = lib.read(file).decode() if os.path.exists(file) else ""
        if text and (not text.startswith("name,cipher,public\n") or not text.endswith("\n") or
                     any(line.count(",") != 2 for line in text.splitlines())):
            torn.append(text)
    check("killed at some moment %d times of 60: never half a file" % kills, kills > 5 and not torn, torn)
    got = room.run("allow", "last", "--keys", room.keys("killed"), input=b"cipher,public\nxor,bits=32 y=4\n")
    check("and the next one is not kept out", got.code == 0, got)
    left = [f for f in os.listdir(room.keys("killed")) if f not in ("allowed.csv",) and not f.endswith(".lock")]
    check("nor is anything left of those who were killed", len(left) <= 1, left)
    for name in left:
        os.unlink(os.path.join(room.keys("killed"), name))
lib.finish()
