/* A stream with its socket, for apps: connect or accept, send, receive, end, close. Blocking, one poll loop:
 * whoever waits to send reads meanwhile, so that two sides that both write cannot lock up. Every wait has a deadline.
 *
 *     client                                  server (one process a session)
 *     pb_channel_connect(...)                 pb_channel_adopt(fd), pb_channel_hello,
 *                                             [look the key up, load the plugin, sandbox]
 *                                             pb_channel_welcome  or  pb_channel_refuse
 *     pb_channel_room, pb_channel_send        pb_channel_receive
 *     pb_channel_end                          PB_ENDED
 *     pb_channel_close                        pb_channel_close
 */
#ifndef PLUGBOARD_CHANNEL_H
#define PLUGBOARD_CHANNEL_H

#include "handshake.h"
#include "net.h"

#include <stdbool.h>

struct pb_channel;

#define PB_HANDSHAKE_SECONDS 10 /* deadline of the whole handshake, by default */

/* ---- client ---- */

struct pb_call {
    const struct pb_party *party;
    const char *host;
    uint16_t port;
    unsigned seconds; /* deadline of the handshake; 0: PB_HANDSHAKE_SECONDS */
    /* Is this the server's key? Called at C2 with the key that it showed; anything but PB_OK ends the handshake with that
     * status. NULL: any key will do. (Record a new key only after pb_channel_connect has returned PB_OK.) */
    int (*meet)(void *context, const char *server_public, struct pb_error *error);
    void *context;
    struct pb_refusal_text *refusal; /* filled when the result is PB_PEER_REFUSED; may be NULL */
};

int pb_channel_connect(struct pb_channel **channel, const struct pb_call *call, struct pb_error *error) PB_CHECKED;

/* ---- server ---- */

struct pb_ports {
    bool same;          /* --data-ports same: stay on the connection */
    uint16_t low, high; /* otherwise draw from these, both included */
};

/* Takes a fresh connection; fd is the channel's from now on, also when this fails. */
int pb_channel_adopt(struct pb_channel **channel, int fd, unsigned seconds, struct pb_trace *trace, struct pb_error *error) PB_CHECKED;
/* S1: waits for HELLO; *hello is lent until the channel is closed. */
int pb_channel_hello(struct pb_channel *channel, const struct pb_hello **hello, struct pb_error *error) PB_CHECKED;
/* Says REFUSE, gives the other side a moment to read it. Closing is still due. */
void pb_channel_refuse(struct pb_channel *channel, unsigned code, const char *sentence);
/* S2, S3 and the JOIN: after PB_OK the channel is the conversation's (stream 1). On failure the peer has been told
 * what it may know. */
int pb_channel_welcome(struct pb_channel *channel, const struct pb_party *party, const struct pb_ports *ports,
                       struct pb_error *error) PB_CHECKED;

/* ---- both, after the handshake ---- */

/* "moved from port 10101 to 43817", or "stays on port 10101": the one fixed sentence of both sides. */
void pb_channel_moved(const struct pb_channel *channel, char *line, size_t size);

/* The peer's public key (as in its HELLO or WELCOME), and everything else it said of itself. */
const struct pb_hello *pb_channel_peer(const struct pb_channel *channel);
int pb_channel_fd(const struct pb_channel *channel);

/* The line of the cipher's explain; false if it has none. */
bool pb_channel_explain(const struct pb_channel *channel, char *line, size_t size);

/* Sending. Either in place: fill pb_channel_room(size), then pb_channel_send(size); or pb_channel_write, which copies and
 * cuts into messages of at most PB_MESSAGE_MAX - 1. A message may be empty. Returns when the kernel has taken
 * it all, or PB_TIMEOUT after the idle time without a byte of progress. */
uint8_t *pb_channel_room(struct pb_channel *channel, size_t size);
int pb_channel_send(struct pb_channel *channel, size_t size, struct pb_error *error) PB_CHECKED;
int pb_channel_write(struct pb_channel *channel, const void *data, size_t size, struct pb_error *error) PB_CHECKED;

/* The next message. PB_OK: *data lent until the next receive. PB_ENDED: END came (for ever after). PB_ABORTED: with the
 * sentence. PB_TRUNCATED. PB_TIMEOUT: nothing within the idle time. PB_AGAIN: only from pb_channel_poll_message. */
int pb_channel_receive(struct pb_channel *channel, const uint8_t **data, size_t *size, struct pb_error *error) PB_CHECKED;
/* The same without waiting: PB_AGAIN if no whole message is there yet. Reads what the socket has. */
int pb_channel_poll_message(struct pb_channel *channel, const uint8_t **data, size_t *size, struct pb_error *error) PB_CHECKED;

/* Waits until a message (or the end) can be received, or other_fd (-1: none) is readable, or milliseconds (-1: the idle time) are over.
 * Returns a mask; 0: time is over or a signal came. */
enum pb_ready { PB_READY_MESSAGE = 1, PB_READY_OTHER = 2 };
int pb_channel_wait(struct pb_channel *channel, int other_fd, int milliseconds);

/* After this many seconds without a byte of progress a wait is PB_TIMEOUT. 0: for ever (the default in clients). */
void pb_channel_set_idle(struct pb_channel *channel, unsigned seconds);

/* Our direction is complete. Nothing can be sent after it. */
int pb_channel_end(struct pb_channel *channel, struct pb_error *error) PB_CHECKED;
/* We give up on purpose. sentence NULL: the table's. */
void pb_channel_abort(struct pb_channel *channel, unsigned code, const char *sentence);

/* Closes, wipes, frees; the client closes first, the server waits a moment for it. NULL is fine. */
void pb_channel_close(struct pb_channel *channel);

/* ---- further streams of a session (FTP data) ---- */

struct pb_offer; /* a listener of the server for one stream */

/* Server: listens, numbers, sends OFFER on the main channel. */
int pb_channel_offer(struct pb_channel *main, const struct pb_ports *ports, struct pb_offer **offer, struct pb_error *error) PB_CHECKED;
/* What else is looked at while a further stream waits, be it to be joined, to send or to receive: whenever fd (-1: none, for now) is
 * readable, look is called, which reads it. If that says anything but PB_OK, the wait ends with it. */
struct pb_channel_watch {
    int fd;
    int (*look)(void *context, struct pb_error *error);
    void *context;
};

/* Server: waits for the right JOIN; ends the offer in any case. watch: lent until the channel is closed; NULL: nothing. */
int pb_channel_accept(struct pb_channel *main, struct pb_offer *offer, unsigned seconds, const struct pb_channel_watch *watch,
                      struct pb_channel **channel, struct pb_error *error) PB_CHECKED;
/* Server: nobody is to join. NULL is fine. */
void pb_channel_withdraw(struct pb_offer *offer);
/* Client: the next OFFER that came on main (pb_channel_receive keeps it aside), joined. PB_NOT_FOUND: none came. */
int pb_channel_join(struct pb_channel *main, struct pb_channel **channel, struct pb_error *error) PB_CHECKED;
/* Client: OFFERs that came and were not joined are of no use any more. */
void pb_channel_forget_offers(struct pb_channel *main);

#endif
