/* The parts of `plugboard try`: try.c prepares and asks, partner.c is the server in a process of
 * its own, sidebyside.c draws what goes over the wire; tryftp.c is the same
 * for FTP. */
#ifndef PLUGBOARD_TRY_H
#define PLUGBOARD_TRY_H

#include "channel.h"
#include "keyfile.h"
#include "options.h"
#include "plugin.h"

#include <stdbool.h>
#include <sys/types.h>

/* ---- partner.c ---- */

/* A private server: one session on a free port of the loopback, echoing; it dies with us. */
struct pb_partner {
    pid_t process;                /* 0: none */
    int alive_fd;                 /* at its end when the process is gone; -1: none */
    uint16_t port;                /* where it listens */
    struct pb_progress *progress; /* shared: what its plugin is doing */
};

/* party: the server's, without progress. client_public: the one key that is allowed. */
int pb_partner_start(struct pb_partner *partner, const struct pb_party *party,
                     const char *plugin_file, const char *client_public,
                     struct pb_error *error) PB_CHECKED;

/* Waits a moment for it to end by itself, then ends it. Returns PB_OK, or PB_BROKEN if its plugin
 * crashed or hung (has been said on standard error), or PB_ENDED if it failed in another way. */
int pb_partner_stop(struct pb_partner *partner, const char *cipher);

/* ---- tryftp.c ---- */

struct pb_tryftp {
    const char *cipher;         /* a name or a file */
    const char *const *keygen;  /* options of key generation, ended by NULL */
    const char *const *plugins; /* --plugins */
    size_t plugin_count;
};

/* ftpd and ftp in this terminal. Returns the exit code. */
int pb_tryftp_run(const struct pb_tryftp *trial);

/* ---- sidebyside.c ---- */

/* How it is drawn, and the message before, to compare with. Zeroed, then pb_sidebyside_init. */
struct pb_sidebyside {
    bool colour;
    unsigned columns;   /* of the terminal */
    unsigned row_bytes; /* in a row of either side */
    struct pb_sidebyside_bytes {
        uint8_t *bytes; /* owned */
        size_t size;
    } plain, wire; /* of the last message that we sent */
};

void pb_sidebyside_init(struct pb_sidebyside *side);

/* For struct pb_trace.draw; context: the struct pb_sidebyside. Draws on standard output. */
void pb_sidebyside_draw(void *context, const struct pb_trace_frame *frame);

/* One line, dimmed where there are colours, cut to the terminal's width. */
void pb_sidebyside_say(const struct pb_sidebyside *side, const char *format, ...) PB_PRINTF(2, 3);

void pb_sidebyside_free(struct pb_sidebyside *side);

#endif
