#!/usr/bin/env python3
"""Our client against a server that lies, in clear and under `none`: names that lead out, addresses of others, short files told as whole, lines
without end, bytes for the terminal. It never writes outside, never says that all is well, never loses an old file, never hangs."""

import hashlib
import os
import socket
import threading
import time

import ftp
import hostile_ftp
import lib
from hostile_ftp import Data
from lib import check

OLD = b"the old file"
OPTIONS = ("--timeout", "1")


class Scene:
    def __init__(self, room):
        self.room, self.here = room, room.path("deep", "here")
        os.makedirs(self.here)

    def fresh(self):
        for folder, folders, files in os.walk(self.room.path("deep"), topdown=False):
            for name in files:
                os.unlink(os.path.join(folder, name))
            for name in folders:
                if os.path.join(folder, name) != self.here:
                    os.rmdir(os.path.join(folder, name))
        ftp.write(os.path.join(self.here, "old"), OLD)

    def run(self, server, *lines, words=None, seconds=20):
        self.fresh()
        if words:
            return ftp.client(self.room, server, *words, options=OPTIONS, cwd=self.here, seconds=seconds)
        return ftp.batch(self.room, server, *lines, options=OPTIONS, cwd=self.here, seconds=seconds)

    def old_is_whole(self):
        return lib.read(os.path.join(self.here, "old")) == OLD

    def outside(self):
        return [path for path in ftp.tree(self.room.path("deep")) if path != "here" and not path.startswith("here/")]


def shapes(answers):
    """The same liar in both shapes."""
    yield "in clear", hostile_ftp.Server(answers)
    if "none" in lib.installed():
        yield "under none", hostile_ftp.Server(answers, sealed=True)


def killed(got):
    return b"killed by the test" in got.err


NAMES = ["../escaped", "../../escaped", "/tmp/plugboard-escaped", "a/b", "..", ".", "sub/../../escaped", "|touch piped", "-rf", "\x1b]0;evil\x07", "x\ry",
         "good", ".pb-0123456789abcdef.part", "~", "a" * 300]


def bad_names(scene, what):
    listing = "".join("type=file;size=4; %s\r\n" % name for name in NAMES).encode()
    answers = {"MLSD": Data(listing), "NLST": Data("".join(n + "\r\n" for n in NAMES).encode()), "RETR": Data(b"evil"), "SIZE": "213 4",
               "LIST": Data("".join("-rw-r--r-- 1 a b 4 Jan 1 00:00 %s\r\n" % n for n in NAMES).encode()),
               "MLST": lambda talk, a: talk.raw(b"250-x\r\n type=dir; x\r\n250 end\r\n")}
    for shape, server in shapes(answers):
        with server:
            for command in ("get -r folder", "mget *", "mget -r *", "mget folder/*"):
                got = scene.run(server, command)
                here = ftp.tree(scene.here)
                check("%s: %s: %s writes nothing outside" % (what, shape, command), not scene.outside() and
                      not os.path.exists("/tmp/plugboard-escaped") and "piped" not in here and "touch" not in here and not killed(got), (got, here.keys()))
                check("%s: %s: %s is no success, and tells why" % (what, shape, command), got.code == 1 and "the server lists the name" in got.text, got)
                if command.startswith("get -r"):
                    check("%s: %s: %s fetches the good one" % (what, shape, command), here.get("folder/good") == b"evil", here.keys())
                check("%s: %s: no control byte of a name reaches the terminal" % (what, shape), b"\x1b" not in got.out + got.err and
                      b"\x07" not in got.out + got.err, got)
            got = scene.run(server, "ls", "ls -l")
            check("%s: %s: nor in a listing" % (what, shape), b"\x1b" not in got.out + got.err, got)


def foreign_address(scene, what):
    """227 names another machine, which waits with a forged file."""
    forged = socket.create_server(("127.0.0.2", 0))
    visitors = []

    def serve():
        try:
            while True:
                connection, _ = forged.accept()
                visitors.append(1)
                connection.sendall(b"FORGED")
                connection.close()
        except OSError:
            pass
    threading.Thread(target=serve, daemon=True).start()
    port = forged.getsockname()[1]

    def foreign(talk, _):
        talk.say("227 go (127,0,0,2,%d,%d)" % (port >> 8, port & 255))
    answers = {"EPSV": "500 no", "PASV": foreign, "SIZE": "213 6", "RETR": Data(b"honest"), "FEAT": "500 no"}
    with hostile_ftp.Server(answers) as server:
        got = scene.run(server, "get file")
        path = os.path.join(scene.here, "file")
        check("%s: nobody else is called" % what, not visitors and (not os.path.exists(path) or lib.read(path) != b"FORGED"), got)
    answers["PASV"] = hostile_ftp.passive_227
    with hostile_ftp.Server(answers) as server:
        got = scene.run(server, "get file")
        check("%s: an honest 227 works" % what, got.code == 0 and lib.read(os.path.join(scene.here, "file")) == b"honest", got)
    for line in ("227 go", "227 (1,2,3)", "227 (127,0,0,1,999,1)", "227 (127,0,0,1,0,0)", "229 (|||0|)"):
        with hostile_ftp.Server(dict(answers, PASV=line)) as server:
            got = scene.run(server, "get old")
            check("%s: %s is no address" % (what, line), got.code == 1 and scene.old_is_whole() and not killed(got), got)
    forged.close()


