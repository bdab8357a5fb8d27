#!/usr/bin/env python3
"""What was once wrong with some FTP server must not be wrong with this one: each behaviour is one row of the table at the end, with
where it comes from. In clear, where strangers have the most to reach for; rows that say so are tried in a session under `none`, too."""

import ctypes
import os
import socket
import stat
import struct
import threading
import time

import ftp
import lib
from lib import check

OUTSIDE = b"this is outside of the root: nobody may see it"
THIEF = "127.0.0.2"
OPENING = 150


class Scene:
    """A root with something in it, something beside it that must stay as it is, and a server."""

    def __init__(self, room):
        self.room = room
        self.root = room.path("root")
        ftp.write(self.inside("hello.txt"), b"hello\n")
        ftp.write(self.inside("sub", "inner.txt"), b"inner\n")
        ftp.write(room.path("outside", "secret.txt"), OUTSIDE)
        ftp.write(room.path("root-evil", "secret.txt"), OUTSIDE)  # a sibling with the same prefix
        os.symlink("../outside/secret.txt", self.inside("link-relative"))
        os.symlink(room.path("outside", "secret.txt"), self.inside("link-absolute"))
        os.symlink("../outside", self.inside("link-folder"))
        os.symlink(room.path("outside"), self.inside("link-folder-absolute"))
        os.symlink("/", self.inside("link-slash"))
        os.symlink("/proc/self/root", self.inside("link-proc"))
        os.symlink("../outside/new.txt", self.inside("link-new"))
        self.log = room.path("transfers.log")
        self.server = ftp.clear(room, self.root, "--log", self.log, "--anonymous")
        self.sealed = ftp.sealed(room, self.root, "none") if "none" in lib.installed() else None
        # Has a port and never connects: the answer is waited for later, because it takes its time.
        self.lonely = self.control()
        self.lonely.passive()
        self.lonely.ask("RETR hello.txt")
        self.before = ftp.tree(room.path("outside")), ftp.tree(room.path("root-evil"))

    def inside(self, *parts):
        return os.path.join(self.root, *parts)

    def untouched(self):
        return (ftp.tree(self.room.path("outside")), ftp.tree(self.room.path("root-evil"))) == self.before

    def control(self, server=None, **options):
        """Logged in, in clear."""
        control = ftp.Clear(server or self.server, **options)
        control.login()
        return control

    def shapes(self):
        """(name, logged in client) in each shape."""
        yield "in clear", self.control()
        if self.sealed:
            control = ftp.Sealed(self.sealed, self.room)
            control.login()
            yield "under none", control

    def others_are_served(self, seconds=4):
        """Whether somebody else logs in and gets a file meanwhile."""
        begin = time.monotonic()
        with self.control() as control:
            got = control.download("RETR hello.txt")
        return got.data == b"hello\n" and time.monotonic() - begin < seconds * (4 if lib.SANITIZED else 1)


def permanent(reply):
    return 500 <= reply.code < 600


def refused(reply):
    return 400 <= reply.code < 600


# ---- addresses and ports ----

def bounce(scene, what):
    target = socket.create_server((THIEF, 0))
    target.settimeout(0.2)
    port = target.getsockname()[1]
    high, low = port >> 8, port & 255
    with scene.control() as control:
        for command in ("PORT 127,0,0,2,%d,%d" % (high, low), "EPRT |1|127.0.0.2|%d|" % port):
            got = control.ask(command)
            listing = control.ask("LIST")
            check("%s: %s" % (what, command.split()[0]), permanent(got) and refused(listing), (got, listing))
        for command in ("PORT 127,0,0,1,0,22", "PORT 127,0,0,1,3,255", "EPRT |1|127.0.0.1|80|"):
            got = control.ask(command)
            check("%s: port below 1024: %s" % (what, command), permanent(got), got)
        mine = socket.create_server(("127.0.0.1", 0))
        mine.settimeout(lib.PATIENCE)
        control.ask("EPRT |1|127.0.0.1|%d|" % mine.getsockname()[1])
        control.say("RETR hello.txt")
        data, _ = mine.accept()
        first = control.reply()
        check("%s: the client's own address is served" % what, first.code == OPENING and control.receive_all(data) == b"hello\n" and
              control.reply().code == 226, first)
        mine.close()
    try:
        target.accept()
        connected = True
    except socket.timeout:
        connected = False
    check("%s: nobody was connected to" % what, not connected)
    target.close()


