/* The frame parser, fed in pieces of every size. Whatever comes: no byte is lost, invented or read twice, no frame is
 * over its limit, and memory grows with what has arrived, not with what a header announces.
 * Input: byte 0 chooses the limits, byte 1 the size of the pieces, the rest is what the peer sends. */
#include "fuzz.h"
#include "wire.h"

#include <string.h>

static void take_frames(struct pb_wire *wire, const uint8_t *sent, size_t *taken, bool *dead)
{
    for (;;) {
        struct pb_error error = {0};
        const uint8_t *body;
        uint8_t type;
        size_t size;
        bool announced = pb_wire_has_frame(wire);
        int result = pb_wire_frame(wire, &type, &body, &size, &error);
        MUST(announced == (result != PB_AGAIN));
        if (result == PB_AGAIN)
            return;
        if (result != PB_OK) {
            MUST(result == PB_PROTOCOL && error.text[0]);
            *dead = true;
            return;
        }
        MUST(type < PB_WIRE_TYPES && size >= 1 && size <= wire->limit[type]);
        MUST(sent[*taken + 3] == type && memcmp(body, sent + *taken + PB_WIRE_HEADER, size) == 0);
        *taken += PB_WIRE_HEADER + size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct pb_wire wire = {0};
    for (int type = 1; type < PB_WIRE_TYPES; type++)
        if (data[0] & 1 << type)
            wire.limit[type] = data[0] & 1 ? PB_WIRE_HELLO_MAX : 16u << 20;
    size_t piece = data[1] ? data[1] : 4096, fed = 0, taken = 0;
    const uint8_t *sent = data + 2;
    bool dead = false;
    size -= 2;

    while (fed < size && !dead) {
        size_t room, wanted = size - fed < piece ? size - fed : piece;
        uint8_t *input = pb_wire_input(&wire, &room);
        MUST(input && room);
        MUST(wire.in_room <= 2 * (fed + 4096));
        if (wanted > room)
            wanted = room;
        memcpy(input, sent + fed, wanted);
        pb_wire_received(&wire, wanted);
        fed += wanted;
        take_frames(&wire, sent, &taken, &dead);
        MUST(taken <= fed);
        MUST(dead || pb_wire_is_partial(&wire) == (taken < fed));
        if (data[0] & 0x80)
            pb_wire_idle(&wire);
    }
    pb_wire_free(&wire);
    return 0;
}
