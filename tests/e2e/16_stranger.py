#!/usr/bin/env python3
"""A client in another language, written from PROTOCOL.md alone, talks to the server under none, xor, vigenere and rsa; also with keys of
all kinds and sizes, on the same port, and with large messages."""

import os
import random

import lib
from lib import check

STRANGER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stranger.py")
import stranger

KINDS = [("none", [])]
KINDS += [("xor", ["bits=%d" % bits]) for bits in stranger.PRIMES]
KINDS += [("vigenere", ["bits=%d" % bits, "alphabet=" + alphabet]) for bits, alphabet in
          ((16, "bytes"), (32, "letters"), (64, "bytes"), (24, "letters"))]
KINDS += [("rsa", ["bits=%d" % bits]) for bits in (12, 13, 16, 17, 64, 511, 512, 1024)]

noise = random.Random(1)
TEXTS = [b"", b"\0", b"\0\0leading zeros", b"Attack at dawn, NOT at dusk!", bytes(range(256)), noise.randbytes(1000),
         noise.randbytes(4096)]

with lib.Room() as room:
    def pair(who, cipher, options):
        arguments = [x for o in options for x in ("-o", o)]
        got = room.run("keygen", "--cipher", cipher, *arguments, "--keys", room.keys(who))
        check("%s %s: keys for %s" % (cipher, " ".join(options), who.split("-")[0]), got.code == 0, got)
        row = [r for r in lib.table(os.path.join(room.keys(who), "keys.csv")) if r["cipher"] == cipher][0]
        return row["public"], row["private"]

    installed = lib.installed()
    for i, (cipher, options) in enumerate(KINDS):
        if cipher not in installed:
            continue
        what = " ".join([cipher] + options)
        public, private = pair("stranger-%d" % i, cipher, options)
        # rsa: keys of two sizes, so that the blocks do not fit
        pair("server-%d" % i, cipher, ["bits=%d" % (300 if "bits=512" in options else 40)] if cipher == "rsa" else options)
        ports = ["--data-ports", "same"] if i % 2 else []
        server = room.server("--cipher", cipher, "--allow-any", *ports, who="server-%d" % i)
        try:
            client = stranger.Client(server.host, server.port, cipher, public, private)
            answers = []
            for text in TEXTS:
                client.send(stranger.DATA, text)
                answers.append(client.receive())
            client.send(stranger.END)
            end = client.receive()
            client.close()
            check("%s: every message comes back as it was" % what, answers == TEXTS)
            check("%s: END is answered with END" % what, end is None)
            if what in ("none", "xor bits=32", "vigenere bits=16 alphabet=bytes"):
                client = stranger.Client(server.host, server.port, cipher, public, private)
                large = noise.randbytes((1 << 20) - 1)
                client.send(stranger.DATA, large)
                check("%s: the largest message comes back" % what, client.receive() == large)
                client.close()
        except (stranger.Refused, stranger.Broken, OSError) as error:
            check("%s: the stranger is understood" % what, False, "%s\n%s" % (error, server))
        server.stop()

    # Refused as any other, and with its own program.
    server = room.server("--cipher", "none")
    got = room.finish_process(lib.subprocess.Popen([lib.sys.executable, STRANGER, server.host, str(server.port), "none", "none-00112233445566aa",
                                                    "none-00112233445566aa"], stdin=-1, stdout=-1, stderr=-1), b"hello\n")
    check("a stranger that is not on the list is refused, and reads why", got.code == 3 and "1 this key is not in the list" in got.text, got)
lib.finish()
