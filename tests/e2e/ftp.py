"""What the scenarios of FTP share: the server in both shapes, and a client of a few lines for either, so that what they say to
the server is exactly what is written in the test.

    with lib.Room() as room:
        server = ftp.clear(room, root)                 or: ftp.sealed(room, root, "none")
        with ftp.Clear(server) as control:             or: ftp.Sealed(server, room, "none")
            control.login()
            check("a file comes", control.download("RETR a.txt").data == b"...")
"""

import hashlib
import os
import re
import signal
import socket
import struct

import lib
import stranger

USER, PASSWORD = "alice", "correct horse"


# ---- the server ----

def users(room, *names):
    """A users' file with these users, all with the same password. ("bob", "--read-only") gives options."""
    file = room.path("users.csv")
    for name in names or (USER,):
        name, *options = (name,) if isinstance(name, str) else name
        got = room.run("ftp-user", name, "--users", file, *options, input=PASSWORD.encode() + b"\n")
        if got.code != 0:
            raise AssertionError("ftp-user %s: %s" % (name, got))
    return file


def clear(room, root, *arguments, **options):
    """ftpd --cleartext with the user alice."""
    os.makedirs(root, exist_ok=True)
    who = () if "--users" in arguments else ("--users", users(room))
    server = room.server("--cleartext", "--root", root, *who, *arguments, command="ftpd", **options)
    server.cipher = None
    if server.port is None:
        server.stop()
        raise AssertionError("ftpd does not start: %s" % server)
    return server


def sealed(room, root, cipher, *arguments, allow=(USER,), **options):
    """ftpd under a cipher; alice is on its list."""
    os.makedirs(root, exist_ok=True)
    for name in allow:
        room.allow(name, cipher, options.get("who", "server"))
    server = room.server("--cipher", cipher, "--root", root, *arguments, command="ftpd", **options)
    server.cipher = cipher
    if server.port is None:
        server.stop()
        raise AssertionError("ftpd does not start: %s" % server)
    return server


def sessions(server):
    """The processes of its sessions."""
    with open("/proc/%d/task/%d/children" % (server.process.pid, server.process.pid)) as children:
        return [int(pid) for pid in children.read().split()]


def memory(pid, what="VmRSS"):
    """Bytes."""
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"^%s:\s+(\d+) kB" % what, status.read(), re.M).group(1)) << 10


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


# ---- the client of the program ----

def client_arguments(room, server, *words, who=USER, options=()):
    if server.cipher is None:
        password = room.path("password")
        if not os.path.exists(password):
            write(password, PASSWORD.encode() + b"\n")
        how = ["--cleartext", "--password-file", password]
    else:
        how = ["--cipher", server.cipher, "--keys", room.keys(who)]
    return ["ftp", *how, "--name", who, *options, "%s:%d" % (server.host, server.port), *words]


def client(room, server, *words, who=USER, options=(), **more):
    """One command, or with `input` a batch of them; a Result."""
    return room.run(*client_arguments(room, server, *words, who=who, options=options), **more)


def batch(room, server, *lines, **more):
    return client(room, server, input="".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"), **more)


def gateway(room, server, *options, who=USER):
    """A gateway to this server, as who: something with host and port, as a server has."""
    process = room.start(["ftp", "--cipher", server.cipher, "--keys", room.keys(who), "--name", who, "--gateway", "127.0.0.1:0", *options,
                          "%s:%d" % (server.host, server.port)], stdin=lib.subprocess.DEVNULL)
    gate = lib.Server(room, process, None)
    room.servers.append(gate)
    room.processes.remove(process)
    gate.cipher = None
    if gate.port is None:
        gate.stop()
        raise AssertionError("the gateway does not start: %s" % gate)
    return gate


# ---- a client that says what it is told to ----

class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])
        self.text = "\n".join(lines)

    def __str__(self):
        return self.text