def short_files(scene, what):
    digest = hashlib.sha256(b"y" * 1000).hexdigest()
    rows = [("226, and half of it", {"SIZE": "213 1000", "RETR": Data(b"x" * 500)}),
            ("226, and nothing of it", {"SIZE": "213 1000", "RETR": Data(b"")}),
            ("226, and more than it", {"SIZE": "213 1000", "RETR": Data(b"x" * 1500)}),
            ("426, and half of it", {"SIZE": "213 1000", "RETR": Data(b"x" * 500, "426 cut")}),
            ("426, and no SIZE", {"RETR": Data(b"x" * 500, "426 cut")}),
            ("451, and all of it", {"SIZE": "213 1000", "RETR": Data(b"x" * 1000, "451 sorry")}),
            ("a broken stream, and 226", {"SIZE": "213 1000", "RETR": Data(b"x" * 500, whole=False)}),
            ("a broken stream and all of it, and 226", {"RETR": Data(b"x" * 1000, whole=False)}),
            ("no last word", {"SIZE": "213 1000", "RETR": Data(b"x" * 1000, last=None)})]
    for row, answers in rows:
        for shape, server in shapes(answers):
            if row.startswith("a broken stream and all") and shape == "in clear":
                continue  # a reset that overtakes nothing cannot be told from an end
            with server:
                got = scene.run(server, "get old", seconds=30)
                check("%s: %s: %s: a failure, and the old file is whole" % (what, shape, row), got.code == 1 and scene.old_is_whole() and not killed(got), got)
    # Another content of the right size: only the hash can tell.
    for shape, server in shapes({"SIZE": "213 1000", "RETR": Data(b"x" * 1000), "HASH": "213 SHA-256 0-1000 %s old" % digest}):
        with server:
            got = scene.run(server, "get old")
            check("%s: %s: another content, and its true hash: a failure" % (what, shape), got.code == 1 and scene.old_is_whole(), got)


def refused(scene, what):
    rows = [("550", {"RETR": "550 no"}), ("550 after a SIZE", {"SIZE": "213 4", "RETR": "550 no"}), ("421", {"RETR": "421 bye"}),
            ("550 after 150", {"RETR": Data(b"", "550 no")}), ("a reply that is none", {"RETR": "hello"}), ("999", {"RETR": "999 what"}),
            ("000", {"RETR": "000 what"}), ("226 without data", {"RETR": "226 done"}), ("a line of blanks", {"RETR": "   "})]
    for row, answers in rows:
        for shape, server in shapes(answers):
            with server:
                got = scene.run(server, "get old", seconds=30)
                check("%s: %s: %s: a failure, and the old file is whole" % (what, shape, row), got.code == 1 and scene.old_is_whole() and not
                      ftp.hidden(scene.here) and not killed(got), (got, ftp.hidden(scene.here)))


def endless(scene, what):
    """Until the client hangs up; or 64 MiB, which is what a test can wait for."""
    sent = [0]

    def flood(piece, first=b""):
        def answer(talk, _):
            sent[0] = 0
            talk.raw(first)
            try:
                while sent[0] < 64 << 20:
                    talk.raw(piece)
                    sent[0] += len(piece)
            except OSError:
                pass
        return answer

    def names(talk, _):
        talk.offer()
        talk.say("150 here")
        talk.join()
        sent[0] = 0
        try:
            while sent[0] < 8 << 20:
                piece = b"type=file;size=1; " + b"n" * 65000
                talk.send(piece)
                sent[0] += len(piece)
        except OSError:
            pass
        talk.end(True)
        talk.say("226 done")
    rows = [("a line without end", {"PWD": flood(b"2" * 65536, b"257 ")}), ("a greeting without end", {"": flood(b"a" * 65536)}),
            ("a reply of endless lines", {"FEAT": flood(b" more\r\n" * 10000, b"211-what\r\n")}), ("a name without end in a listing", {"MLSD": names})]
    for row, answers in rows:
        for shape, server in shapes(answers):
            with server:
                scene.fresh()
                process = scene.room.start(ftp.client_arguments(scene.room, server, "ls", options=OPTIONS), cwd=scene.here)
                peak = 0
                begin = time.monotonic()
                while process.poll() is None and time.monotonic() - begin < 30:
                    try:
                        peak = max(peak, ftp.memory(process.pid))
                    except (OSError, AttributeError):
                        pass
                    time.sleep(0.01)
                got = scene.room.finish_process(process)
                check("%s: %s: %s: it ends, in %d MiB" % (what, shape, row, peak >> 20), got.code == 1 and not killed(got) and
                      (lib.SANITIZED or peak < 48 << 20), (got, peak))


