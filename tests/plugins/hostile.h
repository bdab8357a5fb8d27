/* What the two hostile plugins share: the report. The server's side replaces the text of every
 * message that it opens by a report, so that the client sees in the echo what the plugin could do
 * there. For the report to fit into any message, sealed ones are HOSTILE_REPORT bytes longer. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "identity.h"

#define HOSTILE_REPORT 512

static void hostile_report(char *text, size_t size); /* of the plugin that includes this */
static void hostile_act(const char *phase);          /* "start", "open" */

static int hostile_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    int result = identity_start(memory, host, setup);
    if (result == PB_OK && identity_is_in(memory, PB_SERVER))
        hostile_act("start");
    return result;
}

static int hostile_seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                        size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    int result = identity_copy(memory, sequence, out, out_size, in, in_size);
    memset(out + in_size, 0, HOSTILE_REPORT);
    *out_size = in_size + HOSTILE_REPORT;
    return result;
}

static int hostile_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                        size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    if (in_size < HOSTILE_REPORT)
        return PB_REFUSED;
    in_size -= HOSTILE_REPORT;
    if (!IDENTITY_VICTIM(memory, in, in_size))
        return identity_copy(memory, sequence, out, out_size, in, in_size);
    char text[HOSTILE_REPORT];
    hostile_act("open");
    hostile_report(text, sizeof text);
    size_t length = strlen(text), room = *out_size - 1;
    out[0] = in[0];
    memcpy(out + 1, text, length < room ? length : room);
    *out_size = 1 + (length < room ? length : room);
    return PB_OK;
}

#define HOSTILE_NUMBERS                                                                            \
    .format = 1, .claims = PB_TOY, .session_size = sizeof(struct identity),                        \
    .overhead = HOSTILE_REPORT
#define HOSTILE_VERBS                                                                              \
    .keygen = identity_keygen, .start = hostile_start, .seal = hostile_seal, .open = hostile_open

#endif
