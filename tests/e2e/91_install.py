#!/usr/bin/env python3
"""What cmake --install puts in place works wherever the prefix is: the program finds its plugins, and an author needs only pkg-config
--cflags to build a cipher that the installed program runs."""

import os
import shutil
import subprocess

import lib
from lib import check

with lib.Room() as room:
    first, prefix = room.path("first"), room.path("moved", "away")
    got = subprocess.run(["cmake", "--install", lib.BUILD, "--prefix", first], capture_output=True, text=True)
    check("cmake --install works", got.returncode == 0, got.stderr)
    os.mkdir(room.path("moved"))
    os.rename(first, prefix)
    program = os.path.join(prefix, "bin", "plugboard")
    room.environment["PKG_CONFIG_PATH"] = os.path.join(prefix, "lib", "pkgconfig")

    def run(*words, text=b""):
        done = subprocess.run(words, input=text, env=room.environment, cwd=room.folder, capture_output=True, timeout=2 * lib.PATIENCE)
        return lib.Result(done.returncode, done.stdout, done.stderr)

    def variable(name):
        return os.path.realpath(run("pkg-config", "--variable=" + name, "plugboard").out.decode().strip())

    check("pluginsdir is where the plugins are", os.path.exists(os.path.join(variable("pluginsdir"), "xor.so")))
    check("includedir is where the headers are", os.path.exists(os.path.join(variable("includedir"), "plugboard", "cipher.h")))
    for file in ("share/man/man1/plugboard.1", "share/bash-completion/completions/plugboard", "share/plugboard/keys/README.md"):
        check(file + " is there", os.path.exists(os.path.join(prefix, file)))

    listed = run(program, "ciphers")
    check("the moved program finds its plugins", all(os.path.join(prefix, "lib/plugboard/ciphers", c + ".so") in listed.out.decode()
                                                     for c in lib.installed()), listed)
    check("the template and the test plugins are not installed", b"template" not in listed.out, listed)

    with open(os.path.join(lib.SOURCE, "ciphers", "template.c")) as template, open(room.path("caesar.c"), "w") as own:
        own.write(template.read().replace('"template"', '"caesar"'))
    built = run("sh", "-c", "cc -shared $(pkg-config --cflags plugboard) -o caesar.so caesar.c")
    check("a plugin builds with pkg-config --cflags alone", built.code == 0, built)
    tried = run(program, "try", "./caesar.so", text=b"hello\n")
    check("the installed program runs it", tried.code == 0 and b"68 65 6c 6c 6f" in tried.out + tried.err, tried)
    put = shutil.copy(room.path("caesar.so"), variable("pluginsdir"))
    check("and finds it by its name in pluginsdir", run(program, "ciphers", "caesar").code == 0, put)
lib.finish()
