"""An FTP server that lies, in clear or in a session under `none`: what it says to each command is given by the test.

    with hostile_ftp.Server({"SIZE": "213 1000", "RETR": Data(b"x" * 500)}) as server: ...

An answer is a line, Data, or a function of (talk, argument) that says what it likes. Everything else is answered as an honest server would."""

import os
import re
import socket
import struct
import threading

import stranger

LABEL = "none-00112233445566aa"


class Data:
    """A transfer: 150, the bytes, and the last reply. whole: whether its end says so (under `none`: END; in clear: FIN or RST)."""

    def __init__(self, content, last="226 done", whole=True, first="150 here"):
        self.content, self.last, self.whole, self.first = content, last, whole, first


class Talk:
    """One session, as the liar sees it."""

    def __init__(self, server, connection):
        self.server, self.socket, self.buffer, self.data = server, connection, b"", None
        self.heard = []

    def line(self):
        while b"\n" not in self.buffer:
            piece = self.more()
            if not piece:
                return None
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    def say(self, text):
        self.raw(text.encode("utf-8", "surrogateescape") + b"\r\n")

    def run(self):
        greeting = self.server.answers.get("", "220 ready")
        greeting(self, "") if callable(greeting) else self.say(greeting)
        while True:
            line = self.line()
            if line is None:
                return
            verb, _, argument = line.partition(" ")
            self.heard.append(line)
            self.server.heard.append(line)
            self.answer(verb.upper(), argument)
            if verb.upper() == "QUIT":
                return

    def answer(self, verb, argument):
        answer = self.server.answers.get(verb, HONEST.get(verb, "502 what?"))
        if callable(answer):
            answer(self, argument)
        elif isinstance(answer, Data):
            self.transfer(answer)
        else:
            self.say(answer)

    def transfer(self, answer):
        self.offer()
        self.say(answer.first)
        try:
            self.join()
            self.send(answer.content)
            self.end(answer.whole)
        except OSError:
            pass
        if answer.last:
            self.say(answer.last)


class ClearTalk(Talk):
    def more(self):
        return self.socket.recv(4096)

    def raw(self, data):
        self.socket.sendall(data)

    def offer(self):
        pass

    def join(self):
        self.data, _ = self.server.passive.accept()

    def send(self, content):
        self.data.sendall(content)

    def end(self, whole):
        if not whole:
            self.data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.data.close()


class NoneTalk(Talk):
    """The other side of the stranger: PROTOCOL.md, under `none`, on one port."""

    def __init__(self, server, connection):
        super().__init__(server, connection)
        frames = self.frames = stranger.Connection.__new__(stranger.Connection)
        frames.socket = connection
        hello = frames.receive(stranger.HELLO, 40960)
        counted = stranger.counted
        welcome = (os.urandom(32) + counted(b"none", 1) + stranger.number(1, 2) + counted(b"ftp", 1) + counted(b"liar", 1) +
                   counted(LABEL.encode(), 2) + counted(b"", 2) + counted(b"", 2))
        frames.send(stranger.WELCOME, welcome)
        frames.send(stranger.SEALED, bytes([stranger.SWITCH]) + stranger.number(0, 2) + os.urandom(16) + counted(hello, 2) + counted(b"", 1))
        if frames.receive(stranger.SEALED, 1 << 20)[0] != stranger.JOIN:
            raise OSError("no JOIN")
        self.streams = 1

    def more(self):
        try:
            message = self.frames.receive(stranger.SEALED, 1 << 20)
        except stranger.Broken:
            return b""
        return message[1:] if message[0] == stranger.DATA else b""

    def raw(self, data):
        for i in range(0, len(data), 1 << 16):
            self.frames.send(stranger.SEALED, bytes([stranger.DATA]) + data[i:i + (1 << 16)])

    def offer(self):
        self.streams += 1
        self.frames.send(stranger.SEALED, bytes([stranger.OFFER]) + stranger.number(self.streams, 4) + stranger.number(
            self.server.passive.getsockname()[1], 2) + os.urandom(16) + stranger.counted(b"", 1))

    def join(self):
        data, _ = self.server.passive.accept()
        self.data = stranger.Connection.__new__(stranger.Connection)
        self.data.socket = data
        self.data.receive(stranger.SEALED, 1 << 20)

    def send(self, content):
        for i in range(0, len(content), 1 << 16):
            self.data.send(stranger.SEALED, bytes([stranger.DATA]) + content[i:i + (1 << 16)])

    def end(self, whole):
        if whole:
            self.data.send(stranger.SEALED, bytes([stranger.END]))
            try:
                self.data.receive(stranger.SEALED, 1 << 20)
            except stranger.Broken:
                pass
        self.data.socket.close()


def passive_227(talk, _):
    port = talk.server.passive.getsockname()[1]
    talk.say("227 go (127,0,0,1,%d,%d)" % (port >> 8, port & 255))


def passive_229(talk, _):
    talk.say("229 go (|||%d|)" % talk.server.passive.getsockname()[1])


def features(talk, _):
    talk.raw(b"211-what\r\n MLST type*;size*;\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n EPSV\r\n%s211 end\r\n" % (
        b" HASH SHA-256*\r\n" if "HASH" in talk.server.answers else b""))


HONEST = {"USER": lambda talk, _: talk.say("232 you" if isinstance(talk, NoneTalk) else "331 and?"), "PASS": "230 in", "FEAT": features,
          "TYPE": "200 yes", "OPTS": "200 yes", "CLNT": "200 yes", "NOOP": "200 yes", "SYST": "215 UNIX", "PWD": '257 "/"', "CWD": "250 yes",
          "EPSV": passive_229, "PASV": passive_227, "REST": "350 yes", "QUIT": "221 bye", "MDTM": "550 no", "SIZE": "550 no", "MLST": "550 no",
          "ABOR": "226 yes", "STAT": "211 yes"}


class Server:
    def __init__(self, answers, sealed=False):
        self.answers, self.sealed, self.heard = answers, sealed, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.passive = socket.create_server(("127.0.0.1", 0))
        self.passive.settimeout(20)
        self.host, self.port = self.listener.getsockname()
        self.cipher = "none" if sealed else None
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            try:
                (NoneTalk if self.sealed else ClearTalk)(self, connection).run()
            except (OSError, stranger.Broken):
                pass
            connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(25)
        self.passive.close()
