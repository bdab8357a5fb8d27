/* What the framework costs: messages sealed through session and vtable, beside libsodium called
 * directly. */
#include "bench.h"
#include "message.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9, LARGE = 65536, SMALL = 64 };
static const double slice = 0.15; /* seconds of one measurement */

struct end {
    struct bench_side own, peer;
    struct pb_session session;
    struct pb_stream stream;
    struct pb_wire wire;
};

/* One started end, as a handshake would leave it. */
static struct end *open_end(const char *build, const char *cipher)
{
    struct pb_error error = {0};
    struct end *end = calloc(1, sizeof *end);
    if (!end)
        abort();
    bench_side_init(&end->own, build, cipher, PB_CLIENT);
    bench_side_init(&end->peer, build, cipher, PB_SERVER);
    pb_session_open(&end->session, &end->own.party);
    end->session.peer_public = strdup(end->peer.public_key);
    randombytes_buf(end->session.id, sizeof end->session.id);
    bench_must(pb_stream_open(&end->stream, &end->session, 0, &error), &error, cipher);
    bench_must(pb_stream_start(&end->stream, &error), &error, cipher);
    return end;
}

static void close_end(struct end *end)
{
    pb_stream_close(&end->stream);
    pb_session_close(&end->session);
    pb_wire_free(&end->wire);
    free(end);
}

/* Bytes a second. */
static double seal(struct end *end, size_t size)
{
    double begin = bench_now(), now = begin;
    size_t count = 0, block = 1 + (1u << 20) / size;
    while (now - begin < slice) {
        for (size_t i = 0; i < block; i++) {
            struct pb_error error = {0};
            size_t waiting;
            if (!pb_stream_room(&end->stream, size))
                abort();
            bench_must(pb_stream_seal(&end->stream, &end->wire, PB_DATA, size, &error), &error,
                       "seal");
            pb_wire_output(&end->wire, &waiting);
            pb_wire_sent(&end->wire, waiting);
        }
        count += block;
        now = bench_now();
    }
    return (double)count * (double)size / (now - begin);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of ratios taken close together: what slows the machine down for a while slows both. */
static double against_raw(struct end *end, size_t size)
{
    double ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double through = seal(end, size), raw = bench_raw_box(size, slice);
        ratios[i] = through / raw;
    }
    qsort(ratios, ROUNDS, sizeof *ratios, by_size);
    return ratios[ROUNDS / 2];
}

static double against_box(struct end *end, struct end *box)
{
    double ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        ratios[i] = seal(end, LARGE) / seal(box, LARGE);
    qsort(ratios, ROUNDS, sizeof *ratios, by_size);
    return ratios[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    const char *build = argc > 1 ? argv[1] : ".";
    char text[64];
    if (sodium_init() < 0)
        return 1;
    struct end *box = open_end(build, "box");

    snprintf(text, sizeof text, "%.0f MB/s", bench_raw_box(LARGE, 0.5) / 1e6);
    bench_line("libsodium alone, 64 KiB messages", text, "-");
    snprintf(text, sizeof text, "%.2f of it", against_raw(box, LARGE));
    bench_line("box through the framework, 64 KiB", text, "0.97 of it");
    snprintf(text, sizeof text, "%.2f of it", against_raw(box, SMALL));
    bench_line("box through the framework, 64 bytes", text, "0.80 of it");

    static const char *const toys[] = {"xor", "vigenere"};
    for (size_t i = 0; i < sizeof toys / sizeof *toys; i++) {
        struct end *toy = open_end(build, toys[i]);
        char what[64];
        snprintf(what, sizeof what, "%s, 64 KiB, against box", toys[i]);
        snprintf(text, sizeof text, "%.1f times", against_box(toy, box));
        bench_line(what, text, "8.0 times");
        close_end(toy);
    }
    close_end(box);
    return 0;
}
