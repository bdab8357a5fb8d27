/* The client's end of the handshake: WELCOME or REFUSE from a stranger, then SWITCH, then the first messages of the conversation.
 * Input: what the server sends. */
#include "fuzz.h"
#include "identity.h"

static int listen_to(struct pb_handshake *handshake, struct pb_stream *conversation, unsigned *step, struct pb_error *error)
{
    int result;
    if (*step == 0) {
        if ((result = pb_handshake_hear_welcome(handshake, error)) != PB_OK)
            return result;
        MUST(strcmp(handshake->peer.cipher, "identity") == 0 && strcmp(handshake->peer.service, "talk") == 0);
        if ((result = pb_handshake_meet(handshake, error)) != PB_OK)
            return result;
        ++*step;
    }
    if (*step == 1) {
        if ((result = pb_handshake_hear_switch(handshake, error)) != PB_OK)
            return result;
        if ((result = pb_handshake_say_join(handshake, conversation, 1, &handshake->wire, &handshake->place, error)) != PB_OK)
            return result;
        ++*step;
    }
    for (;;) {
        const uint8_t *frame, *body;
        uint8_t type, kind;
        size_t size;
        struct pb_place place;
        struct pb_refusal_text text;
        if ((result = pb_wire_frame(&handshake->wire, &type, &frame, &size, error)) != PB_OK ||
            (result = pb_stream_unseal(conversation, frame, size, &kind, &body, &size, error)) != PB_OK)
            return result;
        MUST(size < PB_MESSAGE_MAX);
        if (kind == PB_OFFER && pb_message_read_offer(&place, body, size, NULL) == PB_OK)
            MUST(place.stream >= 2 && place.port > 0);
        if (kind == PB_ABORT && pb_message_read_refusal(&text, body, size, NULL) == PB_OK)
            MUST(strlen(text.sentence) <= PB_SENTENCE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pb_handshake handshake;
    struct pb_party party = identity_party(PB_CLIENT);
    struct pb_stream conversation = {0};
    struct pb_error error = {0};
    unsigned step = 0;
    int result = PB_AGAIN;
    pb_handshake_init(&handshake, &party);
    MUST(pb_handshake_say_hello(&handshake, &error) == PB_OK);
    for (size_t at = 0, fed; at < size && result == PB_AGAIN; at += fed) {
        if (!(fed = feed(&handshake.wire, data + at, size - at)))
            break;
        result = listen_to(&handshake, &conversation, &step, &error);
    }
    MUST(result == PB_AGAIN || (result == error.status && error.text[0]));
    pb_stream_close(&conversation);
    pb_handshake_free(&handshake);
    return 0;
}
