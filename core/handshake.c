/* The eight steps of the handshake, each pair mirrored. */
#include "handshake.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const cut = "a key or the handshake was changed on its way, or the other side does not hold the "
                               "private key of the public key that it showed";

static int no_memory(struct pb_error *error)
{
    return pb_status_fail(error, PB_SYSTEM, "no memory for a handshake");
}

/* Without a hint by timing at how far two tickets agree. */
static bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < size; i++)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

static int keep(uint8_t **copy, size_t *copy_size, const uint8_t *bytes, size_t size, struct pb_error *error)
{
    *copy = NULL;
    *copy_size = size;
    if (size == 0)
        return PB_OK;
    if (!(*copy = malloc(size)))
        return no_memory(error);
    memcpy(*copy, bytes, size);
    return PB_OK;
}

/* HELLO, WELCOME and REFUSE go by in clear. */
static void show(const struct pb_handshake *handshake, struct pb_trace *trace, bool sent, uint8_t type, const uint8_t *body,
                 size_t size)
{
    const struct pb_party *party = handshake->session.party;
    bool from_client = type == PB_WIRE_HELLO;
    if (trace)
        pb_trace_show(trace, &(struct pb_trace_frame){.session = party ? party->number : trace->session, .sent = sent,
                                                      .by_client = from_client, .type = type, .body = body,
                                                      .body_size = size});
}

static void say(struct pb_handshake *handshake, uint8_t type, const uint8_t *body, size_t size)
{
    uint8_t *room = pb_wire_reserve(&handshake->wire, size);
    if (!room)
        return; /* no memory for 40 KiB: the peer's deadline says the rest */
    memcpy(room, body, size);
    pb_wire_commit(&handshake->wire, type, size);
}

/* What both sides know after hearing the other's HELLO or WELCOME. */
static int remember_peer(struct pb_handshake *handshake, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    if (!(session->peer_public = strdup(handshake->peer.public_key)))
        return no_memory(error);
    int result = keep(&session->greeting, &session->greeting_size, handshake->peer.greeting, handshake->peer.greeting_size,
                      error);
    handshake->peer.greeting = session->greeting; /* the frame that it pointed into will go */
    return result;
}

/* Our own HELLO or WELCOME: greets and fills `body` (room for PB_WIRE_HELLO_MAX). */
static int introduce(struct pb_handshake *handshake, const uint8_t *random, uint8_t *body, size_t *size,
                     struct pb_error *error)
{
    const struct pb_party *party = handshake->session.party;
    struct pb_hello *own = malloc(sizeof *own); /* not zeroed: most of it is room for a key */
    uint8_t *greeting = malloc(PB_GREETING_MAX);
    int result = PB_SYSTEM;
    if (!own || !greeting) {
        no_memory(error);
        goto out;
    }
    if ((result = pb_stream_greet(&handshake->control, greeting, &own->greeting_size, error)) != PB_OK)
        goto out;
    own->greeting = greeting;
    own->format = (uint16_t)party->cipher->format;
    memcpy(own->random, random, sizeof own->random);
    snprintf(own->cipher, sizeof own->cipher, "%s", party->cipher->name);
    snprintf(own->service, sizeof own->service, "%s", party->service);
    snprintf(own->name, sizeof own->name, "%s", party->name);
    snprintf(own->public_key, sizeof own->public_key, "%s", party->own_public);
    *size = pb_message_write_hello(own, body);
out:
    free(greeting);
    free(own);
    return result;
}

void pb_handshake_init(struct pb_handshake *handshake, const struct pb_party *party)
{
    if (party) {
        pb_session_open(&handshake->session, party);
        handshake->wire.limit[PB_WIRE_WELCOME] = PB_WIRE_HELLO_MAX;
        handshake->wire.limit[PB_WIRE_REFUSE] = PB_WIRE_REFUSE_MAX;
    } else {
        handshake->wire.limit[PB_WIRE_HELLO] = PB_WIRE_HELLO_MAX;
    }
}

void pb_handshake_free(struct pb_handshake *handshake)
{
    pb_stream_close(&handshake->control);
    pb_session_close(&handshake->session);
    pb_wire_free(&handshake->wire);
    memset(handshake, 0, offsetof(struct pb_handshake, peer.public_key) + 1); /* as if zeroed: the rest is text after a NUL */
}

/* ---- C1 ---- */

int pb_handshake_say_hello(struct pb_handshake *handshake, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    uint8_t *body = malloc(PB_WIRE_HELLO_MAX);
    size_t size = 0;
    int result = body ? pb_stream_open(&handshake->control, session, 0, error) : no_memory(error);
    if (result != PB_OK)
        goto out;
    pb_random_bytes(&session->random, session->id, 32);
    if ((result = introduce(handshake, session->id, body, &size, error)) != PB_OK ||
        (result = keep(&session->hello, &session->hello_size, body, size, error)) != PB_OK)
        goto out;
    say(handshake, PB_WIRE_HELLO, body, size);
    show(handshake, session->party->trace, true, PB_WIRE_HELLO, body, size);
out:
    free(body);
    return result;
}

