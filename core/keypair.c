/* Key pairs: made by the plugin, checked by us. */
#include "keypair.h"

#include <stdlib.h>
#include <string.h>

bool pb_keypair_printable(const char *text, size_t size)
{
    if (size == 0 || size > PB_KEY_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

/* What keygen wrote must be a key: the plugin may have forgotten the NUL, or written a newline. */
static int check_text(const struct pb_cipher *cipher, const char *which, const char *text, struct pb_error *error)
{
    size_t size = strnlen(text, PB_KEY_MAX + 1);
    if (pb_keypair_printable(text, size))
        return PB_OK;
    return pb_status_fail(error, PB_BROKEN,
                          "the cipher %s is broken: keygen wrote a %s key that is not 1 to %d printable ASCII characters",
                          cipher->name, which, PB_KEY_MAX);
}

int pb_keypair_make(const struct pb_cipher *cipher, struct pb_random *random, const char *const *options,
                      char *public_key, char *private_key, struct pb_progress *progress, struct pb_error *error)
{
    struct pb_party party = {.cipher = cipher, .random = *random, .progress = progress};
    struct pb_session session = {0};
    pb_session_open(&session, &party);
    memset(public_key, 0, PB_KEY_MAX + 1);
    memset(private_key, 0, PB_KEY_MAX + 1);
    pb_progress_enter(session.progress, PB_VERB_keygen);
    int result = cipher->keygen(&session.host, options, public_key, private_key);
    pb_progress_leave(session.progress);
    *random = session.random;

    const char *reason = session.reason[0] ? session.reason : "it gave no reason";
    if (result == PB_OK)
        result = check_text(cipher, "public", public_key, error);
    else if (result == PB_REFUSED)
        pb_status_fail(error, result, "%s makes no such key pair: %s", cipher->name, reason);
    else
        result = pb_status_fail(error, PB_BROKEN, "the cipher %s is broken: in keygen it gave up (%d): %s", cipher->name,
                                result, reason);
    if (result == PB_OK)
        result = check_text(cipher, "private", private_key, error);
    pb_session_close(&session);
    return result;
}

/* One end of the conversation that a pair has with itself. */
struct end {
    struct pb_party party;
    struct pb_session session;
    struct pb_stream stream;
    uint8_t greeting[PB_GREETING_MAX];
    size_t greeting_size;
};

static int open_end(struct end *end, enum pb_role role, const struct pb_cipher *cipher, const char *public_key,
                    const char *private_key, struct pb_progress *progress, struct pb_error *error)
{
    end->party = (struct pb_party){.role = role, .cipher = cipher, .own_public = public_key, .own_private = private_key,
                                   .progress = progress};
    pb_session_open(&end->session, &end->party);
    return pb_stream_open(&end->stream, &end->session, 0, error);
}

static int meet_end(struct end *end, const struct end *peer, const char *public_key, struct pb_error *error)
{
    struct pb_session *session = &end->session;
    session->peer_public = strdup(public_key);
    session->hello = calloc(1, 1); /* a transcript of one byte will do */
    session->welcome = calloc(1, 1);
    session->hello_size = session->welcome_size = 1;
    if (!session->peer_public || !session->hello || !session->welcome)
        return pb_status_fail(error, PB_SYSTEM, "no memory to check a key pair");
    if (!peer || peer->greeting_size == 0)
        return PB_OK;
    session->greeting = malloc(peer->greeting_size);
    if (!session->greeting)
        return pb_status_fail(error, PB_SYSTEM, "no memory to check a key pair");
    memcpy(session->greeting, peer->greeting, peer->greeting_size);
    session->greeting_size = peer->greeting_size;
    return PB_OK;
}

/* One message from one end to the other must arrive as it was. */
static int send_one(struct end *from, struct end *to, struct pb_error *error)
{
    static const char text[] = "Plugboard";
    struct pb_wire wire = {.limit[PB_WIRE_SEALED] = to->stream.sealed_limit};
    uint8_t *room = pb_stream_room(&from->stream, sizeof text), kind = 0;
    const uint8_t *frame, *body = NULL;
    size_t size = 0;
    int result;
    if (!room)
        return pb_status_fail(error, PB_SYSTEM, "no memory to check a key pair");
    memcpy(room, text, sizeof text);
    if ((result = pb_stream_seal(&from->stream, &wire, 3, sizeof text, error)) != PB_OK)
        goto out;
    frame = pb_wire_output(&wire, &size);
    result = pb_stream_unseal(&to->stream, frame + PB_WIRE_HEADER, size - PB_WIRE_HEADER, &kind, &body, &size, error);
    if (result == PB_OK && (kind != 3 || size != sizeof text || memcmp(body, text, size) != 0))
        result = pb_status_fail(error, PB_REFUSED, "the private key does not undo what the public key does");
out:
    pb_wire_free(&wire);
    return result;
}

int pb_keypair_check(const struct pb_cipher *cipher, const char *public_key, const char *private_key,
                          struct pb_progress *progress, struct pb_error *error)
{
    struct end *client = calloc(1, sizeof *client), *server = calloc(1, sizeof *server);
    int result = PB_SYSTEM;
    if (!client || !server) {
        pb_status_fail(error, PB_SYSTEM, "no memory to check a key pair");
        goto out;
    }
    if ((result = open_end(client, PB_CLIENT, cipher, public_key, private_key, progress, error)) != PB_OK ||
        (result = open_end(server, PB_SERVER, cipher, public_key, private_key, progress, error)) != PB_OK ||
        (result = pb_stream_greet(&client->stream, client->greeting, &client->greeting_size, error)) != PB_OK ||
        (result = meet_end(server, client, public_key, error)) != PB_OK ||
        (result = pb_stream_greet(&server->stream, server->greeting, &server->greeting_size, error)) != PB_OK ||
        (result = meet_end(client, server, public_key, error)) != PB_OK ||
        (result = pb_stream_start(&server->stream, error)) != PB_OK ||
        (result = pb_stream_start(&client->stream, error)) != PB_OK ||
        (result = send_one(client, server, error)) != PB_OK)
        goto out;
    result = send_one(server, client, error);
out:
    for (struct end **end = (struct end *[]){client, server, NULL}; *end; end++) {
        if ((*end)->session.party) {
            pb_stream_close(&(*end)->stream);
            pb_session_close(&(*end)->session);
        }
    }
    free(client);
    free(server);
    return result;
}
