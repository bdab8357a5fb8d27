#!/usr/bin/env python3
"""`plugboard ciphers`: what is installed is listed with its claims, a broken plugin with its reason, and neither one that crashes, ends
the process or hangs while it is loaded does any harm; a name that is not there, a file and a single cipher in detail."""

import os
import re
import shutil
import time

import lib
from lib import check

PLUGINS = os.path.join(lib.BUILD, "tests", "plugins")
# plugin, a part of its reason
BROKEN = [
    ("no_symbol", "exports no pb_cipher"),
    ("new_abi", "built for plugin ABI 2, this program speaks 1"),
    ("wrong_name", "the cipher in it is called another"),
    ("undefined_symbol", "undefined symbol pb_test_forgotten"),
    ("constructor_crash", "crashed while loading (SIGSEGV)"),
    ("constructor_exit", "ended the whole process while loading (exit code 0)"),
    ("constructor_hang", "not done after 5 s while loading"),
]


def line_of(got, name):
    """The line of the answer that is about this cipher."""
    found = re.search(r"^ *%s\b.*$" % re.escape(name), got.out.decode(), re.M)
    return found.group(0) if found else ""


with lib.Room() as room:
    folder = room.path("plugins")
    os.makedirs(folder)
    for name in [n for n, _ in BROKEN] + ["identity", "constructor_print"]:
        shutil.copy(os.path.join(PLUGINS, name + ".so"), folder)
    shutil.copy(os.path.join(folder, "identity.so"), os.path.join(folder, "My Cipher.so"))
    with open(os.path.join(folder, "homework.so"), "w") as out:
        out.write("int x;\n")

    begin = time.monotonic()
    got = room.run("ciphers", "--plugins", folder)
    took = time.monotonic() - begin
    check("the list is a result: exit 0, on standard output alone", got.code == 0 and not got.err, got)
    check("what works is in the table, toys marked, with the file", re.search(
        r"^identity +toy +------ .* %s$" % re.escape(os.path.join(folder, "identity.so")), got.out.decode(), re.M), got)
    for name, reason in BROKEN:
        check("%s is listed with its reason" % name, reason in line_of(got, name), got)
    check("a text file is said to be one", "not a shared object but a text file" in line_of(got, "homework"), got)
    check("a file that can be no plugin because of its name is not hidden", "rename it" in line_of(got, "My Cipher"), got)
    check("what a plugin prints while it is loaded is not in the table", b"I am here" not in got.out, got)
    check("the one that hangs costs 5 seconds, once", 4 < took < 15, took)

    got = room.run("ciphers", "identity", "--plugins", folder)
    text = got.out.decode()
    check("one cipher in detail", got.code == 0 and re.search(r"toy", text) and re.search(r"wire format +1$", text, re.M) and
          "keygen start seal open; without" in text, got)
    check("each claim with its sentence", len(re.findall(r"^  not claimed  .*: .*$", text, re.M)) == 6, got)
    got = room.run("ciphers", os.path.join(folder, "identity.so"))
    check("a path does as well as a name", got.code == 0 and got.out.decode() == text, got)

    got = room.run("ciphers", "identiyt", "--plugins", folder)
    check("not there: exit 4, the folders, the nearest name", got.code == 4 and not got.out and folder in got.text and
          "did you mean identity?" in got.text, got)
    got = room.run("ciphers", "constructor_crash", "--plugins", folder)
    check("a broken one by its name: exit 4 and the reason", got.code == 4 and "crashed while loading (SIGSEGV)" in got.text, got)
    got = room.run("ciphers", "a", "b")
    check("two names: wrong usage", got.code == 2, got)
lib.finish()
