/* Two processes on loopback: the conversation over real sockets, strangers at the door, and every way to end. */
#include "marked.h" /* before cmocka.h, which takes the word `fail` for itself */

#include "channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct pb_ports moving = {.low = 10240, .high = 32767}, staying = {.same = true};

struct served {
    pid_t pid;
    uint16_t port;
};

/* What a server does with its one session; returns its exit code. */
typedef int serve(struct pb_channel *channel);

static void wait_for(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    poll(&wanted, 1, 10000);
}

static struct served start(const struct pb_ports *ports, serve *run)
{
    struct served served = {0};
    int listener;
    assert_int_equal(pb_net_listen(&listener, "127.0.0.1", &served.port, 8, NULL), PB_OK);
    served.pid = fork();
    if (served.pid == 0) {
        struct pb_channel *channel;
        struct pb_party party = marked_party(PB_SERVER);
        const struct pb_hello *hello;
        int fd = -1, code;
        alarm(30);
        wait_for(listener);
        if (pb_net_accept(&fd, listener, NULL) != PB_OK || pb_channel_adopt(&channel, fd, 5, NULL, NULL) != PB_OK)
            _exit(90);
        if (pb_channel_hello(channel, &hello, NULL) != PB_OK)
            _exit(91);
        code = pb_channel_welcome(channel, &party, ports, NULL);
        code = code == PB_OK ? run(channel) : 100 + code;
        pb_channel_close(channel);
        _exit(code);
    }
    close(listener);
    return served;
}

static int stop(const struct served *served)
{
    int status;
    waitpid(served->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

static struct pb_channel *call(const struct served *served, const struct pb_party *party)
{
    struct pb_call how = {.party = party, .host = "127.0.0.1", .port = served->port, .seconds = 5};
    struct pb_channel *channel = NULL;
    struct pb_error error = {0};
    if (pb_channel_connect(&channel, &how, &error) != PB_OK)
        print_error("%s\n", error.text);
    assert_non_null(channel);
    return channel;
}

static int echo(struct pb_channel *channel)
{
    const uint8_t *data;
    size_t size;
    int result;
    while ((result = pb_channel_receive(channel, &data, &size, NULL)) == PB_OK)
        if (pb_channel_write(channel, data, size, NULL) != PB_OK)
            return 1;
    if (result != PB_ENDED || pb_channel_end(channel, NULL) != PB_OK)
        return 100 + result;
    return 0;
}

static void say(struct pb_channel *channel, const char *text)
{
    assert_int_equal(pb_channel_write(channel, text, strlen(text), NULL), PB_OK);
}

static void expect(struct pb_channel *channel, const char *text)
{
    const uint8_t *data;
    size_t size;
    assert_int_equal(pb_channel_receive(channel, &data, &size, NULL), PB_OK);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
}

static void end(struct pb_channel *channel)
{
    const uint8_t *data;
    size_t size;
    assert_int_equal(pb_channel_end(channel, NULL), PB_OK);
    assert_int_equal(pb_channel_receive(channel, &data, &size, NULL), PB_ENDED);
    assert_int_equal(pb_channel_receive(channel, &data, &size, NULL), PB_ENDED); /* for ever */
    assert_int_not_equal(pb_channel_write(channel, "x", 1, NULL), PB_OK);
    pb_channel_close(channel);
}

/* The talk moves to the port that both sides name, or stays; messages come back; END on both sides. */
static void test_talk(void **state)
{
    (void)state;
    const struct pb_ports *both[] = {&moving, &staying};
    for (int i = 0; i < 2; i++) {
        struct served served = start(both[i], echo);
        struct pb_party party = marked_party(PB_CLIENT);
        struct pb_channel *channel = call(&served, &party);
        char line[100], address[PB_ADDRESS_MAX];
        uint16_t port = 0;
        unsigned from = 0, to = 0;
        pb_channel_moved(channel, line, sizeof line);
        pb_net_peer(pb_channel_fd(channel), address, &port);
        if (both[i] == &moving) {
            assert_int_equal(sscanf(line, "moved from port %u to %u", &from, &to), 2);
            assert_true(to >= 10240 && to <= 32767);
            assert_int_equal(to, port);
        } else {
            assert_int_equal(sscanf(line, "stays on port %u", &from), 1);
        }
        assert_int_equal(from, served.port);
        say(channel, "hello");
        say(channel, "");
        expect(channel, "hello");
        expect(channel, "");
        end(channel);
        assert_int_equal(stop(&served), 0);
    }
}

/* 8 MiB each way with nobody reading until all is sent: whoever waits to send reads meanwhile. Bounded by what is read ahead. */
static int flood(struct pb_channel *channel)
{
    static uint8_t block[1 << 20];
    const uint8_t *data;
    size_t size;
    for (int i = 0; i < 4; i++)
        if (pb_channel_write(channel, block, sizeof block - 1, NULL) != PB_OK)
            return 1;
    for (int i = 0; i < 4; i++)
        if (pb_channel_receive(channel, &data, &size, NULL) != PB_OK || size != sizeof block - 1)
            return 2;
    return echo(channel);
}

static void test_no_lock_up(void **state)
{
    (void)state;
    struct served served = start(&moving, flood);
    struct pb_party party = marked_party(PB_CLIENT);
    struct pb_channel *channel = call(&served, &party);
    static uint8_t block[1 << 20];
    const uint8_t *data;
    size_t size;
    pb_channel_set_idle(channel, 10);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pb_channel_write(channel, block, sizeof block - 1, NULL), PB_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pb_channel_receive(channel, &data, &size, NULL), PB_OK);
        assert_int_equal(size, sizeof block - 1);
    }
    end(channel);
    assert_int_equal(stop(&served), 0);
}

