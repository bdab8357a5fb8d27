/* Bytes under a cipher: commands in messages of stream 1, each transfer a further stream. */
#include "sealed.h"

#include <string.h>

static struct ftp_sealed *of(struct ftp_transport *transport)
{
    return (struct ftp_sealed *)transport; /* its first member */
}

/* ---- commands ---- */

static int wait_for(struct ftp_transport *transport, int stop_fd, int milliseconds)
{
    int ready = pb_channel_wait(of(transport)->main, stop_fd, milliseconds);
    return (ready & PB_READY_MESSAGE ? FTP_READY_CONTROL : 0) |
           (ready & PB_READY_OTHER ? FTP_READY_STOP : 0);
}

static int read_some(struct ftp_transport *transport, uint8_t *to, size_t room, size_t *got,
                     struct pb_error *error)
{
    struct ftp_sealed *sealed = of(transport);
    while (sealed->left == 0) {
        int result = pb_channel_poll_message(sealed->main, &sealed->message, &sealed->left, error);
        if (result != PB_OK)
            return result;
    }
    *got = sealed->left < room ? sealed->left : room;
    memcpy(to, sealed->message, *got);
    sealed->message += *got;
    sealed->left -= *got;
    return PB_OK;
}

static int write_reply(struct ftp_transport *transport, const char *reply, size_t size,
                       struct pb_error *error)
{
    return pb_channel_write(of(transport)->main, reply, size, error);
}

/* ---- data ---- */

static int offer(struct ftp_transport *transport, struct pb_error *error)
{
    struct ftp_sealed *sealed = of(transport);
    return pb_channel_offer(sealed->main, sealed->ports, &sealed->offer, error);
}

static int open_data(struct ftp_transport *transport, unsigned seconds, struct pb_error *error)
{
    struct ftp_sealed *sealed = of(transport);
    int result = pb_channel_accept(sealed->main, sealed->offer, seconds, &transport->watch,
                                   &sealed->data, error);
    sealed->offer = NULL;
    if (result == PB_OK)
        pb_channel_set_idle(sealed->data, transport->stall);
    return result;
}

static int receive(struct ftp_transport *transport, const uint8_t **data, size_t *size,
                   struct pb_error *error)
{
    return pb_channel_receive(of(transport)->data, data, size, error);
}

static uint8_t *room(struct ftp_transport *transport)
{
    return pb_channel_room(of(transport)->data, FTP_BLOCK);
}

static int send_block(struct ftp_transport *transport, size_t size, struct pb_error *error)
{
    return pb_channel_send(of(transport)->data, size, error);
}

static int end(struct ftp_transport *transport, bool confirm, struct pb_error *error)
{
    struct pb_channel *data = of(transport)->data;
    struct pb_error answer = {0};
    const uint8_t *said;
    size_t size;
    int result = pb_channel_end(data, error);
    if (result != PB_OK || !confirm)
        return result;
    do {
        result = pb_channel_receive(data, &said, &size, &answer);
    } while (result == PB_OK); /* nothing is to be said there, and nothing is done with it */
    return result == PB_ENDED ? PB_OK : pb_status_fail(error, result, "%s", answer.text);
}

static void give_up(struct ftp_transport *transport, const char *sentence)
{
    if (of(transport)->data)
        pb_channel_abort(of(transport)->data, PB_REFUSAL_CANCELLED, sentence);
}

static void close_data(struct ftp_transport *transport)
{
    struct ftp_sealed *sealed = of(transport);
    pb_channel_withdraw(sealed->offer);
    sealed->offer = NULL;
    pb_channel_close(sealed->data);
    sealed->data = NULL;
}

static const struct ftp_transport_verbs verbs = {
    .wait = wait_for,
    .read = read_some,
    .write = write_reply,
    .offer = offer,
    .open = open_data,
    .receive = receive,
    .room = room,
    .send = send_block,
    .end = end,
    .abort = give_up,
    .close = close_data,
};

void ftp_sealed_init(struct ftp_sealed *sealed, struct pb_channel *main,
                     const struct pb_ports *ports)
{
    *sealed = (struct ftp_sealed){
        .transport = {.verbs = &verbs, .sealed = true, .control_fd = pb_channel_fd(main)},
        .main = main,
        .ports = ports,
    };
}
