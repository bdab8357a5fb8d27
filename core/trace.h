/* What --trace shows and --record keeps: one line a frame. The formats are fixed in PROTOCOL.md,
 * "Trace and record". */
#ifndef PLUGBOARD_TRACE_H
#define PLUGBOARD_TRACE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PB_TRACE_BYTES                                                                             \
    4096 /* --trace shows at most so many bytes of a body and of a message, --record all */

enum pb_trace_mode { PB_TRACE_OFF, PB_TRACE_WIRE, PB_TRACE_BOTH };

/* One frame as it went by. */
struct pb_trace_frame {
    uint64_t session;
    bool sent;      /* by us; otherwise received */
    bool by_client; /* which side sent it */
    uint32_t stream;
    uint8_t type;        /* enum pb_wire_type */
    const uint8_t *body; /* as on the wire, without the header */
    size_t body_size;
    const uint8_t
        *plain; /* kind byte and message; NULL when the frame is not sealed, or did not open */
    size_t plain_size;
};

struct pb_trace {
    enum pb_trace_mode mode;
    int trace_fd;     /* where --trace goes; -1: nowhere */
    int record_fd;    /* where --record goes; -1: nowhere */
    uint64_t session; /* for frames that go by before the session has a party: HELLO and REFUSE of a
                         server */
    void (*draw)(void *context,
                 const struct pb_trace_frame
                     *frame); /* called for each frame if not NULL: `try` draws with it */
    void *context;
};

void pb_trace_init(struct pb_trace *trace); /* nothing is shown, nothing kept */

/* Opens (creates, 0600; appends) the file of --record. */
int pb_trace_record(struct pb_trace *trace, const char *file, struct pb_error *error) PB_CHECKED;

/* Shows and keeps one frame; one write(2) a line. trace may be NULL. */
void pb_trace_show(struct pb_trace *trace, const struct pb_trace_frame *frame);

/* Closes the record; trace_fd is the caller's (standard error). */
void pb_trace_close(struct pb_trace *trace);

#endif
