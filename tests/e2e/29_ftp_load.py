#!/usr/bin/env python3
"""Much of everything: 50 clients at once under mixed ciphers, 1,000 PASV, a folder of 100,000 files, a large file, and what goes away
while it is used: the room on the disk, the end of a file, a file, the root."""

import os
import resource
import shutil
import subprocess
import time

import ftp
import lib
from lib import check

MANY = 10 if lib.SANITIZED else 50
FILES = 10000 if lib.SANITIZED else 100000
LARGE = (8 if lib.SANITIZED else 256) << 20
GROWTH = (64 if lib.SANITIZED else 3) << 20


def crowd(room):
    """Each puts a file of its own, gets it back, and all of them get one file."""
    ciphers = lib.installed()
    root = room.path("crowd")
    ftp.write(os.path.join(root, "same"), ftp.noise(300000))
    for cipher in ciphers:
        room.allow(ftp.USER, cipher)
    server = room.server("--cipher", ",".join(ciphers), "--root", root, command="ftpd")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    processes = []
    for i in range(MANY):
        here = room.path("crowd-%d" % i)
        ftp.write(os.path.join(here, "mine"), ftp.noise(100000 + i, i))
        server.cipher = ciphers[i % len(ciphers)]
        process = room.start(ftp.client_arguments(room, server), cwd=here)
        process.stdin.write(b"put mine own-%d\nget own-%d back\nget same\n" % (i, i))
        process.stdin.flush()
        processes.append((process, here, i))
    # All have a session at the same time: nobody has seen the end of its input yet.
    there = lib.wait_until(lambda: all(os.path.exists(os.path.join(here, "same")) for _, here, _ in processes))
    alive = len(ftp.sessions(server))
    check("%d clients: all are served at the same time (%d sessions)" % (MANY, alive), there and alive == MANY)
    codes = [room.finish_process(process).code for process, _, _ in processes]
    check("all end with code 0", set(codes) == {0}, codes)
    wrong = [i for _, here, i in processes if lib.read(os.path.join(here, "back")) != ftp.noise(100000 + i, i) or
             lib.read(os.path.join(here, "same")) != ftp.noise(300000)]
    check("each has its own file, and the one of all", not wrong, wrong)
    server.stop()
    check("nothing crashed", "crashed" not in server.err.text, server)


def limits(room):
    server = ftp.clear(room, room.path("limits"), "--max-sessions", "3", "--max-per-ip", "2")
    two = [ftp.Clear(server) for _ in range(2)]
    third = ftp.Clear(server)
    check("--max-per-ip: one more is told 421, and goes", third.greeting.code == 421 and third.ended(), third.greeting)
    other = ftp.Clear(server, source="127.0.0.3")
    check("somebody from elsewhere is let in", other.greeting.code == 220)
    last = ftp.Clear(server, source="127.0.0.4")
    check("--max-sessions: one more is told 421", last.greeting.code == 421 and last.ended(), last.greeting)
    two[0].close()
    check("when one has gone there is room", lib.wait_until(lambda: again(server)))
    for control in two + [third, other, last]:
        control.close()
    server.stop()


def again(server):
    with ftp.Clear(server) as control:
        return control.greeting.code == 220


def passive(room, server):
    with ftp.Clear(server) as control:
        control.login()
        pid = max(ftp.sessions(server))
        control.passive()
        before, memory = ftp.descriptors(pid), ftp.memory(pid)
        for _ in range(1000):
            control.passive()
        check("1,000 PASV: one descriptor, no memory", ftp.descriptors(pid) == before and ftp.memory(pid) - memory < 1 << 20,
              (before, ftp.descriptors(pid), ftp.memory(pid) - memory))
        ports = [control.passive() for _ in range(2)]
        got = control.download("NLST")
        check("and a transfer works after them", got.code == 226 and ports, got)


