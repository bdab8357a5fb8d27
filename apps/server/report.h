/* What the process of a session tells the listener. The first report is written before any plugin
 * is mapped and is believed; after LOADING only the bare fact of JOINED is.
 *
 * The way is a pair of SEQPACKET sockets: a pipe would keep no borders between records larger than
 * a page. */
#ifndef PLUGBOARD_REPORT_H
#define PLUGBOARD_REPORT_H

#include "message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pb_report_kind { PB_REPORT_LOADING = 1, PB_REPORT_JOINED = 2, PB_REPORT_REFUSED = 3 };

#define PB_WHO_MAX (PB_PEER_NAME_MAX + 1) /* "?" and a claimed name */

struct pb_report {
    uint32_t kind;
    uint32_t code; /* REFUSED: of enum pb_refusal */
    char cipher[PB_NAME_MAX + 1];
    char who[PB_WHO_MAX + 1]; /* LOADING: who it is, if the JOIN comes */
    char claimed[PB_PEER_NAME_MAX + 1];
    char public_key[PB_KEY_MAX + 1]; /* only as much as there is, is sent */
};

/* ends[0] for the listener, ends[1] for the session; neither waits. -1 on failure, with errno. */
int pb_report_open(int ends[2]);

/* fd -1: nobody listens (--one). */
void pb_report_send(int fd, const struct pb_report *report);

enum pb_report_came { PB_REPORT_NONE, PB_REPORT_ONE, PB_REPORT_CLOSED };
enum pb_report_came pb_report_receive(int fd, struct pb_report *report);

#endif
