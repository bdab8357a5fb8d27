#!/usr/bin/env python3
"""`plugboard try CIPHER` from a pipe: a real session in one terminal, one message a line, plain text and wire side by side; leaves nothing
behind. Under each cipher."""

import os

import lib
from lib import CIPHER, check

lib.need_cipher()
with lib.Room() as room:
    before = set(os.listdir(room.path())), os.listdir(room.environment["HOME"])
    got = room.run("try", CIPHER, input=b"hello\nagain\n")
    rows = [line.split("  |  ") for line in got.out.decode().splitlines() if "  |  " in line]
    left, right = "\n".join(r[0] for r in rows), "\n".join(r[1] for r in rows)
    check("it ends well", got.code == 0, got)
    for word in (b"hello", b"again"):
        plain = " ".join("%02x" % b for b in word)
        check("%s is shown, with its kind byte apart, there and back" % word.decode(), left.count("03|" + plain) == 2, got)
        check("the wire beside it %s it" % ("shows" if CIPHER == "none" else "does not show"), (plain in right) == (CIPHER == "none"), got)
    check("it leaves no file behind", (set(os.listdir(room.path())), os.listdir(room.environment["HOME"])) == before)
    again = room.run("try", CIPHER, input=b"")
    check("nothing to say is fine, too", again.code == 0, again)
    noise = os.urandom(2000).replace(b"\n", b"")
    got = room.run("try", CIPHER, input=noise + b"\n")
    check("bytes that are no text are shown so that no terminal acts on them", got.code == 0 and b"\x1b" not in got.out.replace(b"\x1b[", b""), got)
    got = room.run("try", CIPHER, "--app", "ftp", input=b"cat letter.txt\nquit\n")
    check("--app ftp serves a letter, and shows the frames", got.code == 0 and b"The treasure is below the old oak" in got.out and
          "OFFER" in got.text, got)
    check("it leaves no folder behind, either", not [f for f in os.listdir(room.environment.get("TMPDIR", "/tmp"))
                                                     if f.startswith("plugboard-try-")])
    if CIPHER == "rsa":
        got = room.run("try", CIPHER, "-o", "bits=12", input=b"hello\n")
        check("-o chooses the keys", got.code == 0 and "12 bits" in got.out.decode(), got)
        got = room.run("try", CIPHER, "-o", "bits=11", input=b"x\n")
        check("a bad option is refused with the possible ones", got.code == 3 and "from 12 to 4096" in got.text, got)
got = None
with lib.Room() as room:
    got = room.run("try", "enigma", input=b"x\n")
    check("an unknown cipher: exit 4, and where it was looked for", got.code == 4 and "ciphers" in got.text, got)
lib.finish()