class Moved:
    """A transfer: its first reply, the data, its last reply (the first one, if there was no 1xx)."""

    def __init__(self, first, data=None, last=None):
        self.first, self.data, self.last = first, data, last or first
        self.code = self.last.code

    def __str__(self):
        return "%s / %s / %s" % (self.first, "no data" if self.data is None else "%d bytes" % len(self.data), self.last)


class Gone(Exception):
    pass


class Control:
    """What both shapes have: lines, replies, transfers. A subclass moves bytes."""

    def __init__(self):
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def line(self):
        while b"\n" not in self.buffer:
            self.buffer += self.more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        if not line.endswith(b"\r"):
            raise AssertionError("a reply without CR: %r" % line)
        return line[:-1].decode("utf-8", "surrogateescape")

    def reply(self):
        lines = [self.line()]
        if not re.match(r"[1-5]\d\d[ -]", lines[0]):
            raise AssertionError("not a reply: %r" % lines[0])
        while not (lines[-1][:3] == lines[0][:3] and lines[-1][3:4] == " "):
            lines.append(self.line())
        return Reply(lines)

    def say(self, line):
        self.raw((line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")) + b"\r\n")

    def ask(self, line):
        self.say(line)
        return self.reply()

    def login(self, user=USER, password=PASSWORD):
        """The last reply of logging in."""
        got = self.ask("USER " + user)
        if got.code == 331:
            got = self.ask("PASS " + password)
        if got.code in (230, 232):
            self.ask("TYPE I")
        return got

    def ended(self):
        """Whether the server has closed: reads what it still says."""
        try:
            while True:
                self.reply()
        except (Gone, OSError):
            return True

    def download(self, command):
        data = self.prepare()
        first = self.ask(command)
        if first.code >= 200:
            self.forget(data)
            return Moved(first)
        data = self.join(data)
        content = self.receive_all(data)
        return Moved(first, content, self.reply())

    def begin(self, command):
        """(data connection, first reply), for transfers that a test takes in pieces; no data: it was refused."""
        data = self.prepare()
        first = self.ask(command)
        if first.code >= 200:
            self.forget(data)
            return None, first
        return self.join(data), first

    def upload(self, command, content):
        data, first = self.begin(command)
        if data is None:
            return Moved(first)
        self.send_all(data, content)
        return Moved(first, content, self.reply())


class Clear(Control):
    """Over TCP, by EPSV."""

    def __init__(self, server, source=None, greet=True):
        super().__init__()
        self.host = server.host
        self.source = source
        self.socket = socket.create_connection((server.host, server.port), timeout=lib.PATIENCE,
                                               source_address=(source, 0) if source else None)
        self.greeting = self.reply() if greet else None

    def more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionError:
            piece = b""
        if not piece:
            raise Gone("the server closed the connection")
        return piece

    def raw(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def passive(self):
        """The port of EPSV."""
        got = self.ask("EPSV")
        return int(re.search(r"\(\|\|\|(\d+)\|\)", got.text).group(1))

    def connect(self, port, source=None):
        source = source or self.source
        return socket.create_connection((self.host, port), timeout=lib.PATIENCE, source_address=(source, 0) if source else None)

    def prepare(self):
        return self.connect(self.passive())

    def join(self, data):
        return data

    def forget(self, data):
        data.close()

    def receive_all(self, data):
        content = bytearray()
        try:
            while True:
                piece = data.recv(1 << 16)
                if not piece:
                    break
                content += piece
        except ConnectionError:
            pass
        data.close()
        return bytes(content)

    def send(self, data, content):
        data.sendall(content)

    def send_all(self, data, content):
        try:
            data.sendall(content)
        except ConnectionError:
            pass
        data.close()

    def cut(self, data):
        """The data connection breaks."""
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        data.close()


class Session(stranger.Client):
    """The stranger, with offers."""

    def __init__(self, *arguments, **options):
        self.offers = []
        super().__init__(*arguments, **options)

    def receive(self):
        while True:
            message = self.cipher.open(self.connection.receive(stranger.SEALED, self.cipher.largest()))
            kind, body = message[0], message[1:]
            if kind == stranger.OFFER:
                reader = stranger.Reader(body)
                self.offers.append((reader.number(4), reader.number(2), reader.take(16), reader.counted(1).decode()))
                reader.end()
            elif kind == stranger.DATA:
                return body
            elif kind == stranger.END:
                return None
            elif kind == stranger.ABORT:
                raise Gone("aborted: %s" % body[2:])
            elif kind < 128:
                raise AssertionError("a message of kind %d" % kind)


class Stream:
    """A data stream of a session."""

    def __init__(self, session, host, offer):
        self.session = session
        _, port, ticket, where = offer
        self.connection = stranger.Connection(where or host, port)
        self.send(stranger.JOIN, ticket + b"\0\0")

    def send(self, kind, body=b""):
        self.connection.send(stranger.SEALED, self.session.cipher.seal(bytes([kind]) + body))

    def receive(self):
        message = self.session.cipher.open(self.connection.receive(stranger.SEALED, self.session.cipher.largest()))
        return message[0], message[1:]


class Sealed(Control):
    """A session under a cipher that the stranger speaks: written from the protocol's page alone."""

    def __init__(self, server, room, cipher=None, who=USER, greet=True):
        super().__init__()
        self.host, cipher = server.host, cipher or server.cipher
        room.public(who, cipher)
        row = [r for r in lib.table(os.path.join(room.keys(who), "keys.csv")) if r["cipher"] == cipher][0]
        self.session = Session(server.host, server.port, cipher, row["public"], row["private"], name=who, service="ftp")
        self.greeting = self.reply() if greet else None

    def more(self):
        try:
            piece = self.session.receive()
        except (stranger.Broken, ConnectionError) as error:
            raise Gone(str(error))
        if piece is None:
            raise Gone("the server has ended the session")
        return piece

    def raw(self, data):
        self.session.send(stranger.DATA, data)

    def close(self):
        try:
            self.session.send(stranger.END)
        except OSError:
            pass
        self.session.close()

    def prepare(self):
        self.session.offers = []

    def forget(self, data):
        pass

    def join(self, _=None):
        return Stream(self.session, self.host, self.session.offers.pop())

    def receive_all(self, data):
        """None if it was not ended as it should be."""
        content = bytearray()
        try:
            while True:
                kind, body = data.receive()
                if kind == stranger.END:
                    data.send(stranger.END)
                    break
                if kind != stranger.DATA:
                    content = None
                    break
                content += body
        except (stranger.Broken, ConnectionError):
            content = None
        data.connection.socket.close()
        return None if content is None else bytes(content)

    def send(self, data, content):
        data.send(stranger.DATA, content)

    def send_all(self, data, content):
        try:
            for i in range(0, len(content), 1 << 18):
                data.send(stranger.DATA, content[i:i + (1 << 18)])
            data.send(stranger.END)
            data.receive()
        except (stranger.Broken, ConnectionError):
            pass
        data.connection.socket.close()

    def cut(self, data):
        data.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        data.connection.socket.close()


# ---- files ----

def noise(size, seed=1):
    """Bytes that are the same in every run."""
    return hashlib.shake_256(b"%d" % seed).digest(size)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return content


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
            hashlib.sha256(file.read()).hexdigest()


def tree(folder):
    """{path below the folder: content, or None for a folder}; hidden files too."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(parent, name), folder)] = None
        for name in files:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder)] = lib.read(path) if os.path.isfile(path) else ""
    return found


def hidden(folder):
    """What uploads and downloads have left behind."""
    return [path for path in tree(folder) if os.path.basename(path).startswith(".pb-")]


def stop_now(process):
    os.kill(process.pid, signal.SIGKILL)
