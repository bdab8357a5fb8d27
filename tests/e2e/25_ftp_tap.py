#!/usr/bin/env python3
"""What is on the wire: everything in clear and under `none` (so the search works); no name, listing or content under any other cipher. The tap
is the kernel's own (root only), and what --record kept of every frame."""

import os
import socket
import threading

import ftp
import lib
from lib import check

lib.need_cipher()
lib.alone()

ETH_IP, OUTGOING = 0x0800, 4


class Tap:
    """All that goes over loopback, as whoever holds the cable has it. Needs root."""

    def __init__(self):
        self.seen, self.socket = [], None
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_IP))
        except OSError:
            return
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        except OSError:
            pass
        self.socket.bind(("lo", ETH_IP))
        self.socket.settimeout(0.2)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        while True:
            try:
                packet, where = self.socket.recvfrom(1 << 17)
            except socket.timeout:
                if self.over.is_set():
                    return
                continue
            if where[2] != OUTGOING:  # loopback shows each packet twice
                self.seen.append(packet)

    def stop(self):
        """The streams that were seen, each in its order."""
        if not self.socket:
            return []
        self.over.set()
        self.thread.join()
        self.socket.close()
        streams = {}
        for packet in self.seen:
            size = (packet[0] & 15) * 4
            if packet[9] != 6:
                continue
            tcp = packet[size:int.from_bytes(packet[2:4], "big") or len(packet)]
            data = tcp[(tcp[12] >> 4) * 4:]
            if data:
                streams.setdefault((packet[12:20], tcp[:4]), {})[int.from_bytes(tcp[4:8], "big")] = data
        return [b"".join(parts[at] for at in sorted(parts)) for parts in streams.values()]


def sealed_bytes(file):
    """The bodies of all sealed frames of a --record file, one after the other; HELLO and WELCOME are in clear, and known to be."""
    with open(file) as record:
        lines = [line.split() for line in record]
    return b"".join(bytes.fromhex(line[3]) for line in lines if line[2] == "SEALED")


with lib.Room() as room:
    # What is in no other test's packets, nor is a piece of it. (The name that a client gives itself is in HELLO, in clear.)
    tag, marker = os.urandom(8).hex(), os.urandom(24).hex().encode()
    who, folder, name = "carol-" + os.urandom(8).hex(), "folder-" + tag, "letter-%s.txt" % tag
    root, here = room.path("root"), room.path("here")
    os.makedirs(os.path.join(root, folder))
    ftp.write(os.path.join(root, folder, "listed-" + tag), b"x")
    ftp.write(os.path.join(here, name), marker * 1000)

    def work(server, *options):
        return ftp.client(room, server, who=who, options=options, cwd=here, input=(
            "cd %s\nput %s\nls -l\nget %s back\nrm %s\ncat listed-%s\n" % (folder, name, name, name, tag)).encode())

    def hits(data, words):
        return [word for word in words if word in data]

    words = [w.encode() for w in (folder, name, "listed-" + tag)] + [marker, b"STOR " + name.encode(), b"RETR " + name.encode()]
    record = room.path("record")
    server = ftp.sealed(room, root, lib.CIPHER, allow=(who,))
    tap = Tap()
    got = work(server, "--record", record)
    streams = tap.stop()
    check("the work is done", got.code == 0 and lib.read(os.path.join(here, "back")) == marker * 1000, got)
    kept = sealed_bytes(record)
    check("every frame was kept", len(kept) > 2 * len(marker) * 1000, len(kept))
    if tap.socket:
        mine = [s for s in streams if s.startswith(b"PB\x01")]
        check("the tap has all of it", sum(map(len, mine)) > 2 * len(marker) * 1000 and len(mine) >= 8, [len(s) for s in streams])
    else:
        print("      left out: a tap on loopback needs root; --record is looked at alone")
    if lib.CIPHER == "none":
        check("under none: --record shows every word", len(hits(kept, words + [who.encode(), b"USER ", b"226 "])) == len(words) + 3)
        if tap.socket:
            check("under none: the tap shows every word", len(hits(b"".join(mine), words + [who.encode()])) == len(words) + 1)
        clear = ftp.clear(room, root, "--users", ftp.users(room, who))
        tap = Tap()
        work(clear)
        streams = tap.stop()
        if tap.socket:
            check("in clear: the tap shows every word, and the password", len(hits(b"".join(streams), words + [who.encode(), ftp.PASSWORD.encode()])) ==
                  len(words) + 2, hits(b"".join(streams), words))
    else:
        found = hits(kept, words + [who.encode(), b"USER ", b"226 ", b"150 ", b"type=file"])
        check("under %s: none of %d words in what --record kept" % (lib.CIPHER, len(words) + 5), not found, found)
        found = hits(b"".join(streams), words)
        check("under %s: none of %d words on the wire" % (lib.CIPHER, len(words)), not found, found)
        pieces = [w[i:i + 12] for w in (marker, tag.encode()) for i in range(len(w) - 11)]
        check("under %s: nor a piece of one" % lib.CIPHER, not hits(b"".join(streams) + kept, pieces))
lib.finish()
