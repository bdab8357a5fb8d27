#!/usr/bin/env python3
"""A client written from core/PROTOCOL.md alone, in another language, without a line of Plugboard's own code: the proof that the page is
complete. Speaks the ciphers none, xor, vigenere (both alphabets) and rsa.

    stranger.py HOST PORT CIPHER OWN_PUBLIC OWN_PRIVATE [NAME]

Sends each line of standard input as one message, shows each answer as a line.
"""

import os
import re
import socket
import sys

HELLO, WELCOME, REFUSE, SEALED = 1, 2, 3, 4
SWITCH, JOIN, DATA, END, ABORT, OFFER = 1, 2, 3, 4, 5, 6
MESSAGE_MAX = 1 << 20


class Refused(Exception):
    pass


class Broken(Exception):
    pass


# ---- reading and writing bodies ----

class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        if size > len(self.data):
            raise Broken("a field reaches past its body")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def counted(self, size):
        return self.take(self.number(size))

    def end(self):
        if self.data:
            raise Broken("%d bytes too many" % len(self.data))


def number(value, size):
    return value.to_bytes(size, "big")


def counted(data, size):
    return number(len(data), size) + data


# ---- the ciphers ----

class Plain:
    """none"""

    def __init__(self, own_public, own_private, peer_public):
        if not re.fullmatch("none-[0-9a-f]{16}", peer_public):
            raise Refused("the server's key is no label")

    def seal(self, message):
        return message

    open = seal

    def largest(self):
        return MESSAGE_MAX


PRIMES = {16: 65063, 24: 16774679, 32: 4294967087, 40: 1099511615303, 48: 281474976705359, 56: 72057594037925687,
          64: 18446744073709543127}


