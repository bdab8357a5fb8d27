/* What a waiting session costs: the proportional set size (PSS) of its process, twenty of them
 * waiting under box. */
#include "bench.h"
#include "channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 20 };

static unsigned long pss_of(long pid)
{
    char name[64], line[256];
    unsigned long kib = 0;
    snprintf(name, sizeof name, "/proc/%ld/smaps_rollup", pid);
    FILE *file = fopen(name, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %lu", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

int main(int argc, char **argv)
{
    const char *build = argc > 1 ? argv[1] : ".";
    static struct bench_side side;
    struct pb_channel *channels[SESSIONS] = {0};
    struct pb_error error = {0};
    struct bench_server server;
    char name[64], text[64];
    unsigned long total = 0, count = 0;
    long pid;

    bench_server_start(&server, build);
    bench_side_init(&side, build, "box", PB_CLIENT);
    struct pb_call call = {.party = &side.party, .host = "127.0.0.1", .port = server.port};
    for (int i = 0; i < SESSIONS; i++) {
        const uint8_t *data;
        size_t size;
        bench_must(pb_channel_connect(&channels[i], &call, &error), &error, "connect");
        bench_must(pb_channel_write(channels[i], "hello", 5, &error), &error, "send");
        bench_must(pb_channel_receive(channels[i], &data, &size, &error), &error, "receive");
    }
    snprintf(name, sizeof name, "/proc/%d/task/%d/children", (int)server.pid, (int)server.pid);
    FILE *children = fopen(name, "r");
    while (children && fscanf(children, "%ld", &pid) == 1) {
        unsigned long kib = pss_of(pid);
        total += kib;
        count += kib > 0;
    }
    if (children)
        fclose(children);
    for (int i = 0; i < SESSIONS; i++)
        pb_channel_close(channels[i]);
    bench_server_stop(&server);

    if (count < SESSIONS) {
        bench_line("memory of a waiting session under box", "not readable", "400 KiB");
        return 1;
    }
    snprintf(text, sizeof text, "%lu KiB", total / count);
    bench_line("memory of a waiting session under box (PSS)", text, "400 KiB");
    return 0;
}
