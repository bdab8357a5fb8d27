/* What the bench programs share: a clock, a loaded cipher with a fresh key pair, a running server,
 * and a table line. */
#ifndef PLUGBOARD_BENCH_H
#define PLUGBOARD_BENCH_H

#include "keypair.h"
#include "plugin.h"
#include "stream.h"

#include <sys/types.h>

/* Seconds of a clock that never goes back. */
double bench_now(void);

/* One line of the table of scripts/bench.sh. A limit is "at least" (or "at most", for memory) and
 * not a test. */
void bench_line(const char *what, const char *measured, const char *limit);

/* Shows the error and ends the program, unless status is PB_OK. */
void bench_must(int status, const struct pb_error *error, const char *what);

/* A cipher of BUILD/ciphers, a key pair of its own making, and a party that uses both. Stays until
 * the program ends. */
struct bench_side {
    struct pb_plugin plugin;
    char public_key[PB_KEY_MAX + 1], private_key[PB_KEY_MAX + 1];
    struct pb_party party;
};
void bench_side_init(struct bench_side *side, const char *build, const char *cipher,
                     enum pb_role role);

/* BUILD/plugboard server with a temporary keys folder, any client let in, on a free port. */
struct bench_server {
    pid_t pid;
    uint16_t port;
    int out; /* its standard output, not read any further */
    char folder[64];
};
void bench_server_start(struct bench_server *server, const char *build);
/* Ends it and removes its folder. */
void bench_server_stop(struct bench_server *server);

/* crypto_box_easy_afternm on one core, in bytes a second, for messages of this size: the measure of
 * the other figures. */
double bench_raw_box(size_t size, double seconds);

#endif
