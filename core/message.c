/* Bytes to fields and back; every byte that comes from outside is judged here, once. */
#include "message.h"

#include "cursor.h"

#include <stdbool.h>

/* ---- what a text field may hold ---- */

/* A cipher's or a service's name: what may later become part of a path is nothing but this. */
static bool is_name(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool good = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') || text[i] == '_' || text[i] == '-';
        if (!good)
            return false;
    }
    return size > 0;
}

/* What a terminal may be shown as it is. */
static bool is_harmless(const uint8_t *text, size_t size)
{
    char safe[PB_PEER_NAME_MAX + 1];
    return pb_status_printable(safe, sizeof safe, text, size) == size && memcmp(safe, text, size) == 0;
}

static bool is_between(const uint8_t *text, size_t size, uint8_t low, uint8_t high)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < low || text[i] > high)
            return false;
    return true;
}

static bool is_key(const uint8_t *text, size_t size)
{
    return size > 0 && is_between(text, size, 0x20, 0x7e);
}

/* A host name or a numeric address: no spaces; empty is fine. */
static bool is_host(const uint8_t *text, size_t size)
{
    return is_between(text, size, 0x21, 0x7e);
}

/* Takes a counted text into field, which has room for room - 1 bytes and the NUL. */
static void take_text(struct pb_cursor *cursor, size_t length_bytes, char *field, size_t room,
                      bool (*good)(const uint8_t *text, size_t size), const char *what)
{
    size_t size;
    const uint8_t *text = pb_cursor_counted(cursor, length_bytes, &size, what);
    field[0] = 0;
    if (!text)
        return;
    if (size >= room) {
        pb_cursor_fail(cursor, what, "is too long");
    } else if (!good(text, size)) {
        pb_cursor_fail(cursor, what, size ? "has bytes in it that it must not have" : "is missing");
    } else {
        memcpy(field, text, size);
        field[size] = 0;
    }
}

/* ---- HELLO and WELCOME ---- */

size_t pb_message_write_hello(const struct pb_hello *hello, uint8_t *body)
{
    uint8_t *to = pb_cursor_put(body, hello->random, sizeof hello->random);
    to = pb_cursor_put_counted(to, 1, hello->cipher, strlen(hello->cipher));
    to = pb_cursor_put_number(to, 2, hello->format);
    to = pb_cursor_put_counted(to, 1, hello->service, strlen(hello->service));
    to = pb_cursor_put_counted(to, 1, hello->name, strlen(hello->name));
    to = pb_cursor_put_counted(to, 2, hello->public_key, strlen(hello->public_key));
    to = pb_cursor_put_counted(to, 2, hello->greeting, hello->greeting_size);
    to = pb_cursor_put_number(to, 2, 0); /* no extensions yet */
    return (size_t)(to - body);
}

/* Extensions are how later versions say more; this one knows none, but skips only what is well-formed. */
static void skip_extensions(struct pb_cursor *cursor)
{
    size_t size;
    const uint8_t *extensions = pb_cursor_counted(cursor, 2, &size, "list of extensions");
    if (!extensions)
        return;
    struct pb_cursor inside = pb_cursor_over(extensions, size, cursor->body, cursor->error);
    while (inside.left) {
        size_t value_size;
        pb_cursor_number(&inside, 2, "type of an extension");
        pb_cursor_counted(&inside, 2, &value_size, "value of an extension");
    }
    if (inside.status != PB_OK)
        cursor->status = inside.status;
}

int pb_message_read_hello(struct pb_hello *hello, const uint8_t *body, size_t size, struct pb_error *error)
{
    /* Not all of the struct, which is mostly room for a key: memory that is never touched costs a session nothing. */
    memset(hello->random, 0, sizeof hello->random);
    hello->cipher[0] = hello->service[0] = hello->name[0] = hello->public_key[0] = 0;
    struct pb_cursor cursor = pb_cursor_over(body, size, "HELLO or WELCOME", error);
    const uint8_t *random = pb_cursor_take(&cursor, sizeof hello->random, "random value");
    if (random)
        memcpy(hello->random, random, sizeof hello->random);
    take_text(&cursor, 1, hello->cipher, sizeof hello->cipher, is_name, "cipher's name");
    hello->format = (uint16_t)pb_cursor_number(&cursor, 2, "format");
    if (!hello->format)
        pb_cursor_fail(&cursor, "format", "is 0, which no cipher has");
    take_text(&cursor, 1, hello->service, sizeof hello->service, is_name, "service");
    take_text(&cursor, 1, hello->name, sizeof hello->name, is_harmless, "name");
    take_text(&cursor, 2, hello->public_key, sizeof hello->public_key, is_key, "public key");
    hello->greeting = pb_cursor_counted(&cursor, 2, &hello->greeting_size, "greeting");
    if (hello->greeting_size > PB_GREETING_MAX)
        pb_cursor_fail(&cursor, "greeting", "is too long");
    if (!hello->greeting_size)
        hello->greeting = NULL;
    skip_extensions(&cursor);
    return pb_cursor_finish(&cursor);
}

/* ---- SWITCH and OFFER ---- */

static void take_ticket(struct pb_cursor *cursor, uint8_t *ticket)
{
    const uint8_t *bytes = pb_cursor_take(cursor, PB_TICKET_SIZE, "ticket");
    if (bytes)
        memcpy(ticket, bytes, PB_TICKET_SIZE);
}

