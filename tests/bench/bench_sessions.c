/* Complete sessions a second against the real server: connect, handshake, switch, one message each
 * way, close. */
#include "bench.h"
#include "channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 2, ROUNDS = 5 };
static const double slice = 0.8; /* seconds of one round */

static void one_session(struct bench_side *side, uint16_t port)
{
    struct pb_call call = {.party = &side->party, .host = "127.0.0.1", .port = port};
    struct pb_channel *channel = NULL;
    struct pb_error error = {0};
    const uint8_t *data;
    size_t size;
    bench_must(pb_channel_connect(&channel, &call, &error), &error, side->party.cipher->name);
    bench_must(pb_channel_write(channel, "hello", 5, &error), &error, "send");
    bench_must(pb_channel_end(channel, &error), &error, "end");
    bench_must(pb_channel_receive(channel, &data, &size, &error), &error, "receive");
    if (size != 5 || memcmp(data, "hello", 5) != 0)
        exit(1);
    if (pb_channel_receive(channel, &data, &size, &error) != PB_ENDED)
        exit(1);
    pb_channel_close(channel);
}

/* Returns how many sessions one process did in its time, over a pipe. */
static void client(int to, uint16_t port, const char *build, const char *cipher)
{
    static struct bench_side side;
    unsigned count = 0;
    bench_side_init(&side, build, cipher, PB_CLIENT);
    for (double end = bench_now() + slice; bench_now() < end; count++)
        one_session(&side, port);
    _exit(write(to, &count, sizeof count) != sizeof count);
}

static unsigned sessions(uint16_t port, const char *build, const char *cipher)
{
    unsigned total = 0, count;
    int ends[2], status;
    pid_t children[CLIENTS];
    if (pipe(ends) < 0)
        abort();
    for (int i = 0; i < CLIENTS; i++)
        if ((children[i] = fork()) == 0)
            client(ends[1], port, build, cipher);
    close(ends[1]);
    for (int i = 0; i < CLIENTS; i++) {
        if (waitpid(children[i], &status, 0) < 0 || status != 0 ||
            read(ends[0], &count, sizeof count) != sizeof count)
            return 0;
        total += count;
    }
    close(ends[0]);
    return total;
}

int main(int argc, char **argv)
{
    const char *build = argc > 1 ? argv[1] : ".";
    static const char *const ciphers[] = {"none", "xor", "vigenere", "rsa", "box"};
    struct bench_server server;
    int failed = 0;
    bench_server_start(&server, build);
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++) {
        char what[64], text[64];
        unsigned count = 0;
        /* The best round: clients and server need both cores for themselves. */
        for (int round = 0; round < ROUNDS; round++) {
            unsigned now = sessions(server.port, build, ciphers[i]);
            failed |= now == 0;
            count = now > count ? now : count;
        }
        snprintf(what, sizeof what, "sessions a second under %s, client included", ciphers[i]);
        snprintf(text, sizeof text, "%.0f", count / slice);
        bench_line(what, text, strcmp(ciphers[i], "box") == 0 ? "1500" : "-");
    }
    bench_server_stop(&server);
    return failed;
}
