"""FTP programs as Debian ships them, each put to the same work: a list, files there and back, names, resuming, an error. What is not
installed is said, and left out. Used in clear and through the gateway: a server is a host, a port, a user and a password."""

import ftplib
import io
import os
import shutil
import subprocess

import ftp
import lib
from lib import check

SIZE = 300001


class Site:
    """Where, who, and the folder that the server serves."""

    def __init__(self, room, host, port, root, user=ftp.USER, password=ftp.PASSWORD):
        self.room, self.host, self.port, self.root, self.user, self.password = room, host, port, root, user, password

    def here(self, *parts):
        return self.room.path("programs", *parts)

    def there(self, *parts):
        return os.path.join(self.root, *parts)

    def url(self, path=""):
        return "ftp://%s:%d/%s" % (self.host, self.port, path)

    def run(self, *command, input=b"", **options):
        """A foreign program to its end."""
        environment = dict(self.room.environment, **options.pop("environment", {}))
        done = subprocess.run(command, input=input, capture_output=True, timeout=lib.PATIENCE, cwd=self.here(), env=environment, **options)
        return lib.Result(done.returncode, done.stdout, done.stderr)

    def fresh(self):
        for folder in (self.here(), self.root):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                path = os.path.join(folder, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        os.makedirs(self.here(), exist_ok=True)
        ftp.write(self.here("up.bin"), ftp.noise(SIZE))
        ftp.write(self.there("down.bin"), ftp.noise(SIZE, 2))
        ftp.write(self.there("folder", "a b.txt"), b"blank\n")
        ftp.write(self.there("folder", "Grüße.txt"), "Grüße\n".encode())


def same(site, here, there):
    """Whether two files, one on each side, are there and equal."""
    return os.path.exists(site.here(here)) and os.path.exists(site.there(there)) and lib.read(site.here(here)) == lib.read(site.there(there))


def curl(site):
    login = ["curl", "-sS", "-u", "%s:%s" % (site.user, site.password), "--max-time", "20"]
    got = site.run(*login, site.url())
    yield "lists", got.code == 0 and b"down.bin" in got.out and b"folder" in got.out, got
    got = site.run(*login, "-l", site.url("folder/"))
    yield "lists names", sorted(got.out.decode().split("\r\n" if b"\r" in got.out else "\n")) == ["", "Grüße.txt", "a b.txt"], got
    got = site.run(*login, "-T", "up.bin", site.url("made/up.bin"), "--ftp-create-dirs")
    yield "puts, making a folder", got.code == 0 and same(site, "up.bin", "made/up.bin"), got
    got = site.run(*login, "-o", "got.bin", site.url("down.bin"))
    yield "gets", got.code == 0 and same(site, "got.bin", "down.bin"), got
    got = site.run(*login, "-o", "odd", site.url("folder/a%20b.txt"))
    yield "gets a name with a blank", got.code == 0 and same(site, "odd", "folder/a b.txt"), got
    got = site.run(*login, "-o", "odd8", site.url("folder/Gr%C3%BC%C3%9Fe.txt"))
    yield "gets a name in UTF-8", got.code == 0 and same(site, "odd8", "folder/Grüße.txt"), got
    ftp.write(site.here("part.bin"), ftp.noise(SIZE, 2)[:100000])
    got = site.run(*login, "-C", "-", "-o", "part.bin", site.url("down.bin"))
    yield "resumes a get", got.code == 0 and same(site, "part.bin", "down.bin"), got
    ftp.write(site.there("resumed.bin"), ftp.noise(SIZE)[:100000])
    got = site.run(*login, "-C", "-", "-T", "up.bin", site.url("resumed.bin"))
    yield "resumes a put", got.code == 0 and same(site, "up.bin", "resumed.bin"), got
    got = site.run(*login, "-I", site.url("down.bin"))
    yield "asks for size and time", got.code == 0 and b"Content-Length: %d" % SIZE in got.out and b"Last-Modified" in got.out, got
    got = site.run(*login, "-r", "10-19", site.url("down.bin"))
    yield "gets a part", got.out == ftp.noise(SIZE, 2)[10:20], got
    got = site.run(*login, "-B", "-o", "text", site.url("folder/a%20b.txt"))
    yield "gets text", got.code == 0 and os.path.exists(site.here("text")), got
    got = site.run(*login, "-P", "-", "-o", "active.bin", site.url("down.bin"))
    yield "gets by PORT or EPRT", got.code == 0 and same(site, "active.bin", "down.bin"), got
    got = site.run(*login, "--disable-epsv", "-o", "pasv.bin", site.url("down.bin"))
    yield "gets by PASV", got.code == 0 and same(site, "pasv.bin", "down.bin"), got
    got = site.run(*login, "-Q", "-RNFR /made/up.bin", "-Q", "-RNTO /made/other.bin", "-l", site.url("made/"))
    yield "renames", got.code == 0 and os.path.exists(site.there("made", "other.bin")), got
    got = site.run(*login, "-o", "none", site.url("missing"))
    yield "is told what is missing", got.code == 78, got


def lftp(site):
    def do(script):
        return site.run("lftp", "-c", "set net:timeout 15; set net:max-retries 1; set ssl:verify-certificate no; set ftp:ssl-allow no; "
                        "open -u %s,'%s' ftp://%s:%d; %s" % (site.user, site.password, site.host, site.port, script))
    got = do("cls -1; cls -1 folder")
    yield "lists", got.code == 0 and b"down.bin" in got.out and "Grüße.txt".encode() in got.out and b"a b.txt" in got.out, got
    got = do("put up.bin; get down.bin -o got.bin; get 'folder/a b.txt' -o odd")
    yield "puts and gets", got.code == 0 and same(site, "up.bin", "up.bin") and same(site, "got.bin", "down.bin") and same(site, "odd", "folder/a b.txt"), got
    got = do("mirror folder mirrored; mirror -R mirrored back; mirror -R mirrored back")
    yield "mirrors there and back", got.code == 0 and ftp.tree(site.here("mirrored")) == ftp.tree(site.there("folder")) == ftp.tree(site.there("back")), got
    got = do("pget -n 3 down.bin -o pieces.bin")
    yield "gets in three pieces at once", got.code == 0 and same(site, "pieces.bin", "down.bin"), got
    ftp.write(site.here("part.bin"), ftp.noise(SIZE, 2)[:100000])
    ftp.write(site.there("up2.bin"), ftp.noise(SIZE)[:100000])
    got = do("get -c down.bin -o part.bin; put -c up.bin -o up2.bin")
    yield "resumes both ways", got.code == 0 and same(site, "part.bin", "down.bin") and same(site, "up.bin", "up2.bin"), got
    got = do("mkdir -p x/y; mv up2.bin x/y/moved; chmod 600 x/y/moved; rm x/y/moved; rm -r x; mrm up.*")
    yield "changes things", got.code == 0 and not os.path.exists(site.there("x")) and not os.path.exists(site.there("up.bin")), got
    got = do("get missing")
    yield "is told what is missing", got.code == 1, got


def ftplib_(site):
    with ftplib.FTP(timeout=20, encoding="utf-8") as remote:
        remote.connect(site.host, site.port)
        remote.login(site.user, site.password)
        yield "lists", sorted(remote.nlst()) == ["down.bin", "folder"] and dict(remote.mlsd("folder"))["Grüße.txt"]["type"] == "file", None
        with open(site.here("up.bin"), "rb") as file:
            remote.storbinary("STOR up.bin", file)
        got = []
        remote.retrbinary("RETR down.bin", got.append)
        yield "puts and gets", same(site, "up.bin", "up.bin") and b"".join(got) == ftp.noise(SIZE, 2), None
        got = []
        remote.retrbinary("RETR down.bin", got.append, rest=100000)
        yield "resumes a get", b"".join(got) == ftp.noise(SIZE, 2)[100000:], None
        ftp.write(site.there("two.bin"), b"0123456789")
        remote.storbinary("STOR two.bin", io.BytesIO(b"abc"), rest=5)
        yield "resumes a put", lib.read(site.there("two.bin")) == b"01234abc", lib.read(site.there("two.bin"))
        remote.storlines("STOR lines.txt", io.BytesIO(b"one\ntwo\nthree"))
        got = []
        remote.retrlines("RETR lines.txt", got.append)
        yield "moves text", got == ["one", "two", "three"] and lib.read(site.there("lines.txt")) in (b"one\ntwo\nthree", b"one\ntwo\nthree\n"), got
        remote.voidcmd("TYPE I")
        remote.mkd('a "quoted" folder')
        remote.cwd('a "quoted" folder')
        yield "is told where it is", remote.pwd() == '/a "quoted" folder', remote.pwd()
        remote.cwd("..")
        remote.rename('a "quoted" folder', "plain")
        remote.rmd("plain")
        remote.delete("two.bin")
        yield "changes things", sorted(os.listdir(site.root)) == ["down.bin", "folder", "lines.txt", "up.bin"], os.listdir(site.root)
        remote.set_pasv(False)
        got = []
        remote.retrbinary("RETR down.bin", got.append)
        remote.set_pasv(True)
        yield "gets by PORT", b"".join(got) == ftp.noise(SIZE, 2), None
        ftp.write(site.there("large.bin"), bytes(16 << 20))
        data = remote.transfercmd("RETR large.bin")
        data.recv(1000)
        answer = remote.abort()
        data.close()
        left = remote.getmultiline() if answer.startswith("426") else ""
        yield "gives up by urgent ABOR", (answer + left)[:3] in ("426", "226", "225") and remote.sendcmd("NOOP").startswith("200"), answer
        try:
            remote.size("missing")
            yield "is told what is missing", False, None
        except ftplib.error_perm as error:
            yield "is told what is missing", str(error).startswith("550"), error


def tnftp(site):
    def do(script, *more):
        return site.run("tnftp", "-n", *more, site.host, str(site.port), input=("user %s %s\nbinary\n" % (site.user, site.password.replace(
            " ", "\\ ")) + script).encode())
    got = do("ls\nput up.bin\nget down.bin got.bin\ncd folder\nget \"a b.txt\" odd\nquit\n")
    yield "puts and gets", b"down.bin" in got.out and same(site, "up.bin", "up.bin") and same(site, "got.bin", "down.bin") and same(site, "odd", "folder/a b.txt"), got
    ftp.write(site.here("part.bin"), ftp.noise(SIZE, 2)[:100000])
    got = do("reget down.bin part.bin\nquit\n")
    yield "resumes a get", same(site, "part.bin", "down.bin"), got
    got = do("passive off\nget down.bin active.bin\nmkdir x\nrename up.bin x/moved\nsize x/moved\nmodtime x/moved\ndelete x/moved\nrmdir x\nquit\n")
    yield "works by PORT, and changes things", same(site, "active.bin", "down.bin") and not os.path.exists(site.there("x")), got


def ncftp(site):
    login = ["-u", site.user, "-p", site.password, "-P", str(site.port), "-t", "15", "-r", "1"]
    got = site.run("ncftpls", *login, "ftp://%s/" % site.host)
    yield "lists", got.code == 0 and b"down.bin" in got.out, got
    got = site.run("ncftpput", "-V", *login, site.host, "/", "up.bin")
    yield "puts", got.code == 0 and same(site, "up.bin", "up.bin"), got
    got = site.run("ncftpget", "-V", *login, site.host, ".", "/down.bin", "/folder/a b.txt")
    yield "gets", got.code == 0 and same(site, "down.bin", "down.bin") and same(site, "a b.txt", "folder/a b.txt"), got
    got = site.run("ncftpget", "-V", *login, "-R", site.host, ".", "/folder")
    yield "gets a folder", got.code == 0 and ftp.tree(site.here("folder")) == ftp.tree(site.there("folder")), got
    got = site.run("ncftpget", "-V", *login, site.host, ".", "/missing")
    yield "is told what is missing", got.code != 0, got


def wget(site):
    login = ["wget", "-q", "-T", "15", "-t", "1", "--ftp-user=" + site.user, "--ftp-password=" + site.password]
    got = site.run(*login, "-O", "got.bin", site.url("down.bin"))
    yield "gets", got.code == 0 and same(site, "got.bin", "down.bin"), got
    ftp.write(site.here("down.bin"), ftp.noise(SIZE, 2)[:100000])
    got = site.run(*login, "-c", site.url("down.bin"))
    yield "resumes a get", got.code == 0 and same(site, "down.bin", "down.bin"), got
    got = site.run(*login, "-r", "-nH", site.url("folder/"))
    yield "gets a folder", got.code == 0 and len(ftp.tree(site.here("folder"))) == 2 and same(site, "folder/a b.txt", "folder/a b.txt"), got
    got = site.run(*login, "--no-passive-ftp", "-O", "active.bin", site.url("down.bin"))
    yield "gets by PORT", got.code == 0 and same(site, "active.bin", "down.bin"), got
    got = site.run(*login, "-O", "none", site.url("missing"))
    yield "is told what is missing", got.code == 8, got


def rclone(site):
    hidden = site.run("rclone", "obscure", site.password).out.decode().strip()
    remote = ":ftp,host=%s,port=%d,user=%s,pass=%s:" % (site.host, site.port, site.user, hidden)

    def do(*words):
        return site.run("rclone", "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", "--timeout", "15s", *words)
    got = do("lsf", "-R", remote)
    yield "lists", got.code == 0 and sorted(got.out.decode().split("\n")) == ["", "down.bin", "folder/", "folder/Grüße.txt", "folder/a b.txt"], got
    got = do("copy", remote, site.here("copied"))
    yield "copies all here", got.code == 0 and ftp.tree(site.here("copied")) == ftp.tree(site.root), got
    got = do("copy", site.here("copied"), remote + "again")
    yield "copies all there", got.code == 0 and ftp.tree(site.here("copied")) == ftp.tree(site.there("again")), got
    got = do("check", site.here("copied"), remote + "again", "--download")
    yield "checks all", got.code == 0, got
    got = do("sync", site.here("copied"), remote + "again", "-v")
    yield "has nothing left to sync", got.code == 0 and b"Copied" not in got.err, got
    got = do("purge", remote + "again")
    yield "removes all", got.code == 0 and not os.path.exists(site.there("again")), got


PROGRAMS = {"curl": curl, "lftp": lftp, "tnftp": tnftp, "ncftp": ncftp, "wget": wget, "rclone": rclone, "Python's ftplib": ftplib_}
NEEDS = {"ncftp": "ncftpget", "Python's ftplib": None}


def work(site, name, how):
    """One program, all that it does; a check each. False: it is not installed."""
    needed = NEEDS.get(name, name)
    if needed and not shutil.which(needed):
        print("      left out: %s is not installed (apt-get install %s)" % (name, name), flush=True)
        return False
    site.fresh()
    try:
        for what, good, detail in PROGRAMS[name](site):
            check("%s %s %s" % (name, how, what), good, detail)
    except (subprocess.TimeoutExpired, ftplib.Error, OSError, EOFError) as error:
        check("%s %s comes to its end" % (name, how), False, repr(error))
    check("%s %s leaves nothing hidden" % (name, how), lib.wait_until(lambda: not ftp.hidden(site.root), 5), ftp.hidden(site.root))
    return True
