#!/usr/bin/env python3
"""Every frame that is not as PROTOCOL.md says gets a clear answer, and the server goes on: over bare sockets, at both ends."""

import socket
import threading

import lib
from lib import check, frame, hello_body

KEY = "none-00112233445566aa"

with lib.Room() as room:
    server = room.server("--cipher", "none", "--allow-any")
    own = room.public("server", "none")

    def answer(data, half_close=False):
        """What the server says to these bytes: a frame, or None when it closes."""
        with lib.call(server) as connection:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return lib.receive_frame(connection)

    def refused(what, code, data):
        got = answer(data)
        check("%s: REFUSE %d in words" % (what, code), lib.refusal(got) == code and len(got[1]) > 10, got)

    good = frame(lib.HELLO, hello_body())
    got = answer(good)
    check("a good HELLO is answered with WELCOME", got and got[0] == lib.WELCOME, got)
    got = answer(frame(lib.HELLO, hello_body(extensions=b"\xff\xff\x00\x03abc\x00\x00\x00\x00")))
    check("unknown extensions are ignored", got and got[0] == lib.WELCOME, got)
    got = answer(frame(lib.HELLO, hello_body(greeting=b"\x00" * 16384)))
    check("a greeting that the cipher does not ask for is ignored", got and got[0] == lib.WELCOME, got)

    # Frames
    refused("wrong magic", lib.MALFORMED, frame(lib.HELLO, hello_body(), magic=b"XB"))
    refused("another protocol", lib.MALFORMED, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    refused("version 2", lib.MALFORMED, frame(lib.HELLO, hello_body(), version=2))
    refused("version 0", lib.MALFORMED, frame(lib.HELLO, hello_body(), version=0))
    for type in (0, lib.WELCOME, lib.REFUSE, lib.SEALED, 5, 255):
        refused("type %d" % type, lib.MALFORMED, frame(type, hello_body()))
    refused("length 0", lib.MALFORMED, frame(lib.HELLO, b""))
    refused("length maximum + 1", lib.MALFORMED, frame(lib.HELLO, b"", length=40 * 1024 + 1))
    refused("length 4 GiB", lib.MALFORMED, frame(lib.HELLO, b"", length=0xffffffff))

    # Bodies
    refused("a byte too many", lib.MALFORMED, frame(lib.HELLO, hello_body(more=b"\0")))
    refused("an extension that does not come out even", lib.MALFORMED, frame(lib.HELLO, hello_body(extensions=b"\0\1\0\5abc")))
    refused("no cipher name", lib.MALFORMED, frame(lib.HELLO, hello_body(cipher="")))
    refused("a cipher name of 32 bytes", lib.MALFORMED, frame(lib.HELLO, hello_body(cipher="c" * 32)))
    refused("a path as cipher", lib.MALFORMED, frame(lib.HELLO, hello_body(cipher="../none")))
    refused("a NUL in the cipher's name", lib.MALFORMED, frame(lib.HELLO, hello_body(cipher="none\0x")))
    refused("format 0", lib.MALFORMED, frame(lib.HELLO, hello_body(format=0)))
    refused("a name with an escape sequence", lib.MALFORMED, frame(lib.HELLO, hello_body(name="\x1b]0;owned\x07")))
    for point in (0x7f, 0x85, 0x200b, 0x202e, 0x2066, 0xfeff):
        refused("a name with U+%04X" % point, lib.MALFORMED, frame(lib.HELLO, hello_body(name="a" + chr(point))))
    refused("a name that is no UTF-8", lib.MALFORMED, frame(lib.HELLO, hello_body(name=b"a\xc3")))
    refused("a name of 65 bytes", lib.MALFORMED, frame(lib.HELLO, hello_body(name="n" * 65)))
    refused("an empty key", lib.MALFORMED, frame(lib.HELLO, hello_body(key="")))
    refused("a key of maximum + 1 bytes", lib.MALFORMED, frame(lib.HELLO, hello_body(key="k" * 16384)))
    refused("a key with NUL", lib.MALFORMED, frame(lib.HELLO, hello_body(key=KEY + "\0")))
    refused("a key with a newline", lib.MALFORMED, frame(lib.HELLO, hello_body(key=KEY + "\n")))
    refused("a greeting of maximum + 1 bytes", lib.MALFORMED, frame(lib.HELLO, hello_body(greeting=b"g" * 16385)))

    # What is well-formed, but not ours
    refused("an unknown cipher", lib.NO_CIPHER, frame(lib.HELLO, hello_body(cipher="enigma")))
    refused("an unknown service", lib.NO_SERVICE, frame(lib.HELLO, hello_body(service="gopher")))
    refused("another format", lib.FORMAT, frame(lib.HELLO, hello_body(format=2)))
    refused("our own key shown back", lib.OWN_KEY, frame(lib.HELLO, hello_body(key=own)))
    refused("a key of 1 byte", lib.BAD_KEY, frame(lib.HELLO, hello_body(key="k")))
    refused("a key of the maximum", lib.BAD_KEY, frame(lib.HELLO, hello_body(key="k" * 16383)))
    refused("a key in another spelling", lib.BAD_KEY, frame(lib.HELLO, hello_body(key=KEY.upper())))

    # A handshake that is cut at every byte: no answer is due; the next one is answered.
    cut_badly = [cut for cut in range(len(good)) if answer(good[:cut], half_close=True) not in (None,)]
    check("a HELLO cut at every byte is no HELLO", not cut_badly, cut_badly)

    def join_of(connection):
        """As far as C3: the SWITCH message's port and ticket, and the WELCOME body. (The cipher is none: records are messages.)"""
        connection.sendall(good)
        kind, welcome = lib.receive_frame(connection)
        kind, switch = lib.receive_frame(connection)
        return int.from_bytes(switch[1:3], "big"), switch[3:19], welcome

    def conversation():
        with lib.call(server) as connection:
            port, ticket, welcome = join_of(connection)
            further = lib.call(server, port)
            further.sendall(frame(lib.SEALED, b"\x02" + ticket + lib.bytes16(welcome)))
            further.sendall(frame(lib.SEALED, b"\x03raw"))
            return further, lib.receive_frame(further)

    further, got = conversation()
    check("a bare client that does it right is answered", got == (lib.SEALED, b"\x03raw"), got)
    further.close()

    # JOIN cut at every byte (every seventh, and all of the header): the door stays shut, nothing is counted.
    with lib.call(server) as connection:
        port, ticket, welcome = join_of(connection)
        join = frame(lib.SEALED, b"\x02" + ticket + lib.bytes16(welcome))
        for cut in list(range(9)) + list(range(9, len(join), 7)):
            with lib.call(server, port) as stranger:
                stranger.sendall(join[:cut])
        with lib.call(server, port) as right:
            right.sendall(join + frame(lib.SEALED, b"\x03still"))
            got = lib.receive_frame(right)
            check("after JOINs cut at every byte the whole one is let in", got == (lib.SEALED, b"\x03still"), got)

    # In the conversation: each is an error that ends this session and no other.
    def ends(what, data, log):
        further, got = conversation()
        further.sendall(data)
        seen = []
        while (got := lib.receive_frame(further)) is not None:
            seen.append(got)
        check("%s ends the session" % what, all(f[0] == lib.SEALED and f[1][:1] in (b"\x04", b"\x05") for f in seen), seen)
        check("%s is in the log" % what, server.err.wait(log, 10), server)
        further.close()

    ends("a message of kind 0", frame(lib.SEALED, b"\x00"), r"kind 0")
    ends("a message of kind 127", frame(lib.SEALED, b"\x7f"), r"kind 127")
    ends("SWITCH in the conversation", frame(lib.SEALED, b"\x01" + bytes(21)), r"kind 1\b")
    ends("a second JOIN", frame(lib.SEALED, b"\x02" + bytes(18)), r"kind 2\b")
    ends("an OFFER from a client", frame(lib.SEALED, b"\x06" + bytes(23)), r"OFFER")
    ends("an END with something behind", frame(lib.SEALED, b"\x04x"), r"END with 1 bytes")
    ends("an ABORT of one byte", frame(lib.SEALED, b"\x05x"), r"ABORT")
    ends("HELLO in the conversation", good, r"type 1, which is not expected")
    ends("a frame of length 0", frame(lib.SEALED, b""), r"announces 0 bytes")
    ends("a frame over the largest message", frame(lib.SEALED, b"", length=(1 << 20) + 1), r"announces 1048577 bytes")
    ends("a frame of 4 GiB", frame(lib.SEALED, b"", length=0xffffffff), r"announces 4294967295 bytes")
    further, got = conversation()
    further.sendall(frame(lib.SEALED, b"\x80new") + frame(lib.SEALED, b"\xff") + frame(lib.SEALED, b"\x03known"))
    got = lib.receive_frame(further)
    check("kinds from 128 on are ignored", got == (lib.SEALED, b"\x03known"), got)
    largest = b"\x03" + b"L" * ((1 << 20) - 1)
    further.sendall(frame(lib.SEALED, largest))
    got = lib.receive_frame(further)
    check("the largest message comes back whole", got == (lib.SEALED, largest), got and len(got[1]))
    further.sendall(frame(lib.SEALED, b"\x03" + b"cut")[:10])
    further.close()
    check("a conversation that is cut is told as such", server.err.wait(r"ended without a goodbye|closed the connection", 10), server)

    # The client's end, against servers that are not as they should be.
    def fake_server(behaviour):
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            connection, _ = listener.accept()
            with connection:
                kind, body = lib.receive_frame(connection)
                behaviour(connection, body)
                try:
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass
            listener.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        got = room.client("127.0.0.1:%d" % listener.getsockname()[1], "none", "dora", ["hello"])
        thread.join(lib.PATIENCE)
        return got

    def switch(body, port=0, ticket=bytes(16), hello=None, more=b""):
        return frame(lib.SEALED, b"\x01" + port.to_bytes(2, "big") + ticket + lib.bytes16(body if hello is None else hello) + b"\0" + more)

    welcome = frame(lib.WELCOME, hello_body(name=""))
    dora = room.public("dora", "none")
    for what, code, words, behaviour in [
        ("garbage", 1, "does not speak Plugboard", lambda c, b: c.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("nothing but the end", 1, "closed", lambda c, b: c.shutdown(socket.SHUT_WR)),
        ("WELCOME cut in the middle", 1, "closed", lambda c, b: (c.sendall(welcome[:40]), c.shutdown(socket.SHUT_WR))),
        ("another version", 1, "version 9", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(), version=9))),
        ("REFUSE of a later version", 1, "no more of these", lambda c, b: c.sendall(frame(lib.REFUSE, b"\0\x08no more of these", version=9))),
        ("REFUSE with an escape sequence", 3, "a?[2Jb", lambda c, b: c.sendall(frame(lib.REFUSE, b"\0\x01a\x1b[2Jb"))),
        ("REFUSE with an unknown code", 1, "for a reason to come", lambda c, b: c.sendall(frame(lib.REFUSE, b"\xff\xfffor a reason to come"))),
        ("a REFUSE that is too long", 1, "announces 203 bytes", lambda c, b: c.sendall(frame(lib.REFUSE, b"\0\x01" + b"x" * 201))),
        ("another cipher", 1, "answers with xor", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(cipher="xor")))),
        ("another service", 1, "answers with ftp", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(service="ftp")))),
        ("another format", 3, "format 7", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(format=7)))),
        ("the client's own key", 3, "our own public key", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(key=dora)))),
        ("a bad key", 3, "key must be", lambda c, b: c.sendall(frame(lib.WELCOME, hello_body(key="k")))),
        ("REFUSE instead of SWITCH", 1, "no free port", lambda c, b: c.sendall(welcome + frame(lib.REFUSE, b"\0\x09no free port"))),
        ("SWITCH with another HELLO", 3, "not as it should be", lambda c, b: c.sendall(welcome + switch(b, hello=b"X" + b[1:]))),
        ("SWITCH with a byte too many", 3, "not as it should be", lambda c, b: c.sendall(welcome + switch(b, more=b"x"))),
        ("DATA instead of SWITCH", 3, "not as it should be", lambda c, b: c.sendall(welcome + frame(lib.SEALED, b"\x03hello"))),
        ("a second WELCOME", 1, "not expected", lambda c, b: c.sendall(welcome + welcome)),
    ]:
        got = fake_server(behaviour)
        check("the client meets %s: exit %d, in words" % (what, code), got.code == code and words in got.text and got.out == b"", got)

    def cut_conversation(connection, body):
        connection.sendall(welcome + switch(body))
        lib.receive_frame(connection)                        # JOIN
        lib.receive_frame(connection)                        # DATA
        connection.shutdown(socket.SHUT_WR)                  # and no answer, no END
    got = fake_server(cut_conversation)
    check("a conversation cut before the reply: exit 1, said plainly", got.code == 1 and "without a goodbye" in got.text, got)

    def abort(connection, body):
        connection.sendall(welcome + switch(body))
        lib.receive_frame(connection)
        connection.sendall(frame(lib.SEALED, b"\x05\0\x0dthat is enough"))
    got = fake_server(abort)
    check("ABORT is shown with its sentence, exit 1", got.code == 1 and "that is enough" in got.text, got)

    got = room.client(server, "none", "alice", ["after all that"])
    check("after all that the server answers", got.code == 0 and got.out == b"after all that\n", got)
    check("no process of it crashed", "crashed" not in server.err.text and server.stop() == 0, server)
lib.finish()
