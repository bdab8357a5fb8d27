/* One client of the gateway: commands to the server, replies back. */
#include "relay.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int64_t ftp_relay_now(void)
{
    return pb_clock_now();
}

/* ---- to the client ---- */

static void give(struct ftp_relay *relay, const char *text, size_t size)
{
    while (size > 0 && !relay->over) {
        ssize_t sent = send(relay->fd, text, size, MSG_NOSIGNAL);
        if (sent > 0) {
            text += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd wanted = {.fd = relay->fd, .events = POLLOUT};
            relay->over = poll(&wanted, 1, 60000) <= 0;
        } else if (errno != EINTR) {
            relay->over = true;
        }
    }
}

void ftp_relay_reply(struct ftp_relay *relay, const char *format, ...)
{
    char line[FTP_RELAY_LINE_MAX];
    va_list list;
    va_start(list, format);
    int size = vsnprintf(line, sizeof line - 2, format, list);
    va_end(list);
    if (size > (int)sizeof line - 3)
        size = (int)sizeof line - 3;
    memcpy(line + size, "\r\n", 2);
    give(relay, line, (size_t)size + 2);
}

/* ---- replies ---- */

/* One whole reply of the server. */
static void answered(struct ftp_relay *relay)
{
    int code = relay->answer.code;
    if (code >= 200 && (relay->data == FTP_RELAY_SAID || relay->data == FTP_RELAY_WAIT)) {
        ftp_relay_finish(relay, false); /* refused, or nobody came in time */
        relay->failed = false;
    } else if (code >= 400 && relay->data != FTP_RELAY_NONE) {
        ftp_relay_finish(relay, false); /* the server gave up, or ABOR; its stream tells the same */
    }
    if (relay->failed && code >= 200 && code < 300)
        ftp_relay_reply(relay, "426 The transfer was cut");
    else
        give(relay, relay->raw, relay->raw_size);
    relay->raw_size = 0;
    if (code < 200) {
        if (relay->data == FTP_RELAY_SAID)
            ftp_relay_begin(relay);
        return;
    }
    relay->failed = false;
    relay->due -= relay->due > 0;
    relay->over |= code == 421 || code == 221;
}

/* Takes what the server has said. */
static bool hear(struct ftp_relay *relay, struct pb_error *error)
{
    const uint8_t *message;
    size_t size;
    if (relay->came_size == 0) {
        int result = pb_channel_poll_message(relay->main, &message, &size, error);
        if (result == PB_AGAIN)
            return false;
        if (result != PB_OK) {
            if (!relay->over)
                ftp_relay_reply(relay, "421 The session with the server is over");
            relay->over = true;
            return true;
        }
        relay->came = (const char *)message;
        relay->came_size = size;
    }
    const char *from = relay->came;
    int result = ftp_answer_take(&relay->answer, &relay->came, &relay->came_size, error);
    size_t part = (size_t)(relay->came - from), room = sizeof relay->raw - relay->raw_size;
    if (part > room) { /* longer than any reply should be: what is there goes out as it is */
        give(relay, relay->raw, relay->raw_size);
        relay->raw_size = 0;
        give(relay, from, part);
        part = 0;
    }
    memcpy(relay->raw + relay->raw_size, from, part);
    relay->raw_size += part;
    if (result == PB_OK)
        answered(relay);
    else if (result != PB_AGAIN)
        relay->over = true;
    return true;
}

/* ---- commands ---- */

static bool is_one_of(const char *verb, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(verb, *list) == 0)
            return true;
    return false;
}

static const char *const downloads[] = {"RETR", "LIST", "NLST", "MLSD", NULL};
static const char *const uploads[] = {"STOR", "STOU", "APPE", NULL};
static const char *const urgent[] = {"ABOR", "STAT", "NOOP", NULL};

static void split(const char *line, size_t size, char verb[8], const char **argument)
{
    size_t length = 0;
    while (length < size && length < 7 && line[length] != ' ')
        length++;
    memcpy(verb, line, length);
    verb[length] = 0;
    *argument = length < size ? line + length + 1 : line + size;
}

/* One command, NUL-terminated at size. */
static int command(struct ftp_relay *relay, char *line, size_t size, struct pb_error *error)
{
    char verb[8];
    const char *argument;
    split(line, size, verb, &argument);
    if (ftp_relay_port(relay, verb, argument))
        return PB_OK;
    bool down = is_one_of(verb, downloads), up = is_one_of(verb, uploads);
    if ((down || up) && !ftp_relay_has_port(relay)) {
        ftp_relay_reply(relay, "425 Say EPSV, PASV, EPRT or PORT first");
        return PB_OK;
    }
    if (down || up) {
        relay->data = FTP_RELAY_SAID;
        relay->upload = up;
    }
    relay->due++;
    memcpy(line + size, "\r\n", 2);
    return pb_channel_write(relay->main, line, size + 2, error);
}

