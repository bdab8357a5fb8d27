/* A table of processes: at most some thousand, looked through from end to end. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pb_live *pb_live_add(struct pb_live_table *table, const char *ip)
{
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 64;
        struct pb_live **more = realloc(table->at, room * sizeof *more);
        if (!more)
            return NULL;
        table->at = more;
        table->room = room;
    }
    struct pb_live *live = calloc(1, sizeof *live);
    if (!live || !(live->progress = pb_watch_share(sizeof *live->progress))) {
        free(live);
        return NULL;
    }
    live->report_fd = -1;
    snprintf(live->ip, sizeof live->ip, "%s", ip);
    return table->at[table->count++] = live;
}

struct pb_live *pb_live_find(const struct pb_live_table *table, pid_t pid)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->at[i]->pid == pid)
            return table->at[i];
    return NULL;
}

size_t pb_live_from(const struct pb_live_table *table, const char *ip)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        count += strcmp(table->at[i]->ip, ip) == 0;
    return count;
}

static void forget(struct pb_live *live)
{
    if (live->report_fd >= 0)
        close(live->report_fd);
    pb_watch_unshare(live->progress, sizeof *live->progress);
    free(live->public_key);
    free(live);
}

void pb_live_remove(struct pb_live_table *table, struct pb_live *live)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->at[i] == live) {
            table->at[i] = table->at[--table->count];
            break;
        }
    forget(live);
}

void pb_live_free(struct pb_live_table *table)
{
    while (table->count > 0)
        forget(table->at[--table->count]);
    free(table->at);
    *table = (struct pb_live_table){0};
}

void pb_live_title(char *title, uint64_t number, enum pb_live_state state, const char *ip,
                   const char *cipher, const char *who, const char *claimed)
{
    unsigned long long shown = number;
    if (state == PB_LIVE_NEW)
        snprintf(title, PB_LIVE_TITLE_MAX, "session %llu (%s)", shown, ip);
    else if (state == PB_LIVE_JOINED)
        snprintf(title, PB_LIVE_TITLE_MAX, "session %llu (%s, %s)", shown, who, cipher);
    else
        snprintf(title, PB_LIVE_TITLE_MAX, "session %llu (%s%s, %s)", shown,
                 claimed[0] ? "claims to be " : "gives no name", claimed, cipher);
}