def listing(room, server):
    many = os.path.join(server.root, "many")
    os.mkdir(many)
    folder = os.open(many, os.O_DIRECTORY)
    for i in range(FILES):  # links are cheaper than files, but a file has no more than some ten thousand
        name = "file-%06d" % i
        if i % 20000 == 0:
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
            first = name
        else:
            os.link(first, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.close(folder)
    with ftp.Clear(server) as control:
        control.login()
        pid = max(ftp.sessions(server))
        control.download("NLST")
        before = ftp.memory(pid, "VmHWM")
        for verb in ("MLSD", "LIST", "NLST"):
            begin = time.monotonic()
            got = control.download(verb + " many")
            took = time.monotonic() - begin
            check("%s of %d files: all of them, in %.1f s" % (verb, FILES, took), got.code == 226 and got.data.count(b"file-") == FILES, got)
        grown = ftp.memory(pid, "VmHWM") - before
        check("and the memory of one (%d KiB more)" % (grown >> 10), grown < GROWTH)
    if server.sealed:
        got = ftp.client(room, server.sealed, "ls", "many")
        check("plugboard ftp lists them all", got.code == 0 and got.out.count(b"\n") == FILES, got.code)
    shutil.rmtree(many)


def large(room, server):
    path = os.path.join(server.root, "large")
    with open(path, "wb") as file:
        file.truncate(LARGE)
    control = ftp.Clear(server)
    control.login()
    pid = max(ftp.sessions(server))
    control.download("NLST")
    before = ftp.memory(pid, "VmHWM")
    got = control.download("RETR large")
    put = control.upload("STOR large2", bytes(LARGE // 8))
    grown = ftp.memory(pid, "VmHWM") - before
    check("in clear a file of %d MiB costs %d KiB of memory" % (LARGE >> 20, grown >> 10), got.code == put.code == 226 and
          len(got.data) == LARGE and grown < GROWTH)
    control.close()
    if server.sealed:
        process = room.start(ftp.client_arguments(room, server.sealed), cwd=room.path("here"))
        process.stdin.write(b"get same\n")
        process.stdin.flush()
        lib.wait_until(lambda: os.path.exists(room.path("here", "same")))
        pid = max(ftp.sessions(server.sealed))
        before, own = ftp.memory(pid, "VmHWM"), ftp.memory(process.pid, "VmHWM")
        process.stdin.write(b"get large\nget same done\n")
        process.stdin.flush()
        done = lib.wait_until(lambda: os.path.exists(room.path("here", "done")))
        grown, own = ftp.memory(pid, "VmHWM") - before, ftp.memory(process.pid, "VmHWM") - own
        got = room.finish_process(process)
        check("under %s it costs the server %d KiB, the client %d KiB" % (server.sealed.cipher, grown >> 10, own >> 10), done and
              got.code == 0 and os.stat(room.path("here", "large")).st_size == LARGE and max(grown, own) < 2 * GROWTH, got)
    os.unlink(path)
    os.unlink(os.path.join(server.root, "large2"))


def going_away(room, server):
    """A file that is cut or removed while it is sent."""
    size = 32 << 20
    path = os.path.join(server.root, "shrinks")
    for what in ("cut", "removed"):
        for shape, control in (("in clear", ftp.Clear(server)), ("under none", ftp.Sealed(server.plain, room) if server.plain else None)):
            if not control:
                continue
            with open(path, "wb") as file:
                file.truncate(size)
            with control:
                control.login()
                data, first = control.begin("RETR shrinks")
                if what == "cut":
                    os.truncate(path, 1000)
                else:
                    os.unlink(path)
                content = control.receive_all(data)
                last = control.reply()
                if what == "cut":
                    check("%s: a file that is cut while it is sent is no 226" % shape, 400 <= last.code < 600 and (
                        content is None or len(content) < size), last)
                else:
                    check("%s: a file that is removed while it is sent arrives" % shape, last.code == 226 and len(content) == size, last)
                check("%s: and the session goes on" % shape, control.ask("NOOP").code == 200)
    with ftp.Clear(server) as control:
        control.login()
        data, _ = control.begin("STOR gone/x") if control.ask("MKD gone").code == 257 else (None, None)
        control.send(data, b"x" * 1000)
        shutil.rmtree(os.path.join(server.root, "gone"))
        control.send_all(data, b"x" * 1000)
        last = control.reply()
        check("a folder that is removed while a file comes: no 226", 400 <= last.code < 600, last)


def full_disk(room, sealed):
    """A disk of 2 MiB."""
    disk = room.path("disk")
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode != 0:
        print("      left out: a small disk cannot be mounted here (not root)")
        return
    try:
        servers = [("in clear", ftp.clear(room, disk), ftp.Clear)]
        if sealed:
            servers.append(("under none", ftp.sealed(room, disk, "none", who="disk"), lambda s: ftp.Sealed(s, room)))
        for shape, server, connect in servers:
            ftp.write(os.path.join(disk, "old"), b"the old file")
            with connect(server) as control:
                control.login()
                got = control.upload("STOR old", bytes(4 << 20))
                check("%s: a full disk is 452 or 552, and the old file is whole" % shape, got.code in (452, 552) and
                      lib.read(os.path.join(disk, "old")) == b"the old file" and not ftp.hidden(disk), (got, os.listdir(disk)))
                got = control.upload("APPE old", bytes(4 << 20))
                check("%s: so is a full disk under APPE, and the beginning is whole" % shape, got.code in (452, 552) and
                      lib.read(os.path.join(disk, "old")).startswith(b"the old file"), got)
                control.ask("DELE old")
                got = control.ask("ALLO 100000000")
                check("%s: ALLO says so before" % shape, got.code in (452, 552), got)
                got = control.upload("STOR small", b"x" * 1000)
                check("%s: what fits is taken" % shape, got.code == 226, got)
                for name in os.listdir(disk):
                    control.ask("DELE " + name)
            server.stop()
    finally:
        subprocess.run(["umount", "-l", disk])


def root_removed(room):
    root = room.path("vanishing")
    server = ftp.clear(room, root)
    with ftp.Clear(server) as control:
        control.login()
        shutil.rmtree(root)
        codes = [control.download("RETR a").code, control.download("LIST").code, control.upload("STOR a", b"x").code, control.ask("MKD a").code,
                 control.ask("CWD /").code, control.ask("PWD").code, control.ask("NOOP").code]
        check("the root is removed: each command has its answer", codes[-1] == 200 and all(200 <= c < 600 for c in codes) and
              codes[2] >= 400 and codes[3] >= 400, codes)
    server.stop()


with lib.Room() as place:
    crowd(place)
    limits(place)
    root_of = place.path("root")
    clear = ftp.clear(place, root_of)
    clear.root = root_of
    best = "box" if "box" in lib.installed() else lib.installed()[-1]
    clear.sealed = ftp.sealed(place, root_of, best, who="best")
    clear.plain = ftp.sealed(place, root_of, "none", who="plain") if "none" in lib.installed() else None
    os.mkdir(place.path("here"))
    ftp.write(os.path.join(root_of, "same"), b"same")
    for part in (passive, listing, large, going_away):
        begin = time.monotonic()
        part(place, clear)
        if os.environ.get("TIMES"):
            print("      %.1f s" % (time.monotonic() - begin))
    full_disk(place, clear.plain is not None)
    root_removed(place)
    check("nothing crashed", not [s for s in place.servers if "crashed" in s.err.text], [s.err.text for s in place.servers])
lib.finish()