def escapes(scene, what):
    evil = "\x1b[2J\x1b]0;evil\x07\x9b31m"
    answers = {"": "220 " + evil, "PWD": '257 "/%s"' % evil, "RETR": "550 " + evil, "CWD": "550-%s\r\n%s\r\n550 %s" % (evil, evil, evil),
               "NOOP": "200 " + evil, "DELE": "550 \r" + evil, "MLSD": "550 " + evil, "QUIT": "221 " + evil}
    for shape, server in shapes(answers):
        with server:
            got = scene.run(server, "-pwd", "-get old", "-cd x", "-quote NOOP", "-rm x", "-ls", "pwd")
            said = got.out + got.err
            check("%s: %s: no control byte is shown" % (what, shape), not any(b in said for b in (b"\x1b", b"\x07", b"\x9b", b"\r")), got)


def out_of_step(scene, what):
    """An answer too many must not be taken for that to the next command."""
    answers = {"SIZE": "213 4", "RETR": Data(b"good", "226 done\r\n226 done again"), "DELE": "550 no"}
    for shape, server in shapes(answers):
        with server:
            got = scene.run(server, "get file", "rm x", "mkdir after")
            check("%s: %s: a second 226 does not make rm a success" % (what, shape), got.code == 1 and "MKD after" not in server.heard, (got, server.heard))


def numbers(scene, what):
    for size in ("18446744073709551615", "99999999999999999999999999", "-1", "x", "", "9223372036854775807"):
        for shape, server in shapes({"SIZE": "213 " + size, "RETR": Data(b"good"), "MLSD": Data(b"type=file;size=%s; file\r\n" % size.encode())}):
            with server:
                got = scene.run(server, "-get old", "-mget *", "-ls -l", "pwd")
                here = lib.read(os.path.join(scene.here, "old"))
                check("%s: %s: a size of '%s'" % (what, shape, size[:30]), got.code == 0 and here in (OLD, b"good") and not killed(got), got)


def silence(scene, what):
    def mute(talk, _):
        talk.more()

    def stall(talk, _):
        talk.offer()
        talk.say("150 here")
        talk.join()
        talk.send(b"x" * 100)
        talk.more()

    def drop(talk, _):
        raise OSError

    def drop_in_reply(talk, _):
        talk.raw(b"25")
        raise OSError
    rows = [("no greeting", {"": mute}), ("no answer", {"PWD": mute, "RETR": mute}), ("a transfer that stalls", {"RETR": stall}),
            ("a connection that drops", {"RETR": drop}), ("a connection that drops in a reply", {"RETR": drop_in_reply}), ("one that drops at once", {"": drop})]
    for row, answers in rows:
        for shape, server in shapes(answers):
            with server:
                begin = time.monotonic()
                got = scene.run(server, "get old", seconds=30)
                took = time.monotonic() - begin
                check("%s: %s: %s: a failure after %.1f s" % (what, shape, row, took), got.code == 1 and scene.old_is_whole() and got.err and not killed(got), got)


def uploads(scene, what):
    rows = [("553", {"STOR": "553 no"}), ("an end with 451", {"STOR": lambda talk, _: take(talk, "451 disk")}),
            ("an end with 552", {"STOR": lambda talk, _: take(talk, "552 full")}), ("a cut", {"STOR": lambda talk, _: take(talk, None, cut=True)}),
            ("another size afterwards", {"STOR": lambda talk, _: take(talk, "226 done"), "SIZE": "213 3"})]
    for row, answers in rows:
        for shape, server in shapes(answers):
            with server:
                got = scene.run(server, "put old", seconds=30)
                check("%s: %s: put: %s: a failure" % (what, shape, row), got.code == 1 and got.err and not killed(got), got)


def take(talk, last, cut=False):
    """Receives an upload."""
    talk.offer()
    talk.say("150 send")
    talk.join()
    if not cut and isinstance(talk, hostile_ftp.NoneTalk):
        while talk.data.receive(hostile_ftp.stranger.SEALED, 1 << 21)[0] == hostile_ftp.stranger.DATA:
            pass
    elif not cut:
        while talk.data.recv(4096):
            pass
    talk.end(not cut)
    talk.say(last) if last else None
    if cut:
        raise OSError


TABLE = [("names (CVE-2002-1345, CVE-2014-4877, CVE-2014-8517)", bad_names), ("a foreign address (CVE-2020-8284)", foreign_address),
         ("short files told as whole", short_files), ("a download that is refused", refused), ("answers without end", endless),
         ("bytes for the terminal", escapes), ("an answer too many", out_of_step), ("numbers", numbers), ("silence", silence),
         ("uploads", uploads)]

only = os.environ.get("ONLY")
with lib.Room() as place:
    ftp.write(place.path("password"), ftp.PASSWORD.encode() + b"\n")
    if "none" in lib.installed():
        place.public(ftp.USER, "none")
    stage = Scene(place)
    for title, row_of in TABLE:
        if only and only != row_of.__name__:
            continue
        started = time.monotonic()
        row_of(stage, title)
        # Each liar is another server with another key, or the same key at another port.
        servers = os.path.join(place.keys(ftp.USER), "servers.csv")
        if os.path.exists(servers):
            os.unlink(servers)
        if os.environ.get("TIMES"):
            print("      %.1f s" % (time.monotonic() - started))
lib.finish()
