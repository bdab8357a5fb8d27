#!/usr/bin/env python3
"""What the documents say is true: every command in a ```sh block of README.md and ciphers/README.md, and every one in the README's
table of the exercise, does what is said there; the manual lists the commands and options that the program has; the maps of the folders
are complete.

A line runs in a copy of the tree, with a HOME of its own. "# exits with N" after a command says that it should. A `plugboard
server` or `ftpd` stays in the background until the next one, on a free port; the documents use the default port, and a wrapper puts
the free one in its place."""

import os
import re
import shutil
import subprocess

import lib
from lib import check

# Not here: scripts/test.sh is what runs this, has built it, and runs the demonstration by itself.
ELSEWHERE = re.compile(r"scripts/(demo|test|bench)\.sh|cmake ")
WRAPPER = """#!/bin/bash
given=
for word in "$@"; do
    [ "$word" = 127.0.0.1 ] && { word=127.0.0.1:$DOCS_PORT; given=1; }
    words+=("$word")
done
[ "$1" = client ] && [ -z "$given" ] && words+=("127.0.0.1:$DOCS_PORT")
exec %s "${words[@]}"
"""


class Shell:
    """Runs the lines of one document, one after the other."""

    def __init__(self, room):
        self.room, self.server = room, None
        self.cwd, tools = room.path("tree"), room.path("bin")
        shutil.copytree(lib.SOURCE, self.cwd, symlinks=True, ignore=shutil.ignore_patterns("build*", ".git", "corpus"))
        os.symlink(lib.BUILD, os.path.join(self.cwd, "build"))
        os.mkdir(tools)
        wrapper = os.path.join(tools, "plugboard")
        with open(wrapper, "w") as text:
            text.write(WRAPPER % lib.PROGRAM)
        os.chmod(wrapper, 0o755)
        room.environment.update(PATH=tools + ":" + os.environ["PATH"], DOCS_PORT="1")

    def serve(self, line):
        if self.server:
            self.server.stop()
        process = subprocess.Popen(["bash", "-c", "exec %s --port 0" % line], cwd=self.cwd, env=self.room.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        self.server = lib.Server(self.room, process, None)
        self.room.servers.append(self.server)
        self.room.environment["DOCS_PORT"] = str(self.server.port)
        return self.server.port is not None, self.server

    def run(self, line, expected):
        """Whether it went as it should, and what it said."""
        if re.match(r"plugboard (server|ftpd)\b", line):
            return self.serve(line)
        line = line.replace("127.0.0.1:10122/", "127.0.0.1:%s/" % self.room.environment["DOCS_PORT"])
        folder = re.match(r"cd (\S+)$", line)
        if folder:
            self.cwd = os.path.join(self.cwd, folder.group(1))
            return os.path.isdir(self.cwd), self.cwd
        done = subprocess.run(["bash", "-c", line], cwd=self.cwd, env=self.room.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=4 * lib.PATIENCE)
        return done.returncode == expected, lib.Result(done.returncode, done.stdout, done.stderr)


def lines_of(block):
    """Whole commands: with their here-documents and continued lines."""
    lines = iter(block.splitlines())
    for line in lines:
        while line.endswith("\\"):
            line = line[:-1] + next(lines).lstrip()
        here = re.search(r"<<-?\s*'?(\w+)'?", line)
        for more in lines if here else ():
            line += "\n" + more
            if more.strip() == here.group(1):
                break
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def commands_of(text):
    """(command, exit code) in the order of the document."""
    for block, row in re.findall(r"^ *```sh\n(.*?)^ *```$|^(\| \d+ \|[^\n]*)$", text, re.M | re.S):
        for line in lines_of(block):
            said = re.search(r"\s#.*exits with (\d)", line)
            yield line, int(said.group(1)) if said else 0
        for command, code in re.findall(r"`(plugboard [^`]*)`(?: \(exits with (\d)\))?", row):
            yield command, int(code or 0)


def check_document(name):
    with open(os.path.join(lib.SOURCE, name)) as text:
        commands = [c for c in commands_of(text.read()) if not ELSEWHERE.match(c[0])]
    check("%s shows commands" % name, commands)
    with lib.Room() as room:
        shell = Shell(room)
        for command, expected in commands:
            try:
                good, detail = shell.run(re.sub(r"\s+# .*$", "", command) if "\n" not in command else command, expected)
            except subprocess.TimeoutExpired:
                good, detail = False, "it does not end"
            check("%s: %s" % (name, command.splitlines()[0]), good, detail)


def complete(room, *words):
    return set(room.run("__complete", *words).out.decode().split())


def check_manual():
    """Returns the commands and the long options of the program."""
    with open(os.path.join(lib.SOURCE, "apps", "plugboard.1")) as text:
        manual = text.read()
    with lib.Room() as room:
        commands = complete(room)
        options = set().union(*(complete(room, command) for command in commands))
        for command in sorted(commands):
            for option in ("--help", "--version"):
                got = room.run(command, option)
                check("%s %s" % (command, option), got.code == 0 and got.out, got)
    described = {"--" + word for item in re.findall(r"^\.It.*$", manual, re.M) for word in re.findall(r"Fl -([a-z][a-z-]+)", item)}
    check("the program tells its commands and options", len(commands) > 9 and len(options) > 9, (commands, options))
    for command in sorted(commands):
        check("the manual has the command " + command, re.search(r"^\.It Cm %s\b" % command, manual, re.M))
    for option in sorted(options | described):
        check("the manual and --help agree on " + option, option in options and option in described,
              "only in --help" if option in options else "only in the manual")
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", os.path.join(lib.SOURCE, "apps", "plugboard.1")],
                              capture_output=True, text=True)
        check("the manual is well formed", lint.returncode == 0, lint.stdout)
    return commands | {"help"}, options


