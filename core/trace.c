/* One line a frame, one write(2) a line: --trace for people, --record for whoever plays the
 * eavesdropper. */
#include "trace.h"

#include "message.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MAX 128 /* all of a line but its bytes */

static const char record_header[] = "direction stream type hex session\n";

void pb_trace_init(struct pb_trace *trace)
{
    *trace = (struct pb_trace){.mode = PB_TRACE_OFF, .trace_fd = -1, .record_fd = -1};
}

/* Short writes happen on pipes and full disks; a descriptor shared with a shell may be
 * non-blocking. */
static int write_whole(int fd, const char *line, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, line, size);
        if (wrote < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (wrote < 0 && errno != EINTR)
            return -1;
        if (wrote > 0) {
            line += wrote;
            size -= (size_t)wrote;
        }
    }
    return 0;
}

int pb_trace_record(struct pb_trace *trace, const char *file, struct pb_error *error)
{
    struct stat status;
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return pb_status_fail(error, PB_FILE, "the record %s cannot be opened: %s", file,
                              strerror(errno));
    bool fresh = fstat(fd, &status) == 0 && status.st_size == 0;
    if (fresh && write_whole(fd, record_header, strlen(record_header)) < 0) {
        int reason = errno;
        close(fd);
        return pb_status_fail(error, PB_FILE, "the record %s cannot be written: %s", file,
                              strerror(reason));
    }
    trace->record_fd = fd;
    return PB_OK;
}

/* ---- words ---- */

static void type_word(char *word, size_t size, uint8_t type)
{
    static const char *const words[PB_WIRE_TYPES] = {
        [PB_WIRE_HELLO] = "HELLO",
        [PB_WIRE_WELCOME] = "WELCOME",
        [PB_WIRE_REFUSE] = "REFUSE",
        [PB_WIRE_SEALED] = "SEALED",
    };
    if (type < PB_WIRE_TYPES && words[type])
        snprintf(word, size, "%s", words[type]);
    else
        snprintf(word, size, "TYPE%u", type);
}

static void kind_word(char *word, size_t size, uint8_t kind)
{
    static const char *const words[] = {
        [PB_SWITCH] = "SWITCH", [PB_JOIN] = "JOIN",   [PB_DATA] = "DATA",
        [PB_END] = "END",       [PB_ABORT] = "ABORT", [PB_OFFER] = "OFFER",
    };
    if (kind < sizeof words / sizeof *words && words[kind])
        snprintf(word, size, "%s", words[kind]);
    else
        snprintf(word, size, "KIND%u", kind);
}

/* ---- bytes ---- */

/* Two digits a byte, with `between` (0: nothing) from one byte to the next. */
static char *put_hex(char *at, const uint8_t *bytes, size_t size, char between)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && between)
            *at++ = between;
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

/* Printable ASCII as it is, all else (and the quote and the backslash) as \xNN: exact, and harmless
 * on a terminal. */
static char *put_text(char *at, const uint8_t *bytes, size_t size)
{
    *at++ = '"';
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e && bytes[i] != '"' && bytes[i] != '\\') {
            *at++ = (char)bytes[i];
        } else {
            *at++ = '\\';
            *at++ = 'x';
            at = put_hex(at, bytes + i, 1, 0);
        }
    }
    *at++ = '"';
    return at;
}

static char *put_rest(char *at, size_t size)
{
    return size > PB_TRACE_BYTES ? at + sprintf(at, "..+%zu", size - PB_TRACE_BYTES) : at;
}

static size_t shown(size_t size)
{
    return size < PB_TRACE_BYTES ? size : PB_TRACE_BYTES;
}

/* ---- lines ---- */

/* #3 > stream 1 SEALED 6  7a 1f 0b 44 90 3e  | DATA 5 "hello" */
static void show_line(const struct pb_trace *trace, const struct pb_trace_frame *frame)
{
    char word[16], line[2 * HEAD_MAX + 3 * PB_TRACE_BYTES + 4 * PB_TRACE_BYTES], *at = line;
    type_word(word, sizeof word, frame->type);
    at += sprintf(at, "#%" PRIu64 " %c stream %" PRIu32 " %s %zu  ", frame->session,
                  frame->sent ? '>' : '<', frame->stream, word, frame->body_size);
    at = put_hex(at, frame->body, shown(frame->body_size), ' ');
    at = put_rest(at, frame->body_size);
    if (trace->mode == PB_TRACE_BOTH && frame->type == PB_WIRE_SEALED) {
        at += sprintf(at, "  | ");
        if (frame->plain && frame->plain_size > 0) {
            size_t size = frame->plain_size - 1;
            kind_word(word, sizeof word, frame->plain[0]);
            at += sprintf(at, "%s %zu ", word, size);
            at = put_text(at, frame->plain + 1, shown(size));
            at = put_rest(at, size);
        } else {
            *at++ = '-';
        }
    }
    *at++ = '\n';
    /* Nobody reads any more: the conversation matters more than its trace. */
    (void)!write_whole(trace->trace_fd, line, (size_t)(at - line));
}

/* c>s 1 SEALED 7a1f0b44903e 3 */
static void record_line(struct pb_trace *trace, const struct pb_trace_frame *frame)
{
    char word[16], *line = malloc(HEAD_MAX + 2 * frame->body_size), *at = line;
    errno = ENOMEM;
    if (line) {
        type_word(word, sizeof word, frame->type);
        at += sprintf(at, "%s %" PRIu32 " %s ", frame->by_client ? "c>s" : "s>c", frame->stream,
                      word);
        at = put_hex(at, frame->body, frame->body_size, 0);
        if (frame->body_size == 0)
            *at++ = '-';
        at += sprintf(at, " %" PRIu64 "\n", frame->session);
    }
    if (!line || write_whole(trace->record_fd, line, (size_t)(at - line)) < 0) {
        dprintf(STDERR_FILENO, "the record ends here, it cannot be written: %s\n", strerror(errno));
        close(trace->record_fd);
        trace->record_fd = -1;
    }
    free(line);
}

void pb_trace_show(struct pb_trace *trace, const struct pb_trace_frame *frame)
{
    if (!trace)
        return;
    if (trace->mode != PB_TRACE_OFF && trace->trace_fd >= 0)
        show_line(trace, frame);
    if (trace->record_fd >= 0)
        record_line(trace, frame);
    if (trace->draw)
        trace->draw(trace->context, frame);
}

void pb_trace_close(struct pb_trace *trace)
{
    if (trace->record_fd >= 0)
        close(trace->record_fd);
    pb_trace_init(trace);
}
