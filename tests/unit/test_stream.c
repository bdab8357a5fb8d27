/* The core round a plugin: it counts, checks every size, and believes nothing. */
#include "marked.h" /* before cmocka.h, which takes the word `fail` for itself */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

struct end {
    struct pb_party party;
    struct pb_session session;
    struct pb_stream zero, one;
};

static int reset(void **state)
{
    (void)state;
    memset(&marked_does, 0, sizeof marked_does);
    return 0;
}

static void open_end(struct end *end, enum pb_role role)
{
    memset(end, 0, sizeof *end);
    end->party = marked_party(role);
    pb_session_open(&end->session, &end->party);
    end->session.peer_public = strdup("pub-x");
    assert_int_equal(pb_stream_open(&end->zero, &end->session, 0, NULL), PB_OK);
}

static void start_end(struct end *end, enum pb_role role)
{
    open_end(end, role);
    assert_int_equal(pb_stream_start(&end->zero, NULL), PB_OK);
    assert_int_equal(pb_stream_open(&end->one, &end->session, 1, NULL), PB_OK);
    assert_int_equal(pb_stream_start(&end->one, NULL), PB_OK);
}

static void close_end(struct end *end)
{
    pb_stream_close(&end->one);
    pb_stream_close(&end->zero);
    pb_session_close(&end->session);
}

/* Seals one message and opens it on the other side. */
static int pass(struct pb_stream *from, struct pb_stream *to, const char *text, struct pb_error *error)
{
    struct pb_wire wire = {0};
    const uint8_t *body, *sealed;
    size_t size = strlen(text);
    uint8_t kind, *room = pb_stream_room(from, size);
    memcpy(room, text, size);
    int result = pb_stream_seal(from, &wire, 3, size, error);
    if (result == PB_OK) {
        sealed = pb_wire_output(&wire, &size);
        result = pb_stream_unseal(to, sealed + PB_WIRE_HEADER, size - PB_WIRE_HEADER, &kind, &body, &size, error);
    }
    if (result == PB_OK) {
        assert_int_equal(kind, 3);
        assert_int_equal(size, strlen(text));
        assert_memory_equal(body, text, size);
    }
    pb_wire_free(&wire);
    return result;
}

/* Streams count by themselves: interleaved in both directions everything opens in its order. */
static void test_interleaved(void **state)
{
    (void)state;
    struct end client, server;
    start_end(&client, PB_CLIENT);
    start_end(&server, PB_SERVER);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(pass(&client.one, &server.one, "to the server", NULL), PB_OK);
        assert_int_equal(pass(&server.zero, &client.zero, "", NULL), PB_OK);
        assert_int_equal(pass(&server.one, &client.one, "to the client", NULL), PB_OK);
    }
    close_end(&client);
    close_end(&server);
}

/* A record opens once, in its place; after a refusal the stream stays refused. */
static void test_sticky(void **state)
{
    (void)state;
    struct end client, server;
    struct pb_error first = {0}, second = {0};
    start_end(&client, PB_CLIENT);
    start_end(&server, PB_SERVER);
    assert_int_equal(pass(&client.zero, &server.one, "wrong stream", &first), PB_REFUSED);
    assert_non_null(strstr(first.text, "message 0 of stream 1"));
    assert_int_equal(pass(&client.one, &server.one, "right stream, too late", &second), PB_REFUSED);
    assert_string_equal(first.text, second.text);
    close_end(&client);
    close_end(&server);
}

/* Further streams get the started memory of stream 0, and it none. */
static void test_parent(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, PB_CLIENT);
    assert_int_equal(pb_stream_start(&end.zero, NULL), PB_OK);
    assert_null(marked_does.parent);
    assert_int_equal(pb_stream_open(&end.one, &end.session, 1, NULL), PB_OK);
    assert_int_equal(pb_stream_start(&end.one, NULL), PB_OK);
    assert_ptr_equal(marked_does.parent, end.zero.memory);
    assert_int_equal((uintptr_t)end.zero.memory % PB_MEMORY_ALIGN, 0);
    close_end(&end);
}

