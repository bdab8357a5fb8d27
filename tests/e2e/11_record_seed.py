#!/usr/bin/env python3
"""--record keeps what an eavesdropper has and never plain text (but under none the two are one); --trace shows both sides; --seed makes a
session again, byte for byte, and touches no key file. Under each cipher."""

import os
import re

import lib
from lib import CIPHER, check

lib.need_cipher()
SECRET = "The treasure lies beneath the old oak"


def by_direction(file):
    """What each side sent, up to the end of what is certain: two directions have no common order, and the server's END may
    come after the client has gone."""
    sent = [r[:4] for r in rows(file)[1]]
    return [r for r in sent if r[0] == "c>s"], [r for r in sent if r[0] == "s>c"][:3]


def rows(file):
    lines = lib.read(file).decode().splitlines()
    return lines[0], [line.split(" ") for line in lines[1:]]


with lib.Room() as room:
    server = room.server("--cipher", CIPHER, "--allow-any", "--record", room.path("of-server"))
    got = room.client(server, CIPHER, "alice", [SECRET], "--record", room.path("of-client"), "--trace")
    check("a session with --record and --trace works as any other", got.code == 0 and got.out == SECRET.encode() + b"\n", got)
    server.stop()

    head, client_rows = rows(room.path("of-client"))
    check("the first line names the columns", head == "direction stream type hex session", head)
    kinds = [(r[0], r[1], r[2]) for r in client_rows]
    # The server's END may come after the client has gone.
    expected = [("c>s", "0", "HELLO"), ("s>c", "0", "WELCOME"), ("s>c", "0", "SEALED"), ("c>s", "1", "SEALED"), ("c>s", "1", "SEALED")]
    check("the frames are those of PROTOCOL.md, in order", kinds[:5] == expected and set(kinds[5:]) <= {("s>c", "1", "SEALED"), ("c>s", "1", "SEALED")}, kinds)
    check("every frame is whole hex", all(re.fullmatch("([0-9a-f]{2})+|-", r[3]) for r in client_rows))
    sealed = b"".join(bytes.fromhex(r[3]) for r in client_rows if r[2] == "SEALED")
    seen = SECRET.encode() in sealed
    check("the text is %s in the record" % ("there, since none hides nothing," if CIPHER == "none" else "not"), seen == (CIPHER == "none"))
    whole = lib.read(room.path("of-client")) + lib.read(room.path("of-server"))
    check("nor is it anywhere in plain characters", SECRET.encode() not in whole)
    for who in ("alice", "server"):
        for row in lib.table(os.path.join(room.keys(who), "keys.csv")):
            private = row["private"].encode()
            check("the private key of %s is not in it" % who, CIPHER == "none" or (private not in whole and private.hex().encode() not in whole))
    server_rows = rows(room.path("of-server"))[1]
    common = [r[:4] for r in client_rows]
    check("both sides recorded the same frames", all(r in [s[:4] for s in server_rows] for r in common), (common, server_rows))
    check("records are their owner's alone", all(os.stat(room.path(f)).st_mode & 0o077 == 0 for f in ("of-client", "of-server")))

    check("--trace shows the plain text beside the wire", re.search(
        r'^#0 > stream 1 SEALED \d+  [0-9a-f ]+  \| DATA %d "%s"' % (len(SECRET), SECRET), got.text, re.M), got)
    wire = room.client(room.server("--cipher", CIPHER, "--allow-any"), CIPHER, "alice", [SECRET], "--trace=wire")
    check("--trace=wire shows only the wire", wire.code == 0 and "SEALED" in wire.text and SECRET not in wire.text, wire)

    # --seed. The port is drawn from the seed alone, so ciphers that are tested at once must not share one: a port
    # that is taken is drawn again.
    seeds = [str(int.from_bytes(CIPHER.encode(), "big") * 3 % 2**60 + i) for i in range(3)]
    before = {who: lib.read(os.path.join(room.keys(who), "keys.csv")) for who in ("alice", "server")}
    records = []
    for i in range(2):
        server = room.server("--cipher", CIPHER, "--allow-any", "--seed", seeds[0], who="server")
        record = room.path("seeded-%d" % i)
        got = room.client(server, CIPHER, "alice", [SECRET], "--seed", seeds[1], "--record", record)
        check("a seeded session works", got.code == 0 and got.out == SECRET.encode() + b"\n", got)
        check("and says that it is unsafe", "predictable" in got.text and "predictable" in server.err.text, got)
        records.append(by_direction(record))
        server.stop()
    check("the same seeds make the same session, byte for byte, ports included", records[0] == records[1], records)
    server = room.server("--cipher", CIPHER, "--allow-any", "--seed", seeds[2], who="server")
    record = room.path("other-seed")
    room.client(server, CIPHER, "alice", [SECRET], "--seed", seeds[1], "--record", record)
    other = by_direction(record)
    check("another seed of the server makes another session", other[1] != records[0][1] and other[0][0] == records[0][0][0], other)
    server.stop()
    check("no key file was touched", before == {who: lib.read(os.path.join(room.keys(who), "keys.csv")) for who in ("alice", "server")})
lib.finish()