static int vanish(struct pb_channel *channel)
{
    (void)channel;
    _exit(0);
}

static int give_up(struct pb_channel *channel)
{
    pb_channel_abort(channel, PB_REFUSAL_CANCELLED, "the cat walked over the keyboard");
    return 0;
}

/* An end without END is truncated, an ABORT says why, and silence is a timeout. */
static void test_bad_ends(void **state)
{
    (void)state;
    struct pb_party party = marked_party(PB_CLIENT);
    const uint8_t *data;
    size_t size;
    struct pb_error error = {0};

    struct served served = start(&moving, vanish);
    struct pb_channel *channel = call(&served, &party);
    assert_int_equal(pb_channel_receive(channel, &data, &size, &error), PB_TRUNCATED);
    pb_channel_close(channel);
    assert_int_equal(stop(&served), 0);

    memset(&error, 0, sizeof error);
    served = start(&moving, give_up);
    channel = call(&served, &party);
    assert_int_equal(pb_channel_receive(channel, &data, &size, &error), PB_ABORTED);
    assert_non_null(strstr(error.text, "the cat walked over the keyboard"));
    pb_channel_close(channel);
    assert_int_equal(stop(&served), 0);

    served = start(&moving, echo);
    channel = call(&served, &party);
    pb_channel_set_idle(channel, 1);
    assert_int_equal(pb_channel_receive(channel, &data, &size, NULL), PB_TIMEOUT);
    say(channel, "still there"); /* a timeout is no end */
    expect(channel, "still there");
    end(channel);
    assert_int_equal(stop(&served), 0);
}

/* ---- the door: a client that is slow to join, and strangers before it ---- */

/* Does C1 to S3 by hand, so that the test knows the new port before anybody joins. */
struct slow_client {
    struct pb_handshake handshake;
    int fd;
};

static void until(struct slow_client *client, int (*hear)(struct pb_handshake *, struct pb_error *))
{
    int result;
    while ((result = hear(&client->handshake, NULL)) == PB_AGAIN) {
        size_t room;
        uint8_t *to = pb_wire_input(&client->handshake.wire, &room);
        wait_for(client->fd);
        ssize_t got = recv(client->fd, to, room, 0);
        assert_true(got > 0);
        pb_wire_received(&client->handshake.wire, (size_t)got);
    }
    assert_int_equal(result, PB_OK);
}

static void send_all(int fd, struct pb_wire *wire)
{
    size_t size;
    const uint8_t *out = pb_wire_output(wire, &size);
    assert_int_equal(send(fd, out, size, MSG_NOSIGNAL), size);
    pb_wire_sent(wire, size);
}

static int connect_to(uint16_t port)
{
    int fd;
    assert_int_equal(pb_net_connect(&fd, "127.0.0.1", port, 5, NULL), PB_OK);
    return fd;
}

