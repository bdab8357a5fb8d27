#!/usr/bin/env python3
"""The session in hex on PROTOCOL.md is what the program does: the same seeds make the same frames, and every record opens to what
the page says."""

import re

import lib
import stranger
from lib import check

if "xor" not in lib.installed():
    raise SystemExit(lib.SKIPPED)
page = open(lib.SOURCE + "/core/PROTOCOL.md", encoding="utf-8").read()
section = page.split("\n## A whole session in hex\n")[1].split("\n## ")[0]
pairs = re.findall(r"^\| (?:client|server) \| `(.*?)` \| `(.*?)` \|$", section, re.M)
check("the page has two key pairs", len(pairs) == 2, pairs)
steps = []  # (name, sent by, frame, message or None)
for name, sender, rest in re.findall(r"^\*\*(.*?)\*\*, (client|server) to .*?\n(.*?)(?=^\*\*|\Z)", section, re.M | re.S):
    blocks = [bytes.fromhex(b.replace("\n", " ")) for b in re.findall(r"(?:^    [0-9a-f ]+\n)+", rest + "\n", re.M)]
    steps.append((name, sender, blocks[0], blocks[1] if len(blocks) > 1 else None))
check("and eight frames", [s[0].split()[-1] for s in steps] ==
      ["HELLO", "WELCOME", "SWITCH", "JOIN", "DATA", "END", "DATA", "END"], [s[0] for s in steps])

ciphers = {"client": stranger.Xor(*pairs[0], pairs[1][0]), "server": stranger.Xor(*pairs[1], pairs[0][0])}
for name, sender, frame, message in steps:
    check("%s of the %s: the header's length is right" % (name, sender), len(frame) == 8 + int.from_bytes(frame[4:8], "big"))
    if message:
        check("it is what its sender's keys make of the message", ciphers[sender].seal(message) == frame[8:])

with lib.Room() as room:
    server = room.server("--cipher", "xor", "--allow-any", "--seed", "1", "--record", room.path("record"))
    got = room.client(server, "xor", "alice", ["Hello, Plugboard!"], "--seed", "2")
    check("the session is made again", got.code == 0, got)
    server.stop()
    rows = [line.split(" ") for line in lib.read(room.path("record")).decode().splitlines()[1:]]
    for sender, direction in (("client", "c>s"), ("server", "s>c")):
        on_the_wire = [row[3] for row in rows if row[0] == direction]
        on_the_page = [frame[8:].hex() for _, who, frame, _ in steps if who == sender]
        check("what the %s sends is what the page shows" % sender, on_the_wire == on_the_page, (on_the_wire, on_the_page))
lib.finish()
