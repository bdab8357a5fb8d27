/* Walking through a body byte by byte without pointer arithmetic elsewhere: a reader that cannot leave its body, and a
 * writer that puts fields one behind the other. All integers are big-endian. Inline: there is nothing to hide. */
#ifndef PLUGBOARD_CURSOR_H
#define PLUGBOARD_CURSOR_H

#include "status.h"

#include <stdint.h>
#include <string.h>

/* The first failure is sticky: from then on every take yields 0 or NULL, so that a reader takes all its
 * fields in a row and looks at `status` once. */
struct pb_cursor {
    const uint8_t *at;
    size_t left;
    const char *body; /* "HELLO": for the sentence */
    int status;       /* PB_OK or PB_PROTOCOL */
    struct pb_error *error;
};

static inline struct pb_cursor pb_cursor_over(const uint8_t *body, size_t size, const char *name, struct pb_error *error)
{
    return (struct pb_cursor){.at = body, .left = size, .body = name, .status = PB_OK, .error = error};
}

/* "HELLO: the service is cut off". The first one stays. */
static inline void pb_cursor_fail(struct pb_cursor *cursor, const char *what, const char *wrong)
{
    if (cursor->status == PB_OK)
        cursor->status = pb_status_fail(cursor->error, PB_PROTOCOL, "%s: the %s %s", cursor->body, what, wrong);
    cursor->left = 0;
}

/* The next size bytes, lent from the body; NULL if they are not there. */
static inline const uint8_t *pb_cursor_take(struct pb_cursor *cursor, size_t size, const char *what)
{
    if (cursor->status != PB_OK || size > cursor->left) {
        pb_cursor_fail(cursor, what, "is cut off");
        return NULL;
    }
    const uint8_t *taken = cursor->at;
    cursor->at += size;
    cursor->left -= size;
    return taken;
}

static inline uint32_t pb_cursor_number(struct pb_cursor *cursor, size_t bytes, const char *what)
{
    const uint8_t *taken = pb_cursor_take(cursor, bytes, what);
    uint32_t number = 0;
    for (size_t i = 0; taken && i < bytes; i++)
        number = number << 8 | taken[i];
    return number;
}

/* A length of `bytes` bytes and as many bytes behind it; *size is 0 where NULL is returned. */
static inline const uint8_t *pb_cursor_counted(struct pb_cursor *cursor, size_t bytes, size_t *size, const char *what)
{
    *size = pb_cursor_number(cursor, bytes, what);
    const uint8_t *taken = pb_cursor_take(cursor, *size, what);
    if (!taken)
        *size = 0;
    return taken;
}

/* Everything must have been taken. Returns the status of it all. */
static inline int pb_cursor_finish(struct pb_cursor *cursor)
{
    if (cursor->status == PB_OK && cursor->left)
        cursor->status = pb_status_fail(cursor->error, PB_PROTOCOL, "%s: %zu bytes too many at its end", cursor->body, cursor->left);
    return cursor->status;
}

/* ---- writing: each puts one field and returns where the next one goes; the caller has made the room ---- */

static inline uint8_t *pb_cursor_put(uint8_t *to, const void *bytes, size_t size)
{
    if (size)
        memcpy(to, bytes, size);
    return to + size;
}

static inline uint8_t *pb_cursor_put_number(uint8_t *to, size_t bytes, uint32_t number)
{
    for (size_t i = bytes; i-- > 0; number >>= 8)
        to[i] = (uint8_t)number;
    return to + bytes;
}

static inline uint8_t *pb_cursor_put_counted(uint8_t *to, size_t bytes, const void *data, size_t size)
{
    return pb_cursor_put(pb_cursor_put_number(to, bytes, (uint32_t)size), data, size);
}

#endif
