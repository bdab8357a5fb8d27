#!/usr/bin/env python3
"""Step 10 of the exercise: the ready-made keys let the allowed list be tried at once. Under each cipher."""

import hashlib
import os

import lib
from lib import CIPHER, check


def fingerprint(folder):
    sums = {}
    for at, folders, files in os.walk(folder):
        for name in files:
            sums[os.path.join(at, name)] = hashlib.sha256(lib.read(os.path.join(at, name))).hexdigest()
    return sums


lib.need_cipher()
shipped = os.path.join(lib.SOURCE, "keys")
before = fingerprint(shipped)
with lib.Room() as room:
    copy = room.path("keys", "demo")
    os.makedirs(room.path("keys"))
    got = room.run("demo-keys", copy)
    check("demo-keys makes a copy", got.code == 0 and os.path.exists(os.path.join(copy, "server", "keys.csv")), got)
    check("it says where, with the full path", copy in got.text + got.out.decode(), got)
    modes = [os.stat(f).st_mode & 0o077 for f in fingerprint(copy)]
    check("the copy is its owner's alone", modes and not any(modes), modes)

    server = room.server("--cipher", CIPHER, keys=os.path.join(copy, "server"))
    check("the server reads the ready-made pair", server.port and "made a key pair" not in server.err.text, server)
    for who in ("alice", "bob"):
        got = room.client(server, CIPHER, who, ["I am " + who], keys=os.path.join(copy, who))
        check("%s is let in at once" % who, got.code == 0 and got.out == b"I am %s\n" % who.encode(), got)
    got = room.client(server, CIPHER, "mallory", ["let me in"], keys=os.path.join(copy, "mallory"))
    check("mallory is refused and told why", got.code == 3 and "not in the list of allowed keys" in got.text, got)
    check("the server shows both by name", server.out.wait("^alice: I am alice$") and server.out.wait("^bob: I am bob$"), server)
    server.stop()

    again = room.run("demo-keys", copy)
    check("an existing copy is not written over", again.code == 1, again)
check("the shipped keys are as they were", fingerprint(shipped) == before)
lib.finish()