/* ---- S1 ---- */

int pb_handshake_hear_hello(struct pb_handshake *handshake, struct pb_trace *trace, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    const uint8_t *body;
    size_t size;
    uint8_t type;
    int result = pb_wire_frame(&handshake->wire, &type, &body, &size, error);
    if (result != PB_OK)
        return result;
    handshake->wire.limit[PB_WIRE_HELLO] = 0; /* one is enough */
    show(handshake, trace, false, PB_WIRE_HELLO, body, size);
    if ((result = pb_message_read_hello(&handshake->peer, body, size, error)) != PB_OK ||
        (result = keep(&session->hello, &session->hello_size, body, size, error)) != PB_OK ||
        (result = remember_peer(handshake, error)) != PB_OK)
        return result;
    memcpy(session->id, handshake->peer.random, 32);
    return PB_OK;
}

void pb_handshake_refuse(struct pb_handshake *handshake, struct pb_trace *trace, unsigned code, const char *sentence)
{
    uint8_t body[PB_WIRE_REFUSE_MAX];
    size_t size = pb_message_write_refusal(code, sentence, body);
    say(handshake, PB_WIRE_REFUSE, body, size);
    show(handshake, trace, true, PB_WIRE_REFUSE, body, size);
}

/* ---- S2 ---- */

int pb_handshake_say_welcome(struct pb_handshake *handshake, const struct pb_party *party, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    uint8_t *body = malloc(PB_WIRE_HELLO_MAX);
    size_t size = 0;
    if (!body)
        return no_memory(error);
    pb_session_open(session, party);
    pb_random_bytes(&session->random, session->id + 32, 32);
    int result = pb_stream_open(&handshake->control, session, 0, error);
    if (result != PB_OK || (result = introduce(handshake, session->id + 32, body, &size, error)) != PB_OK ||
        (result = keep(&session->welcome, &session->welcome_size, body, size, error)) != PB_OK ||
        (result = pb_stream_start(&handshake->control, error)) != PB_OK)
        goto out;
    say(handshake, PB_WIRE_WELCOME, body, size);
    show(handshake, party->trace, true, PB_WIRE_WELCOME, body, size);
out:
    free(body);
    return result;
}

/* ---- C2 ---- */

static int hear_refusal(struct pb_handshake *handshake, const uint8_t *body, size_t size, struct pb_error *error)
{
    int result = pb_message_read_refusal(&handshake->refusal, body, size, error);
    if (result != PB_OK)
        return result;
    show(handshake, handshake->session.party->trace, false, PB_WIRE_REFUSE, body, size);
    /* Not to accept key, cipher or service is one thing; to have no time or no port is another. */
    bool not_accepted = handshake->refusal.code <= PB_REFUSAL_BAD_KEY;
    return pb_status_fail(error, not_accepted ? PB_PEER_REFUSED : PB_ABORTED, "the server refused: %s",
                          handshake->refusal.sentence);
}

int pb_handshake_hear_welcome(struct pb_handshake *handshake, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    const struct pb_party *party = session->party;
    const struct pb_hello *peer = &handshake->peer;
    const uint8_t *body;
    size_t size;
    uint8_t type;
    int result = pb_wire_frame(&handshake->wire, &type, &body, &size, error);
    if (result != PB_OK)
        return result;
    if (type == PB_WIRE_REFUSE)
        return hear_refusal(handshake, body, size, error);
    handshake->wire.limit[PB_WIRE_WELCOME] = 0;
    show(handshake, party->trace, false, PB_WIRE_WELCOME, body, size);
    if ((result = pb_message_read_hello(&handshake->peer, body, size, error)) != PB_OK)
        return result;
    if (strcmp(peer->cipher, party->cipher->name) != 0)
        return pb_status_fail(error, PB_PROTOCOL, "asked for the cipher %s, the server answers with %s", party->cipher->name,
                              peer->cipher);
    if (strcmp(peer->service, party->service) != 0)
        return pb_status_fail(error, PB_PROTOCOL, "asked for the service %s, the server answers with %s", party->service,
                              peer->service);
    if (peer->format != party->cipher->format)
        return pb_status_fail(error, PB_REFUSED,
                              "the server has another version of the cipher %s (format %u, here %u): install the same "
                              "plugin on both sides",
                              peer->cipher, peer->format, party->cipher->format);
    if (strcmp(peer->public_key, party->own_public) == 0)
        return pb_status_fail(error, PB_REFUSED, "the server shows our own public key: somebody reflects what we say, or both "
                                                 "sides use one keys folder");
    if ((result = keep(&session->welcome, &session->welcome_size, body, size, error)) != PB_OK ||
        (result = remember_peer(handshake, error)) != PB_OK)
        return result;
    memcpy(session->id + 32, peer->random, 32);
    return PB_OK;
}

