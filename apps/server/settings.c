/* The options of every server. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Outside the kernel's automatic range, so that sessions and outgoing connections do not take each
 * other's ports. */
enum { DATA_PORT_LOW = 10240, DATA_PORT_HIGH = 32767 };

enum {
    KEY_CIPHER = 0x2000,
    KEY_LISTEN,
    KEY_PORT,
    KEY_DATA_PORTS,
    KEY_ALLOW_ANY,
    KEY_MAX_SESSIONS,
    KEY_MAX_PER_IP,
    KEY_IDLE,
    KEY_GRACE,
    KEY_ONE
};

void pb_server_settings_init(struct pb_server_settings *settings)
{
    *settings = (struct pb_server_settings){
        .listen = "127.0.0.1",
        .ports = {.low = DATA_PORT_LOW, .high = DATA_PORT_HIGH},
        .max_sessions = 1024,
        .max_per_ip = 64,
        .idle = 3600,
        .grace = 5,
    };
}

static const struct argp_option table[] = {
    {"cipher", KEY_CIPHER, "LIST", 0,
     "the ciphers to offer: names or .so files, comma separated (default: every plugin found)", 10},
    {"listen", KEY_LISTEN, "ADDR", 0,
     "the address to listen on (default 127.0.0.1; 0.0.0.0 or :: for all)", 10},
    {"port", KEY_PORT, "N", 0, "the port to listen on; 0 takes a free one", 10},
    {"data-ports", KEY_DATA_PORTS, "LO-HI|same", 0,
     "where conversations move to: a port drawn from LO to HI (default 10240-32767); same: "
     "nowhere, they stay on the same port (talk only)",
     10},
    {"allow-any", KEY_ALLOW_ANY, NULL, 0, "let in clients whose key is not in allowed.csv, too",
     10},
    {"max-sessions", KEY_MAX_SESSIONS, "N", 0, "at most so many sessions at once (default 1024)",
     11},
    {"max-per-ip", KEY_MAX_PER_IP, "N", 0,
     "at most so many of them from one address (default 64; unless given, this machine's own "
     "addresses are not counted)",
     11},
    {"idle", KEY_IDLE, "SECONDS", 0,
     "end a session in which nothing was said for so long (default: talk 3600, ftp 300; 0: never)",
     11},
    {"grace", KEY_GRACE, "SECONDS", 0,
     "how long sessions may take to end when the server stops (default 5)", 11},
    {"one", KEY_ONE, NULL, 0,
     "one session in this very process, without limits or sandbox, then exit: for gdb, valgrind "
     "and sanitizers",
     12},
    {0},
};

static unsigned number(const struct argp_state *state, const char *option, const char *value,
                       unsigned low, unsigned high)
{
    char *end;
    errno = 0;
    unsigned long figure = strtoul(value, &end, 10);
    if (errno || end == value || *end || *value < '0' || *value > '9' || figure < low ||
        figure > high)
        argp_error(state, "--%s %s: not a number from %u to %u", option, value, low, high);
    return (unsigned)figure;
}

static void data_ports(const struct argp_state *state, const char *value, struct pb_ports *ports)
{
    char *end;
    if (strcmp(value, "same") == 0) {
        *ports = (struct pb_ports){.same = true};
        return;
    }
    errno = 0;
    unsigned long low = strtoul(value, &end, 10),
                  high = *end == '-' ? strtoul(end + 1, &end, 10) : 0;
    if (errno || *end || *value < '0' || *value > '9' || low < 1 || high < low || high > 65535)
        argp_error(state, "--data-ports %s: it is LO-HI, two ports from 1 to 65535, or 'same'",
                   value);
    *ports = (struct pb_ports){.low = (uint16_t)low, .high = (uint16_t)high};
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct pb_server_settings *settings = state->input;
    switch (key) {
    case KEY_CIPHER:
        settings->ciphers = value;
        return 0;
    case KEY_LISTEN:
        settings->listen = value;
        return 0;
    case KEY_PORT:
        settings->port = (uint16_t)number(state, "port", value, 0, 65535);
        settings->port_given = true;
        return 0;
    case KEY_DATA_PORTS:
        data_ports(state, value, &settings->ports);
        return 0;
    case KEY_ALLOW_ANY:
        settings->allow_any = true;
        return 0;
    case KEY_MAX_SESSIONS:
        settings->max_sessions = number(state, "max-sessions", value, 1, 100000);
        return 0;
    case KEY_MAX_PER_IP:
        settings->max_per_ip = number(state, "max-per-ip", value, 1, 100000);
        settings->max_per_ip_given = true;
        return 0;
    case KEY_IDLE:
        settings->idle = number(state, "idle", value, 0, 1000000);
        return 0;
    case KEY_GRACE:
        settings->grace = number(state, "grace", value, 0, 1000000);
        return 0;
    case KEY_ONE:
        settings->one = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pb_server_argp = {.options = table, .parser = parse};
