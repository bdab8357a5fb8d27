/* Sealed: commands on the main stream, each transfer on a further one. */
#include "carrier.h"

static int send_text(struct ftp_carrier *carrier, const char *text, size_t size,
                     struct pb_error *error)
{
    return pb_channel_write(carrier->channel, text, size, error);
}

static int fetch(struct ftp_carrier *carrier, const char **data, size_t *size,
                 struct pb_error *error)
{
    const uint8_t *message;
    size_t length;
    int result = pb_channel_poll_message(carrier->channel, &message, &length, error);
    if (result == PB_OK) { /* otherwise these may be of an OFFER that was kept aside */
        *data = (const char *)message;
        *size = length;
    }
    return result;
}

static int await_text(struct ftp_carrier *carrier, int other, int milliseconds)
{
    return pb_channel_wait(carrier->channel, other, milliseconds);
}

static int descriptor(const struct ftp_carrier *carrier)
{
    return pb_channel_fd(carrier->channel);
}

/* The channel is its owner's. Our END, so that the server knows that nothing is missing. */
static void close_session(struct ftp_carrier *carrier)
{
    (void)!pb_channel_end(carrier->channel, NULL);
}

static int open_flow(struct ftp_carrier *carrier, struct ftp_flow *flow, uint16_t port,
                     struct pb_error *error)
{
    (void)port;
    *flow = (struct ftp_flow){.kind = carrier->kind, .fd = -1, .seconds = carrier->seconds};
    int result = pb_channel_join(carrier->channel, &flow->channel, error);
    if (result == PB_OK)
        pb_channel_set_idle(flow->channel, carrier->seconds);
    return result;
}

static int receive(struct ftp_flow *flow, const uint8_t **data, size_t *size,
                   struct pb_error *error)
{
    return pb_channel_poll_message(flow->channel, data, size, error);
}

static uint8_t *room(struct ftp_flow *flow)
{
    return pb_channel_room(flow->channel, FTP_CARRIER_BLOCK);
}

static int give(struct ftp_flow *flow, size_t size, struct pb_error *error)
{
    return pb_channel_send(flow->channel, size, error);
}

static int await_flow(struct ftp_flow *flow, int other, int milliseconds)
{
    return pb_channel_wait(flow->channel, other, milliseconds);
}

static int end(struct ftp_flow *flow, struct pb_error *error)
{
    return pb_channel_end(flow->channel, error);
}

static void leave(struct ftp_flow *flow, bool given_up)
{
    if (given_up && flow->channel)
        pb_channel_abort(flow->channel, PB_REFUSAL_CANCELLED, NULL);
    pb_channel_close(flow->channel);
    flow->channel = NULL;
}

static const struct ftp_carrier_kind kind = {.sealed = true,
                                             .send = send_text,
                                             .fetch = fetch,
                                             .wait = await_text,
                                             .fd = descriptor,
                                             .close = close_session,
                                             .open = open_flow,
                                             .receive = receive,
                                             .room = room,
                                             .give = give,
                                             .await = await_flow,
                                             .end = end,
                                             .leave = leave};

void ftp_carrier_sealed(struct ftp_carrier *carrier, struct pb_channel *channel, bool integrity,
                        unsigned seconds)
{
    *carrier = (struct ftp_carrier){
        .kind = &kind, .channel = channel, .fd = -1, .seconds = seconds, .integrity = integrity};
}
