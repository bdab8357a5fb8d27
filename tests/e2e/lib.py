"""What the end-to-end scenarios share: real processes on loopback, in a room of their own.

    import lib
    with lib.Room() as room:
        server = room.server("--cipher", "xor", "--allow-any")
        got = room.client(server, "xor", "alice", ["hello"])
        lib.check("the reply comes back", got.out == b"hello\n", got)
    lib.finish()

Run by hand: tests/e2e/01_talk.py build/plugboard build [CIPHER]. Every process and file is the room's; when the room is left,
none of either may be left over. Ports are always drawn by the kernel or the server, and nothing sleeps where it can wait.
"""

import csv
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

if len(sys.argv) < 3:
    sys.exit("usage: %s PROGRAM BUILD [CIPHER]" % sys.argv[0])
PROGRAM = os.path.abspath(sys.argv[1])
BUILD = os.path.abspath(sys.argv[2])
CIPHER = sys.argv[3] if len(sys.argv) > 3 else "none"
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALL = ["none", "xor", "vigenere", "rsa", "box"]
SKIPPED = 77  # what CTest takes for "skipped"


def _sanitized():
    with open(os.path.join(BUILD, "CMakeCache.txt")) as cache:
        return bool(re.search(r"^PLUGBOARD_SANITIZE:\w+=.+$", cache.read(), re.M))


SANITIZED = _sanitized()         # everything is several times slower: sizes and crowds are smaller
PATIENCE = 60 if SANITIZED else 30


def confines():
    """Whether this kernel has what a session is confined with: asked of the kernel, not of the server."""
    libc = ctypes.CDLL(None, use_errno=True)
    landlock = libc.syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1)) >= 1  # landlock_create_ruleset, VERSION
    with open("/proc/self/status") as status:
        filters = "Seccomp_filters:" in status.read()
    with open(os.path.join(BUILD, "CMakeCache.txt")) as cache:
        built = "SECCOMP_FOUND:INTERNAL=1" in cache.read()
    return landlock and filters and built



def installed():
    return [c for c in ALL if os.path.exists(os.path.join(BUILD, "ciphers", c + ".so"))]


def alone():
    """Nothing to do: CTest sees it in the file and runs no other scenario beside this one."""


def need_cipher():
    if CIPHER not in installed():
        print("skipped: the cipher %s was not built" % CIPHER)
        sys.exit(SKIPPED)


# ---- checks ----

_failed = 0
_checks = 0


def check(what, good, detail=None):
    """One line a check; all are made, also after one has failed."""
    global _failed, _checks
    _checks += 1
    print(("ok    " if good else "FAIL  ") + what, flush=True)
    if not good:
        _failed += 1
        if detail is not None:
            print("      " + str(detail).replace("\n", "\n      "), flush=True)
    return bool(good)


def finish():
    print("%d checks, %d failed" % (_checks, _failed))
    sys.exit(1 if _failed or not _checks else 0)


def wait_until(condition, seconds=PATIENCE):
    """For what no event tells. True as soon as the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# ---- processes ----

class Result:
    """What a finished command left: code, out and err (bytes)."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.text = err.decode("utf-8", "replace")

    def __str__(self):
        return "exit %s\n--- stdout\n%s--- stderr\n%s" % (
            self.code, self.out[:2000].decode("utf-8", "replace"), self.text[-4000:])

    __repr__ = __str__


