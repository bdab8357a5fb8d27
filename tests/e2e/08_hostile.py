#!/usr/bin/env python3
"""Plugins that crash, hang, loop, eat memory, write past their memory or end the process: each ends its own session, is reported with
name, cipher and verb, and the server and the others go on. One that reaches for files, keys, other memory or the network gets nothing."""

import os
import re
import shutil

import lib
from lib import check

PLUGINS = os.path.join(lib.BUILD, "tests", "plugins")
# plugin, what stands in the server's log
BROKEN = [
    ("crash_start", r"session \d+ \(claims to be alice, crash_start\): the cipher crashed in start \(SIGSEGV\)"),
    ("crash_open", r"session \d+ \(\?alice, crash_open\): the cipher crashed in open \(SIGSEGV\)"),
    ("crash_seal", r"session \d+ \(\?alice, crash_seal\): the cipher crashed in seal \(SIGSEGV\)"),
    ("abort_open", r"session \d+ \(\?alice, abort_open\): the cipher crashed in open \(SIGABRT\)"),
    ("exit_open", r"session \d+ \(\?alice, exit_open\): .*open"),
    ("overrun_memory", r"session \d+ \(\?alice, overrun_memory\): the cipher overrun_memory is broken: in open it wrote past"),
    ("overrun_seal", r"session \d+ \(\?alice, overrun_seal\): the cipher overrun_seal is broken: in seal it wrote past"),
    ("lie_open", r"session \d+ \(\?alice, lie_open\): the cipher lie_open is broken: in open"),
    ("eat_memory", r"session \d+ \(\?alice, eat_memory\): the cipher crashed in open"),
    ("hang_open", r"session \d+ \(\?alice, hang_open\): the cipher hung in open for \d+ s"),
    ("spin_seal", r"session \d+ \(\?alice, spin_seal\): the cipher hung in seal for \d+ s"),
]


def present(name):
    return os.path.exists(os.path.join(PLUGINS, name + ".so"))


if lib.SANITIZED:  # ASan has its own ideas of memory limits, crashes and files
    print("skipped: the sandbox and limits are not for sanitizers")
    raise SystemExit(lib.SKIPPED)

with lib.Room() as room:
    broken = [(name, log) for name, log in BROKEN if present(name)]
    check("all hostile plugins were built", len(broken) == len(BROKEN), [n for n, _ in BROKEN if not present(n)])
    server = room.server("--plugins", PLUGINS, "--allow-any", "--cipher", ",".join(["xor"] + [n for n, _ in broken]),
                         environment={"PLUGBOARD_HANG_SECONDS": "3"})
    check("the server starts with all of them", server.port, server)

    # bob talks under xor all the while.
    bob = room.start_client(server, "xor", "bob")
    bob.stdin.write(b"before\n")
    bob.stdin.flush()
    check("bob is answered before", bob.stdout.readline() == b"before\n")
    victims = [(name, log, room.start_client(server, name, "alice", "--plugins", PLUGINS)) for name, log in broken]
    for name, log, process in victims:
        got = room.finish_process(process, b"hello\n")
        check("%s: the session ends with an error, in time" % name, got.code == 1 and got.out == b"", got)
        check("%s: the server reports name, cipher and verb" % name, server.err.wait(log, 10), server)
    bob.stdin.write(b"after\n")
    bob.stdin.flush()
    check("bob has noticed nothing", bob.stdout.readline() == b"after\n")
    got = room.finish_process(bob)
    check("and ends well", got.code == 0, got)
    got = room.client(server, "xor", "carol", ["new"])
    check("new sessions come through", got.code == 0 and got.out == b"new\n", got)
    server.stop()
    check("the server ends with code 0 after all that", server.code == 0, server)

    # In the client a crash names cipher and verb, with exit code 4.
    server = room.server("--plugins", PLUGINS, "--allow-any", "--cipher", "crash_client")
    got = room.client(server, "crash_client", "alice", ["hello"], "--plugins", PLUGINS)
    check("a crash in the client: exit 4, cipher, verb and what to type", got.code == 4 and
          re.search(r"the cipher crash_client crashed in open \(SIGSEGV\): plugboard check \S+crash_client\.so", got.text), got)
    server.stop()

    # The two that reach for what is not theirs. What they could do comes back with the echo.
    xor_private = None
    for make in ("xor", "hostile_files", "hostile_memory"):
        room.run("pubkey", "--cipher", make, "--keys", room.keys("server"), "--plugins", PLUGINS)
    for row in lib.table(os.path.join(room.keys("server"), "keys.csv")):
        if row["cipher"] == "xor":
            xor_private = row["private"]
    server = room.server("--plugins", PLUGINS, "--allow-any", "--cipher", "xor,hostile_files,hostile_memory", environment={
        "PLUGBOARD_TEST_KEYS": os.path.join(room.keys("server"), "keys.csv"), "PLUGBOARD_TEST_MARKER": xor_private[::-1]})
    # What this kernel (and this build) cannot confine, the server says; what it can, it must.
    confined = lib.confines()
    check("the server warns if and only if it cannot confine", confined == (not re.search(r"Landlock|system call", server.err.text)), server)
    got = room.client(server, "hostile_files", "alice", ["what can you do?"], "--plugins", PLUGINS)
    found = got.out.decode()
    report = dict(re.findall(r"(\w+):(\S+)", found))
    check("hostile_files is answered", got.code == 0 and "files" in report, got)
    if confined:
        check("it can do nothing", report and set(report.values()) == {"no"}, found)
    else:
        print("note: this kernel confines only in part: %s: %s" % (server.err.text, found))
    # A plugin in the folder above the keys does not see them either, and the server says what that costs.
    above = os.path.join(os.path.dirname(room.keys("server")), "hostile_files.so")
    shutil.copy(os.path.join(PLUGINS, "hostile_files.so"), above)
    mixed = room.server("--allow-any", "--cipher", above, environment={
        "PLUGBOARD_TEST_KEYS": os.path.join(room.keys("server"), "keys.csv")})
    got = room.client(mixed, above, "alice", ["and now?"])
    check("nor the keys below its own folder", got.code == 0 and (b"keys:no " in got.out or not confined), got)
    mixed.stop()
    os.remove(above)
    check("of which the server warns", "lie below the folder of the plugin" in mixed.err.text or not confined, mixed)
    got = room.client(server, "hostile_memory", "alice", ["what do you see?"], "--plugins", PLUGINS)
    check("hostile_memory has looked at much and not found the key of another cipher", got.code == 0 and
          b"memory:no looked:" in got.out and not got.out.endswith(b"looked:0\n"), got)
lib.finish()
