/* allowed.csv is read; clients.csv and refused.csv are written by nobody but the listener of their
 * server. */
#include "visitors.h"

#include "clock.h"
#include "options.h"
#include "watch.h"

#include <stdio.h>
#include <string.h>

#define PAUSE_MS 1000

static void say(void *context, const char *sentence)
{
    (void)context;
    pb_options_say("%s", sentence);
}

static const struct pb_table_report report = {.say = say};

/* While clients wait: a lock that another program holds is tried again a second later. */
static const struct pb_table_report hurried = {.say = say, .hurried = true};

static size_t rows(const struct pb_visitors *visitors)
{
    size_t count = 0;
    for (struct pb_table_row *row = NULL; (row = pb_table_next(&visitors->allowed.table, row));)
        count++;
    return count;
}

static void read_allowed(struct pb_visitors *visitors, const char *again)
{
    struct pb_error error = {0};
    if (pb_allowlist_read(&visitors->allowed, visitors->folder, &report, &error) != PB_OK)
        pb_options_say("%s; until that is repaired nobody is in the list", error.text);
    else
        pb_options_say("%s/" PB_ALLOWLIST "%s: %zu allowed %s", visitors->folder, again,
                       rows(visitors), rows(visitors) == 1 ? "key" : "keys");
}

void pb_visitors_open(struct pb_visitors *visitors, const char *folder, bool allow_any)
{
    *visitors = (struct pb_visitors){.folder = folder};
    read_allowed(visitors, "");
    if (allow_any)
        pb_options_say(
            "warning: --allow-any lets in everybody; a name with a ? before it is only claimed");
    else if (rows(visitors) == 0)
        pb_options_say("nobody is allowed yet: add keys with 'plugboard allow NAME FILE', or let "
                       "clients come, be refused, and "
                       "take them in with 'plugboard allow --refused'");
}

void pb_visitors_refresh(struct pb_visitors *visitors)
{
    if (pb_allowlist_changed(&visitors->allowed))
        read_allowed(visitors, " has changed");
}

static void complain(struct pb_visitors *visitors, const struct pb_error *error)
{
    if (error->status == PB_TIMEOUT)
        return; /* locked just now */
    if (strcmp(visitors->said, error->text) != 0)
        pb_options_say("warning: %s (the sessions go on)", error->text);
    memcpy(visitors->said, error->text, sizeof visitors->said);
}

int pb_visitors_write(struct pb_visitors *visitors, bool at_once)
{
    struct pb_error error = {0};
    if (visitors->clients.seen.count == 0 && visitors->refused.seen.count == 0)
        return -1;
    int64_t left = visitors->written + PAUSE_MS - pb_clock_now();
    if (left > 0 && visitors->written && !at_once)
        return (int)left;
    const struct pb_table_report *how = at_once ? &report : &hurried;
    if (pb_clientlist_write(&visitors->clients, visitors->folder, how, &error) != PB_OK)
        complain(visitors, &error);
    error.status = PB_OK;
    if (pb_refusedlist_write(&visitors->refused, visitors->folder, how, &error) != PB_OK)
        complain(visitors, &error);
    visitors->written = pb_clock_now();
    return visitors->clients.seen.count || visitors->refused.seen.count ? PAUSE_MS : -1;
}

void pb_visitors_close(struct pb_visitors *visitors)
{
    pb_visitors_write(visitors, true);
    pb_allowlist_free(&visitors->allowed);
    pb_clientlist_free(&visitors->clients);
    pb_refusedlist_free(&visitors->refused);
}
