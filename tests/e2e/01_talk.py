#!/usr/bin/env python3
"""Steps 1, 2, 3, 5, 6 and 9 of the exercise: both sides make or read their keys, exchange them, talk over another port than the first,
and the server remembers the client by its address. Under each cipher."""

import os
import re

import lib
from lib import CIPHER, check

lib.need_cipher()
with lib.Room() as room:
    server = room.server("--cipher", CIPHER, "--allow-any")
    check("the server listens on a free port", server.port, server)
    server_keys = os.path.join(server.keys, "keys.csv")
    check("it says that it made a key pair, and where",
          server.err.wait(r"%s: made a key pair in .*keys\.csv" % CIPHER, 5) or "made a key pair" in server.out.text, server)
    rows = lib.table(server_keys)
    check("keys.csv holds one pair", [r["cipher"] for r in rows] == [CIPHER] and rows[0]["public"] and rows[0]["private"], rows)
    check("nobody else may read it", os.stat(server_keys).st_mode & 0o077 == 0, oct(os.stat(server_keys).st_mode))

    lines = ["hello, is anybody there?", "", "Zoë says: 3 × 4 = 12", "x" * 5000]
    record = room.path("record")
    got = room.client(server, CIPHER, "alice", lines, "--record", record)
    check("every line comes back, in order, and nothing else is on stdout", got.out.decode() == "".join(l + "\n" for l in lines), got)
    check("the client ends well", got.code == 0, got)
    client_keys = os.path.join(room.keys("alice"), "keys.csv")
    check("the client made its keys and says where", client_keys in got.text, got)
    public = lib.table(client_keys)[0]["public"]

    moved = re.search(r"moved from port (\d+) to (\d+)", got.text)
    check("the client says which port it moved to", moved and int(moved.group(1)) == server.port, got)
    check("the new port is another one", moved and moved.group(1) != moved.group(2), got)
    check("the server says the same sentence", moved and server.err.wait(re.escape(moved.group(0)), 5) or
          (moved and moved.group(0) in server.out.text), server)
    check("the server shows the message with its sender's name", server.out.wait(r"alice.*hello, is anybody there\?", 5), server)

    wire = bytes.fromhex("".join(l.split()[3].replace("-", "") for l in lib.read(record).decode().splitlines()[1:] if " SEALED " in l))
    check("on the wire the text is %s" % ("in clear" if CIPHER == "none" else "not to be seen"),
          (b"is anybody there?" in wire) == (CIPHER == "none"), wire[:400])

    before = lib.read(client_keys), lib.read(server_keys)
    again = room.client(server, CIPHER, "alice", ["again"])
    check("the second run talks with the same keys", again.code == 0 and again.out == b"again\n", again)
    check("existing keys are read, not made: the client says nothing of making", "made a key pair" not in again.text, again)
    server.stop()
    check("the server ends with code 0", server.code == 0, server)
    row = [r for r in lib.table(os.path.join(server.keys, "clients.csv"))]
    check("clients.csv knows the client by address, cipher and key", len(row) == 1 and row[0]["ip"] == "127.0.0.1" and
          row[0]["cipher"] == CIPHER and row[0]["public"] == public, row)
    check("it counts both sessions", row and row[0]["sessions"] == "2", row)

    server = room.server("--cipher", CIPHER, "--allow-any", "-v")
    third = room.client(server, CIPHER, "alice", ["third"])
    check("after a restart of the server the same client talks to it", third.code == 0 and third.out == b"third\n", third)
    server.stop()
    check("no key file was changed by any of this", before == (lib.read(client_keys), lib.read(server_keys)))
lib.finish()
