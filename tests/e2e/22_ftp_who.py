#!/usr/bin/env python3
"""Who is who: the key says it, USER repeats it (232), another name is 530; what is offered without --cipher; users with a folder of their
own; and what ftpd and ftp-user say to a wrong command line."""

import os

import ftp
import lib
import stranger
from lib import check

with lib.Room() as room:
    ciphers = lib.installed()
    root = room.path("root")
    ftp.write(os.path.join(root, "a.txt"), b"a")
    ftp.write(os.path.join(root, "bob", "only.txt"), b"bob's")
    for who in ("alice", "bob"):
        for cipher in ciphers:
            room.allow(who, cipher)
    file = ftp.users(room, "alice", ("bob", "--folder", "/bob", "--read-only"))
    server = room.server("--cipher", ",".join(ciphers), "--root", root, "--users", file, command="ftpd")

    for cipher in ciphers:
        server.cipher = cipher
        got = ftp.batch(room, server, "quote USER alice", "quote PASS anything", "pwd")
        check("%s: USER with the own name is 232" % cipher, got.code == 0 and b"232" in got.out + got.err and b"202" in got.out + got.err, got)
        got = ftp.batch(room, server, "quote USER bob")
        check("%s: USER with another name is 530" % cipher, got.code == 1 and "530" in got.text + got.out.decode(), got)
        got = ftp.batch(room, server, "-quote USER bob", "ls")
        check("%s: and nothing can be done after it" % cipher, got.code == 1 and b"a.txt" not in got.out, got)
        got = ftp.client(room, server, "ls", options=("--name", "bob"))
        check("%s: calling oneself bob does not help" % cipher, got.code != 0 and b"a.txt" not in got.out, got)
        got = ftp.client(room, server, "ls", who="bob")
        check("%s: bob is in his own folder" % cipher, got.code == 0 and got.out == b"only.txt\n", got)
        got = ftp.client(room, server, "get", "../a.txt", room.path("stolen"), who="bob")
        check("%s: which he does not leave" % cipher, got.code == 1 and not os.path.exists(room.path("stolen")), got)
        got = ftp.client(room, server, "rm", "only.txt", who="bob")
        check("%s: and in which he may only read" % cipher, got.code == 1 and os.path.exists(os.path.join(root, "bob", "only.txt")), got)
        if cipher in stranger.CIPHERS:
            with ftp.Sealed(server, room, cipher) as control:
                codes = [control.ask(line).code for line in ("PWD", "PASS x", "USER bob", "PWD", "USER alice", "PASS x", "PWD", "REIN", "PWD",
                                                             "USER ALICE", "USER alice", "QUIT")]
                check("%s: the order of logging in" % cipher, control.greeting.code == 220 and
                      codes == [530, 503, 530, 530, 232, 202, 257, 220, 530, 530, 232, 221], (control.greeting, codes))
                check("%s: QUIT is answered with END" % cipher, control.session.receive() is None)
            with ftp.Sealed(server, room, cipher) as control:
                control.login()
                codes = [control.ask(line).code for line in ("PASV", "EPSV", "PORT 127,0,0,1,9,9", "EPRT |1|127.0.0.1|5000|", "EPSV ALL")]
                check("%s: there is no PASV in a sealed session" % cipher, codes == [502] * 5, codes)
        mallory = ftp.client(room, server, "ls", who="mallory")
        check("%s: who is on no list is refused" % cipher, mallory.code == 3 and b"a.txt" not in mallory.out, mallory)
    wrong = room.client(server, ciphers[0], "alice")
    check("a talk client at ftpd: exit 3, and why", wrong.code == 3 and "offers ftp, not talk" in wrong.text, wrong)
    talk = room.server("--cipher", ciphers[0])
    talk.cipher = ciphers[0]
    wrong = ftp.client(room, talk, "ls")
    check("an ftp client at the talk server: exit 3, and why", wrong.code == 3 and "offers talk, not ftp" in wrong.text, wrong)
    talk.stop()
    server.stop()

    # Without --cipher: only what proves who is there.
    server = room.server("--root", root, command="ftpd")
    for cipher in ciphers:
        server.cipher = cipher
        got = ftp.client(room, server, "ls")
        check("without --cipher: %s is %s" % (cipher, "offered" if cipher == "box" else "not offered"), got.code == (0 if cipher == "box" else 3), got)
    server.stop()

    # Nobody is on the list, everybody is let in: by the name that they give.
    cipher = ciphers[-1]
    server = room.server("--cipher", cipher, "--root", root, "--allow-any", command="ftpd", who="open")
    server.cipher = cipher
    got = ftp.batch(room, server, "quote USER carol", "ls", who="carol")
    check("--allow-any: a stranger has the name that it gives", got.code == 0 and b"a.txt" in got.out, got)
    got = ftp.batch(room, server, "quote USER dave", who="carol")
    check("--allow-any: and no other", got.code == 1, got)
    server.stop()

    # Wrong command lines: said in words, before anything is made.
    for what, arguments, word in (("no folder", [], "--root"), ("a folder that is not there", ["--root", room.path("none")], "none"),
                                  ("--data-ports same", ["--root", root, "--data-ports", "same"], "ports"),
                                  ("--cleartext without users", ["--root", root, "--cleartext"], "--users"),
                                  ("--cleartext with a cipher", ["--root", root, "--cleartext", "--anonymous", "--cipher", "box"], "--cleartext"),
                                  ("--anonymous under a cipher", ["--root", root, "--anonymous"], "--cleartext")):
        got = room.run("ftpd", "--keys", room.keys("wrong"), "--port", "0", *arguments, seconds=10)
        check("ftpd, %s: exit %s" % (what, got.code), got.code in (1, 2) and word in got.text and not got.out, got)
    for what, arguments, words in (("no name", ["--users", file], b"x\n"), ("no file", ["alice"], b"x\n"), ("no password", ["alice", "--users", file], b""),
                                   ("an empty password", ["alice", "--users", file], b"\n"), ("a bad name", ["a,b\n", "--users", file], b"x\n")):
        before = lib.read(file)
        got = room.run("ftp-user", *arguments, input=words)
        check("ftp-user, %s: exit %s, nothing written" % (what, got.code), got.code in (1, 2) and got.err and lib.read(file) == before, got)

    # The users' file: no password in it, one row a name, and a change holds at once.
    server = ftp.clear(room, root, "--users", file)
    rows = {row["name"]: row for row in lib.table(file)}
    check("the file has hashes, and is nobody else's business", set(rows) == {"alice", "bob"} and rows["alice"]["password"].startswith("$y$") and
          rows["alice"]["password"] != rows["bob"]["password"] and ftp.PASSWORD not in lib.read(file).decode() and
          os.stat(file).st_mode & 0o777 == 0o600, rows)
    with ftp.Clear(server) as control:
        check("in clear: the right password", control.login().code == 230)
        check("in clear: another user, who reads", control.login("bob").code == 230 and control.ask("PWD").text.startswith('257 "/"') and
              control.download("NLST").data == b"only.txt\r\n" and control.ask("DELE only.txt").code == 550)
    room.run("ftp-user", "alice", "--users", file, input=b"another one\n")
    with ftp.Clear(server) as control:
        check("in clear: a changed password holds at once", control.login().code == 530 and control.login(password="another one").code == 230)
    with ftp.Clear(server) as control:
        check("in clear: no anonymous unless told so", control.login("anonymous", "me@").code == 530)
    server.stop()
lib.finish()
