#!/usr/bin/env python3
"""Files there and back: every size round the edges, names of all kinds, folders, patterns, one command, batches, and exit codes."""

import os
import time

import ftp
import lib
from lib import check

lib.need_cipher()

MIB = 1 << 20
SIZES = [0, 1, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1]
if lib.CIPHER == "rsa":
    SIZES = [0, 1, 65535, 65536, 65537, MIB]  # every byte costs a multiplication
    if lib.SANITIZED:
        SIZES[-1] = 200000
else:
    SIZES.append((8 if lib.SANITIZED else 64) * MIB)

NAMES = ["a b", " a", "a ", "  ", "Grüße ☃", "-r", "--", "--help", "a'b", 'a"b', "a\\b", "*", "[a]", "?", "#a", ";a", "a;type=i", "$HOME", "~", "a&b",
         "|id", ">a", "...", "x" * 255, "é" * 127, b"\xff\xfe".decode("utf-8", "surrogateescape"), "USER", "a,b", "{a}"]


def quoted(name):
    """A word of a batch."""
    return '"%s"' % name.replace("\\", "\\\\").replace('"', '\\"')


def sizes(room, server):
    here, back = room.path("here"), room.path("back")
    os.makedirs(back)
    for size in SIZES:
        ftp.write(os.path.join(here, "size-%d" % size), ftp.noise(size))
    got = ftp.batch(room, server, *("put size-%d" % size for size in SIZES), cwd=here)
    check("put of %d sizes" % len(SIZES), got.code == 0, got)
    wrong = [s for s in SIZES if ftp.digest(os.path.join(server.root, "size-%d" % s)) != ftp.digest(os.path.join(here, "size-%d" % s))]
    check("each is there as it was", not wrong, wrong)
    got = ftp.batch(room, server, *("get size-%d" % size for size in SIZES), cwd=back)
    check("get of %d sizes" % len(SIZES), got.code == 0, got)
    wrong = [s for s in SIZES if ftp.digest(os.path.join(back, "size-%d" % s)) != ftp.digest(os.path.join(here, "size-%d" % s))]
    check("each came as it was", not wrong, wrong)
    check("nothing hidden is left", not ftp.hidden(back) + ftp.hidden(server.root), ftp.tree(back).keys())
    check("no progress bar in a pipe", b"\r" not in got.err and b"\r" not in got.out and "%" not in got.text, got)


def one_command(room, server):
    here = room.path("here")
    name = "size-65537"
    got = ftp.client(room, server, "put", name, "new name", cwd=here)
    check("one command: put under another name", got.code == 0 and lib.read(os.path.join(server.root, "new name")) == ftp.noise(65537), got)
    got = ftp.client(room, server, "get", "new name", "fetched here", cwd=here)
    check("one command: get under another name", got.code == 0 and lib.read(os.path.join(here, "fetched here")) == ftp.noise(65537), got)
    got = ftp.client(room, server, "cat", "new name")
    check("one command: cat", got.code == 0 and got.out == ftp.noise(65537), got.code)
    got = ftp.client(room, server, "ls")
    check("one command: ls", got.code == 0 and b"new name\n" in got.out and b"size-0\n" in got.out, got)
    got = ftp.client(room, server, "ls", "-l")
    check("one command: ls -l tells sizes", got.code == 0 and b"65537" in got.out and b"new name" in got.out, got)
    got = ftp.client(room, server, "rm", "new name")
    check("one command: rm", got.code == 0 and not os.path.exists(os.path.join(server.root, "new name")), got)
    os.utime(os.path.join(here, name), (10 ** 9, 10 ** 9))
    got = ftp.client(room, server, "put", "-p", name, cwd=here)
    check("put -p keeps the time", got.code == 0 and os.stat(os.path.join(server.root, name)).st_mtime == 10 ** 9, got)
    got = ftp.client(room, server, "get", "-p", name, "with time", cwd=here)
    check("get -p keeps the time", got.code == 0 and os.stat(os.path.join(here, "with time")).st_mtime == 10 ** 9, got)


def names(room, server):
    here, back = room.path("names"), room.path("names-back")
    os.makedirs(back)
    for name in NAMES:
        ftp.write(os.path.join(here, name), name.encode("utf-8", "surrogateescape"))
    got = ftp.batch(room, server, "mkdir names", "cd names", *("put -- " + quoted(name) for name in NAMES), cwd=here)
    there = ftp.tree(os.path.join(server.root, "names"))
    wrong = [n for n in NAMES if there.get(n) != n.encode("utf-8", "surrogateescape")]
    check("put of %d odd names" % len(NAMES), got.code == 0 and not wrong and len(there) == len(NAMES), (wrong, got))
    got = ftp.batch(room, server, "cd names", *("get -- " + quoted(name) for name in NAMES), cwd=back)
    here_now = ftp.tree(back)
    wrong = [n for n in NAMES if here_now.get(n) != n.encode("utf-8", "surrogateescape")]
    check("get of %d odd names" % len(NAMES), got.code == 0 and not wrong and len(here_now) == len(NAMES), (wrong, got))
    got = ftp.batch(room, server, "get -r names", cwd=room.path("here"))
    check("get -r of all of them", got.code == 0 and ftp.tree(room.path("here", "names")) == here_now, got)
    got = ftp.batch(room, server, "rm -r names")
    check("rm -r takes all of them away", got.code == 0 and not os.path.exists(os.path.join(server.root, "names")), got)
    got = ftp.client(room, server, "get", "a\r\nDELE size-1")
    check("a line break in a name is refused, and nothing is sent", got.code != 0 and os.path.exists(os.path.join(server.root, "size-1")), got)


