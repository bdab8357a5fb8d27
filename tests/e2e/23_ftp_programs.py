#!/usr/bin/env python3
"""In clear, every program that speaks FTP works with this server: curl, lftp, tnftp, ncftp, wget, rclone and Python's ftplib, as far as
they are installed; by PASV, EPSV, PORT and EPRT; and anonymous ones may read and not write."""

import ftp
import lib
import programs
from lib import check

with lib.Room() as room:
    root = room.path("root")
    server = ftp.clear(room, root, "--anonymous")
    check("it says on start that all can be read", server.err.wait("read by everybody"), server)
    site = programs.Site(room, server.host, server.port, root)
    for name in programs.PROGRAMS:
        programs.work(site, name, "in clear")
    if programs.shutil.which("curl"):
        site.fresh()
        got = site.run("curl", "-sS", "--max-time", "20", "-o", "anonymous.bin", site.url("down.bin"))
        check("curl without a name gets", got.code == 0 and programs.same(site, "anonymous.bin", "down.bin"), got)
        got = site.run("curl", "-sS", "--max-time", "20", "-T", "up.bin", site.url())
        check("curl without a name puts nothing", got.code != 0 and not programs.os.path.exists(site.there("up.bin")), got)
        got = site.run("curl", "-sS", "--max-time", "20", "-u", "alice:wrong", site.url())
        check("a wrong password is told", got.code == 67, got)
    check("nothing crashed", "crashed" not in server.err.text, server)
    server.stop()

    # The client of the program speaks it as well.
    server = ftp.clear(room, root)
    site.fresh()
    got = ftp.batch(room, server, "ls", "get down.bin", "put up.bin", "reput up.bin", "cat 'folder/a b.txt'", cwd=site.here())
    check("plugboard ftp --cleartext, too", got.code == 0 and programs.same(site, "up.bin", "up.bin") and
          programs.same(site, "down.bin", "down.bin") and b"blank\n" in got.out, got)
    check("and says that all can be read", "read by everybody" in got.text, got)

    # An address of IPv6.
    try:
        server6 = ftp.clear(room, root, "--listen", "::1")
    except AssertionError:
        print("      left out: there is no IPv6 here")
    else:
        site6 = programs.Site(room, "[::1]", server6.port, root)
        if programs.shutil.which("curl"):
            programs.work(site6, "curl", "over IPv6")
lib.finish()
