/* The server's end of the handshake: HELLO from a stranger, and then, on the same connection, whatever it sends as JOIN.
 * What is accepted is within every limit of PROTOCOL.md. Input: what the client sends. */
#include "fuzz.h"
#include "identity.h"

static void join(struct pb_handshake *handshake, const uint8_t *data, size_t size)
{
    struct pb_error error = {0};
    struct pb_stream stream = {0};
    struct pb_wire wire = {0};
    int result = pb_stream_open(&stream, &handshake->session, 1, &error);
    MUST(result == PB_OK);
    if (pb_stream_start(&stream, &error) != PB_OK)
        goto out;
    wire.limit[PB_WIRE_SEALED] = stream.sealed_limit;
    for (size_t fed, at = 0; at < size && (fed = feed(&wire, data + at, size - at)); at += fed)
        if ((result = pb_handshake_hear_join(handshake, &stream, &wire, &handshake->place, &error)) != PB_AGAIN)
            break;
    MUST(result == error.status || result == PB_AGAIN || result == PB_OK);
out:
    pb_stream_close(&stream);
    pb_wire_free(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pb_party party = identity_party(PB_SERVER);
    struct pb_error error = {0};
    static struct pb_handshake handshake;
    const struct pb_hello *peer = &handshake.peer;
    size_t at = 0;
    pb_handshake_init(&handshake, NULL);

    /* Bytes behind HELLO are kept for JOIN: the first frame's length says where. */
    size_t first = size < 8 ? size : 8 + ((size_t)data[4] << 24 | (size_t)data[5] << 16 | (size_t)data[6] << 8 | data[7]);
    if (first > size)
        first = size;
    int result = PB_AGAIN;
    for (size_t fed; at < first && result == PB_AGAIN && (fed = feed(&handshake.wire, data + at, first - at)); at += fed)
        result = pb_handshake_hear_hello(&handshake, NULL, &error);
    MUST(result == PB_AGAIN || result == PB_OK || (result == PB_PROTOCOL && error.text[0]));
    if (result == PB_OK) {
        MUST(strlen(peer->cipher) >= 1 && strlen(peer->cipher) <= PB_NAME_MAX && !strpbrk(peer->cipher, "/."));
        MUST(strlen(peer->service) >= 1 && strlen(peer->name) <= PB_PEER_NAME_MAX && peer->format > 0);
        MUST(strlen(peer->public_key) >= 1 && peer->greeting_size <= PB_GREETING_MAX);
        if (pb_handshake_say_welcome(&handshake, &party, &error) == PB_OK &&
            pb_handshake_say_switch(&handshake, &error) == PB_OK)
            join(&handshake, data + at, size - at);
        else
            pb_handshake_refuse(&handshake, NULL, PB_REFUSAL_BAD_KEY, error.text);
    }
    pb_handshake_free(&handshake);
    return 0;
}