int pb_handshake_meet(struct pb_handshake *handshake, struct pb_error *error)
{
    int result = pb_stream_start(&handshake->control, error);
    if (result == PB_OK)
        handshake->wire.limit[PB_WIRE_SEALED] = handshake->control.sealed_limit;
    return result;
}

/* ---- S3 ---- */

int pb_handshake_say_switch(struct pb_handshake *handshake, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    struct pb_place *place = &handshake->place;
    pb_random_bytes(&session->random, place->ticket, sizeof place->ticket);
    place->hello = session->hello;
    place->hello_size = session->hello_size;
    size_t size = pb_message_switch_size(place);
    uint8_t *room = pb_stream_room(&handshake->control, size);
    if (!room)
        return no_memory(error);
    pb_message_write_switch(place, room);
    return pb_stream_seal(&handshake->control, &handshake->wire, PB_SWITCH, size, error);
}

int pb_handshake_hear_switch(struct pb_handshake *handshake, struct pb_error *error)
{
    const struct pb_session *session = &handshake->session;
    struct pb_place *place = &handshake->place;
    struct pb_error detail = {0};
    const uint8_t *body;
    size_t size;
    uint8_t type, kind;
    int result = pb_wire_frame(&handshake->wire, &type, &body, &size, error);
    if (result != PB_OK)
        return result;
    if (type == PB_WIRE_REFUSE)
        return hear_refusal(handshake, body, size, error);
    handshake->wire.limit[PB_WIRE_SEALED] = handshake->wire.limit[PB_WIRE_REFUSE] = 0;
    result = pb_stream_unseal(&handshake->control, body, size, &kind, &body, &size, &detail);
    if (result == PB_BROKEN || result == PB_SYSTEM)
        return pb_status_fail(error, result, "%s", detail.text);
    if (result != PB_OK || kind != PB_SWITCH || pb_message_read_switch(place, body, size, &detail) != PB_OK ||
        place->hello_size != session->hello_size || !same(place->hello, session->hello, session->hello_size))
        return pb_status_fail(error, PB_REFUSED, "the server's first sealed message is not as it should be: %s", cut);
    place->hello = NULL; /* pointed into the message */
    return PB_OK;
}

/* ---- C3 ---- */

int pb_handshake_say_join(struct pb_handshake *handshake, struct pb_stream *stream, uint32_t number, struct pb_wire *wire,
                          const struct pb_place *place, struct pb_error *error)
{
    struct pb_session *session = &handshake->session;
    struct pb_join join = {0};
    int result = pb_stream_open(stream, session, number, error);
    if (result != PB_OK || (result = pb_stream_start(stream, error)) != PB_OK)
        return result;
    memcpy(join.ticket, place->ticket, sizeof join.ticket);
    if (number == 1) { /* further streams come over a stream that has confirmed the handshake */
        join.welcome = session->welcome;
        join.welcome_size = session->welcome_size;
    }
    size_t size = pb_message_join_size(&join);
    uint8_t *room = pb_stream_room(stream, size);
    if (!room)
        return no_memory(error);
    pb_message_write_join(&join, room);
    wire->limit[PB_WIRE_SEALED] = stream->sealed_limit;
    return pb_stream_seal(stream, wire, PB_JOIN, size, error);
}

int pb_handshake_hear_join(struct pb_handshake *handshake, struct pb_stream *stream, struct pb_wire *wire,
                           const struct pb_place *place, struct pb_error *error)
{
    const struct pb_session *session = &handshake->session;
    struct pb_error detail = {0};
    struct pb_join join;
    const uint8_t *body;
    size_t size;
    uint8_t type, kind;
    int result = pb_wire_frame(wire, &type, &body, &size, error);
    if (result != PB_OK)
        return result;
    result = pb_stream_unseal(stream, body, size, &kind, &body, &size, &detail);
    if (result == PB_BROKEN || result == PB_SYSTEM)
        return pb_status_fail(error, result, "%s", detail.text);
    size_t expected = stream->number == 1 ? session->welcome_size : 0;
    if (result != PB_OK || kind != PB_JOIN || pb_message_read_join(&join, body, size, &detail) != PB_OK ||
        !same(join.ticket, place->ticket, sizeof join.ticket) || join.welcome_size != expected ||
        !same(join.welcome, session->welcome, expected))
        return pb_status_fail(error, PB_REFUSED, "the client's first sealed message is not as it should be: %s", cut);
    wire->limit[PB_WIRE_SEALED] = stream->sealed_limit;
    return PB_OK;
}