def folders(room, server):
    here, back = room.path("tree"), room.path("tree-back")
    os.makedirs(back)
    for i in range(12):
        ftp.write(os.path.join(here, "top", "f%02d.txt" % i), b"%d" % i)
        ftp.write(os.path.join(here, "top", "deep", "deeper", "g%02d.dat" % i), ftp.noise(i * 1000))
    os.makedirs(os.path.join(here, "top", "empty"))
    os.symlink("f00.txt", os.path.join(here, "top", "a link"))
    want = {k: v for k, v in ftp.tree(here).items() if k != "top/a link"}
    got = ftp.client(room, server, "put", "-r", "top", cwd=here)
    check("put -r", got.code == 0 and ftp.tree(os.path.join(server.root, "top")) == ftp.tree(os.path.join(here, "top")) or
          {"top/" + k: v for k, v in ftp.tree(os.path.join(server.root, "top")).items()} | {"top": None} == want, got)
    got = ftp.client(room, server, "get", "-r", "top", cwd=back)
    check("get -r", got.code == 0 and {k: v for k, v in ftp.tree(back).items() if k != "top/a link"} == want, got)
    got = ftp.batch(room, server, "lcd top", "mkdir many", "cd many", "mput f0[0-4].txt f1?.txt", cwd=here)
    check("mput takes patterns", got.code == 0 and sorted(os.listdir(os.path.join(server.root, "many"))) ==
          ["f00.txt", "f01.txt", "f02.txt", "f03.txt", "f04.txt", "f10.txt", "f11.txt"], got)
    os.mkdir(room.path("mget"))
    got = ftp.batch(room, server, "mget many/f0*.txt top/deep/deeper/g1?.dat", cwd=room.path("mget"))
    check("mget takes patterns", got.code == 0 and sorted(os.listdir(room.path("mget"))) ==
          ["f00.txt", "f01.txt", "f02.txt", "f03.txt", "f04.txt", "g10.dat", "g11.dat"], got)
    got = ftp.batch(room, server, "mget nothing*", cwd=room.path("mget"))
    check("a pattern that nothing matches is a failure", got.code == 1, got)


def commands(room, server):
    got = ftp.batch(room, server, "mkdir box", "cd box", "pwd", "put size-1", "rename size-1 moved", "chmod 600 moved", "ls", "rm moved", "cd ..", "rmdir box",
                    "quote NOOP", "lpwd", "lls size-1", "!echo from my shell", "help get", "quit", cwd=room.path("here"))
    check("the other commands", got.code == 0 and b"/box" in got.out and b"moved\n" in got.out and b"200" in got.out + got.err and
          room.path("here").encode() in got.out and b"size-1\n" in got.out and b"from my shell\n" in got.out and b"get [-r]" in got.out and
          not os.path.exists(os.path.join(server.root, "box")), got)


def exit_codes(room, server):
    here = room.path("here")
    ftp.write(os.path.join(here, "old"), b"the old one")
    for what, words, code in (("a file that is not there", ["get", "missing", "old"], 1), ("a file that is not here", ["put", "missing"], 1),
                              ("a folder without -r", ["get", "top"], 1), ("no such folder", ["cd", "missing"], 1),
                              ("no such command", ["frobnicate"], 2), ("too many words", ["pwd", "x"], 2), ("done", ["pwd"], 0)):
        got = ftp.client(room, server, *words, cwd=here)
        check("%s: exit %d" % (what, code), got.code == code and (code == 0 or got.err), got)
    check("an old file survives a get of what is not there", lib.read(os.path.join(here, "old")) == b"the old one" and not ftp.hidden(here))
    got = ftp.batch(room, server, "pwd", "get missing", "mkdir after")
    check("a batch stops at the first failure: exit 1", got.code == 1 and not os.path.exists(os.path.join(server.root, "after")), got)
    got = ftp.batch(room, server, "-get missing", "mkdir after", "rmdir after", "# a comment", "", "pwd")
    check("-command goes on", got.code == 0 and b"/" in got.out, got)
    got = ftp.batch(room, server)
    check("nothing asked for: exit 0", got.code == 0, got)
    mallory = ftp.client(room, server, "ls", who="mallory")
    check("a key that is not on the list: exit 3", mallory.code == 3 and "not in the list" in mallory.text, mallory)
    got = room.run("ftp", "127.0.0.1:1", "ls")
    check("no cipher: exit 2, and what there is", got.code == 2 and lib.CIPHER in got.text, got)
    got = room.run("ftp", "--cipher", lib.CIPHER, "--keys", room.keys(ftp.USER), "127.0.0.1:1", "ls")
    check("no server: exit 1", got.code == 1, got)


with lib.Room() as place:
    root = place.path("root")
    ftpd = ftp.sealed(place, root, lib.CIPHER)
    ftpd.root = root
    for part in (sizes, one_command, names, folders, commands, exit_codes):
        begin = time.monotonic()
        part(place, ftpd)
        if os.environ.get("TIMES"):
            print("      %.1f s" % (time.monotonic() - begin))
    check("nothing crashed", "crashed" not in ftpd.err.text, ftpd)
lib.finish()