/* Telnet: IAC and what follows it is no part of a command. */
static size_t without_telnet(char *text, size_t size)
{
    size_t to = 0;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] == 255 && i + 1 < size && (unsigned char)text[i + 1] >= 240) {
            if ((unsigned char)text[++i] == 255)
                text[to++] = text[i];
            else if ((unsigned char)text[i] >= 251) /* WILL, WONT, DO, DONT and what */
                i++;
        } else if (text[i]) {
            text[to++] = text[i];
        }
    }
    return to;
}

/* The next line that may be taken now. While one is under way only what is urgent. */
static bool obey(struct ftp_relay *relay, struct pb_error *error)
{
    char copy[FTP_RELAY_LINE_MAX + 3], verb[8];
    const char *argument;
    char *end = memchr(relay->line, '\n', relay->line_size);
    if (!end) {
        if (relay->line_size ==
            sizeof relay->line) { /* too long: the rest is skipped, then refused */
            relay->skipping = true;
            relay->line_size = 0;
        }
        return false;
    }
    size_t whole = (size_t)(end - relay->line) + 1, size = whole - 1;
    size -= size > 0 && relay->line[size - 1] == '\r';
    memcpy(copy, relay->line, size);
    size = without_telnet(copy, size);
    copy[size] = 0;
    split(copy, size, verb, &argument);
    if (relay->due > 0 && !(relay->data != FTP_RELAY_NONE && is_one_of(verb, urgent)))
        return false;
    relay->line_size -= whole;
    memmove(relay->line, end + 1, relay->line_size);
    if (relay->skipping || strchr(copy, '\r')) {
        relay->skipping = false;
        ftp_relay_reply(relay, "500 That line is no command");
    } else if (size > 0 && command(relay, copy, size, error) != PB_OK) {
        relay->over = true;
    }
    return true;
}

static bool listen_to_client(struct ftp_relay *relay)
{
    size_t room = sizeof relay->line - relay->line_size;
    ssize_t got = room && !relay->client_ended
                      ? recv(relay->fd, relay->line + relay->line_size, room, 0)
                      : -1;
    if (got > 0)
        relay->line_size += (size_t)got;
    else if (room && !relay->client_ended && (got == 0 || (errno != EAGAIN && errno != EINTR)))
        relay->client_ended = true;
    return got > 0;
}

/* ---- the loop ---- */

static void rest(const struct ftp_relay *relay)
{
    struct pollfd wanted[4];
    int count = 0;
    bool room = relay->line_size < sizeof relay->line && !relay->client_ended;
    wanted[count++] = (struct pollfd){.fd = pb_channel_fd(relay->main), .events = POLLIN};
    wanted[count++] = (struct pollfd){.fd = room ? relay->fd : -1, .events = POLLIN};
    count += ftp_relay_wanted(relay, wanted + count);
    poll(wanted, (nfds_t)count, 1000);
}

static void loop(struct ftp_relay *relay, struct pb_error *error)
{
    while (!relay->over) {
        bool moved = hear(relay, error);
        moved |= ftp_relay_move(relay);
        moved |= listen_to_client(relay);
        moved |= obey(relay, error);
        if (relay->client_ended && relay->data == FTP_RELAY_NONE &&
            !memchr(relay->line, '\n', relay->line_size))
            return;
        if (!moved && !relay->over)
            rest(relay);
    }
}

int ftp_relay_run(struct pb_caller *caller, int fd, unsigned seconds, struct pb_error *error)
{
    struct ftp_relay *relay = calloc(1, sizeof *relay);
    struct pb_error gone = {0};
    if (!relay) {
        close(fd);
        return pb_status_fail(error, PB_SYSTEM, "no memory for a client");
    }
    *relay = (struct ftp_relay){.fd = fd, .listener = -1, .data_fd = -1, .due = 1};
    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int));
    int result = pb_caller_call(caller, error);
    if (result == PB_OK) {
        relay->main = caller->channel;
        pb_channel_set_idle(relay->main, seconds);
        loop(relay, &gone);
        if (relay->data != FTP_RELAY_NONE)
            ftp_relay_finish(relay, false);
        (void)!pb_channel_end(relay->main, NULL);
    } else {
        ftp_relay_reply(relay, "421 %.200s", error->text);
    }
    ftp_relay_close_port(relay);
    close(relay->fd);
    free(relay);
    return result;
}
