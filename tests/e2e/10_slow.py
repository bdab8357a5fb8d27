#!/usr/bin/env python3
"""Peers that send one byte a second, or nothing, meet a deadline of 10 seconds for the whole handshake, at both ends, and keep nobody waiting
meanwhile. All of them at once, so that the test takes those 10 seconds once."""

import socket
import threading
import time

import lib
from lib import check, frame, hello_body

with lib.Room() as room:
    server = room.server("--cipher", "none,xor", "--allow-any", "--idle", "2")
    results = {}

    def timed(name, function):
        def body():
            begin = time.monotonic()
            try:
                results[name] = (function(), time.monotonic() - begin)
            except Exception as error:
                results[name] = (error, time.monotonic() - begin)
        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        return thread

    def nothing():
        with lib.call(server) as connection:
            return lib.receive_frame(connection)

    def drip(data, connection):
        """One byte a second until the other side has had enough; what it says then."""
        connection.settimeout(1)
        for i in range(len(data)):
            try:
                connection.sendall(data[i:i + 1])
                peeked = connection.recv(1, socket.MSG_PEEK)
                if not peeked:
                    return None
                connection.settimeout(lib.PATIENCE)
                return lib.receive_frame(connection)
            except socket.timeout:
                pass
            except ConnectionError:
                return None
        return "nothing happened"

    def drip_hello():
        with lib.call(server) as connection:
            return drip(frame(lib.HELLO, hello_body()), connection)

    def never_join():
        with lib.call(server) as connection:
            connection.sendall(frame(lib.HELLO, hello_body()))
            lib.receive_frame(connection)
            lib.receive_frame(connection)
            return lib.receive_frame(connection)

    def idle_conversation():
        with lib.call(server) as connection:
            connection.sendall(frame(lib.HELLO, hello_body()))
            kind, welcome = lib.receive_frame(connection)
            kind, switch = lib.receive_frame(connection)
            with lib.call(server, int.from_bytes(switch[1:3], "big")) as further:
                further.sendall(frame(lib.SEALED, b"\x02" + switch[3:19] + lib.bytes16(welcome)))
                return lib.receive_frame(further)

    def quiet_server(say):
        """A server that accepts, says something, and then nothing more; the client's Result."""
        listener = socket.create_server(("127.0.0.1", 0))
        held = []

        def serve():
            connection, _ = listener.accept()
            held.append(connection)
            if say:
                lib.receive_frame(connection)
                connection.sendall(say)
        threading.Thread(target=serve, daemon=True).start()
        got = room.client("127.0.0.1:%d" % listener.getsockname()[1], "none", "alice", ["hello"])
        for connection in held:
            connection.close()
        listener.close()
        return got

    room.public("alice", "none")
    threads = [timed("nothing", nothing), timed("drip", drip_hello), timed("never join", never_join), timed("idle", idle_conversation),
               timed("quiet server", lambda: quiet_server(b"")),
               timed("half a WELCOME", lambda: quiet_server(frame(lib.WELCOME, hello_body(name=""))[:30])),
               timed("no SWITCH", lambda: quiet_server(frame(lib.WELCOME, hello_body(name=""))))]

    begin = time.monotonic()
    got = room.client(server, "xor", "bob", ["meanwhile"])
    check("meanwhile others are answered at once", got.code == 0 and got.out == b"meanwhile\n" and time.monotonic() - begin < 5, got)
    for thread in threads:
        thread.join(lib.PATIENCE)

    def in_time(name, least, most):
        got, seconds = results.get(name, (None, 0))
        check("%s: %.1f s, from %d to %d" % (name, seconds, least, most), least <= seconds <= most, got)
        return got

    slack = 10 if lib.SANITIZED else 3
    check("who sends nothing is told that it was too slow", lib.refusal(in_time("nothing", 9, 10 + slack)) == lib.TOO_SLOW, results)
    check("so is who sends a byte a second", lib.refusal(in_time("drip", 9, 12 + slack)) == lib.TOO_SLOW, results)
    check("who never joins is dropped", in_time("never join", 9, 10 + slack) is None, results)
    got = in_time("idle", 1, 2 + slack)
    check("an idle conversation gets ABORT after --idle", got and got[0] == lib.SEALED and got[1][0] == 5, got)
    for name in ("quiet server", "half a WELCOME", "no SWITCH"):
        got = in_time(name, 9, 10 + slack)
        check("the client gives up on it in words, exit 1", isinstance(got, lib.Result) and got.code == 1 and "in time" in got.text, got)

    begin = time.monotonic()
    listener = socket.create_server(("127.0.0.1", 0))
    got = room.client("127.0.0.1:%d" % listener.getsockname()[1], "none", "alice", ["hello"], "--connect-timeout", "1")
    check("--connect-timeout 1 is shorter", got.code == 1 and time.monotonic() - begin < 1 + slack, got)
    listener.close()
lib.finish()