size_t pb_message_switch_size(const struct pb_place *place)
{
    return 2 + PB_TICKET_SIZE + 2 + place->hello_size + 1 + strlen(place->host);
}

void pb_message_write_switch(const struct pb_place *place, uint8_t *body)
{
    uint8_t *to = pb_cursor_put_number(body, 2, place->port);
    to = pb_cursor_put(to, place->ticket, PB_TICKET_SIZE);
    to = pb_cursor_put_counted(to, 2, place->hello, place->hello_size);
    pb_cursor_put_counted(to, 1, place->host, strlen(place->host));
}

int pb_message_read_switch(struct pb_place *place, const uint8_t *body, size_t size, struct pb_error *error)
{
    memset(place, 0, sizeof *place);
    struct pb_cursor cursor = pb_cursor_over(body, size, "SWITCH", error);
    place->port = (uint16_t)pb_cursor_number(&cursor, 2, "port");
    take_ticket(&cursor, place->ticket);
    place->hello = pb_cursor_counted(&cursor, 2, &place->hello_size, "copy of HELLO");
    take_text(&cursor, 1, place->host, sizeof place->host, is_host, "host");
    return pb_cursor_finish(&cursor);
}

size_t pb_message_offer_size(const struct pb_place *place)
{
    return 4 + 2 + PB_TICKET_SIZE + 1 + strlen(place->host);
}

void pb_message_write_offer(const struct pb_place *place, uint8_t *body)
{
    uint8_t *to = pb_cursor_put_number(body, 4, place->stream);
    to = pb_cursor_put_number(to, 2, place->port);
    to = pb_cursor_put(to, place->ticket, PB_TICKET_SIZE);
    pb_cursor_put_counted(to, 1, place->host, strlen(place->host));
}

int pb_message_read_offer(struct pb_place *place, const uint8_t *body, size_t size, struct pb_error *error)
{
    memset(place, 0, sizeof *place);
    struct pb_cursor cursor = pb_cursor_over(body, size, "OFFER", error);
    place->stream = pb_cursor_number(&cursor, 4, "stream");
    if (place->stream < 2)
        pb_cursor_fail(&cursor, "stream", "is not a further one (2 or more)");
    place->port = (uint16_t)pb_cursor_number(&cursor, 2, "port");
    if (!place->port)
        pb_cursor_fail(&cursor, "port", "is 0: a further stream has a connection of its own");
    take_ticket(&cursor, place->ticket);
    take_text(&cursor, 1, place->host, sizeof place->host, is_host, "host");
    return pb_cursor_finish(&cursor);
}

/* ---- JOIN ---- */

size_t pb_message_join_size(const struct pb_join *join)
{
    return PB_TICKET_SIZE + 2 + join->welcome_size;
}

void pb_message_write_join(const struct pb_join *join, uint8_t *body)
{
    uint8_t *to = pb_cursor_put(body, join->ticket, PB_TICKET_SIZE);
    pb_cursor_put_counted(to, 2, join->welcome, join->welcome_size);
}

int pb_message_read_join(struct pb_join *join, const uint8_t *body, size_t size, struct pb_error *error)
{
    memset(join, 0, sizeof *join);
    struct pb_cursor cursor = pb_cursor_over(body, size, "JOIN", error);
    take_ticket(&cursor, join->ticket);
    join->welcome = pb_cursor_counted(&cursor, 2, &join->welcome_size, "copy of WELCOME");
    return pb_cursor_finish(&cursor);
}

/* ---- REFUSE and ABORT ---- */

static const struct {
    unsigned code;
    const char *sentence;
} refusals[] = {
#define X(name, number, text) {number, text},
    PB_REFUSAL_TABLE(X)
#undef X
};

const char *pb_message_refusal(unsigned code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].code == code)
            return refusals[i].sentence;
    return "refused";
}

/* Copies a sentence; what is not printable ASCII becomes '?', so that neither side can act on the other's terminal. */
static void copy_sentence(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = ((const uint8_t *)from)[i];
        ((uint8_t *)to)[i] = byte >= 0x20 && byte <= 0x7e ? byte : '?';
    }
}

size_t pb_message_write_refusal(unsigned code, const char *sentence, uint8_t *body)
{
    if (!sentence)
        sentence = pb_message_refusal(code);
    size_t size = strnlen(sentence, PB_SENTENCE_MAX);
    copy_sentence(pb_cursor_put_number(body, 2, code), sentence, size);
    return 2 + size;
}

int pb_message_read_refusal(struct pb_refusal_text *refusal, const uint8_t *body, size_t size, struct pb_error *error)
{
    memset(refusal, 0, sizeof *refusal);
    struct pb_cursor cursor = pb_cursor_over(body, size, "REFUSE or ABORT", error);
    refusal->code = (uint16_t)pb_cursor_number(&cursor, 2, "code");
    if (cursor.left > PB_SENTENCE_MAX)
        pb_cursor_fail(&cursor, "sentence", "is too long");
    size_t sentence_size = cursor.left;
    const uint8_t *sentence = pb_cursor_take(&cursor, sentence_size, "sentence");
    if (sentence)
        copy_sentence(refusal->sentence, sentence, sentence_size);
    return pb_cursor_finish(&cursor);
}
