#!/usr/bin/env python3
"""The exit codes, and errors that say what, where, why and what to do: 0 done, 1 failed, 2 wrong usage, 3 a key, cipher or service was not
accepted, 4 the plugin cannot be used."""

import os
import re
import socket

import lib
from lib import check

with lib.Room() as room:
    def expect(what, code, words, got):
        missing = [w for w in words if not re.search(w, got.text + got.out.decode("utf-8", "replace"), re.I)]
        check("%s: exit %d" % (what, code), got.code == code and not missing, "missing: %s\n%s" % (missing, got))

    server = room.server("--cipher", "none,xor", "--allow-any")
    where = "%s:%d" % (server.host, server.port)
    run, keys = room.run, ("--keys", room.keys("alice"))

    expect("no command shows what there is", 0, ["server", "client", "keygen"], run())
    expect("help", 0, ["server", "client"], run("help"))
    expect("--version", 0, [r"\d+\.\d+"], run("--version"))
    for command in ("try", "server", "client", "keygen", "pubkey", "allow", "deny", "forget", "clients", "demo-keys", "ciphers"):
        expect("%s --help" % command, 0, ["usage: *plugboard %s" % command], run(command, "--help"))
    expect("an unknown command", 2, ["encrypt"], run("encrypt"))
    expect("an unknown option", 2, ["--frobnicate"], run("client", "--frobnicate"))
    expect("client without a cipher says what is installed", 2, ["none", "xor"], run("client", where))
    expect("a port that is none", 2, ["99999"], run("client", "--cipher", "none", *keys, "127.0.0.1:99999"))
    expect("a cipher that is not there: the folders searched, and the nearest name", 4, ["xorr", "xor", "ciphers"],
           run("client", "--cipher", "xorr", *keys, where))
    expect("a name that is no name", 4, ["x/y"], run("client", "--cipher", "x/y", *keys, where))
    expect("a cipher that the server does not offer", 3, ["does not offer", "vigenere"], run("client", "--cipher", "vigenere", *keys, where))
    expect("a good session", 0, [], run("client", "--cipher", "xor", *keys, where, input=b"hello\n"))

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        got = run("client", "--cipher", "none", *keys, "127.0.0.1:%d" % port)
        expect("nobody listening", 1, ["nobody listens at 127.0.0.1:%d" % port], got)
        check("and never the bare word refused", "refused" not in got.text, got)
    expect("no such host", 1, ["no.such.host.invalid"], run("client", "--cipher", "none", *keys, "no.such.host.invalid"))
    expect("a port in use: which one, and how to choose another", 1, [str(server.port), "--port"],
           run("server", "--keys", room.keys("second"), "--cipher", "none", "--port", str(server.port)))
    expect("a server with a cipher that is not there", 4, ["enigma"], run("server", "--keys", room.keys("second"), "--cipher", "enigma", "--port", "0"))

    # Folders and files that are not as they should be
    blocked = room.path("a-file")
    open(blocked, "w").close()
    expect("a keys folder that cannot be made", 1, ["a-file"], run("client", "--cipher", "none", "--keys", os.path.join(blocked, "keys"), where))
    expect("the same for a server", 1, ["a-file"], run("server", "--cipher", "none", "--keys", os.path.join(blocked, "keys"), "--port", "0"))

    # A folder that cannot be written, for a user who is not root.
    somebody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    os.chmod(room.folder, 0o755)
    os.chmod(room.path("keys"), 0o755)
    closed = room.keys("closed")
    os.chmod(closed, 0o555)
    try:
        got = run("client", "--cipher", "none", "--keys", closed, where, **somebody)
    except PermissionError:
        print("note: another user cannot run the program here, so no folder is closed to anybody")
    else:
        expect("a keys folder that cannot be written", 1, ["closed"], got)
        pair = [r for r in lib.table(os.path.join(room.keys("alice"), "keys.csv")) if r["cipher"] == "xor"][0]
        os.chmod(closed, 0o755)
        lib.write_table(os.path.join(closed, "keys.csv"), ["cipher", "public", "private"], ["xor", pair["public"], pair["private"]])
        os.chmod(os.path.join(closed, "keys.csv"), 0o644)
        os.chmod(closed, 0o555)
        got = run("client", "--cipher", "xor", "--keys", closed, where, input=b"hello\n", **somebody)
        expect("keys that can be read there: a warning that the server is not recorded, and the session goes on", 0,
               ["warning.*not recorded", "hello"], got)
    os.chmod(closed, 0o700)
    expect("a full disk", 1, ["/dev/full"], run("client", "--cipher", "none", *keys, "--record", "/dev/full", where, input=b"x\n"))
    full = room.start_client(server, "none", "alice", stdout=open("/dev/full", "wb"))
    got = room.finish_process(full, b"hello\n")
    expect("replies that cannot be written", 1, ["written"], got)

    # Keys typed by hand, bad rows, and rows that hide no good one
    def with_keys(who, text):
        file = os.path.join(room.keys(who), "keys.csv")
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(file, 0o600)
        return room.client(server, "xor", who, ["hello"])

    row = lib.table(os.path.join(room.keys("alice"), "keys.csv"))
    xor = [r for r in row if r["cipher"] == "xor"][0]
    good = "cipher,public,private\nxor,%s,%s\n" % (xor["public"], xor["private"])
    expect("a row typed by hand", 0, [], with_keys("typed", good))
    expect("with CRLF and a BOM", 0, [], with_keys("windows", "\ufeff" + good.replace("\n", "\r\n")))
    expect("no header: says what it should be", 1, ["cipher,public,private"], with_keys("headless", good.split("\n", 1)[1]))
    expect("a missing column: file and line", 1, [r"keys\.csv:2"], with_keys("short", "cipher,public,private\nxor,%s\n" % xor["public"]))
    expect("an open quote hides no good row: file and line, and it goes on", 0, [r"keys\.csv:3"], with_keys("quote", good + '"xor,never closed\n'))
    got = with_keys("long", good + "xor," + "y" * 10_000_000 + ",x\n")
    expect("a line of 10 MB hides no good row", 0, [r"keys\.csv:3"], got)
    check("and is not shown at length", len(got.err) < 2000, len(got.err))
    expect("another spelling of a key: shows the right one", 3, [re.escape(xor["public"])],
           with_keys("spelling", good.replace(xor["public"], xor["public"].replace(" y=", " y=0"))))
    other = [r for r in lib.table(os.path.join(server.keys, "keys.csv")) if r["cipher"] == "xor"][0]
    expect("a private key that does not fit", 3, ["does not fit"], with_keys("unfit", good.replace(xor["private"], other["private"])))
    wide = os.path.join(room.keys("typed"), "keys.csv")
    os.chmod(wide, 0o644)
    got = room.client(server, "xor", "typed", ["hello"])
    expect("a key file that others may read: a warning with the command, and it goes on", 0, ["chmod", "keys.csv"], got)

    # keygen and pubkey
    folder = ("--keys", room.keys("made"))
    expect("keygen", 0, [os.path.join(room.keys("made"), "keys.csv")], run("keygen", "--cipher", "xor", *folder))
    before = lib.read(os.path.join(room.keys("made"), "keys.csv"))
    expect("keygen over existing keys: they stay", 1, ["xor"], run("keygen", "--cipher", "xor", *folder))
    check("and are what they were", before == lib.read(os.path.join(room.keys("made"), "keys.csv")))
    expect("keygen --replace", 0, [r"keys\.csv\.old"], run("keygen", "--cipher", "xor", "--replace", *folder))
    check("keeps the old row in keys.csv.old", before.splitlines()[-1] in lib.read(os.path.join(room.keys("made"), "keys.csv.old")))
    expect("a bad option of a cipher", 3, ["bits"], run("keygen", "--cipher", "xor", "-o", "bits=33", "--keys", room.keys("odd")))
    got = run("pubkey", "--cipher", "none,xor", *folder)
    check("pubkey: CSV of cipher and public key", got.code == 0 and got.out.startswith(b"cipher,public\n") and got.out.count(b"\n") == 3, got)

    # rsa from the blackboard
    if "rsa" in lib.installed():
        board = room.server("--cipher", "rsa", "--allow-any", who="board")
        lib.write_table(os.path.join(room.keys("chalk"), "keys.csv"), ["cipher", "public", "private"],
                        ["rsa", "n=3233 e=17", "n=3233 e=17 d=2753"])
        got = room.client(board, "rsa", "chalk", ["n=3233, by hand"])
        expect("rsa with n=3233 e=17 d=2753 typed by hand", 0, ["n=3233, by hand"], got)
        for what, public, private, words in [
                ("n=0", "n=0 e=17", "n=0 e=17 d=5", ["n=0"]), ("n=1", "n=1 e=17", "n=1 e=17 d=5", ["n=1"]),
                ("an even n", "n=3234 e=17", "n=3234 e=17 d=5", ["even"]), ("e=0", "n=3233 e=0", "n=3233 e=0 d=5", ["e=0"]),
                ("a d that does not fit", "n=3233 e=17", "n=3233 e=17 d=2755", ["does not fit"])]:
            lib.write_table(os.path.join(room.keys("chalk"), "keys.csv"), ["cipher", "public", "private"], ["rsa", public, private])
            expect("rsa with " + what, 3, words, room.client(board, "rsa", "chalk", ["hello"]))

    # Keys that only the server can judge: its answer is a sentence, and exit 3 at the client.
    for cipher, bad in [("xor", "bits=32 y=%d" % y) for y in (0, 1, 4294967086, 4294967087, 4294967088)] + [("box", "00" * 32), ("box", "01" + "00" * 31)]:
        if cipher not in lib.installed():
            continue
        judge = room.server("--cipher", cipher, "--allow-any", who="judge")
        with lib.call(judge) as connection:
            connection.sendall(lib.frame(lib.HELLO, lib.hello_body(cipher=cipher, key=bad)))
            got = lib.receive_frame(connection)
            check("%s %s: REFUSE with BAD_KEY and a reason" % (cipher, bad[:20]), lib.refusal(got) == lib.BAD_KEY and len(got[1]) > 20, got)
        judge.stop()
lib.finish()