def bad_ports(scene, what):
    with scene.control() as control:
        bad = ["PORT", "PORT ", "PORT 1", "PORT 127,0,0,1,4", "PORT 127,0,0,1,4,0,9", "PORT 127,0,0,1,256,1", "PORT 127,0,0,1,4,-1",
               "PORT 127,0,0,1,4,99999999999999999999", "PORT a,b,c,d,e,f", "PORT 127.0.0.1.4.1", "PORT ,,,,,", "PORT 127,0,0,1,0,0",
               "PORT 999,0,0,1,4,1", "EPRT", "EPRT |1|127.0.0.1|", "EPRT |3|127.0.0.1|5000|", "EPRT |1|127.0.0.1|99999|",
               "EPRT |1|127.0.0.1|0|", "EPRT ||||", "EPRT |1||5000|", "EPRT |1|127.0.0.1x|5000|", "EPRT |2|127.0.0.1|5000|",
               "EPRT |1|" + "1" * 300 + "|5000|"]
        wrong = [(line, got.text) for line in bad for got in [control.ask(line)] if not permanent(got)]
        check("%s: %d malformed ones are refused" % (what, len(bad)), not wrong, wrong)
        check("%s: and nothing is remembered of them" % what, control.ask("LIST").code == 425)


def pasv_theft(scene, what):
    with scene.control() as control:
        port = control.passive()
        thief = control.connect(port, source=THIEF)
        control.say("RETR hello.txt")
        first = control.reply()
        thief.settimeout(lib.PATIENCE)
        try:
            stolen = thief.recv(100)
        except ConnectionError:
            stolen = b""
        check("%s: another address gets nothing" % what, stolen == b"", stolen)
        own = control.connect(port)
        check("%s: the owner, who comes after the thief, is served" % what, first.code == OPENING and
              control.receive_all(own) == b"hello\n" and control.reply().code == 226, first)
        port = control.passive()
        thief = control.connect(port, source=THIEF)
        first = control.ask("STOR injected.txt")
        try:
            thief.sendall(b"injected")
        except ConnectionError:
            pass
        thief.close()
        own = control.connect(port)
        control.send_all(own, b"mine")
        last = control.reply()
        check("%s: what another address sends is not stored" % what, last.code == 226 and
              lib.read(scene.inside("injected.txt")) == b"mine", last)


def port_prediction(scene, what):
    with scene.control() as control:
        ports = [control.passive() for _ in range(16)]
        steps = {b - a for a, b in zip(ports, ports[1:])}
        check("%s: 16 ports do not follow each other" % what, len(set(ports)) > 12 and len(steps) > 8, ports)


def listener_leak(scene, what):
    control = scene.control()
    pid = max(ftp.sessions(scene.server))
    first = control.passive()
    before = ftp.descriptors(pid)
    ports = [control.passive() for _ in range(200)]
    check("%s: 200 PASV leave one listener" % what, ftp.descriptors(pid) <= before, (before, ftp.descriptors(pid)))
    alive = []
    for port in set(ports[:-1] + [first]) - {ports[-1]}:
        try:
            control.connect(port).close()
            alive.append(port)
        except ConnectionError:
            pass
    check("%s: the ports before the last are closed" % what, not alive, alive)
    control.close()

    def closed():
        try:
            control.connect(ports[-1]).close()
        except ConnectionError:
            return True
    check("%s: the last port closes with its session" % what, lib.wait_until(closed, 10))


# ---- out of the root ----

SPELLINGS = ["../outside/secret.txt", "../../outside/secret.txt", "/../outside/secret.txt", "sub/../../outside/secret.txt",
             "..//..//outside//secret.txt", "./.././outside/secret.txt", "%2e%2e/outside/secret.txt", "..%2foutside/secret.txt",
             "..\\outside\\secret.txt", "sub/..\\../outside/secret.txt", "../root-evil/secret.txt", "/proc/self/root/etc/hostname",
             "/proc/self/cwd/../outside/secret.txt", "/etc/hostname", "//etc/hostname", "~/../outside/secret.txt",
             "hello.txt/../../outside/secret.txt"]
LINKS = ["link-relative", "link-absolute", "link-folder/secret.txt", "link-folder-absolute/secret.txt", "link-slash/etc/hostname",
         "link-proc/etc/hostname", "link-new"]


