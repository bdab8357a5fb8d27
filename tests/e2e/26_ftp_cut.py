#!/usr/bin/env python3
"""Cut in the middle: kill -9 of the client, of the session, of the whole server, Ctrl-C. Whoever is left says that it failed, no old file is
harmed, and reput and reget go on where it stopped."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
import time

import ftp
import lib
from lib import check

lib.need_cipher()

SIZE = (16 if lib.SANITIZED else 64) << 20
if lib.CIPHER == "rsa":
    SIZE = 1 << 20
ALL = lib.CIPHER == "box"  # what follows from the cipher is the same in each row: the others try one of them
BLOCK = ftp.noise(min(SIZE, 1 << 20))
OLD = b"the old file"


def write_large(path):
    with open(path, "wb") as file:
        for i in range(0, SIZE, len(BLOCK)):
            file.write(b"%8d" % i + BLOCK[8:])


def parts(folder):
    """Bytes under hidden names, or under the name itself."""
    found = 0
    for name in os.listdir(folder):
        if name.startswith(".pb-") and name.endswith(".part"):
            try:
                found += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                pass
    return found


def in_the_middle(process, folder):
    """Returns when some, and not all, of a file is there."""
    end = time.monotonic() + lib.PATIENCE
    while process.poll() is None and time.monotonic() < end:
        if parts(folder) > 0:
            return True
        time.sleep(0.001)
    return False


def begin(room, server, *words, **options):
    return room.start(ftp.client_arguments(room, server, *words), **options)


def whole(path, digest):
    return os.path.exists(path) and ftp.digest(path) == digest


with lib.Room() as room:
    root, here, back = room.path("root"), room.path("here"), room.path("back")
    server = ftp.sealed(room, root, lib.CIPHER)
    port = server.port
    for folder in (here, back):
        os.mkdir(folder)
    large = os.path.join(here, "large")
    write_large(large)
    digest = ftp.digest(large)

    def fresh(*there):
        for folder in (root, back):
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
        for path in there:
            if os.path.basename(path) == "old":
                ftp.write(path, OLD)
            else:
                os.link(large, path)

    # ---- put ----
    for what, old in (("nothing was there", False), ("an old file was there", True))[:2 if ALL else 1]:
        name = "old" if old else "new"
        target = os.path.join(root, name)
        for who in ("the client", "the session"):
            fresh(*[target] if old else [])
            process = begin(room, server, "put", "large", name, cwd=here)
            middle = in_the_middle(process, root)
            if who == "the client":
                ftp.stop_now(process)
            else:
                for pid in ftp.sessions(server):
                    os.kill(pid, signal.SIGKILL)
            got = room.finish_process(process)
            check("kill -9 of %s in a put, %s: it was in the middle, and is no success" % (who, what), middle and got.code not in (0, None), got)
            if old:
                check("the old file is whole", lib.read(target) == OLD)
            if who == "the client" and old:
                check("nothing hidden stays", lib.wait_until(lambda: not ftp.hidden(root), 10), os.listdir(root))
            if who == "the client" and not old:
                there = lib.wait_until(lambda: os.path.exists(target), 10)
                size = os.stat(target).st_size if there else None
                check("the part is visible under its name", there and 0 < size < SIZE, size)
            if who == "the session":
                check("the client says that it is not complete", b"put" in got.err or b"large" in got.err or b"ended" in got.err, got)
            if old:
                got = ftp.client(room, server, "put", "large", name, cwd=here)
            else:
                got = ftp.client(room, server, "reput", "large", name, cwd=here)
            check("%s goes on to the end" % ("put" if old else "reput"), got.code == 0 and whole(target, digest), got)
            check("and nothing hidden is left", lib.wait_until(lambda: not ftp.hidden(root), 10), os.listdir(root))

    # ---- get ----
    for what, old in (("nothing was here", False), ("an old file was here", True))[:2 if ALL else 1]:
        name = "old" if old else "new"
        target = os.path.join(back, name)
        for who in ("the client", "the session"):
            fresh(os.path.join(root, "large"), *[target] if old else [])
            process = begin(room, server, "get", "large", name, cwd=back)
            middle = in_the_middle(process, back)
            if who == "the client":
                ftp.stop_now(process)
            else:
                for pid in ftp.sessions(server):
                    os.kill(pid, signal.SIGKILL)
            got = room.finish_process(process)
            check("kill -9 of %s in a get, %s: it was in the middle, and is no success" % (who, what), middle and got.code not in (0, None), got)
            check("no part under the name", lib.read(target) == OLD if old else not os.path.exists(target))
            kept = parts(back)
            got = ftp.client(room, server, "reget", "large", name, cwd=back)
            check("reget goes on from %d bytes to the end" % kept, got.code == 0 and whole(target, digest) and 0 < kept < SIZE, got)
            check("nothing hidden is left", not ftp.hidden(back), os.listdir(back))

    # ---- a part that is not a part of this file: the hash tells ----
    if ALL:
        fresh(os.path.join(root, "large"))
        ftp.write(os.path.join(back, "large"), b"not of this file at all")
        got = ftp.client(room, server, "reget", "large", cwd=back)
        check("reget of what is no part of it fails, or begins anew", got.code != 0 or whole(os.path.join(back, "large"), digest), got)
        check("and the file is not a mixture", lib.read(os.path.join(back, "large")) == b"not of this file at all" or
              whole(os.path.join(back, "large"), digest))
        ftp.write(os.path.join(root, "mixed"), b"something else")
        got = ftp.client(room, server, "reput", "large", "mixed", cwd=here)
        check("reput on what is no part of it is no success, or begins anew", got.code != 0 or whole(os.path.join(root, "mixed"), digest), got)

    # ---- Ctrl-C at a terminal gives up the transfer, not the program ----
    fresh(os.path.join(root, "large"))
    master, slave = pty.openpty()
    process = room.start(ftp.client_arguments(room, server), stdin=slave, stdout=slave, stderr=slave, cwd=back,
                         environment={"TERM": "vt100"}, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(slave)
    terminal = lib.Lines(os.fdopen(master, "rb", closefd=False))

    def type_line(text):
        os.write(master, text.encode())
    ready = terminal.wait(r"box|%s" % lib.CIPHER) and terminal.wait(r"> ?$")
    type_line("get large\r")
    middle = in_the_middle(process, back)
    type_line("\x03")
    stopped = lib.wait_until(lambda: terminal.text.count("> ") >= 2)
    mark = len(terminal.text)
    type_line("pwd\r")
    answered = lib.wait_until(lambda: "/" in terminal.text[mark:].replace("\r", "\n").split("pwd", 1)[-1])
    check("Ctrl-C in the middle of a get: the prompt comes back, and the session goes on", ready and middle and stopped and answered and
          process.poll() is None and not os.path.exists(os.path.join(back, "large")), terminal.text[-2000:])
    type_line("quit\r")
    try:
        code = process.wait(lib.PATIENCE)
    except subprocess.TimeoutExpired:
        code = None
    check("and ends by quit", code == 0, (code, terminal.text[-500:]))
    os.close(master)

    # ---- the whole server ----
    fresh()
    process = begin(room, server, "put", "large", "new", cwd=here)
    middle = in_the_middle(process, root)
    server.stop(signal.SIGKILL)
    got = room.finish_process(process)
    check("kill -9 of the server in a put is no success", middle and got.code not in (0, None), got)
    server = ftp.sealed(room, root, lib.CIPHER, "--port", str(port))
    check("after its next start no hidden file is left", not ftp.hidden(root), os.listdir(root))
    got = ftp.client(room, server, "reput", "large", "new", cwd=here)
    check("and reput goes on to the end", got.code == 0 and whole(os.path.join(root, "new"), digest), got)

    # ---- told to stop: the transfer may end first ----
    process = begin(room, server, "get", "new", cwd=back)
    in_the_middle(process, back)
    server.stop()
    got = room.finish_process(process)
    check("a server that is told to stop finishes the transfer, or the client says that it did not",
          (got.code == 0) == whole(os.path.join(back, "new"), digest), got)
lib.finish()
