#!/usr/bin/env python3
"""The port switch: --data-ports same, a range, an exhausted range; strangers on the new port neither get in nor keep the right
client out."""

import os
import re
import socket
import threading
import time

import lib
from lib import check


def free_port():
    """A port that nobody has now, outside the kernel's automatic range."""
    for port in range(20000 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Middle(threading.Thread):
    """Between client and server: passes everything on, but holds SWITCH back until strangers stand at the new port. Works under none,
    where SWITCH can be read on the way: which is what an eavesdropper does there."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.strangers, self.seen_port = server, [], None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()
        self.errors = []

    def run(self):
        try:
            client, _ = self.listener.accept()
            upstream = lib.call(self.server)
            kind, body = lib.receive_frame(client)
            upstream.sendall(lib.frame(kind, body))
            kind, body = lib.receive_frame(upstream)
            client.sendall(lib.frame(kind, body))
            kind, body = lib.receive_frame(upstream)
            self.seen_port = int.from_bytes(body[1:3], "big")
            self.ticket = body[3:19]
            self.meet_strangers()
            client.sendall(lib.frame(kind, body))
            while client.recv(4096):
                pass
            upstream.close()
            client.close()
        except Exception as error:  # shown by the test
            self.errors.append(error)

    def meet_strangers(self):
        def stranger(data):
            connection = lib.call(self.server, self.seen_port)
            if data:
                connection.sendall(data)
            self.strangers.append(connection)
            return connection
        stranger(os.urandom(512))                                                       # garbage
        stranger(b"GET / HTTP/1.0\r\n\r\n")                                             # another protocol
        stranger(b"")                                                                   # nothing
        stranger(lib.frame(lib.SEALED, b"\x02" + bytes(16) + b"\0\0"))                  # a JOIN with a wrong ticket
        stranger(lib.frame(lib.SEALED, b"\x02" + self.ticket + lib.bytes16(b"other")))  # the right ticket, another WELCOME
        stranger(lib.frame(lib.SEALED, b"", length=0xffffffff))                         # 4 GiB
        slow = stranger(b"P")                                                           # a byte now and then

        def drip():
            try:
                for byte in b"B\x01\x04\0\0\0\x30" + bytes(48):
                    time.sleep(0.2)
                    slow.sendall(bytes([byte]))
            except OSError:
                pass
        threading.Thread(target=drip, daemon=True).start()
        for _ in range(8):
            stranger(b"")                                                               # more than are heard at once


with lib.Room() as room:
    server = room.server("--allow-any", "--data-ports", "same")
    for cipher in lib.installed():
        got = room.client(server, cipher, "alice", ["stay"])
        check("%s: --data-ports same stays on the port" % cipher, got.code == 0 and got.out == b"stay\n" and
              "stays on port %d" % server.port in got.text, got)
    check("the server says the same sentence", server.err.wait("stays on port %d" % server.port, 5), server)
    server.stop()

    low = free_port()
    server = room.server("--cipher", "none,xor", "--allow-any", "--data-ports", "%d-%d" % (low, low + 20))
    ports = []
    for _ in range(6):
        got = room.client(server, "xor", "alice")
        found = re.search(r"moved from port \d+ to (\d+)", got.text)
        ports += [int(found.group(1))] if found else []
        check("a range: the conversation comes through", got.code == 0, got)
    check("every new port lies in the range", ports and all(low <= p <= low + 20 for p in ports), ports)
    check("they are drawn, not counted", len(set(ports)) > 1, ports)
    server.stop()

    # A range of one port that somebody has: refused in words, and free again afterwards.
    port = free_port()
    occupied = socket.create_server(("127.0.0.1", port))
    server = room.server("--cipher", "xor", "--allow-any", "--data-ports", "%d-%d" % (port, port))
    got = room.client(server, "xor", "alice")
    check("an exhausted range is refused in words, exit not 0", got.code != 0 and "no free port" in got.text, got)
    check("the server says it too, with the range", server.err.wait(r"%d" % port, 5), server)
    occupied.close()
    got = room.client(server, "xor", "alice", ["free"])
    check("when the port is free again, it is used", got.code == 0 and "to %d" % port in got.text, got)
    got = room.client(server, "xor", "alice", ["twice"])
    check("and once more, directly after (nothing waits on the server's side)", got.code == 0, got)
    server.stop()

    # Strangers first.
    server = room.server("--cipher", "none", "--allow-any", who="visited")
    middle = Middle(server)
    middle.start()
    begin = time.monotonic()
    got = room.client("127.0.0.1:%d" % middle.port, "none", "alice", ["in spite of all"])
    middle.join(lib.PATIENCE)
    check("with fifteen strangers at the new port the right client gets in", got.code == 0 and got.out == b"in spite of all\n", got)
    check("within the handshake's 10 seconds", time.monotonic() - begin < 10, time.monotonic() - begin)
    check("the man in the middle had no trouble", not middle.errors and len(middle.strangers) == 15, middle.errors)

    def is_closed(connection):
        connection.settimeout(lib.PATIENCE)
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
    check("no stranger got in or got an answer: all are closed", all(is_closed(c) for c in middle.strangers))
    for connection in middle.strangers:
        connection.close()

    # A stranger who comes later finds the door shut.
    try:
        late = lib.call(server, middle.seen_port)
        shut = is_closed(late)
        late.close()
    except ConnectionError:
        shut = True
    check("after the right one the port is shut", shut)
    check("nobody but alice was counted", server.stop() == 0 and
          [r["sessions"] for r in lib.table(os.path.join(server.keys, "clients.csv"))] == ["1"])

    for wrong in ("0-5", "5-4", "70000-70001", "x", "1", "same-same"):
        got = room.run("server", "--keys", room.keys("server"), "--data-ports", wrong)
        check("--data-ports %s is a wrong command line" % wrong, got.code == 2 and wrong in got.text, got)
lib.finish()