def reads(scene, what, names):
    for shape, control in scene.shapes():
        with control:
            wrong = []
            for name in names:
                for verb in ("RETR", "NLST", "LIST", "MLSD"):
                    got = control.download("%s %s" % (verb, name))
                    if not refused(got.last):
                        wrong.append((verb, name, str(got), got.data))
                for verb in ("SIZE", "MDTM", "MLST", "STAT", "HASH", "CWD"):
                    got = control.ask("%s %s" % (verb, name))
                    if not refused(got) or "outside of the root" in got.text:
                        wrong.append((verb, name, got.text))
                    control.ask("CWD /")
            check("%s: %s: nothing of %d names is read" % (what, shape, len(names)), not wrong, wrong)


def writes(scene, what, names):
    host = lib.read("/etc/hostname") if os.path.exists("/etc/hostname") else b""
    entries = set(os.listdir(scene.room.folder))
    for shape, control in scene.shapes():
        with control:
            for name in names:
                for verb in ("STOR", "APPE"):
                    control.upload("%s %s" % (verb, name), b"overwritten")
                for line in ("DELE %s", "MKD %s-new", "RMD %s", "SITE CHMOD 777 %s", "MFMT 20200101000000 %s"):
                    control.ask(line % name)
                if control.ask("RNFR " + name).code == 350:
                    control.ask("RNTO stolen.txt")
                ftp.write(scene.inside("bait.txt"), b"bait")
                control.ask("RNFR bait.txt")
                control.ask("RNTO " + name)
            check("%s: %s: what is outside stays as it was" % (what, shape), scene.untouched() and not os.path.exists(
                scene.inside("stolen.txt")) and entries == set(os.listdir(scene.room.folder)), ftp.tree(scene.room.path("outside")))
    check("%s: the machine's own files as well" % what, not host or lib.read("/etc/hostname") == host)


def traversal(scene, what):
    reads(scene, what, SPELLINGS)


def traversal_writing(scene, what):
    writes(scene, what, SPELLINGS)


def links(scene, what):
    reads(scene, what, LINKS)
    with scene.control() as control:
        listing = control.download("LIST")
        check("%s: a listing does not show them" % what, listing.code == 226 and not any(
            word in listing.data for word in (b" -> ", b"link-relative", b"link-absolute", b"link-folder", b"link-proc")), listing.data)


def links_writing(scene, what):
    writes(scene, what, LINKS)