/* stop is called once for each memory that greet or start saw, also after a failure, and for no other. */
static void test_stop_once(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, PB_CLIENT);
    close_end(&end);
    assert_int_equal(marked_does.stops, 0);

    uint8_t greeting[PB_GREETING_MAX];
    size_t size;
    open_end(&end, PB_CLIENT);
    assert_int_equal(pb_stream_greet(&end.zero, greeting, &size, NULL), PB_OK);
    assert_int_equal(size, 8);
    close_end(&end);
    assert_int_equal(marked_does.stops, 1);

    open_end(&end, PB_CLIENT);
    marked_does.start_result = PB_BROKEN;
    assert_int_equal(pb_stream_start(&end.zero, NULL), PB_BROKEN);
    close_end(&end);
    assert_int_equal(marked_does.stops, 2);
}

/* The reason of start is the sentence; a result that is none is the plugin's fault. */
static void test_start_results(void **state)
{
    (void)state;
    static const struct {
        const char *peer;
        int result, expected;
        const char *says;
    } cases[] = {
        {"pub-bad", PB_OK, PB_REFUSED, "the key says that it is bad"},
        {"pub-x", PB_REFUSED, PB_REFUSED, "gave no reason"},
        {"pub-x", PB_BROKEN, PB_BROKEN, "gave up"},
        {"pub-x", 17, PB_BROKEN, "returned 17"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct end end;
        struct pb_error error = {0};
        open_end(&end, PB_SERVER);
        free(end.session.peer_public);
        end.session.peer_public = strdup(cases[i].peer);
        marked_does.start_result = cases[i].result;
        assert_int_equal(pb_stream_start(&end.zero, &error), cases[i].expected);
        assert_non_null(strstr(error.text, cases[i].says));
        close_end(&end);
    }
}

/* Whoever writes further than it was lent, or lies about how much it wrote, is named with its verb; nothing is used. */
static void test_broken_plugins(void **state)
{
    static const struct {
        const char *says;
        size_t *knob, value;
    } cases[] = {
        {"in start it wrote past the end of its session memory", &marked_does.overrun_memory, 1},
        {"in seal it wrote past", &marked_does.overrun_seal, 1},
        {"in open it wrote past", &marked_does.overrun_open, 1},
        {"in seal it says that it wrote", &marked_does.lie, 1},
        {"in sealed_max it says", &marked_does.sealed_max, 64u << 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct end client, server;
        struct pb_error error = {0};
        reset(state);
        open_end(&client, PB_CLIENT);
        open_end(&server, PB_SERVER);
        *cases[i].knob = cases[i].value;
        int result = pb_stream_start(&client.zero, &error);
        if (result == PB_OK)
            result = pb_stream_start(&server.zero, &error);
        if (result == PB_OK)
            result = pass(&client.zero, &server.zero, "hello", &error);
        assert_int_equal(result, PB_BROKEN);
        assert_non_null(strstr(error.text, cases[i].says));
        assert_non_null(strstr(error.text, "marked"));
        reset(state);
        close_end(&client);
        close_end(&server);
    }
}

/* A greeting that would not fit is the plugin's fault. */
static void test_long_greeting(void **state)
{
    (void)state;
    struct end end;
    uint8_t greeting[PB_GREETING_MAX];
    size_t size;
    open_end(&end, PB_CLIENT);
    marked_does.greeting = PB_GREETING_MAX + 1;
    assert_int_equal(pb_stream_greet(&end.zero, greeting, &size, NULL), PB_BROKEN);
    close_end(&end);
}

/* The largest message passes; one byte more is not lent. */
static void test_largest(void **state)
{
    (void)state;
    struct end client, server;
    start_end(&client, PB_CLIENT);
    start_end(&server, PB_SERVER);
    char *text = malloc(PB_MESSAGE_MAX);
    memset(text, 'x', PB_MESSAGE_MAX - 1);
    text[PB_MESSAGE_MAX - 1] = 0;
    assert_int_equal(pass(&client.one, &server.one, text, NULL), PB_OK);
    assert_null(pb_stream_room(&client.one, PB_MESSAGE_MAX));
    pb_stream_idle(&client.one);
    assert_null(client.one.plain_out);
    assert_int_equal(pass(&client.one, &server.one, "after a rest", NULL), PB_OK);
    free(text);
    close_end(&client);
    close_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_interleaved, reset),   cmocka_unit_test_setup(test_sticky, reset),
        cmocka_unit_test_setup(test_parent, reset),        cmocka_unit_test_setup(test_stop_once, reset),
        cmocka_unit_test_setup(test_start_results, reset), cmocka_unit_test_setup(test_broken_plugins, reset),
        cmocka_unit_test_setup(test_long_greeting, reset), cmocka_unit_test_setup(test_largest, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