def agree(own_private, peer_public, middle):
    """Toy Diffie-Hellman: the shared key, and what stands between bits and number."""
    form = r"bits=(\d+)%s %%s=(0|[1-9]\d*)" % middle
    own, peer = re.fullmatch(form % "x", own_private), re.fullmatch(form % "y", peer_public)
    if not own or not peer or own.groups()[:-1] != peer.groups()[:-1]:
        raise Refused("keys that do not belong together: %s" % peer_public)
    bits, x, y = int(own.group(1)), int(own.groups()[-1]), int(peer.groups()[-1])
    p = PRIMES[bits]
    if not 2 <= y <= p - 2 or pow(y, (p - 1) // 2, p) != 1:
        raise Refused("the server's y is not good")
    return number(pow(y, x, p), bits // 8), own.groups()[1:-1]


def along(key, size):
    return (key * (size // len(key) + 1))[:size]


class Xor(Plain):
    def __init__(self, own_public, own_private, peer_public):
        self.key, _ = agree(own_private, peer_public, "")

    def seal(self, message):
        size = len(message)
        return (int.from_bytes(message, "big") ^ int.from_bytes(along(self.key, size), "big")).to_bytes(size, "big")

    open = seal


class Vigenere(Plain):
    def __init__(self, own_public, own_private, peer_public):
        self.key, (self.alphabet,) = agree(own_private, peer_public, " alphabet=(bytes|letters)")

    def shift(self, text, sign):
        if self.alphabet == "bytes":
            return bytes((b + sign * k) & 255 for b, k in zip(text, along(self.key, len(text))))
        out, n = bytearray(), 0
        for byte in text:
            first = 65 if 65 <= byte <= 90 else 97 if 97 <= byte <= 122 else None
            if first is not None:
                byte = first + (byte - first + sign * self.key[n % len(self.key)]) % 26
                n += 1
            out.append(byte)
        return bytes(out)

    def seal(self, message):
        return self.shift(message, 1)

    def open(self, record):
        return self.shift(record, -1)


class Rsa(Plain):
    def __init__(self, own_public, own_private, peer_public):
        own = re.match(r"n=(\d+) e=(\d+) d=(\d+)", own_private)
        peer = re.fullmatch(r"n=([1-9]\d*) e=([1-9]\d*)", peer_public)
        if not own or not peer:
            raise Refused("no rsa keys")
        self.own = tuple(int(x) for x in own.groups())
        self.peer = tuple(int(x) for x in peer.groups())

    @staticmethod
    def sizes(n):
        return (n.bit_length() - 1) // 8, (n.bit_length() + 7) // 8

    @staticmethod
    def through(text, n, power, before, after, size):
        """Blocks of `before` bytes become blocks of `after` bytes; `size` bytes in all, the last block what is left."""
        out = bytearray()
        for i in range(0, len(text), before):
            m = int.from_bytes(text[i:i + before], "big")
            if m >= n:
                raise Broken("a block is not below n")
            try:
                out += pow(m, power, n).to_bytes(min(after, size - len(out)), "big")
            except OverflowError:
                raise Broken("a block does not fit")
        return bytes(out)

    @staticmethod
    def record_sizes(size, by, to):
        """(middle text, record) of a message of this size, from the owner of modulus `by` to that of `to`."""
        (small_by, large_by), (small_to, large_to) = Rsa.sizes(by), Rsa.sizes(to)
        middle = -(-size // small_by) * large_by
        return middle, 4 + -(-middle // small_to) * large_to

    def largest(self):
        n, m = self.own[0], self.peer[0]
        return max(self.record_sizes(MESSAGE_MAX, n, m)[1], self.record_sizes(MESSAGE_MAX, m, n)[1])

    def seal(self, message):
        (n, e, d), (m, f) = self.own, self.peer
        (small, large), (peer_small, peer_large) = self.sizes(n), self.sizes(m)
        middle_size, record_size = self.record_sizes(len(message), n, m)
        middle = self.through(message, n, d, small, large, middle_size)
        return number(len(message), 4) + self.through(middle, m, f, peer_small, peer_large, record_size - 4)

    def open(self, record):
        (n, e, d), (m, f) = self.own, self.peer
        (small, large), (peer_small, peer_large) = self.sizes(n), self.sizes(m)
        reader = Reader(record)
        size = reader.number(4)
        middle_size, record_size = self.record_sizes(size, m, n)
        if size > MESSAGE_MAX or len(record) != record_size:
            raise Broken("the record does not have the size that its length says")
        middle = self.through(reader.data, n, d, large, small, middle_size)
        return self.through(middle, m, f, peer_large, peer_small, size)


CIPHERS = {"none": Plain, "xor": Xor, "vigenere": Vigenere, "rsa": Rsa}


# ---- frames ----

class Connection:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)

    def send(self, type, body):
        self.socket.sendall(b"PB" + bytes([1, type]) + number(len(body), 4) + body)

    def exactly(self, size):
        data = bytearray()
        while len(data) < size:
            piece = self.socket.recv(min(size - len(data), 1 << 16))
            if not piece:
                raise Broken("the connection ended: what came may not be all")
            data += piece
        return bytes(data)

    def receive(self, expected, limit, refusable=False):
        """The body of the next frame, which must be of the expected type or, in the handshake, may be REFUSE."""
        header = self.exactly(8)
        magic, version, type, length = header[:2], header[2], header[3], int.from_bytes(header[4:], "big")
        if magic != b"PB":
            raise Broken("not Plugboard")
        if type == REFUSE and refusable and 2 <= length <= 202:
            reader = Reader(self.exactly(length))
            code = reader.number(2)
            raise Refused("%d %s" % (code, "".join(chr(b) if 0x20 <= b <= 0x7e else "?" for b in reader.data)))
        if version != 1 or type != expected or not 1 <= length <= limit:
            raise Broken("an unexpected frame: version %d, type %d, length %d" % (version, type, length))
        return self.exactly(length)


class Client:
    def __init__(self, host, port, cipher, public, private, name="stranger", service="talk"):
        control = Connection(host, port)
        # C1
        hello = (os.urandom(32) + counted(cipher.encode(), 1) + number(1, 2) + counted(service.encode(), 1) +
                 counted(name.encode(), 1) + counted(public.encode(), 2) + counted(b"", 2) + counted(b"", 2))
        control.send(HELLO, hello)
        # C2
        welcome = control.receive(WELCOME, 40960, refusable=True)
        reader = Reader(welcome)
        reader.take(32)
        shown = (reader.counted(1).decode(), reader.number(2), reader.counted(1).decode())
        self.server_name = reader.counted(1).decode()
        self.server_public = reader.counted(2).decode("ascii")
        reader.counted(2)
        extensions = Reader(reader.counted(2))
        while extensions.data:
            extensions.number(2)
            extensions.counted(2)
        reader.end()
        if shown != (cipher, 1, service):
            raise Broken("asked for something else: %s" % (shown,))
        if self.server_public == public:
            raise Refused("the server shows our own key")
        self.cipher = CIPHERS[cipher](public, private, self.server_public)
        # S3
        message = self.cipher.open(control.receive(SEALED, self.cipher.largest(), refusable=True))
        reader = Reader(message)
        if reader.number(1) != SWITCH:
            raise Broken("no SWITCH")
        self.port, ticket, echo = reader.number(2), reader.take(16), reader.counted(2)
        where = reader.counted(1).decode() or control.socket.getpeername()[0]
        reader.end()
        if echo != hello:
            raise Broken("the server saw another HELLO")
        # C3
        self.connection = Connection(where, self.port) if self.port else control
        self.send(JOIN, ticket + counted(welcome, 2))
        if self.port:
            control.socket.close()

    def send(self, kind, body=b""):
        self.connection.send(SEALED, self.cipher.seal(bytes([kind]) + body))

    def receive(self):
        """The next message of the app; None after END."""
        while True:
            message = self.cipher.open(self.connection.receive(SEALED, self.cipher.largest()))
            kind, body = message[0], message[1:]
            if kind == DATA:
                return body
            if kind == END and not body:
                return None
            if kind == ABORT:
                raise Broken("the server gave up: %s" % body[2:].decode("ascii", "replace"))
            if kind < 128 and kind != OFFER:
                raise Broken("a message of kind %d" % kind)

    def close(self):
        self.connection.socket.close()


def main():
    host, port, cipher, public, private = sys.argv[1:6]
    try:
        client = Client(host, int(port), cipher, public, private, *sys.argv[6:7])
        for line in sys.stdin.buffer:
            client.send(DATA, line.rstrip(b"\n"))
            sys.stdout.buffer.write(client.receive() + b"\n")
        client.send(END)
        if client.receive() is not None:
            raise Broken("more than the answers")
        client.close()
    except Refused as refused:
        print("refused: %s" % refused, file=sys.stderr)
        return 3
    except (Broken, OSError) as broken:
        print("broken: %s" % broken, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
