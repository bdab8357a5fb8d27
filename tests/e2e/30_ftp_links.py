#!/usr/bin/env python3
"""Links to folders inside the root: who removes, fetches or sends a whole folder does not walk through them; and what could not be sent
is no success."""

import os

import ftp
import lib
from lib import check

with lib.Room() as room:
    root, here = room.path("root"), room.path("here")
    os.makedirs(here)
    os.makedirs(os.path.join(root, "precious"))
    os.makedirs(os.path.join(root, "junk", "deeper"))
    os.makedirs(os.path.join(root, "loop"))
    ftp.write(os.path.join(root, "precious", "gold"), b"gold")
    ftp.write(os.path.join(root, "junk", "deeper", "rag"), b"rag")
    ftp.write(os.path.join(root, "loop", "file"), b"file")
    os.symlink("../../precious", os.path.join(root, "junk", "deeper", "to_precious"))
    os.symlink("/", os.path.join(root, "junk", "to_top"))
    os.symlink("precious", os.path.join(root, "to_precious"))
    os.symlink(".", os.path.join(root, "loop", "again"))
    server = ftp.sealed(room, root, "none", allow=("alice",))

    def work(commands, cwd=here, server=server):
        return ftp.client(room, server, who="alice", options=(), cwd=cwd, input=commands.encode())

    got = work("cd to_precious\nls\n")
    check("a link to a folder can be entered", got.code == 0 and b"gold" in got.out, got)
    got = work("get -r loop copy\n")
    check("get -r does not walk in circles, and says what it left out", got.code == 1 and "again" in got.text and
          lib.read(os.path.join(here, "copy", "file")) == b"file" and not os.path.exists(os.path.join(here, "copy", "again")), got)
    got = work("rm -r junk\n")
    check("rm -r removes the folder and the links in it", got.code == 0 and not os.path.exists(os.path.join(root, "junk")), got)
    check("and nothing that they lead to", lib.read(os.path.join(root, "precious", "gold")) == b"gold" and
          os.path.exists(os.path.join(root, "loop", "file")))
    got = work("rm -r to_precious\n")
    check("rm -r of a link removes the link alone", got.code == 0 and not os.path.lexists(os.path.join(root, "to_precious")) and
          lib.read(os.path.join(root, "precious", "gold")) == b"gold", got)
    os.symlink("file", os.path.join(here, "copy", "link"))
    got = work("put -r copy sent\n")
    check("put -r sends the files, and a link that it did not send is no success", got.code == 1 and "link" in got.text and
          lib.read(os.path.join(root, "sent", "file")) == b"file", got)
    os.remove(os.path.join(here, "copy", "link"))
    got = work("put -r copy sent\n")
    check("put -r into a folder that is there is one", got.code == 0, got)
    closed = ftp.sealed(room, root, "none", "--read-only", allow=("alice",))
    os.makedirs(os.path.join(here, "empty", "inside"))
    got = work("put -r empty made\n", server=closed)
    check("folders that could not be made are no success", got.code == 1 and not os.path.exists(os.path.join(root, "made")), got)
lib.finish()
