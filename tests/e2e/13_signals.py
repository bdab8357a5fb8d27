#!/usr/bin/env python3
"""Stopping: SIGTERM and SIGINT with sessions open end each after its current message (END arrives, nothing is truncated), exit code 0; who
does not end within the grace time is killed; a second signal ends at once."""

import os
import signal
import time

import lib
from lib import check, frame, hello_body


def open_session(room, server, cipher, who):
    process = room.start_client(server, cipher, who)
    process.stdin.write(b"here\n")
    process.stdin.flush()
    check("%s talks under %s" % (who, cipher), process.stdout.readline() == b"here\n")
    return process


def bare_session(server):
    """A client that talks, and then does not react any more."""
    connection = lib.call(server)
    connection.sendall(frame(lib.HELLO, hello_body()))
    kind, welcome = lib.receive_frame(connection)
    kind, switch = lib.receive_frame(connection)
    further = lib.call(server, int.from_bytes(switch[1:3], "big"))
    further.sendall(frame(lib.SEALED, b"\x02" + switch[3:19] + lib.bytes16(welcome)) + frame(lib.SEALED, b"\x03raw"))
    lib.receive_frame(further)
    connection.close()
    return further


with lib.Room() as room:
    ciphers = lib.installed()
    for number in (signal.SIGTERM, signal.SIGINT):
        server = room.server("--allow-any", who="server-%d" % number)
        people = [(c, open_session(room, server, c, "friend-" + c)) for c in ciphers]
        bare = bare_session(server)
        begin = time.monotonic()
        server.send_signal(number)
        got = lib.receive_frame(bare)
        check("END arrives at an open session", got == (lib.SEALED, b"\x04"), got)
        bare.close()
        for cipher, process in people:
            process.wait(lib.PATIENCE)  # before its input ends: it would say good-bye itself
            got = room.finish_process(process)
            check("%s: the client says plainly that the server has ended it" % cipher, got.code in (0, 1) and
                  "ended" in got.text and "without a goodbye" not in got.text, got)
        check("exit code 0", server.stop() == 0, server)
        check("within the grace time", time.monotonic() - begin < 5, time.monotonic() - begin)
        sessions = [int(r["sessions"]) for r in lib.table(os.path.join(server.keys, "clients.csv"))]
        check("clients.csv was written on stopping", sum(sessions) == len(ciphers) + 1, sessions)

    # A client in the middle of a frame, and one that has not joined, hold nobody up for longer than the grace time.
    server = room.server("--cipher", "none", "--allow-any", "--grace", "1")
    stuck = bare_session(server)
    stuck.sendall(frame(lib.SEALED, b"\x03" + b"x" * 1000)[:500])
    early = lib.call(server)
    begin = time.monotonic()
    server.send_signal(signal.SIGTERM)
    check("with --grace 1 it is over soon, exit code 0", server.stop() == 0 and time.monotonic() - begin < 4, server)
    stuck.close()
    early.close()

    # A second signal ends at once, whatever the grace time.
    server = room.server("--cipher", "none", "--allow-any", "--grace", "60")
    stuck = bare_session(server)
    stuck.settimeout(1)
    try:  # answers that nobody reads: the session waits in the middle of a message
        while True:
            stuck.sendall(frame(lib.SEALED, b"\x03" + b"x" * 100000))
    except TimeoutError:
        pass
    begin = time.monotonic()
    server.send_signal(signal.SIGTERM)
    server.err.wait("stopping")
    time.sleep(0.5)
    check("a session in the middle of a message has its grace time", server.alive, server)
    check("a second signal ends it at once, exit code 0", server.stop() == 0 and time.monotonic() - begin < 10, server)
    stuck.close()

    # The client: SIGINT while it waits gives up on purpose, and the server says so.
    server = room.server("--cipher", "none", "--allow-any")
    process = open_session(room, server, "none", "alice")
    os.kill(process.pid, signal.SIGINT)
    process.wait(lib.PATIENCE)
    check("an interrupted client ends at once, not with 0", process.returncode != 0, process.returncode)
    process.communicate()
    check("the server reads that it was on purpose", server.err.wait("given up on purpose|gave up|interrupted", 5), server)

    # Killed: no goodbye.
    process = open_session(room, server, "none", "alice")
    process.kill()
    process.communicate()
    check("a killed client is truncated, and said so", server.err.wait("without a goodbye|closed the connection", 5), server)
lib.finish()