class Lines:
    """Reads a pipe to its end in a thread of its own, so that nobody blocks on it, and waits for lines."""

    def __init__(self, pipe):
        self.text, self.pipe, self.closed = "", pipe, False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            try:
                piece = self.pipe.read1(65536)
            except OSError:  # how a terminal ends
                piece = b""
            with self.changed:
                self.text += piece.decode("utf-8", "replace")
                self.closed = not piece
                self.changed.notify_all()
            if not piece:
                return

    def wait(self, pattern, seconds=PATIENCE):
        """The first match of a regular expression, or None if the pipe ends or the time is over before."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                found = re.search(pattern, self.text, re.M)
                left = end - time.monotonic()
                if found or self.closed or left <= 0:
                    return found
                self.changed.wait(left)


class Server:
    def __init__(self, room, process, keys):
        self.room, self.process, self.keys = room, process, keys
        self.out, self.err = Lines(process.stdout), Lines(process.stderr)
        self.code = None
        found = self.out.wait(r"^listening on (.*):(\d+)$")
        self.host, self.port = (found.group(1), int(found.group(2))) if found else (None, None)

    def __str__(self):
        return "server, exit %s\n--- stdout\n%s--- stderr\n%s" % (self.code, self.out.text[-4000:], self.err.text[-6000:])

    @property
    def alive(self):
        return self.process.poll() is None

    def send_signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self, number=signal.SIGTERM):
        """Ends it and returns its exit code; one that does not end is killed, which is a failed check."""
        if self.code is None:
            if self.alive:
                self.send_signal(number)
            try:
                self.code = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                check("the server stops when it is told to", False, self)
                self.process.kill()
                self.code = self.process.wait()
            self.out.thread.join(PATIENCE)
            self.err.thread.join(PATIENCE)
            self.process.stdout.close()
            self.process.stderr.close()
        return self.code


class Room:
    """A temporary folder, its key folders, and every process that is started in it."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="plugboard-e2e-")
        self.temporary = os.path.join(self.folder, "tmp")
        os.mkdir(self.temporary)
        self.mark = os.path.basename(self.folder)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("PLUGBOARD_", "XDG_"))}
        self.environment.update(HOME=os.path.join(self.folder, "home"), TMPDIR=self.temporary, E2E_MARK=self.mark, TERM="dumb")
        self.servers, self.processes, self.sessions = [], [], set()
        os.mkdir(self.environment["HOME"])
        return self

    def __exit__(self, kind, value, trace):
        for server in self.servers:
            server.stop()
        for process in self.processes:
            if process.poll() is None:
                check("no process of ours is still waiting", False, process.args)
                process.kill()
                process.wait()
        clean = wait_until(lambda: not self.leftover_processes(), 5)
        check("no process is left over", clean, self.leftover_processes())
        for pid in self.leftover_processes():
            os.kill(pid, signal.SIGKILL)
        check("no temporary file is left over", not self.leftover_files(), self.leftover_files())
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            print("the folder is kept: " + self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    # -- leftovers --

    def leftover_processes(self):
        """Everything that was started in this room, or by what was, and is no zombie of ours."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open("/proc/%s/stat" % entry) as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
                marked = int(fields[3]) in self.sessions
                if not marked:
                    with open("/proc/%s/environ" % entry, "rb") as environment:
                        marked = ("E2E_MARK=" + self.mark).encode() in environment.read()
                if marked and fields[0] != "Z":
                    found.append(int(entry))
            except OSError:
                pass
        return found

    def leftover_files(self):
        """Files in the temporary folder, and files that no command of ours means to leave in a keys folder."""
        known = {"keys.csv", "keys.csv.old", "allowed.csv", "refused.csv", "clients.csv", "servers.csv",
                 "README.md"}
        found = [os.path.join(self.temporary, name) for name in os.listdir(self.temporary)]
        for folder, folders, files in os.walk(self.path("keys")):
            found += [os.path.join(folder, f) for f in files if f not in known and not f.endswith(".lock") and f != ".lock"]
        return found

    # -- running --

    def start(self, arguments, **options):
        environment = dict(self.environment, **options.pop("environment", {}))
        process = subprocess.Popen([PROGRAM] + list(arguments), env=environment, cwd=options.pop("cwd", self.folder), start_new_session=True,
                                   stdin=options.pop("stdin", subprocess.PIPE), stdout=options.pop("stdout", subprocess.PIPE),
                                   stderr=options.pop("stderr", subprocess.PIPE), **options)
        self.processes.append(process)
        self.sessions.add(process.pid)
        return process

    def run(self, *arguments, input=b"", seconds=None, **options):
        """Runs a command to its end."""
        process = self.start(arguments, **options)
        return self.finish_process(process, input, seconds)

    def finish_process(self, process, input=b"", seconds=None):
        try:
            out, err = process.communicate(input, timeout=seconds or 2 * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += b"\n(killed by the test: it took too long)"
        return Result(process.returncode, out or b"", err or b"")

    def keys(self, who):
        """The keys folder of somebody in this room."""
        folder = self.path("keys", who)
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o700)
        return folder

    def server(self, *arguments, who="server", keys=None, command="server", **options):
        keys = keys or self.keys(who)
        port = [] if "--port" in arguments else ["--port", "0"]
        process = self.start([command, "--keys", keys] + port + list(arguments), stdin=subprocess.DEVNULL, **options)
        server = Server(self, process, keys)
        self.servers.append(server)
        self.processes.remove(process)
        return server

    def client_arguments(self, server, cipher, who, *arguments, keys=None):
        where = server if isinstance(server, str) else "%s:%d" % (server.host, server.port)
        return ["client", "--cipher", cipher, "--name", os.path.basename(who), "--keys", keys or self.keys(who), *arguments, where]

    def client(self, server, cipher, who, lines=("hello",), *arguments, keys=None, **options):
        """One client, its lines through a pipe; returns its Result."""
        text = lines if isinstance(lines, bytes) else "".join(line + "\n" for line in lines).encode()
        return self.run(*self.client_arguments(server, cipher, who, *arguments, keys=keys), input=text, **options)

    def start_client(self, server, cipher, who, *arguments, keys=None, **options):
        return self.start(self.client_arguments(server, cipher, who, *arguments, keys=keys), **options)

    def public(self, who, cipher, *arguments):
        """The public key of somebody, made if missing."""
        got = self.run("pubkey", "--cipher", cipher, "--keys", self.keys(who), *arguments)
        rows = list(csv.reader(got.out.decode().splitlines()))
        if got.code != 0 or not rows or rows[-1][0] != cipher:
            raise AssertionError("pubkey of %s for %s: %s" % (who, cipher, got))
        return rows[-1][1]

    def allow(self, who, cipher, server="server"):
        """Enrols somebody as a teacher would: pubkey on one side, allow on the other."""
        got = self.run("pubkey", "--cipher", cipher, "--keys", self.keys(who))
        return self.run("allow", who, "--keys", self.keys(server), input=got.out)


def table(file):
    """The rows of a CSV file as dictionaries; none if it is not there."""
    if not os.path.exists(file):
        return []
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def write_table(file, header, *rows):
    with open(file, "w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    os.chmod(file, 0o600)


def read(file):
    with open(file, "rb") as data:
        return data.read()


# ---- bare frames, for peers that are not as they should be ----

HELLO, WELCOME, REFUSE, SEALED = 1, 2, 3, 4
NOT_ALLOWED, NO_CIPHER, NO_SERVICE, FORMAT, OWN_KEY, BAD_KEY, MALFORMED, BUSY, NO_PORT, FAILED, TOO_SLOW = range(1, 12)


def frame(type, body, version=1, magic=b"PB", length=None):
    return magic + bytes([version, type]) + (len(body) if length is None else length).to_bytes(4, "big") + body


def text8(text):
    data = text if isinstance(text, bytes) else text.encode()
    return bytes([len(data)]) + data


def bytes16(text):
    data = text if isinstance(text, bytes) else text.encode()
    return len(data).to_bytes(2, "big") + data


def hello_body(cipher="none", key="none-00112233445566aa", format=1, service="talk", name="raw", greeting=b"", extensions=b"",
               random=bytes(range(32)), more=b""):
    return (random + text8(cipher) + format.to_bytes(2, "big") + text8(service) + text8(name) + bytes16(key) +
            bytes16(greeting) + bytes16(extensions) + more)


def receive_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(min(65536, size - len(data)))
        if not piece:
            break
        data += piece
    return data


def receive_frame(connection):
    """(type, body), or None when the connection ends."""
    try:
        header = receive_exactly(connection, 8)
        if len(header) < 8:
            return None
        return header[3], receive_exactly(connection, int.from_bytes(header[4:8], "big"))
    except ConnectionError:
        return None


def refusal(got):
    """The code of a REFUSE frame; None for anything else."""
    return int.from_bytes(got[1][:2], "big") if got and got[0] == REFUSE else None


def call(server, port=None):
    connection = socket.create_connection((server.host, port or server.port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
