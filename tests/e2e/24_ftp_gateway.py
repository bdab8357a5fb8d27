#!/usr/bin/env python3
"""Through the gateway any FTP program works under any cipher: curl, lftp and tnftp do all that they do in clear, and what they cannot know
(a stream that was cut) reaches them as a failure."""

import os

import ftp
import lib
import programs
from lib import check

lib.need_cipher()

with lib.Room() as room:
    root = room.path("root")
    server = ftp.sealed(room, root, lib.CIPHER)
    gate = ftp.gateway(room, server)
    check("it says what it is", gate.err.wait("in clear") and lib.CIPHER in gate.err.text, gate)
    site = programs.Site(room, gate.host, gate.port, root)
    for name in ("curl", "lftp", "tnftp"):
        programs.work(site, name, "under " + lib.CIPHER)

    # Python's, for the rest: who one is, what there is, and that a failure is a failure.
    with ftp.Clear(gate) as control:
        check("USER with another name is not let in", control.login("bob").code in (421, 530))
    with ftp.Clear(gate) as control:
        login = control.login()
        check("USER with the own name is", login.code in (230, 232), login)
        check("a folder of the server", control.ask("MKD made").code == 257 and os.path.isdir(os.path.join(root, "made")))
        check("what is not there is 550", control.download("RETR missing").code == 550)
        features = control.ask("FEAT").text
        check("FEAT promises no TLS", "REST STREAM" in features and "\n AUTH" not in features and "\n PROT" not in features, features)
        many = [control.ask("NOOP").code for _ in range(100)]
        check("the line stays in step", set(many) == {200})
        data, first = control.begin("STOR cut.bin")
        control.send(data, b"x" * 1000)
        there = lib.wait_until(lambda: "1000 bytes" in control.ask("STAT").text)  # before it is there nobody can tell whose it is
        check("STAT is answered during a transfer", there)
        control.cut(data)
        last = control.reply()
        check("an upload that is cut before the gateway is 4xx behind it", 400 <= last.code < 500, (first, last))
        thief = control.connect(control.passive(), source="127.0.0.2")
        control.say("RETR down.bin")
        try:
            stolen = thief.recv(100)
        except ConnectionError:
            stolen = b""
        check("another address gets nothing from the gateway's ports", stolen == b"")
    with ftp.Clear(gate) as control:
        control.login()
        got = control.ask("PORT 127,0,0,2,40,40")
        check("PORT to another address is refused", got.code >= 500, got)
        ftp.write(os.path.join(root, "large.bin"), bytes(4 << 20))
        data, first = control.begin("RETR large.bin")
        data.recv(10)
        for pid in ftp.sessions(server):
            os.kill(pid, 9)
        control.receive_all(data)
        try:
            last = control.reply().code
        except ftp.Gone:
            last = None
        check("a server that dies in the middle is no 226", last in (None, 421, 425, 426, 451), last)

    got = room.run("ftp", "--cipher", lib.CIPHER, "--keys", room.keys("alice"), "--gateway", "0.0.0.0:0", "%s:%d" % (server.host, server.port), seconds=10)
    check("the gateway listens on loopback only unless told otherwise", got.code == 2 and not got.out, got)
    check("the gateway stops when it is told to", gate.stop() == 0, gate)
lib.finish()
