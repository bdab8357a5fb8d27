/* One frame, one write, and a moment before the end: a connection that is closed with bytes unread
 * is reset, and the other side might never see the sentence. */
#include "busy.h"

#include "clock.h"
#include "message.h"
#include "watch.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOMENT_MS 1000

static void close_oldest(struct pb_busy *busy)
{
    uint8_t forgotten[4096];
    int fd = busy->told[busy->first].fd;
    for (int i = 0; i < 16 && recv(fd, forgotten, sizeof forgotten, MSG_DONTWAIT) > 0; i++)
        ;
    close(fd);
    busy->first = (busy->first + 1) % PB_BUSY_MAX;
    busy->count--;
}

static void say(int fd, const void *words, size_t size)
{
    if (send(fd, words, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size)
        shutdown(fd, SHUT_WR);
}

static void refuse(int fd, const char *sentence)
{
    struct pb_wire wire = {0};
    size_t size = 0;
    uint8_t *body = pb_wire_reserve(&wire, PB_WIRE_REFUSE_MAX);
    if (body) {
        pb_wire_commit(&wire, PB_WIRE_REFUSE,
                       pb_message_write_refusal(PB_REFUSAL_BUSY, sentence, body));
        const uint8_t *frame = pb_wire_output(&wire, &size);
        say(fd, frame, size);
    }
    pb_wire_free(&wire);
}

void pb_busy_tell(struct pb_busy *busy, int fd, const char *sentence, const char *clear)
{
    if (clear)
        say(fd, clear, strlen(clear));
    else
        refuse(fd, sentence);
    if (busy->count == PB_BUSY_MAX)
        close_oldest(busy);
    unsigned last = (busy->first + busy->count++) % PB_BUSY_MAX;
    busy->told[last].fd = fd;
    busy->told[last].deadline = pb_clock_now() + MOMENT_MS;
}

int pb_busy_tidy(struct pb_busy *busy)
{
    int64_t now = pb_clock_now();
    while (busy->count > 0 && busy->told[busy->first].deadline <= now)
        close_oldest(busy);
    return busy->count ? (int)(busy->told[busy->first].deadline - now) : -1;
}

void pb_busy_close(struct pb_busy *busy)
{
    while (busy->count > 0)
        close_oldest(busy);
}