/* Strangers that come first with nothing, garbage, a foreign ticket or a huge announcement neither get in nor keep the right one out. */
static void test_strangers(void **state)
{
    (void)state;
    struct served served = start(&moving, echo);
    struct pb_party party = marked_party(PB_CLIENT);
    struct slow_client client = {0};
    client.fd = connect_to(served.port);
    pb_handshake_init(&client.handshake, &party);
    assert_int_equal(pb_handshake_say_hello(&client.handshake, NULL), PB_OK);
    send_all(client.fd, &client.handshake.wire);
    until(&client, pb_handshake_hear_welcome);
    assert_int_equal(pb_handshake_meet(&client.handshake, NULL), PB_OK);
    until(&client, pb_handshake_hear_switch);

    uint16_t port = client.handshake.place.port;
    int silent = connect_to(port), garbage = connect_to(port), huge = connect_to(port), foreign = connect_to(port);
    assert_int_equal(send(garbage, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    assert_int_equal(send(huge, "PB\x01\x04\xff\xff\xff\xff", 8, MSG_NOSIGNAL), 8);
    struct pb_stream forged = {0}, right = {0};
    struct pb_wire forged_wire = {0}, wire = {0};
    struct pb_place elsewhere = client.handshake.place;
    elsewhere.ticket[0] ^= 1;
    assert_int_equal(pb_handshake_say_join(&client.handshake, &forged, 1, &forged_wire, &elsewhere, NULL), PB_OK);
    send_all(foreign, &forged_wire);
    /* The three that spoke are sent away: each sees the end. */
    int spoke[] = {garbage, huge, foreign};
    for (int i = 0; i < 3; i++) {
        char byte;
        wait_for(spoke[i]);
        assert_true(recv(spoke[i], &byte, 1, 0) <= 0);
        close(spoke[i]);
    }
    int fd = connect_to(port);
    assert_int_equal(pb_handshake_say_join(&client.handshake, &right, 1, &wire, &client.handshake.place, NULL), PB_OK);
    uint8_t *room = pb_stream_room(&right, 2);
    memcpy(room, "it", 2);
    assert_int_equal(pb_stream_seal(&right, &wire, PB_DATA, 2, NULL), PB_OK);
    assert_int_equal(pb_stream_seal(&right, &wire, PB_END, 0, NULL), PB_OK);
    send_all(fd, &wire);
    /* The echo comes back to the right one alone. */
    char back[1];
    wait_for(fd);
    assert_int_equal(recv(fd, back, 1, 0), 1);
    assert_int_equal(recv(silent, back, 1, 0), 0);
    close(silent);
    close(client.fd);
    assert_int_equal(stop(&served), 0);
    close(fd);
    pb_stream_close(&forged);
    pb_stream_close(&right);
    pb_wire_free(&forged_wire);
    pb_wire_free(&wire);
    pb_handshake_free(&client.handshake);
}

/* A client that goes away instead of joining frees the server soon, and that is no success. */
static void test_gone_before_join(void **state)
{
    (void)state;
    struct served served = start(&moving, echo);
    struct pb_party party = marked_party(PB_CLIENT);
    struct slow_client client = {0};
    client.fd = connect_to(served.port);
    pb_handshake_init(&client.handshake, &party);
    assert_int_equal(pb_handshake_say_hello(&client.handshake, NULL), PB_OK);
    send_all(client.fd, &client.handshake.wire);
    until(&client, pb_handshake_hear_welcome);
    close(client.fd);
    pb_handshake_free(&client.handshake);
    assert_int_equal(stop(&served), 100 + PB_TRUNCATED);
}

/* ---- further streams ---- */

static int offer_two(struct pb_channel *channel)
{
    for (int i = 0; i < 2; i++) {
        struct pb_offer *offer;
        struct pb_channel *data;
        if (pb_channel_offer(channel, &moving, &offer, NULL) != PB_OK)
            return 1;
        if (pb_channel_write(channel, "go", 2, NULL) != PB_OK)
            return 2;
        if (pb_channel_accept(channel, offer, 5, NULL, &data, NULL) != PB_OK)
            return 3;
        if (pb_channel_write(data, i ? "second" : "first", i ? 6 : 5, NULL) != PB_OK || pb_channel_end(data, NULL) != PB_OK)
            return 4;
        const uint8_t *text;
        size_t size;
        if (pb_channel_receive(data, &text, &size, NULL) != PB_ENDED)
            return 5;
        pb_channel_close(data);
    }
    return echo(channel);
}

/* Reads one byte: '1' goes on, anything else gives up. */
static int look_at_pipe(void *context, struct pb_error *error)
{
    char byte = 0;
    int fd = *(int *)context;
    if (read(fd, &byte, 1) == 1 && byte == '1')
        return PB_OK;
    return pb_status_fail(error, PB_INTERRUPTED, "looked and saw");
}

/* Nobody joins the first stream, nobody sends on the second, nobody reads the third: in each wait the pipe is seen, '1' first. */
static int watch_three(struct pb_channel *channel)
{
    static uint8_t much[PB_MESSAGE_MAX - 1];
    for (int i = 0; i < 3; i++) {
        struct pb_offer *offer;
        struct pb_channel *data = NULL;
        struct pb_error error = {0};
        const uint8_t *text;
        size_t size;
        int ends[2], result;
        if (pipe(ends) < 0 || write(ends[1], "12", 2) != 2 || pb_channel_offer(channel, &moving, &offer, NULL) != PB_OK)
            return 1;
        struct pb_channel_watch watch = {.fd = i ? -1 : ends[0], .look = look_at_pipe, .context = &ends[0]};
        if (pb_channel_write(channel, i ? "join" : "stay", 4, NULL) != PB_OK)
            return 2;
        result = pb_channel_accept(channel, offer, 5, &watch, &data, &error);
        watch.fd = ends[0];
        if (i && result != PB_OK)
            return 3;
        if (i == 1)
            result = pb_channel_receive(data, &text, &size, &error);
        while (i == 2 && result == PB_OK)
            result = pb_channel_write(data, much, sizeof much, &error);
        if (result != PB_INTERRUPTED || strcmp(error.text, "looked and saw") != 0)
            return 4 + i;
        watch.fd = -1;
        pb_channel_close(data);
    }
    return pb_channel_write(channel, "done", 4, NULL) == PB_OK ? echo(channel) : 9;
}

/* While a further stream waits to be joined, to receive or to send, something else is watched, and can end the wait. */
static void test_watch(void **state)
{
    (void)state;
    struct served served = start(&moving, watch_three);
    struct pb_party party = marked_party(PB_CLIENT);
    struct pb_channel *channel = call(&served, &party), *data[3];
    for (int i = 0; i < 3; i++) {
        expect(channel, i ? "join" : "stay");
        if (i == 0)
            pb_channel_forget_offers(channel);
        else
            assert_int_equal(pb_channel_join(channel, &data[i], NULL), PB_OK);
    }
    expect(channel, "done");
    pb_channel_close(data[1]);
    pb_channel_close(data[2]);
    say(channel, "main");
    expect(channel, "main");
    end(channel);
    assert_int_equal(stop(&served), 0);
}

/* OFFERs on the main stream lead to streams of their own, each with its own END, while the main one goes on. */
static void test_offers(void **state)
{
    (void)state;
    struct served served = start(&moving, offer_two);
    struct pb_party party = marked_party(PB_CLIENT);
    struct pb_channel *channel = call(&served, &party), *data;
    assert_int_equal(pb_channel_join(channel, &data, NULL), PB_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        expect(channel, "go");
        assert_int_equal(pb_channel_join(channel, &data, NULL), PB_OK);
        expect(data, i ? "second" : "first");
        end(data);
    }
    say(channel, "main");
    expect(channel, "main");
    end(channel);
    assert_int_equal(stop(&served), 0);
}

/* A server's key that meet does not like ends it with meet's words, and the server hears of no success. */
static int dislike(void *context, const char *server_public, struct pb_error *error)
{
    assert_string_equal(server_public, "pub-s");
    *(int *)context += 1;
    return pb_status_fail(error, PB_REFUSED, "never seen such a key");
}

static void test_meet(void **state)
{
    (void)state;
    struct served served = start(&moving, echo);
    struct pb_party party = marked_party(PB_CLIENT);
    struct pb_channel *channel = (void *)1;
    struct pb_error error = {0};
    int asked = 0;
    struct pb_call how = {.party = &party, .host = "127.0.0.1", .port = served.port, .meet = dislike, .context = &asked};
    assert_int_equal(pb_channel_connect(&channel, &how, &error), PB_REFUSED);
    assert_null(channel);
    assert_int_equal(asked, 1);
    assert_string_equal(error.text, "never seen such a key");
    assert_int_equal(stop(&served), 100 + PB_TRUNCATED);
}

/* pb_channel_wait tells a message from another descriptor, and time over from both. */
static void test_wait(void **state)
{
    (void)state;
    struct served served = start(&moving, echo);
    struct pb_party party = marked_party(PB_CLIENT);
    struct pb_channel *channel = call(&served, &party);
    int other[2];
    assert_int_equal(pipe(other), 0);
    assert_int_equal(pb_channel_wait(channel, other[0], 10), 0);
    assert_int_equal(write(other[1], "x", 1), 1);
    assert_int_equal(pb_channel_wait(channel, other[0], 5000), PB_READY_OTHER);
    say(channel, "hello");
    assert_int_equal(pb_channel_wait(channel, -1, 5000), PB_READY_MESSAGE);
    expect(channel, "hello");
    close(other[0]);
    close(other[1]);
    end(channel);
    assert_int_equal(stop(&served), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talk),      cmocka_unit_test(test_no_lock_up),       cmocka_unit_test(test_bad_ends),
        cmocka_unit_test(test_strangers), cmocka_unit_test(test_gone_before_join), cmocka_unit_test(test_offers),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_meet),      cmocka_unit_test(test_wait),
    };
    alarm(60); /* a lock-up ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
