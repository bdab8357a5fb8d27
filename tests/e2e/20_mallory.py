#!/usr/bin/env python3
"""Mallory sits between the two and changes, repeats, drops, swaps, reflects and cuts frames. Under box each is noticed and no wrong word ever
comes out; under the toys some pass, and that is the lesson."""

import socket
import threading

import lib
from lib import check, frame

LINES = ["first", "second", "third"]


class Mallory(threading.Thread):
    """Passes frames between one client and the server through `change(who, number, type, body)`, which returns the frames that go on
    as a list of (to whom, type, body); "client" and "server" number their frames from 0. None cuts the connection."""

    def __init__(self, server, change):
        super().__init__(daemon=True)
        self.server, self.change = server, change
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()

    def run(self):
        client, _ = self.listener.accept()
        self.ends = {"client": client, "server": lib.call(self.server)}
        self.lock = threading.Lock()
        threads = [threading.Thread(target=self.carry, args=(who,), daemon=True) for who in self.ends]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for end in self.ends.values():
            end.close()
        self.listener.close()

    def carry(self, who):
        other = {"client": "server", "server": "client"}[who]
        number = 0
        try:
            while (got := lib.receive_frame(self.ends[who])) is not None:
                out = self.change(who, number, *got)
                number += 1
                if out is None:
                    break
                for to, type, body in out:
                    with self.lock:
                        self.ends[to].sendall(frame(type, body))
        except OSError:
            pass
        for end, how in ((self.ends[other], socket.SHUT_WR), (self.ends[who], socket.SHUT_RD)):
            try:
                end.shutdown(how)
            except OSError:
                pass


def flip(body, at):
    at %= len(body)
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


def changed(whose, which, how):
    """The frame number `which` of `whose` goes on as how(body)."""
    def change(who, number, type, body):
        to = "server" if who == "client" else "client"
        return [(to, type, how(body) if (who, number) == (whose, which) else body)]
    return change


def twice(whose, which):
    def change(who, number, type, body):
        to = "server" if who == "client" else "client"
        return [(to, type, body)] * (2 if (who, number) == (whose, which) else 1)
    return change


def dropped(whose, which):
    def change(who, number, type, body):
        return [] if (who, number) == (whose, which) else [("server" if who == "client" else "client", type, body)]
    return change


def swapped(whose, which):
    held = []

    def change(who, number, type, body):
        to = "server" if who == "client" else "client"
        if (who, number) == (whose, which):
            held.append((to, type, body))
            return []
        return [(to, type, body)] + ([held.pop()] if held and who == whose else [])
    return change


def reflected(who, number, type, body):
    """The client's first DATA goes back to it, as if it were the answer."""
    if (who, number) == ("client", 2):
        return [("client", type, body)]
    return [("server" if who == "client" else "client", type, body)]


def cut(whose, which):
    def change(who, number, type, body):
        return None if (who, number) == (whose, which) else [("server" if who == "client" else "client", type, body)]
    return change


# Frames of the client: 0 HELLO, 1 JOIN, 2 3 4 DATA, 5 END. Of the server: 0 WELCOME, 1 SWITCH, 2 3 4 DATA, 5 END.
ATTACKS = [
    ("a bit in the random of HELLO", changed("client", 0, lambda b: flip(b, 0))),
    ("a bit in the client's name", changed("client", 0, lambda b: b.replace(b"alice", b"alicf"))),
    ("a bit in the random of WELCOME", changed("server", 0, lambda b: flip(b, 5))),
    ("an extension put into WELCOME", changed("server", 0, lambda b: b[:-2] + b"\0\4\xff\xff\0\0")),
    ("a bit in SWITCH", changed("server", 1, lambda b: flip(b, 20))),
    ("a bit in JOIN", changed("client", 1, lambda b: flip(b, 20))),
    ("a bit in a message to the server", changed("client", 3, lambda b: flip(b, -1))),
    ("a bit in a message to the client", changed("server", 3, lambda b: flip(b, -1))),
    ("a bit in the tag", changed("server", 3, lambda b: flip(b, 0))),
    ("a message shortened", changed("client", 3, lambda b: b[:-1])),
    ("a message lengthened", changed("server", 3, lambda b: b + b"\0")),
    ("a message to the server replayed", twice("client", 3)),
    ("a message to the client replayed", twice("server", 3)),
    ("a message to the server dropped", dropped("client", 3)),
    ("a message to the client dropped", dropped("server", 3)),
    ("two messages to the server swapped", swapped("client", 2)),
    ("two messages to the client swapped", swapped("server", 2)),
    ("a message reflected", reflected),
    ("the client's words cut off", cut("client", 3)),
    ("the server's words cut off", cut("server", 3)),
]

with lib.Room() as room:
    ciphers = lib.installed()
    server = room.server("--allow-any", "--data-ports", "same")
    right = "".join(line + "\n" for line in LINES).encode()

    def attack(cipher, change):
        mallory = Mallory(server, change)
        mallory.start()
        got = room.client(mallory, cipher, "alice", LINES)
        mallory.join(lib.PATIENCE)
        return got

    for cipher in ciphers:
        got = attack(cipher, lambda who, n, type, body: [("server" if who == "client" else "client", type, body)])
        check("%s: when Mallory only listens, nobody notices" % cipher, got.code == 0 and got.out == right, got)
        room.run("forget", "127.0.0.1", "--keys", room.keys("alice"))

    if "box" in ciphers:
        for what, change in ATTACKS:
            got = attack("box", change)
            check("box: %s: noticed, and no wrong word comes out" % what, got.code in (1, 3) and right.startswith(got.out), got)
    for cipher, wrong in (("none", "seconc"), ("xor", "seconc")):
        if cipher in ciphers:
            got = attack(cipher, changed("server", 3, lambda b: b[:-1] + bytes([b[-1] ^ 7])))
            check("%s: a word changed on the way comes out changed, and nobody notices" % cipher, got.code == 0 and
                  got.out == right.replace(b"second", wrong.encode()), got)
            got = attack(cipher, swapped("server", 2))
            check("%s: nor are swapped messages noticed" % cipher, got.code == 0 and got.out == b"second\nfirst\nthird\n", got)
    for cipher in ciphers:  # only a handshake that is replayed as a whole could hide this, and random bytes of both sides prevent it
        got = attack(cipher, changed("client", 0, lambda b: flip(b, 0)))
        check("%s: a HELLO changed on the way is noticed" % cipher, got.code in (1, 3) and got.out == b"", got)
    got = room.client(server, ciphers[0], "alice", ["after all"])
    check("the server goes on", got.code == 0 and got.out == b"after all\n", got)
lib.finish()
