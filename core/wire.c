/* Frames in and out of two growing buffers. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, LARGE = 16384 };

void pb_wire_free(struct pb_wire *wire)
{
    free(wire->in);
    free(wire->out);
    memset(wire, 0, sizeof *wire);
}

/* ---- receiving ---- */

/* PB_OK and the length of the body if the header at in_start is one that is expected now. */
static int read_header(const struct pb_wire *wire, size_t *length, struct pb_error *error)
{
    size_t held = wire->in_end - wire->in_start;
    if (held < PB_WIRE_HEADER)
        return PB_AGAIN; /* also without a buffer */
    const uint8_t *header = wire->in + wire->in_start;
    if (header[0] != 'P' || header[1] != 'B')
        return pb_status_fail(error, PB_PROTOCOL,
                              "the other side does not speak Plugboard: a frame begins with %02x %02x instead of "
                              "50 42",
                              header[0], header[1]);
    uint8_t type = header[3];
    if (header[2] != PB_WIRE_VERSION && type != PB_WIRE_REFUSE) /* REFUSE is the same in every version */
        return pb_status_fail(error, PB_PROTOCOL, "the other side speaks version %u of the protocol, this program speaks %u",
                              header[2], PB_WIRE_VERSION);
    if (type == 0 || type >= PB_WIRE_TYPES)
        return pb_status_fail(error, PB_PROTOCOL, "a frame of unknown type %u", type);
    if (wire->limit[type] == 0)
        return pb_status_fail(error, PB_PROTOCOL, "a frame of type %u, which is not expected here", type);
    *length = (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
    if (*length == 0 || *length > wire->limit[type])
        return pb_status_fail(error, PB_PROTOCOL, "a frame of type %u announces %zu bytes: it must be 1 to %zu", type,
                              *length, wire->limit[type]);
    return PB_OK;
}

/* Makes the buffer hold `size` bytes from in_start on: moves what is there to the front, then grows. */
static bool make_room(struct pb_wire *wire, size_t size)
{
    if (wire->in_start > 0 && wire->in_start + size > wire->in_room) {
        memmove(wire->in, wire->in + wire->in_start, wire->in_end - wire->in_start);
        wire->in_end -= wire->in_start;
        wire->in_start = 0;
    }
    if (wire->in_start + size > wire->in_room) {
        uint8_t *grown = realloc(wire->in, size);
        if (!grown)
            return false;
        wire->in = grown;
        wire->in_room = size;
    }
    return true;
}

uint8_t *pb_wire_input(struct pb_wire *wire, size_t *size)
{
    *size = 0;
    if (wire->in_start == wire->in_end)
        wire->in_start = wire->in_end = 0;
    size_t held = wire->in_end - wire->in_start, length = 0;
    int header = read_header(wire, &length, NULL);
    bool known = header == PB_OK;
    if (!known && header != PB_AGAIN)
        return NULL; /* the frame that comes next is an error: nothing after it matters */
    size_t frame = known ? PB_WIRE_HEADER + length : 0;
    bool whole = known && held >= frame;
    if (whole && held >= frame + PB_WIRE_AHEAD)
        return NULL;

    /* Grow with what has arrived, at most double; never up to an announced length at once. */
    size_t target = held * 2 > CHUNK ? held * 2 : CHUNK;
    if (whole && target > frame + PB_WIRE_AHEAD)
        target = frame + PB_WIRE_AHEAD;
    if (known && !whole && frame > CHUNK && target > frame)
        target = frame;
    if (!make_room(wire, target))
        return NULL;

    size_t end = wire->in_room;
    if (known && !whole && frame >= LARGE && wire->in_start + frame < end)
        end = wire->in_start + frame; /* stop at the end of a large frame: nothing to move afterwards */
    *size = end - wire->in_end;
    return *size ? wire->in + wire->in_end : NULL;
}

void pb_wire_received(struct pb_wire *wire, size_t size)
{
    wire->in_end += size;
}

int pb_wire_frame(struct pb_wire *wire, uint8_t *type, const uint8_t **body, size_t *size, struct pb_error *error)
{
    size_t length = 0;
    int result = read_header(wire, &length, error);
    if (result != PB_OK)
        return result;
    if (wire->in_end - wire->in_start < PB_WIRE_HEADER + length)
        return PB_AGAIN;
    const uint8_t *frame = wire->in + wire->in_start;
    *type = frame[3];
    *body = frame + PB_WIRE_HEADER;
    *size = length;
    wire->in_start += PB_WIRE_HEADER + length;
    return PB_OK;
}

bool pb_wire_has_frame(const struct pb_wire *wire)
{
    size_t length = 0;
    int result = read_header(wire, &length, NULL);
    return result == PB_OK ? wire->in_end - wire->in_start >= PB_WIRE_HEADER + length : result != PB_AGAIN;
}

bool pb_wire_is_partial(const struct pb_wire *wire)
{
    return wire->in_end > wire->in_start && !pb_wire_has_frame(wire);
}

/* ---- sending ---- */

uint8_t *pb_wire_reserve(struct pb_wire *wire, size_t size)
{
    if (wire->out_start == wire->out_end)
        wire->out_start = wire->out_end = 0;
    size_t need = wire->out_end + PB_WIRE_HEADER + size + PB_WIRE_GUARD;
    if (need > wire->out_room) {
        uint8_t *grown = realloc(wire->out, need);
        if (!grown)
            return NULL;
        wire->out = grown;
        wire->out_room = need;
    }
    return wire->out + wire->out_end + PB_WIRE_HEADER;
}

void pb_wire_commit(struct pb_wire *wire, uint8_t type, size_t size)
{
    uint8_t *header = wire->out + wire->out_end;
    header[0] = 'P';
    header[1] = 'B';
    header[2] = PB_WIRE_VERSION;
    header[3] = type;
    header[4] = (uint8_t)(size >> 24);
    header[5] = (uint8_t)(size >> 16);
    header[6] = (uint8_t)(size >> 8);
    header[7] = (uint8_t)size;
    wire->out_end += PB_WIRE_HEADER + size;
}

const uint8_t *pb_wire_output(const struct pb_wire *wire, size_t *size)
{
    *size = wire->out_end - wire->out_start;
    return *size ? wire->out + wire->out_start : NULL;
}

void pb_wire_sent(struct pb_wire *wire, size_t size)
{
    wire->out_start += size;
}

void pb_wire_idle(struct pb_wire *wire)
{
    if (wire->in_start == wire->in_end) {
        free(wire->in);
        wire->in = NULL;
        wire->in_start = wire->in_end = wire->in_room = 0;
    }
    if (wire->out_start == wire->out_end) {
        free(wire->out);
        wire->out = NULL;
        wire->out_start = wire->out_end = wire->out_room = 0;
    }
}
