/* The sessions that are under way, as the listener sees them. */
#ifndef PLUGBOARD_LIVE_H
#define PLUGBOARD_LIVE_H

#include "net.h"
#include "report.h"
#include "watch.h"

#include <sys/types.h>

enum pb_live_state { PB_LIVE_NEW, PB_LIVE_LOADING, PB_LIVE_JOINED, PB_LIVE_REFUSED };

struct pb_live {
    pid_t pid;
    uint64_t number;
    enum pb_live_state state;
    int report_fd;                /* -1: nothing it says is heard any more */
    struct pb_progress *progress; /* shared with it */
    struct pb_watch watch;
    bool hung, killed; /* by us: for hanging, for not ending in time */
    char ip[PB_ADDRESS_MAX];
    char cipher[PB_NAME_MAX + 1], who[PB_WHO_MAX + 1], claimed[PB_PEER_NAME_MAX + 1];
    char *public_key; /* between LOADING and JOINED */
};

struct pb_live_table {
    struct pb_live **at;
    size_t count, room;
};

/* Adds one, zeroed but for ip, progress and report_fd (-1). NULL: no memory. */
struct pb_live *pb_live_add(struct pb_live_table *table, const char *ip);
struct pb_live *pb_live_find(const struct pb_live_table *table, pid_t pid);
size_t pb_live_from(const struct pb_live_table *table, const char *ip);
/* Closes, frees. */
void pb_live_remove(struct pb_live_table *table, struct pb_live *live);
void pb_live_free(struct pb_live_table *table);

/* "session 17 (alice, xor)"; before JOIN "session 17 (claims to be alice, xor)"; before HELLO
 * "session 17 (192.0.2.7)". */
#define PB_LIVE_TITLE_MAX 256
void pb_live_title(char *title, uint64_t number, enum pb_live_state state, const char *ip,
                   const char *cipher, const char *who, const char *claimed);

#endif
