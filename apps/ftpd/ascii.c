/* TYPE A. memchr goes from line end to line end: most bytes are only copied. */
#include "ascii.h"

#include <string.h>

size_t ftp_ascii_send(char *out, const char *in, size_t size)
{
    char *to = out;
    const char *end = in + size;
    while (in < end) {
        const char *line_end = memchr(in, '\n', (size_t)(end - in));
        size_t length = (size_t)((line_end ? line_end : end) - in);
        memcpy(to, in, length);
        to += length;
        in += length;
        if (line_end) {
            *to++ = '\r';
            *to++ = *in++;
        }
    }
    return (size_t)(to - out);
}

size_t ftp_ascii_receive(struct ftp_ascii *state, char *out, const char *in, size_t size)
{
    char *to = out;
    const char *end = in + size;
    if (size && state->cr && *in != '\n')
        *to++ = '\r';
    if (size)
        state->cr = false;
    while (in < end) {
        const char *cr = memchr(in, '\r', (size_t)(end - in));
        size_t length = (size_t)((cr ? cr : end) - in);
        memcpy(to, in, length);
        to += length;
        in += length;
        if (!cr)
            break;
        in++;
        if (in == end)
            state->cr = true;
        else if (*in != '\n')
            *to++ = '\r';
    }
    return (size_t)(to - out);
}

size_t ftp_ascii_finish(struct ftp_ascii *state, char *out)
{
    bool cr = state->cr;
    state->cr = false;
    if (cr)
        *out = '\r';
    return cr;
}
