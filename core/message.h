/* The bodies: HELLO and WELCOME in clear, and the messages inside sealed frames. Only layout: bytes to
 * fields and back. PROTOCOL.md, "Bodies" and "Messages". */
#ifndef PLUGBOARD_MESSAGE_H
#define PLUGBOARD_MESSAGE_H

#include "status.h"

#include <plugboard/cipher.h>

#define PB_SERVICE_MAX 31
#define PB_PEER_NAME_MAX 64
#define PB_TICKET_SIZE 16
#define PB_HOST_MAX 255
#define PB_SENTENCE_MAX 200

/* The first byte of every message. 128 to 255 are ignored when unknown, others are an error. */
enum pb_kind { PB_SWITCH = 1, PB_JOIN = 2, PB_DATA = 3, PB_END = 4, PB_ABORT = 5, PB_OFFER = 6, PB_KIND_IGNORABLE = 128 };

/* Why a REFUSE or an ABORT. X(name, number on the wire, sentence when there is no better one) */
#define PB_REFUSAL_TABLE(X)                                                     \
    X(NOT_ALLOWED, 1, "this key is not in the list of allowed keys")            \
    X(NO_CIPHER, 2, "this server does not offer that cipher")                   \
    X(NO_SERVICE, 3, "this server offers another service")                      \
    X(FORMAT, 4, "the two sides have different versions of this cipher")        \
    X(OWN_KEY, 5, "that is the server's own key")                               \
    X(BAD_KEY, 6, "the public key is not good")                                 \
    X(MALFORMED, 7, "that frame is not as the protocol says")                   \
    X(BUSY, 8, "too many sessions, try again later")                            \
    X(NO_PORT, 9, "no free port for the conversation")                          \
    X(FAILED, 10, "the server could not start this cipher")                     \
    X(TOO_SLOW, 11, "that took too long")                                       \
    X(STOPPING, 12, "the server is stopping")                                   \
    X(CANCELLED, 13, "given up on purpose")                                     \
    X(NOT_CONFIRMED, 14, "the other side saw another handshake than this one")

enum pb_refusal {
#define X(name, number, text) PB_REFUSAL_##name = number,
    PB_REFUSAL_TABLE(X)
#undef X
};

/* The sentence of the table; "refused" for an unknown number. */
const char *pb_message_refusal(unsigned code);

/* HELLO and WELCOME. All text is NUL-terminated and checked when it comes from pb_message_read_hello. */
struct pb_hello {
    uint8_t random[32];
    char cipher[PB_NAME_MAX + 1];
    uint16_t format;
    char service[PB_SERVICE_MAX + 1];
    char name[PB_PEER_NAME_MAX + 1]; /* printable UTF-8 without control characters; never trusted */
    const uint8_t *greeting;         /* lent: points into the body */
    size_t greeting_size;
    char public_key[PB_KEY_MAX + 1]; /* last: what is not used of it is not touched */
};

/* Writes a body; room at least PB_WIRE_HELLO_MAX. Returns its size. */
size_t pb_message_write_hello(const struct pb_hello *hello, uint8_t *body);
/* PB_PROTOCOL, with what is wrong, unless every byte is as it should be. Unknown extensions are skipped. */
int pb_message_read_hello(struct pb_hello *hello, const uint8_t *body, size_t size, struct pb_error *error) PB_CHECKED;

/* SWITCH and OFFER: where the next stream goes. */
struct pb_place {
    uint32_t stream;               /* OFFER only */
    uint16_t port;                 /* 0 (SWITCH only): stay on this connection */
    uint8_t ticket[PB_TICKET_SIZE];
    const uint8_t *hello;          /* SWITCH only: the HELLO body as the server received it */
    size_t hello_size;
    char host[PB_HOST_MAX + 1];    /* empty: the address already connected to */
};

size_t pb_message_switch_size(const struct pb_place *place);
void pb_message_write_switch(const struct pb_place *place, uint8_t *body);
int pb_message_read_switch(struct pb_place *place, const uint8_t *body, size_t size, struct pb_error *error) PB_CHECKED;

size_t pb_message_offer_size(const struct pb_place *place);
void pb_message_write_offer(const struct pb_place *place, uint8_t *body);
int pb_message_read_offer(struct pb_place *place, const uint8_t *body, size_t size, struct pb_error *error) PB_CHECKED;

/* JOIN: the ticket, and in stream 1 the WELCOME body as the client received it. */
struct pb_join {
    uint8_t ticket[PB_TICKET_SIZE];
    const uint8_t *welcome;
    size_t welcome_size;
};

size_t pb_message_join_size(const struct pb_join *join);
void pb_message_write_join(const struct pb_join *join, uint8_t *body);
int pb_message_read_join(struct pb_join *join, const uint8_t *body, size_t size, struct pb_error *error) PB_CHECKED;

/* REFUSE (in clear) and ABORT (sealed) have one layout: code, sentence. */
struct pb_refusal_text {
    uint16_t code;
    char sentence[PB_SENTENCE_MAX + 1]; /* printable ASCII; what was not, is '?' */
};

size_t pb_message_write_refusal(unsigned code, const char *sentence, uint8_t *body); /* room: 202; NULL sentence: the table's */
int pb_message_read_refusal(struct pb_refusal_text *refusal, const uint8_t *body, size_t size, struct pb_error *error) PB_CHECKED;

#endif