def check_words(commands, options):
    """Where a document names a command or an option of the program in code, there is one."""
    foreign = {"--build", "--install", "--prefix", "--test-dir", "--output-on-failure", "--args", "--cflags"}
    for folder, folders, files in os.walk(lib.SOURCE):
        folders[:] = [f for f in folders if not f.startswith(("build", "."))]
        for name in (f for f in files if f.endswith(".md")):
            file = os.path.join(folder, name)
            with open(file) as text:
                document = text.read()
            code = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```$", document, re.S | re.M) + re.findall(r"`([^`\n]+)`", document))
            unknown = set(re.findall(r"^(?:\S*/)?plugboard ([a-z][a-z-]*)", code, re.M)) - commands
            unknown |= set(re.findall(r"(?<!\S)(--[a-z][a-z-]+)", code)) - options - foreign
            check("%s names only what there is" % os.path.relpath(file, lib.SOURCE), not unknown, unknown)


def check_map(folder):
    """A folder's README names every file in it, and every file that it names is there."""
    with open(os.path.join(lib.SOURCE, folder, "README.md")) as text:
        named = set(re.findall(r"`([^`\s]+)`", "\n".join(re.findall(r"^\|([^|]*)\|", text.read(), re.M))))
    there = set()
    for parent, _, files in os.walk(os.path.join(lib.SOURCE, folder)):
        there |= {os.path.relpath(os.path.join(parent, f), os.path.join(lib.SOURCE, folder)) for f in files}
    code = {f for f in there if f.endswith((".c", ".h", ".sh"))}
    missing = {f for f in code if f not in named and os.path.splitext(f)[0] not in named}
    check("%s/README.md names every file" % folder, not missing, missing)
    gone = {n for n in named if not {n, n + ".c", n + ".h"} & there and not os.path.isdir(os.path.join(lib.SOURCE, folder, n))}
    check("%s/README.md names no file that is gone" % folder, not gone, gone)


check_words(*check_manual())
for place in ("core", "apps", "scripts"):
    check_map(place)
check_document("README.md")
check_document("ciphers/README.md")
lib.finish()