def link_race(scene, what):
    """A folder and a link to outside change places all the time, in one system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.mkdir(scene.inside("race"))
    ftp.write(scene.inside("race", "folder", "secret.txt"), b"inside")
    os.symlink(scene.room.path("outside"), scene.inside("race", "other"))
    one, two = (scene.inside("race", name).encode() for name in ("folder", "other"))
    over = threading.Event()
    swaps, seen, leaks = [0], [0], []

    def swap():
        while not over.is_set():
            if libc.renameat2(-100, one, -100, two, 2) == 0:
                swaps[0] += 1

    def look():
        with scene.control() as control:
            while not over.is_set():
                got = control.download("RETR race/folder/secret.txt")
                seen[0] += got.data == b"inside"
                if got.data and got.data != b"inside":
                    leaks.append(got.data)
                control.upload("STOR race/folder/planted.txt", b"planted")
    threads = [threading.Thread(target=f) for f in (swap, look, look, look, look)]
    for thread in threads:
        thread.start()
    time.sleep(3)  # the attack has to last a while
    over.set()
    for thread in threads:
        thread.join()
    check("%s: %d swaps, %d good answers, no leak" % (what, swaps[0], seen[0]), swaps[0] > 100 and seen[0] > 10 and not leaks, leaks)
    check("%s: nothing is planted outside" % what, scene.untouched())


# ---- words ----

def forged_replies(scene, what):
    name = "x\r\n213 end\r\n999 forged\r\n"
    os.mkdir(scene.inside("forged"))
    ftp.write(scene.inside("forged", name), b"x")
    for shape, control in scene.shapes():
        with control:
            for line in ("STAT forged", "MLST forged/" + name.split("\r")[0], "CWD forged"):
                control.ask(line)
                got = control.ask("NOOP")
                check("%s: %s: after %s NOOP gets 200" % (what, shape, line[:11]), got.code == 200, got)
            for verb in ("MLSD", "LIST", "NLST"):
                got = control.download(verb)
                forged = [l for l in got.data.split(b"\n") if l.startswith((b"999", b"213"))]
                check("%s: %s: %s has no line that is a name's" % (what, shape, verb), not forged and got.code == 226, got.data)


def globs(scene, what):
    """A pattern may cost a moment, not the server."""
    os.mkdir(scene.inside("many"))
    for i in range(200):
        ftp.write(scene.inside("many", "a" * 200 + "%d" % i), b"")
    patterns = ["*" * 255, "*a" * 120, "*a*a*a*a*a*a*a*a*a*a*a*a*b", "{" * 200, "{a,b}" * 40, "[" * 250, "[a-" * 80, "?" * 254, "*/*/*/*/*/*",
                "../" * 300 + "*", "\\" * 250, "**********************************b"]
    with scene.control() as control:
        control.ask("CWD many")
        slow = []
        for pattern in patterns:
            for verb in ("LIST", "NLST"):
                begin = time.monotonic()
                control.download("%s %s" % (verb, pattern))
                slow.append((time.monotonic() - begin, verb, pattern[:20]))
            begin = time.monotonic()
            control.ask("STAT " + pattern)
            slow.append((time.monotonic() - begin, "STAT", pattern[:20]))
        check("%s: %d answers, the slowest after %.2f s" % (what, len(slow), max(slow)[0]), max(slow)[0] < 5, max(slow))
    check("%s: others are served" % what, scene.others_are_served())


def fifos(scene, what):
    os.mkfifo(scene.inside("fifo"))
    names = ["fifo"]
    plug = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(scene.root)
    plug.bind("plug")
    os.chdir(here)
    names.append("plug")
    if os.geteuid() == 0:
        try:
            os.mknod(scene.inside("zero"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
            names.append("zero")
        except OSError:
            pass
    for shape, control in scene.shapes():
        with control:
            for name in names:
                begin = time.monotonic()
                got = [control.download("RETR " + name).last, control.upload("STOR " + name, b"x").last,
                       control.upload("APPE " + name, b"x").last, control.ask("SIZE " + name), control.ask("HASH " + name)]
                took = time.monotonic() - begin
                check("%s: %s: %s is refused at once" % (what, shape, name), all(refused(g) for g in got) and took < 4,
                      (took, [str(g) for g in got]))
    check("%s: others are served" % what, scene.others_are_served())
    for name in names:
        os.unlink(scene.inside(name))


def long_lines(scene, what):
    for shape, control in scene.shapes():
        with control:
            pid = max(ftp.sessions(scene.server if shape == "in clear" else scene.sealed))
            got = control.ask("RETR " + "a" * 70000)
            check("%s: %s: 70,000 bytes are answered" % (what, shape), got.code in (421, 500), got)
            before = ftp.memory(pid)
            for _ in range(128):
                control.raw(b"a" * 65536)
            got = control.ask("")
            check("%s: %s: 8 MiB are answered once" % (what, shape), got.code in (421, 500), got)
            grown = ftp.memory(pid) - before
            check("%s: %s: and cost no memory (%d KiB)" % (what, shape, grown >> 10), grown < 4 << 20)
            check("%s: %s: the session goes on" % (what, shape), control.ask("NOOP").code == 200)


def junk(scene, what):
    lines = [b"\0", b"\0" * 100, b"\xff\xf4\xff\xf2ABOR", b"\xff" * 300, b"%s%n%x%d", b"USER %n%n%n%n", b"A" * 4000, b"RETR \0hello.txt",
             b"RETR hello.txt\0", b"CWD \xc3\x28", b"\r", b"NOOP\rNOOP", b" NOOP", b"\tNOOP", b"RETR\thello.txt", b"SITE", b"SITE " + b"x" * 3000,
             b"MLST " + b"/" * 4000, b"CWD " + b"../" * 1300, b"REST -1", b"REST 99999999999999999999999", b"OPTS", b"TYPE", b"STAT \r", b"",
             b"MFMT 99999999999999 hello.txt", b"SITE CHMOD 99999 hello.txt", b"ALLO x", b"\xc3\xa4", b"HELP " + b"%s" * 100, b"FEAT x"]
    for shape, control in scene.shapes():
        with control:
            for line in lines:
                control.raw(line + b"\r\n")
            control.raw(b"SYST\r\n")
            codes = []
            try:
                while not codes or codes[-1] != 215:
                    codes.append(control.reply().code)
            except ftp.Gone as gone:
                codes.append(str(gone))
            check("%s: %s: %d lines, each answered, and the session goes on" % (what, shape, len(lines)), codes[-1] == 215 and
                  all(200 <= c < 600 for c in codes) and len(lines) - 3 <= len(codes) <= len(lines) + 3, codes)
    check("%s: nothing crashed" % what, "crashed" not in scene.server.err.text, scene.server)


def pipelining(scene, what):
    for shape, control in scene.shapes():
        with control:
            sender = threading.Thread(target=control.raw, args=(b"NOOP\r\n" * 2000,))
            sender.start()
            codes = [control.reply().code for _ in range(2000)]
            sender.join()
            check("%s: %s: 2,000 NOOPs, 2,000 replies" % (what, shape), set(codes) == {200} and control.ask("SYST").code == 215)


def cross_protocol(scene, what):
    body = b"USER alice\r\nPASS " + ftp.PASSWORD.encode() + b"\r\nMKD from-a-browser\r\n"
    for request in (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body), b"GET / HTTP/1.1\r\n\r\n", b"PUT /x HTTP/1.0\r\n\r\n"):
        with ftp.Clear(scene.server) as control:
            control.raw(request + body)
            check("%s: %s closes the connection" % (what, request.split()[0].decode()), control.ended())
    check("%s: and nothing in it is obeyed" % what, not os.path.exists(scene.inside("from-a-browser")))


# ---- who ----

def brute_force(scene, what):
    with ftp.Clear(scene.server) as control:
        times, codes = [], []
        for word in ("a", "b", "c"):
            begin = time.monotonic()
            control.ask("USER alice")
            codes.append(control.ask("PASS " + word).code)
            times.append(time.monotonic() - begin)
        check("%s: 530, 530, 421" % what, codes == [530, 530, 421], codes)
        check("%s: each costs a moment" % what, min(times) > 0.5, times)
        check("%s: then the connection ends" % what, control.ended())


def user_enumeration(scene, what):
    took = {}
    for name in ("alice", "nobody-of-that-name"):
        with ftp.Clear(scene.server) as control:
            first = control.ask("USER " + name)
            begin = time.monotonic()
            last = control.ask("PASS wrong")
            took[name] = time.monotonic() - begin, first.text, last.text
    one, other = took.values()
    check("%s: the same words" % what, one[1:] == other[1:] and one[1].startswith("331") and one[2].startswith("530"), took)
    check("%s: the same time" % what, abs(one[0] - other[0]) < 0.25 * (4 if lib.SANITIZED else 1), took)


LOCKED = ["CWD sub", "CDUP", "PWD", "XPWD", "PASV", "EPSV", "PORT 127,0,0,1,9,9", "EPRT |1|127.0.0.1|5000|", "RETR hello.txt", "STOR x", "STOU",
          "APPE x", "LIST", "NLST", "MLSD", "MLST", "SIZE hello.txt", "MDTM hello.txt", "MFMT 20200101000000 hello.txt", "DELE hello.txt", "MKD x",
          "RMD sub", "RNFR hello.txt", "RNTO x", "REST 1", "ALLO 1", "STAT", "STAT hello.txt", "SITE CHMOD 777 hello.txt", "HASH hello.txt",
          "SITE EXEC /bin/id", "SITE CPFR /etc/passwd", "SITE CPTO /tmp/x", "XMKD x", "WHAT"]


def before_login(scene, what):
    def locked():
        yield "in clear", ftp.Clear(scene.server)
        if scene.sealed:
            yield "under none", ftp.Sealed(scene.sealed, scene.room)
    for shape, control in locked():
        with control:
            wrong = [(line, got.text) for line in LOCKED for got in [control.ask(line)] if got.code != 530]
            check("%s: %s: %d commands get 530" % (what, shape, len(LOCKED)), not wrong, wrong)
    with ftp.Clear(scene.server) as control:
        control.ask("USER alice")
        wrong = [(line, got.text) for line in LOCKED for got in [control.ask(line)] if got.code != 530]
        check("%s: nor between USER and PASS" % what, not wrong, wrong)


def site_exec(scene, what):
    for shape, control in scene.shapes():
        with control:
            for line in ("SITE EXEC touch pwned", "SITE CPFR hello.txt", "SITE CPTO pwned", "SITE UTIME x", "SITE CHMOD 644 `touch pwned`",
                         "SITE CHMOD 644 $(touch pwned)"):
                got = control.ask(line)
                check("%s: %s: %s" % (what, shape, line), permanent(got), got)
    check("%s: no such file" % what, not os.path.exists(scene.inside("pwned")))


def pipes(scene, what):
    """A name that is a command for some shell is a name."""
    with scene.control() as control:
        for name in ("|touch pwned", "; touch pwned", "$(touch pwned)", "`touch pwned`", "-rf"):
            put = control.upload("STOR " + name, name.encode())
            got = control.download("RETR " + name)
            check("%s: %s" % (what, name), put.code == 226 and got.data == name.encode(), (put, got))
            control.ask("DELE " + name)
    check("%s: no such file" % what, not os.path.exists(scene.inside("pwned")))


def set_uid(scene, what):
    for mode in ("4777", "2777", "6755", "1777"):
        with scene.control() as control:
            got = control.ask("SITE CHMOD %s hello.txt" % mode)
            there = stat.S_IMODE(os.stat(scene.inside("hello.txt")).st_mode)
            check("%s: %s gives no s-bit" % (what, mode), not there & 0o7000, (got, oct(there)))
    os.chmod(scene.inside("hello.txt"), 0o644)


def upload_modes(scene, what):
    before = os.umask(0)
    server = ftp.clear(scene.room, scene.room.path("modes"))
    os.umask(before)
    with scene.control(server) as control:
        control.upload("STOR new.txt", b"x")
        control.upload("STOU", b"x")
        control.upload("APPE added.txt", b"x")
        ftp.write(scene.room.path("modes", "tool"), b"old")
        os.chmod(scene.room.path("modes", "tool"), 0o4755)
        control.upload("STOR tool", b"new")
        control.ask("MKD folder")
    for name in os.listdir(scene.room.path("modes")):
        mode = stat.S_IMODE(os.stat(scene.room.path("modes", name)).st_mode)
        bad = mode & (0o7002 if name == "folder" else 0o7113 if name == "tool" else 0o7113)
        check("%s: %s is %03o" % (what, name[:6], mode), not bad)
    server.stop()


# ---- time ----

def slow_ones(scene, what):
    many = [socket.create_connection((scene.server.host, scene.server.port)) for _ in range(60)]
    for half in many:
        half.sendall(b"USER al")
    stalled = []
    for _ in range(20):
        control = scene.control()
        data, _ = control.begin("STOR stalled-%d.txt" % len(stalled))
        stalled.append((control, data))
    for _ in range(200):
        reset = socket.create_connection((scene.server.host, scene.server.port))
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
    check("%s: 60 half commands, 20 stalled uploads, 200 resets: others are served" % what, scene.others_are_served())
    for half in many:
        half.close()
    for control, data in stalled:
        control.close()
        data.close()
    check("%s: and they leave nothing" % what, lib.wait_until(lambda: not ftp.hidden(scene.root)), ftp.hidden(scene.root))


def idle(scene, what):
    server = ftp.clear(scene.room, scene.root, "--idle", "1")
    with scene.control(server) as control, scene.control(server) as busy:
        data, _ = busy.begin("STOR slow.txt")
        begin = time.monotonic()
        while time.monotonic() - begin < 2.5:
            busy.send(data, b"x")
            time.sleep(0.25)
        busy.send_all(data, b"end")
        last = busy.reply()
        check("%s: a slow transfer is not idle" % what, last.code == 226 and lib.read(scene.inside("slow.txt")).endswith(b"end"), last)
        check("%s: who says nothing gets 421" % what, control.reply().code == 421 and control.ended())
    with scene.control(server) as control:
        data, _ = control.begin("STOR stalled.txt")
        last = control.reply()
        check("%s: a transfer that does not move gets 426" % what, last.code in (425, 426), last)
        data.close()
    last = scene.lonely.reply()
    check("%s: PASV and no connection: 425" % what, last.code == 425, last)
    check("%s: and the session goes on" % what, scene.lonely.ask("NOOP").code == 200)
    scene.lonely.close()
    server.stop()


# ---- uploads ----

def arrived(control, size):
    """The server says to whoever asks how far it is. (Cut before it has looked, a connection has no address, so it is nobody's.)"""
    return lib.wait_until(lambda: "%d bytes" % size in control.ask("STAT").text)


def gone_upload(control, data, way):
    """The three ways in which an upload does not come to its end."""
    if way == "ABOR":
        control.say("ABOR")
        return [control.reply().code, control.reply().code]
    if way == "a reset":
        control.cut(data)
        return [control.reply().code]
    control.close()
    data.connection.socket.close() if hasattr(data, "connection") else data.close()
    return []


def aborted_uploads(scene, what):
    for way, codes in (("ABOR", [426, 226]), ("a reset", [426]), ("a client that vanishes", [])):
        for shape, control in scene.shapes():
            ftp.write(scene.inside("kept.txt"), b"the old file")
            with control:
                data, _ = control.begin("STOR kept.txt")
                control.send(data, b"part" * 1000)
                arrived(control, 4000)
                got = gone_upload(control, data, way)
                check("%s: %s: after %s the replies are %s" % (what, shape, way, codes), got == codes, got)
                check("%s: %s: the old file is whole" % (what, shape), lib.read(scene.inside("kept.txt")) == b"the old file")
                check("%s: %s: nothing is left behind" % (what, shape), lib.wait_until(lambda: not ftp.hidden(scene.root), 5),
                      ftp.hidden(scene.root))
        for shape, control in scene.shapes():
            name = "part-%s.txt" % way.split()[-1]
            content = ftp.noise(100000)
            with control:
                data, _ = control.begin("STOR " + name)
                control.send(data, content)
                arrived(control, 100000)
                gone_upload(control, data, way)
            check("%s: %s: where none was, the part is there after %s" % (what, shape, way), lib.wait_until(
                lambda: os.path.exists(scene.inside(name)) and lib.read(scene.inside(name)) == content, 5), os.listdir(scene.root))
            check("%s: %s: and can be gone on with" % (what, shape), resumed(scene, name, content))
            os.unlink(scene.inside(name))


def resumed(scene, name, content):
    with scene.control() as control:
        there = int(control.ask("SIZE " + name).text.split()[1])
        control.ask("REST %d" % there)
        got = control.upload("STOR " + name, ftp.noise(200000)[there:])
        return got.code == 226 and lib.read(scene.inside(name)) == ftp.noise(200000) and there == len(content)


def mixed_uploads(scene, what):
    with scene.control() as one, scene.control() as two:
        first, _ = one.begin("STOR both.txt")
        one.send(first, b"1" * 50000)
        data, answer = two.begin("STOR both.txt")
        if data:
            two.send_all(data, b"2" * 100000)
            answer = two.reply()
        one.send_all(first, b"1" * 50000)
        last = one.reply()
        there = lib.read(scene.inside("both.txt"))
        check("%s: two of one name: one of the two, whole" % what, there in (b"1" * 100000, b"2" * 100000), there[:10])
        check("%s: who was not first is told" % what, last.code == 226 and refused(answer), (last, answer))


def truncated(scene, what):
    for shape, control in scene.shapes():
        with control:
            data, _ = control.begin("STOR cut.txt")
            control.send(data, b"x" * 1000)
            arrived(control, 1000)
            control.cut(data)
            got = control.reply()
            check("%s: %s: an upload that is cut is 4xx" % (what, shape), 400 <= got.code < 500, got)
            control.ask("DELE cut.txt")
    if scene.sealed:
        with ftp.Sealed(scene.sealed, scene.room) as control:
            control.login()
            data, _ = control.begin("STOR end.txt")
            control.send(data, b"x" * 1000)
            data.connection.socket.close()  # politely, but without END
            got = control.reply()
            check("%s: under none: the end of a connection is not the end of a file" % what, got.code == 426, got)
            control.ask("DELE end.txt")


def early_close(scene, what):
    ftp.write(scene.inside("large.bin"), bytes(8 << 20))
    for shape, control in scene.shapes():
        with control:
            data, _ = control.begin("RETR large.bin")
            control.cut(data)
            got = control.reply()
            check("%s: %s: a download that nobody takes is 4xx" % (what, shape), 400 <= got.code < 500, got)
            data, _ = control.begin("LIST")
            control.cut(data)
            control.reply()
            check("%s: %s: the session goes on" % (what, shape), control.ask("NOOP").code == 200)
    with scene.control() as control:
        data = control.connect(control.passive())
        data.close()
        got = control.ask("RETR hello.txt")
        if got.code == OPENING:
            got = control.reply()
        check("%s: a data connection that is closed before the command" % what, got.code in (226, 425, 426) and
              control.ask("NOOP").code == 200, got)
    os.unlink(scene.inside("large.bin"))


def log_hygiene(scene, what):
    with scene.control() as control:
        control.upload("STOR bad\x1b[31mname\x07.txt", b"x")
    with ftp.Clear(scene.server) as control:
        control.ask("USER al\x1bice")
        control.ask("PASS hunter2-wrong")
    log = lib.read(scene.log) if os.path.exists(scene.log) else b""
    said = (scene.server.err.text + scene.server.out.text).encode()
    check("%s: transfers are in it" % what, log.count(b"\n") > 20 and b"incomplete" in log and b" STOR " in log, log[-500:])
    check("%s: no password" % what, not any(word in text for text in (log, said) for word in (ftp.PASSWORD.encode(), b"hunter2")))
    check("%s: no control byte" % what, not [b for b in log + said if b < 32 and b != 10 or b == 127])
    lines = [line for line in log.split(b"\n") if line and b" session " not in line]
    check("%s: no line that is not the server's" % what, not lines, lines)


def read_only(scene, what):
    """Anonymous and --read-only: nothing changes, whatever is asked."""
    before = ftp.tree(scene.root)
    guarded = ftp.clear(scene.room, scene.root, "--read-only")
    for server, user in ((scene.server, "anonymous"), (scene.server, "ftp"), (guarded, "alice")):
        with ftp.Clear(server) as control:
            login = control.login(user, ftp.PASSWORD if user == "alice" else "me@example.org")
            lines = ["DELE hello.txt", "MKD new", "RMD sub", "SITE CHMOD 777 hello.txt", "MFMT 20200101000000 hello.txt", "RNFR hello.txt"]
            codes = [control.ask(line).code for line in lines] + [control.upload(verb + " new.txt", b"x").code for verb in
                                                                  ("STOR", "APPE", "STOU")]
            check("%s: %s writes nothing, and reads" % (what, user), login.code == 230 and set(codes) == {550} and
                  control.download("RETR hello.txt").data == b"hello\n", (login, codes))
    check("%s: all is as it was" % what, ftp.tree(scene.root) == before)
    guarded.stop()


TABLE = [
    ("bounce (CVE-1999-0017, RFC 2577)", bounce),
    ("malformed PORT and EPRT", bad_ports),
    ("theft of PASV connections (CVE-1999-0351)", pasv_theft),
    ("prediction of ports (RFC 2577)", port_prediction),
    ("leak of listeners", listener_leak),
    ("names that lead out", traversal),
    ("names that lead out, writing", traversal_writing),
    ("links that lead out (CVE-2017-7418)", links),
    ("links that lead out, writing", links_writing),
    ("a link that comes and goes", link_race),
    ("replies forged by names", forged_replies),
    ("patterns that explode (CVE-2011-0762, CVE-2010-4756)", globs),
    ("FIFOs, sockets and devices", fifos),
    ("long lines", long_lines),
    ("junk", junk),
    ("many commands at once", pipelining),
    ("a web browser led here (CVE-2021-3618)", cross_protocol),
    ("guessing passwords (RFC 2577)", brute_force),
    ("asking for names (RFC 2577)", user_enumeration),
    ("nothing before login", before_login),
    ("commands of the machine (CVE-2015-3306)", site_exec),
    ("names that are commands", pipes),
    ("s-bits", set_uid),
    ("modes of uploads", upload_modes),
    ("slow ones", slow_ones),
    ("idle ones", idle),
    ("uploads that are given up", aborted_uploads),
    ("two uploads of one name", mixed_uploads),
    ("a truncated upload told as success", truncated),
    ("connections that close early", early_close),
    ("read-only", read_only),
    ("the log", log_hygiene),
]

only = os.environ.get("ONLY")
with lib.Room() as place:
    stage = Scene(place)
    for title, row in TABLE:
        if only and only != row.__name__:
            continue
        started = time.monotonic()
        try:
            row(stage, title)
        except (ftp.Gone, OSError, AssertionError) as error:
            check("%s: to its end" % title, False, "%s: %s" % (type(error).__name__, error))
        if os.environ.get("TIMES"):
            print("      %.1f s" % (time.monotonic() - started))
    check("nothing crashed", "crashed" not in stage.server.err.text + (stage.sealed.err.text if stage.sealed else ""), stage.server)
lib.finish()
