#!/usr/bin/env python3
"""A server whose key has changed is refused with the old key, since when it was known, and the command to type; that command works.
A new key is recorded only when the whole handshake has come through."""

import os
import re
import shlex
import socket
import threading

import lib
from lib import check

with lib.Room() as room:
    for cipher in lib.installed():
        server = room.server("--cipher", cipher, "--allow-any", who="first-" + cipher)
        known = os.path.join(room.keys("alice"), "servers.csv")
        got = room.client(server, cipher, "alice")
        check("%s: the first meeting is recorded" % cipher, got.code == 0 and
              [r["port"] for r in lib.table(known) if r["cipher"] == cipher] == [str(server.port)], got)
        old = [r for r in lib.table(known) if r["cipher"] == cipher][0]
        port = server.port
        server.stop()

        server = room.server("--cipher", cipher, "--allow-any", "--port", str(port), who="second-" + cipher)
        got = room.client(server, cipher, "alice")
        check("%s: a changed key is refused, exit 3" % cipher, got.code == 3 and got.out == b"", got)
        check("%s: with the old key and since when it was known" % cipher, old["public"] in got.text and old["first_seen"] in got.text, got)
        command = re.search(r"^\s*plugboard (forget .*)$", got.text, re.M)
        check("%s: and the command to type" % cipher, command, got)
        check("%s: the recorded key is the old one still" % cipher, old in lib.table(known))
        if command:
            done = room.run(*shlex.split(command.group(1)))
            check("%s: that command works" % cipher, done.code == 0, done)
            got = room.client(server, cipher, "alice", ["again"])
            check("%s: and then the new key is taken" % cipher, got.code == 0 and got.out == b"again\n", got)
        server.stop()

    # One injected WELCOME must not lock out the true server: this one shows a key and never confirms it.
    listener = socket.create_server(("127.0.0.1", 0))

    def show_a_key():
        connection, _ = listener.accept()
        lib.receive_frame(connection)
        connection.sendall(lib.frame(lib.WELCOME, lib.hello_body(name="", random=bytes(32))))
        connection.close()

    thread = threading.Thread(target=show_a_key, daemon=True)
    thread.start()
    got = room.client("127.0.0.1:%d" % listener.getsockname()[1], "none", "carol")
    thread.join(lib.PATIENCE)
    listener.close()
    check("a server that only shows a key is an error", got.code == 1, got)
    check("and its key is not recorded", lib.table(os.path.join(room.keys("carol"), "servers.csv")) == [])

    # Forgetting somebody who is not known is an error that says so.
    got = room.run("forget", "nowhere.example:1", "--keys", room.keys("alice"))
    check("forgetting an unknown server: exit 1, and its name", got.code == 1 and "nowhere.example" in got.text, got)
lib.finish()
