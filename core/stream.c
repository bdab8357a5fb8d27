/* Calls the verbs of a cipher, counts, and checks every size that goes in or comes out. */
#include "stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX (16u << 20)

/* ---- guards: bytes behind what is lent, that a cipher must leave as they are ---- */

static const uint8_t guard[PB_WIRE_GUARD] = "\xa5guard\x5aguard\xa5\x5a";

static void set_guard(uint8_t *at)
{
    memcpy(at, guard, sizeof guard);
}

static bool guard_stands(const uint8_t *at)
{
    return memcmp(at, guard, sizeof guard) == 0;
}

static uint8_t *memory_guard(const struct pb_stream *stream)
{
    return (uint8_t *)stream->memory + stream->session->party->cipher->session_size;
}

/* ---- calling ---- */

static int broken(const struct pb_stream *stream, enum pb_verb verb, struct pb_error *error, const char *format, ...)
    PB_PRINTF(4, 5);
static int broken(const struct pb_stream *stream, enum pb_verb verb, struct pb_error *error, const char *format, ...)
{
    char text[PB_REASON_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return pb_status_fail(error, PB_BROKEN, "the cipher %s is broken: in %s it %s", stream->session->party->cipher->name,
                          pb_progress_verb_name(verb), text);
}

/* Turns what a verb returned into a status with a sentence. */
static int judge(const struct pb_stream *stream, enum pb_verb verb, int result, struct pb_error *error)
{
    const struct pb_session *session = stream->session;
    const char *reason = session->reason[0] ? session->reason : "it gave no reason";
    if (!guard_stands(memory_guard(stream)))
        return broken(stream, verb, error, "wrote past the end of its session memory (%zu bytes)",
                      session->party->cipher->session_size);
    switch (result) {
    case PB_OK: return PB_OK;
    case PB_REFUSED: return pb_status_fail(error, PB_REFUSED, "%s", reason);
    case PB_BROKEN: return broken(stream, verb, error, "gave up: %s", reason);
    default: return broken(stream, verb, error, "returned %d, which is no result", result);
    }
}

static void fill_setup(const struct pb_stream *stream, struct pb_setup *setup)
{
    const struct pb_session *session = stream->session;
    bool met = session->peer_public != NULL;
    *setup = (struct pb_setup){
        .size = sizeof *setup,
        .role = session->party->role,
        .stream = stream->number,
        .own_private = session->party->own_private,
        .own_public = session->party->own_public,
        .peer_public = session->peer_public,
        .session_id = met ? session->id : NULL,
        .greeting = session->greeting,
        .greeting_size = session->greeting_size,
        .hello = met ? session->hello : NULL,
        .hello_size = met ? session->hello_size : 0,
        .welcome = session->welcome,
        .welcome_size = session->welcome_size,
        .parent = stream->number > 0 && session->parent ? session->parent->memory : NULL,
    };
}

/* ---- stream ---- */

int pb_stream_open(struct pb_stream *stream, struct pb_session *session, uint32_t number, struct pb_error *error)
{
    size_t size = session->party->cipher->session_size;
    *stream = (struct pb_stream){.session = session, .number = number};
    if (size == 0 || size > MEMORY_MAX)
        return pb_status_fail(error, PB_PLUGIN, "the cipher %s asks for %zu bytes a stream: 1 to %u are allowed",
                              session->party->cipher->name, size, MEMORY_MAX);
    size_t room = (size + sizeof guard + PB_MEMORY_ALIGN - 1) / PB_MEMORY_ALIGN * PB_MEMORY_ALIGN;
    stream->memory = aligned_alloc(PB_MEMORY_ALIGN, room);
    if (!stream->memory)
        return pb_status_fail(error, PB_SYSTEM, "no memory for a stream (%zu bytes)", size);
    memset(stream->memory, 0, room);
    set_guard(memory_guard(stream));
    if (number == 0)
        session->parent = stream;
    return PB_OK;
}

int pb_stream_greet(struct pb_stream *stream, uint8_t *greeting, size_t *greeting_size, struct pb_error *error)
{
    struct pb_session *session = stream->session;
    *greeting_size = 0;
    if (!session->party->cipher->greet)
        return PB_OK;
    struct pb_setup setup;
    fill_setup(stream, &setup);
    stream->touched = true;
    session->reason[0] = 0;
    *greeting_size = PB_GREETING_MAX;
    pb_progress_enter(session->progress, PB_VERB_greet);
    int result = session->party->cipher->greet(stream->memory, &session->host, &setup, greeting, greeting_size);
    pb_progress_leave(session->progress);
    result = judge(stream, PB_VERB_greet, result, error);
    if (result == PB_OK && *greeting_size > PB_GREETING_MAX)
        return broken(stream, PB_VERB_greet, error, "says that it wrote %zu bytes where %u fit", *greeting_size,
                      PB_GREETING_MAX);
    return result;
}

int pb_stream_start(struct pb_stream *stream, struct pb_error *error)
{
    struct pb_session *session = stream->session;
    struct pb_setup setup;
    fill_setup(stream, &setup);
    stream->touched = true;
    session->reason[0] = 0;
    pb_progress_enter(session->progress, PB_VERB_start);
    int result = session->party->cipher->start(stream->memory, &session->host, &setup);
    pb_progress_leave(session->progress);
    result = judge(stream, PB_VERB_start, result, error);
    if (result != PB_OK)
        return result;
    stream->sealed_limit = pb_stream_sealed_max(stream, PB_MESSAGE_MAX);
    if (stream->sealed_limit < PB_MESSAGE_MAX || stream->sealed_limit > PB_SEALED_MAX)
        return broken(stream, PB_VERB_sealed_max, error, "says that a message of %u bytes seals to %zu: %u to %u are allowed",
                      PB_MESSAGE_MAX, stream->sealed_limit, PB_MESSAGE_MAX, PB_SEALED_MAX);
    stream->started = true;
    return PB_OK;
}

size_t pb_stream_sealed_max(const struct pb_stream *stream, size_t plain_size)
{
    const struct pb_cipher *cipher = stream->session->party->cipher;
    if (!cipher->sealed_max)
        return plain_size + cipher->overhead;
    pb_progress_enter(stream->session->progress, PB_VERB_sealed_max);
    size_t size = cipher->sealed_max(stream->memory, plain_size);
    pb_progress_leave(stream->session->progress);
    return size;
}

/* Makes *buffer at least `size` bytes and a guard long; what was in it is gone. */
static bool lend(uint8_t **buffer, size_t *room, size_t size)
{
    if (*buffer && *room >= size)
        return true;
    if (*buffer)
        explicit_bzero(*buffer, *room);
    free(*buffer);
    *buffer = malloc(size + sizeof guard);
    *room = *buffer ? size : 0;
    return *buffer != NULL;
}

static void take_back(uint8_t **buffer, size_t *room)
{
    if (*buffer)
        explicit_bzero(*buffer, *room);
    free(*buffer);
    *buffer = NULL;
    *room = 0;
}

uint8_t *pb_stream_room(struct pb_stream *stream, size_t size)
{
    if (size >= PB_MESSAGE_MAX || !lend(&stream->plain_out, &stream->plain_out_room, size + 1))
        return NULL;
    return stream->plain_out + 1;
}

static void show(const struct pb_stream *stream, bool sent, const uint8_t *body, size_t body_size, const uint8_t *plain,
                 size_t plain_size)
{
    struct pb_trace *trace = stream->session->party->trace;
    if (!trace)
        return;
    pb_trace_show(trace, &(struct pb_trace_frame){
                             .session = stream->session->party->number,
                             .sent = sent,
                             .by_client = sent == (stream->session->party->role == PB_CLIENT),
                             .stream = stream->number,
                             .type = PB_WIRE_SEALED,
                             .body = body,
                             .body_size = body_size,
                             .plain = plain,
                             .plain_size = plain_size,
                         });
}

/* The first failure of a stream is its last word: after it the plugin is only stopped. */
static int stays_failed(struct pb_stream *stream, struct pb_error *error)
{
    return pb_status_fail(error, stream->failed.status, "%s", stream->failed.text);
}

int pb_stream_seal(struct pb_stream *stream, struct pb_wire *wire, uint8_t kind, size_t size, struct pb_error *error)
{
    struct pb_session *session = stream->session;
    if (stream->failed.status != PB_OK)
        return stays_failed(stream, error);
    if (!stream->plain_out && !pb_stream_room(stream, size))
        return pb_status_fail(error, PB_SYSTEM, "no memory for a message of %zu bytes", size);
    size_t room = pb_stream_sealed_max(stream, size + 1), sealed_size = room;
    uint8_t *sealed = room <= stream->sealed_limit ? pb_wire_reserve(wire, room) : NULL;
    if (room > stream->sealed_limit)
        broken(stream, PB_VERB_sealed_max, &stream->failed, "says %zu for a message of %zu bytes, but %zu for the largest",
               room, size + 1, stream->sealed_limit);
    else if (!sealed)
        pb_status_fail(&stream->failed, PB_SYSTEM, "no memory for a sealed message of %zu bytes", room);
    if (stream->failed.status != PB_OK)
        return stays_failed(stream, error);

    set_guard(sealed + room);
    stream->plain_out[0] = kind;
    session->reason[0] = 0;
    pb_progress_enter(session->progress, PB_VERB_seal);
    int result = session->party->cipher->seal(stream->memory, stream->seal_sequence, sealed, &sealed_size, stream->plain_out,
                                              size + 1);
    pb_progress_leave(session->progress);
    result = judge(stream, PB_VERB_seal, result, &stream->failed);
    if (!guard_stands(sealed + room))
        result = broken(stream, PB_VERB_seal, &stream->failed, "wrote past the %zu bytes that sealed_max announced", room);
    else if (result == PB_OK && (sealed_size == 0 || sealed_size > room))
        result = broken(stream, PB_VERB_seal, &stream->failed, "says that it wrote %zu bytes, 1 to %zu were announced",
                        sealed_size, room);
    if (result != PB_OK)
        return stays_failed(stream, error);
    stream->seal_sequence++;
    pb_wire_commit(wire, PB_WIRE_SEALED, sealed_size);
    show(stream, true, sealed, sealed_size, stream->plain_out, size + 1);
    return PB_OK;
}

int pb_stream_unseal(struct pb_stream *stream, const uint8_t *sealed, size_t sealed_size, uint8_t *kind,
                     const uint8_t **body, size_t *size, struct pb_error *error)
{
    struct pb_session *session = stream->session;
    if (stream->failed.status != PB_OK)
        return stays_failed(stream, error);
    size_t room = sealed_size < PB_MESSAGE_MAX ? sealed_size : PB_MESSAGE_MAX, plain_size = room;
    if (!lend(&stream->plain_in, &stream->plain_in_room, room))
        return pb_status_fail(error, PB_SYSTEM, "no memory for a message of %zu bytes", room);

    set_guard(stream->plain_in + room);
    session->reason[0] = 0;
    pb_progress_enter(session->progress, PB_VERB_open);
    int result = session->party->cipher->open(stream->memory, stream->open_sequence, stream->plain_in, &plain_size, sealed,
                                              sealed_size);
    pb_progress_leave(session->progress);
    if (!guard_stands(stream->plain_in + room))
        result = broken(stream, PB_VERB_open, &stream->failed, "wrote past the %zu bytes that it was given", room);
    else if (result == PB_REFUSED)
        pb_status_fail(&stream->failed, PB_REFUSED, "message %llu of stream %u does not open: %s",
                       (unsigned long long)stream->open_sequence, stream->number,
                       session->reason[0] ? session->reason : "the cipher refused it");
    else
        result = judge(stream, PB_VERB_open, result, &stream->failed);
    if (result == PB_OK && plain_size > room)
        result = broken(stream, PB_VERB_open, &stream->failed, "says that it wrote %zu bytes where %zu fit", plain_size, room);
    if (result == PB_OK && plain_size == 0)
        result = pb_status_fail(&stream->failed, PB_PROTOCOL, "message %llu of stream %u is empty: it has no kind",
                                (unsigned long long)stream->open_sequence, stream->number);
    show(stream, false, sealed, sealed_size, result == PB_OK ? stream->plain_in : NULL, plain_size);
    if (result != PB_OK)
        return stays_failed(stream, error);
    stream->open_sequence++;
    *kind = stream->plain_in[0];
    *body = stream->plain_in + 1;
    *size = plain_size - 1;
    return PB_OK;
}

void pb_stream_idle(struct pb_stream *stream)
{
    take_back(&stream->plain_out, &stream->plain_out_room);
    take_back(&stream->plain_in, &stream->plain_in_room);
}

bool pb_stream_explain(const struct pb_stream *stream, char *line, size_t size)
{
    const struct pb_cipher *cipher = stream->session->party->cipher;
    if (!cipher->explain || !stream->started || size == 0)
        return false;
    char text[512] = "";
    pb_progress_enter(stream->session->progress, PB_VERB_explain);
    cipher->explain(stream->memory, text, sizeof text);
    pb_progress_leave(stream->session->progress);
    pb_status_printable(line, size, text, strnlen(text, sizeof text));
    return true;
}

void pb_stream_close(struct pb_stream *stream)
{
    if (stream->memory) {
        struct pb_session *session = stream->session;
        if (stream->touched && session->party->cipher->stop) {
            pb_progress_enter(session->progress, PB_VERB_stop);
            session->party->cipher->stop(stream->memory);
            pb_progress_leave(session->progress);
        }
        explicit_bzero(stream->memory, session->party->cipher->session_size);
        free(stream->memory);
        if (session->parent == stream)
            session->parent = NULL;
    }
    pb_stream_idle(stream);
    memset(stream, 0, sizeof *stream);
}
