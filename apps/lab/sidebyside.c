/* Plain text on the left, the wire on the right, and the handshake in a line a step. */
#include "try.h"

#include "message.h"
#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS_WHOLE = 8, ROWS_FIRST = 4, ROWS_LAST = 2 }; /* a longer message loses its middle */

#define DIM   "\033[2m"
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define OFF   "\033[0m"

static const char *paint(const struct pb_sidebyside *side, const char *colour)
{
    return side->colour ? colour : "";
}

void pb_sidebyside_init(struct pb_sidebyside *side)
{
    struct winsize window;
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool drawn = isatty(STDOUT_FILENO);
    side->colour = drawn && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
    side->columns = 100;
    if (drawn && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= 40)
        side->columns = window.ws_col;
    side->row_bytes = 16; /* a row is 8 columns a byte, and 11 */
    while (side->row_bytes > 4 && 8 * side->row_bytes + 11 > side->columns)
        side->row_bytes -= 4;
}

void pb_sidebyside_free(struct pb_sidebyside *side)
{
    free(side->plain.bytes);
    free(side->wire.bytes);
    side->plain = side->wire = (struct pb_sidebyside_bytes){0};
}

void pb_sidebyside_say(const struct pb_sidebyside *side, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    const char *more = "";
    if ((unsigned)length >= side->columns) {
        length = (int)side->columns - 4;
        more = "...";
    }
    printf("%s%.*s%s%s\n", paint(side, DIM), length, text, more, paint(side, OFF));
    free(text);
}

/* ---- messages ---- */

/* One row of one side: hex, then the same as text, padded to their full width. kind: the first byte
 * is a kind, set apart. */
static void put_half(const struct pb_sidebyside *side, const char *colour, const uint8_t *bytes,
                     size_t size, bool kind)
{
    fputs(paint(side, colour), stdout);
    for (unsigned i = 0; i < side->row_bytes; i++) {
        if (i < size)
            printf("%02x%c", bytes[i], i == 0 && kind ? '|' : ' ');
        else
            fputs("   ", stdout);
    }
    putchar(' ');
    for (unsigned i = 0; i < side->row_bytes; i++)
        putchar(i >= size ? ' ' : bytes[i] >= 0x20 && bytes[i] <= 0x7e ? bytes[i] : '.');
    fputs(paint(side, OFF), stdout);
}

static size_t left(size_t size, size_t from)
{
    return size > from ? size - from : 0;
}

static void put_row(const struct pb_sidebyside *side, const struct pb_trace_frame *frame,
                    size_t row)
{
    size_t from = row * side->row_bytes;
    fputs("  ", stdout);
    put_half(side, GREEN, frame->plain + from, left(frame->plain_size, from), from == 0);
    printf(" %s|%s  ", paint(side, DIM), paint(side, OFF));
    put_half(side, RED, frame->body + from, left(frame->body_size, from), false);
    putchar('\n');
}

static void put_message(const struct pb_sidebyside *side, const struct pb_trace_frame *frame)
{
    char heading[64];
    size_t longer = frame->plain_size > frame->body_size ? frame->plain_size : frame->body_size;
    size_t rows = (longer + side->row_bytes - 1) / side->row_bytes;
    size_t message = frame->plain_size - 1;
    snprintf(heading, sizeof heading, "%s: %zu byte%s",
             frame->by_client ? "to the server" : "from the server", message,
             message == 1 ? "" : "s");
    printf("%s%s %-*s %s|  on the wire: %zu%s\n", paint(side, BOLD), frame->by_client ? ">" : "<",
           (int)(4 * side->row_bytes + 1), heading, paint(side, OFF), frame->body_size,
           paint(side, OFF));
    for (size_t row = 0; row < rows; row++) {
        if (rows > ROWS_WHOLE && row == ROWS_FIRST) {
            row = rows - ROWS_LAST;
            pb_sidebyside_say(side, "  ... %zu bytes more ...",
                              (row - ROWS_FIRST) * side->row_bytes);
        }
        put_row(side, frame, row);
    }
}

