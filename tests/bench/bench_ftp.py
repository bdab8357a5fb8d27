#!/usr/bin/env python3
"""FTP under box, in memory, beside libsodium alone, and beside vsftpd (with curl) and OpenSSH (sftp) where they are installed and may be started.

    bench_ftp.py BUILD [MEBIBYTES [ROUNDS]]

Every figure is the median of all rounds (5), and the rounds are interleaved, so that a machine that becomes slower does so for all. The time is
that of a whole command, from its start to its end. Files lie in /dev/shm. The last column is what the figure should be at least; it is a table, not a test."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
PROGRAM = os.path.join(BUILD, "plugboard")
SIZE = (int(sys.argv[2]) if len(sys.argv) > 2 else 1024) << 20
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
SMALL = 1000
MEMORY = "/dev/shm"


def line(what, measured, limit="-"):
    print("%-52s %14s %14s" % (what, measured, limit), flush=True)


def left_out(what, why):
    line(what, "left out", "-")
    print("    (%s)" % why, file=sys.stderr)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Bench:
    def __init__(self, folder):
        self.folder, self.running, self.ways, self.taken = folder, [], {}, {}
        self.environment = dict(os.environ, HOME=os.path.join(folder, "home"), LC_ALL="C.UTF-8")
        self.root, self.here = os.path.join(folder, "root"), os.path.join(folder, "here")
        for path in (self.root, self.here, self.environment["HOME"], os.path.join(self.root, "small")):
            os.makedirs(path)
        block = os.urandom(1 << 20)
        for path in (os.path.join(self.root, "large"), os.path.join(self.here, "large")):
            with open(path, "wb") as file:
                for _ in range(SIZE >> 20):
                    file.write(block)
        for i in range(SMALL):
            with open(os.path.join(self.root, "small", "%04d" % i), "wb") as file:
                file.write(block[:4096])

    def run(self, *command, **options):
        done = subprocess.run(command, cwd=self.here, env=self.environment, capture_output=True, **options)
        if done.returncode != 0:
            raise RuntimeError("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stderr.decode("utf-8", "replace")[-500:]))
        return done.stdout

    def start(self, *command):
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.running.append(process)
        return process

    def answers(self, process, port):
        """Whether somebody listens there, within a few seconds."""
        for _ in range(100):
            if process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    def way(self, name, size, command, **options):
        """One thing to be measured: bytes (or files) a second of a command."""
        self.ways[name] = size, command, options

    def measure(self):
        for _ in range(ROUNDS):
            for name, (size, command, options) in self.ways.items():
                for file in ("got", "small"):
                    path = os.path.join(self.here, file)
                    shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
                for file in ("put",):
                    path = os.path.join(self.root, file)
                    os.path.exists(path) and os.unlink(path)
                begin = time.monotonic()
                out = self.run(*command, **options)
                took = time.monotonic() - begin
                self.taken.setdefault(name, []).append(float(out) if size is None else size / took)

    def of(self, name):
        return statistics.median(self.taken[name]) if name in self.taken else None

    def stop(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.communicate()

    # -- who is measured --

    def ours(self):
        process = self.start(PROGRAM, "ftpd", "--cipher", "box", "--allow-any", "--root", self.root, "--port", "0")
        port = process.stdout.readline().decode().rsplit(":", 1)[1].strip()
        call = [PROGRAM, "ftp", "--cipher", "box", "--name", "bench", "127.0.0.1:" + port]
        self.way("box get", SIZE, [*call, "get", "large", "got"])
        self.way("box put", SIZE, [*call, "put", "large", "put"])
        self.way("box mget", SMALL, [*call, "get", "-r", "small"])
        process = self.start(PROGRAM, "ftpd", "--cleartext", "--anonymous", "--root", self.root, "--port", "0")
        port = process.stdout.readline().decode().rsplit(":", 1)[1].strip()
        if shutil.which("curl"):
            self.way("clear get", SIZE, ["curl", "-sS", "-o", "got", "ftp://127.0.0.1:%s/large" % port])
        self.way("raw", None, [os.path.join(BUILD, "tests", "bench", "bench_raw")])

    def vsftpd(self):
        """In clear, and with TLS."""
        if not shutil.which("vsftpd", path=os.environ["PATH"] + ":/usr/sbin") or not shutil.which("curl") or os.geteuid() != 0:
            return "vsftpd and curl, and root, are needed"
        key = os.path.join(self.folder, "vsftpd.pem")
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", key + ".crt")
        with open(key, "a") as both, open(key + ".crt") as certificate:
            both.write(certificate.read())
        # Its anonymous user must be able to read what root has made.
        os.chmod(self.folder, 0o755)
        for tls in (False, True):
            port, file = free_port(), os.path.join(self.folder, "vsftpd-%d.conf" % tls)
            with open(file, "w") as config:
                config.write("listen=YES\nlisten_address=127.0.0.1\nlisten_port=%d\nbackground=NO\nanonymous_enable=YES\nlocal_enable=NO\n"
                             "anon_root=%s\nseccomp_sandbox=NO\nuse_sendfile=YES\nsecure_chroot_dir=/var/empty\n" % (port, self.root))
                if tls:
                    config.write("ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_data_ssl=YES\nforce_anon_logins_ssl=YES\nrequire_ssl_reuse=NO\n"
                                 "ssl_ciphers=HIGH\nrsa_cert_file=%s\nrsa_private_key_file=%s\n" % (key, key))
            os.makedirs("/var/empty", exist_ok=True)
            process = self.start(shutil.which("vsftpd", path=os.environ["PATH"] + ":/usr/sbin"), file)
            if not self.answers(process, port):
                return "vsftpd does not start: %s" % process.stderr.read(500) if process.poll() is not None else "vsftpd does not answer"
            url = "ftp://127.0.0.1:%d/large" % port
            if not tls:
                self.way("vsftpd get", SIZE, ["curl", "-sS", "-o", "got", url])
            else:
                for suite in ("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"):
                    self.way(suite, SIZE, ["curl", "-sSk", "--ssl-reqd", "--tls13-ciphers", suite, "--tlsv1.3", "-o", "got", url])
        return None

    def sftp(self):
        daemon = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
        if not daemon or not shutil.which("sftp"):
            return "sshd and sftp are needed (openssh-server)"
        port = free_port()
        key, host = os.path.join(self.folder, "ssh-key"), os.path.join(self.folder, "ssh-host")
        for file in (key, host):
            self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        process = self.start(daemon, "-D", "-e", "-f", "/dev/null", "-p", str(port), "-h", host, "-o", "ListenAddress=127.0.0.1", "-o", "StrictModes=no",
                             "-o", "PidFile=none", "-o", "AuthorizedKeysFile=%s.pub" % key, "-o", "PermitRootLogin=yes", "-o", "UsePAM=no",
                             "-o", "Subsystem=sftp internal-sftp", "-o", "MaxStartups=100")
        if not self.answers(process, port):
            return "sshd does not start"
        for cipher in ("chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"):
            call = ["sftp", "-q", "-b", "-", "-F", "none", "-P", str(port), "-i", key, "-c", cipher, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                    "-o", "LogLevel=ERROR", "-o", "PasswordAuthentication=no", "127.0.0.1"]
            short = cipher.split("@")[0]
            self.way("sftp get " + short, SIZE, call, input=("get %s/large got\n" % self.root).encode())
            self.way("sftp put " + short, SIZE, call, input=("put large %s/put\n" % self.root).encode())
            if short == "aes128-gcm":
                self.way("sftp mget", SMALL, call, input=("get -r %s/small\n" % self.root).encode())
        return None


def speed(value):
    return "%.0f MB/s" % (value / 1e6)


def ratio(bench, what, one, other, limit):
    if bench.of(one) and bench.of(other):
        line(what, "%.2f of it" % (bench.of(one) / bench.of(other)), limit)


def show(bench):
    mib = "%d MiB" % (SIZE >> 20)
    get, put = bench.of("box get"), bench.of("box put")
    line("ftp: get of %s under box" % mib, speed(get))
    line("ftp: put of %s under box" % mib, speed(put))
    line("  libsodium's crypto_box alone, one core", speed(bench.of("raw")))
    ratio(bench, "  get, against that", "box get", "raw", "-")
    ratio(bench, "  put, against that", "box put", "raw", "-")
    for suite, limit in (("TLS_CHACHA20_POLY1305_SHA256", "1.25 of it"), ("TLS_AES_256_GCM_SHA384", "1.00 of it")):
        if bench.of(suite):
            line("  vsftpd and curl, " + suite, speed(bench.of(suite)))
            ratio(bench, "  get, against that", "box get", suite, limit)
    for verb in ("get", "put"):
        best = max((name for name in bench.taken if name.startswith("sftp %s " % verb)), key=bench.of, default=None)
        if best:
            line("  " + best, speed(bench.of(best)))
            ratio(bench, "  %s, against that (sftp's best)" % verb, "box " + verb, best, "1.80 of it")
    line("ftp: get -r of %d files of 4 KiB under box" % SMALL, "%.0f files/s" % bench.of("box mget"))
    if bench.of("sftp mget"):
        line("  sftp get -r of them", "%.0f files/s" % bench.of("sftp mget"))
        ratio(bench, "  against that", "box mget", "sftp mget", "1.00 of it")
    if bench.of("clear get"):
        line("ftp: curl from ftpd --cleartext, %s" % mib, speed(bench.of("clear get")))
    if bench.of("vsftpd get"):
        line("  vsftpd and curl, without TLS", speed(bench.of("vsftpd get")))
        ratio(bench, "  ftpd --cleartext, against that", "clear get", "vsftpd get", "1.00 of it")


def main():
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < 5 * SIZE:
        left_out("ftp", "%s has no room for five files of %d MiB" % (MEMORY, SIZE >> 20))
        return
    with tempfile.TemporaryDirectory(prefix="plugboard-bench-", dir=MEMORY) as folder:
        bench = Bench(folder)
        try:
            bench.ours()
            for other, name in ((bench.vsftpd, "ftp beside vsftpd"), (bench.sftp, "ftp beside sftp")):
                why = other()
                if why:
                    left_out(name, why)
            bench.measure()
            show(bench)
        finally:
            bench.stop()


main()
