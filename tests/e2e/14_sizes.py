#!/usr/bin/env python3
"""Size: 64 MiB through box, none, xor and vigenere, 1 MiB through rsa, as lines of a pipe; what comes back is compared byte by byte."""

import hashlib
import os
import random
import threading

import lib
from lib import CIPHER, check

lib.need_cipher()
MIB = 1 << 20
SIZE = MIB if CIPHER == "rsa" else 64 * MIB
if lib.SANITIZED:
    SIZE //= 16


def lines(total):
    """Lines of every length up to the largest message: the short ones, each length, then large ones. No newline in them."""
    noise = random.Random(0)
    block = noise.randbytes(2 * MIB).replace(b"\n", b"\0")
    lengths = list(range(0, 300)) + [1023, 1024, 1025, 65535, 65536, MIB - 2, MIB - 1]
    sent = 0
    while sent < total:
        size = lengths.pop(0) if lengths else noise.randrange(1, MIB // 4)
        size = min(size, total - sent) if not lengths else size
        start = noise.randrange(0, len(block) - size)
        yield block[start:start + size] + b"\n"
        sent += size + 1


with lib.Room() as room:
    server = room.server("--cipher", CIPHER, "--allow-any", stdout=lib.subprocess.PIPE)
    process = room.start_client(server, CIPHER, "alice", stderr=open(room.path("errors"), "wb"))
    expected, received = hashlib.sha256(), hashlib.sha256()
    counts = {"sent": 0, "received": 0}

    def write():
        try:
            for line in lines(SIZE):
                process.stdin.write(line)
                expected.update(line)
                counts["sent"] += len(line)
            process.stdin.close()
        except OSError:
            pass

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    while piece := process.stdout.read1(MIB):
        received.update(piece)
        counts["received"] += len(piece)
    writer.join(lib.PATIENCE)
    code = process.wait(lib.PATIENCE)
    process.stdout.close()
    check("the client ends well", code == 0, lib.read(room.path("errors")).decode())
    check("%d bytes go, and as many come back" % counts["sent"], counts["received"] == counts["sent"] >= SIZE, counts)
    check("every byte is as it was", expected.digest() == received.digest())

    # A line that does not fit into a message is an error that says so; what was before it is answered.
    got = room.client(server, CIPHER, "alice", b"fits\n" + b"x" * MIB + b"\n")
    check("a line of 1 MiB is one byte too long, and that is said", got.code == 1 and got.out == b"fits\n", got)
lib.finish()