static bool same(const struct pb_sidebyside_bytes *kept, const uint8_t *bytes, size_t size)
{
    return kept->bytes && kept->size == size && memcmp(kept->bytes, bytes, size) == 0;
}

static void keep(struct pb_sidebyside_bytes *kept, const uint8_t *bytes, size_t size)
{
    free(kept->bytes);
    kept->bytes = malloc(size + 1);
    kept->size = size;
    if (kept->bytes)
        memcpy(kept->bytes, bytes, size);
}

/* The first thing to see about a cipher: does the same message look the same? */
static void compare(struct pb_sidebyside *side, const struct pb_trace_frame *frame)
{
    if (same(&side->plain, frame->plain, frame->plain_size))
        pb_sidebyside_say(
            side,
            same(&side->wire, frame->body, frame->body_size)
                ? "  the same message, the same bytes: whoever listens sees that it came again"
                : "  the same message, but other bytes this time");
    keep(&side->plain, frame->plain, frame->plain_size);
    keep(&side->wire, frame->body, frame->body_size);
}

/* ---- the handshake and the end ---- */

static void hello(const struct pb_sidebyside *side, const struct pb_trace_frame *frame)
{
    struct pb_hello said;
    if (pb_message_read_hello(&said, frame->body, frame->body_size, NULL) != PB_OK)
        return;
    if (frame->type == PB_WIRE_HELLO)
        pb_sidebyside_say(side, "C1 > HELLO   %4zu bytes in clear: %s, key %s", frame->body_size,
                          said.cipher, said.public_key);
    else
        pb_sidebyside_say(side, "C2 < WELCOME %4zu bytes in clear: the server's key %s",
                          frame->body_size, said.public_key);
}

static void refuse(const struct pb_sidebyside *side, const struct pb_trace_frame *frame)
{
    struct pb_refusal_text said;
    if (pb_message_read_refusal(&said, frame->body, frame->body_size, NULL) == PB_OK)
        pb_sidebyside_say(side, "   < REFUSE  %4zu bytes in clear: %s", frame->body_size,
                          said.sentence);
}

enum { SAMPLE = 4 }; /* bytes of a control message that are shown */

/* A control message in one line: how it begins on the wire, and what it says. */
static void control(const struct pb_sidebyside *side, const struct pb_trace_frame *frame)
{
    static const struct {
        uint8_t kind;
        const char *step, *word, *meaning;
    } kinds[] = {
        {PB_SWITCH, "S3", "SWITCH", "the port to go on, a ticket"},
        {PB_JOIN, "C3", "JOIN", "the ticket, WELCOME back"},
        {PB_END, "  ", "END", "nothing more from this side"},
        {PB_ABORT, "  ", "ABORT", "given up"},
        {PB_OFFER, "  ", "OFFER", "a further stream"},
    };
    char wire[3 * SAMPLE + 1] = "";
    for (size_t i = 0; i < SAMPLE && i < frame->body_size; i++)
        sprintf(wire + 3 * i, " %02x", frame->body[i]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (frame->plain[0] == kinds[i].kind)
            pb_sidebyside_say(side, "%s %c %-7s %4zu bytes sealed%s%s: %s", kinds[i].step,
                              frame->by_client ? '>' : '<', kinds[i].word, frame->body_size, wire,
                              frame->body_size > SAMPLE ? " .." : "", kinds[i].meaning);
}

void pb_sidebyside_draw(void *context, const struct pb_trace_frame *frame)
{
    struct pb_sidebyside *side = context;
    if (frame->type == PB_WIRE_HELLO || frame->type == PB_WIRE_WELCOME) {
        hello(side, frame);
    } else if (frame->type != PB_WIRE_SEALED) {
        refuse(side, frame);
    } else if (!frame->plain || frame->plain_size == 0) {
        pb_sidebyside_say(side, "   %c %zu sealed bytes that did not open",
                          frame->by_client ? '>' : '<', frame->body_size);
    } else if (frame->plain[0] == PB_DATA) {
        put_message(side, frame);
        if (frame->sent)
            compare(side, frame);
    } else {
        control(side, frame);
    }
}
