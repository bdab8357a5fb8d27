#include "rig.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- memory with a forbidden page at either end ---- */

struct rig_area rig_area_make(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page) / page * page; /* one byte at least */
    uint8_t *all = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(all != MAP_FAILED);
    assert_int_equal(mprotect(all + page, room, PROT_READ | PROT_WRITE), 0);
    return (struct rig_area){all + page, room};
}

void rig_area_free(struct rig_area area)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (area.base)
        munmap(area.base - page, area.room + 2 * page);
}

uint8_t *rig_area_at(struct rig_area area, enum rig_edge edge, size_t size)
{
    assert_true(size <= area.room);
    return edge == RIG_FIRST ? area.base : area.base + area.room - size;
}

/* ---- host ---- */

static uint64_t random_state = 1;
static char reason[256];

void rig_seed(uint64_t seed)
{
    random_state = seed * 2 + 1;
    reason[0] = '\0';
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
void rig_random(void *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        ((uint8_t *)out)[i] = (uint8_t)(z ^ z >> 31);
    }
}

static void host_random(const struct pb_host *host, void *out, size_t size)
{
    (void)host;
    rig_random(out, size);
}

static int host_fail(const struct pb_host *host, int result, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    assert_true(length > 0);
    assert_null(strchr(reason, '\n'));
    if (length > 200)
        fail_msg("a reason of %d bytes would be cut: %s", length, reason);
    return result;
}

const struct pb_host *rig_host(void)
{
    static const struct pb_host host = {sizeof host, host_random, host_fail};
    return &host;
}

const char *rig_reason(void)
{
    static char last[sizeof reason];
    strcpy(last, reason);
    reason[0] = '\0';
    return last;
}

const struct pb_cipher *rig_load(const char *file)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    const struct pb_cipher *cipher = dlsym(library, "pb_cipher");
    assert_non_null(cipher);
    return cipher; /* stays mapped: leak reports need its names */
}

/* ---- keys ---- */

void rig_keygen(const struct pb_cipher *cipher, const char *const *options, struct rig_keys *keys)
{
    static const char *const none[] = {NULL};
    struct rig_area public = rig_area_make(PB_KEY_MAX + 1), private = rig_area_make(PB_KEY_MAX + 1);
    char *text[2] = {(char *)rig_area_at(public, RIG_LAST, PB_KEY_MAX + 1),
                     (char *)rig_area_at(private, RIG_LAST, PB_KEY_MAX + 1)};
    memset(text[0], '\n', PB_KEY_MAX + 1);
    memset(text[1], '\n', PB_KEY_MAX + 1);
    if (cipher->keygen(rig_host(), options ? options : none, text[0], text[1]) != PB_OK)
        fail_msg("keygen: %s", rig_reason());
    for (int i = 0; i < 2; i++) {
        size_t length = strnlen(text[i], PB_KEY_MAX + 1);
        assert_in_range(length, 1, PB_KEY_MAX);
        for (size_t at = 0; at < length; at++)
            assert_in_range(text[i][at], 0x20, 0x7e);
    }
    strcpy(keys->public, text[0]);
    strcpy(keys->private, text[1]);
    rig_area_free(public);
    rig_area_free(private);
}

/* ---- sessions and streams ---- */

static struct pb_setup setup_of(const struct rig_session *session, enum pb_role role,
                                uint32_t stream)
{
    enum pb_role other = role == PB_CLIENT ? PB_SERVER : PB_CLIENT;
    struct pb_setup setup = {
        .size = sizeof setup,
        .role = role,
        .stream = stream,
        .own_private = session->keys[role]->private,
        .own_public = session->keys[role]->public,
        .peer_public = session->peer_public[role],
        .session_id = session->id,
        .greeting = session->greeting_size[other] ? session->greeting[other] : NULL,
        .greeting_size = session->greeting_size[other],
        .hello = session->hello,
        .hello_size = sizeof session->hello,
        .welcome = session->welcome,
        .welcome_size = sizeof session->welcome,
        .parent = stream ? session->parent[role].memory : NULL,
    };
    return setup;
}

/* Session memory: zeroed, aligned, with nothing to spare but what the alignment asks for. */
static void end_make(struct rig_end *end, const struct rig_session *session)
{
    size_t size = session->cipher->session_size;
    size_t spare = (PB_MEMORY_ALIGN - size % PB_MEMORY_ALIGN) % PB_MEMORY_ALIGN;
    end->cipher = session->cipher;
    end->area = rig_area_make(size + spare);
    end->memory = rig_area_at(end->area, session->edge, size + spare);
    memset((uint8_t *)end->memory + size, 0xa5, spare);
}

void rig_session_init(struct rig_session *session, const struct pb_cipher *cipher,
                      const struct rig_keys *client, const struct rig_keys *server)
{
    memset(session, 0, sizeof *session);
    session->cipher = cipher;
    session->keys[PB_CLIENT] = client;
    session->keys[PB_SERVER] = server;
    session->peer_public[PB_CLIENT] = server->public;
    session->peer_public[PB_SERVER] = client->public;
    session->edge = RIG_LAST;
    rig_random(session->id, sizeof session->id);
    rig_random(session->hello, sizeof session->hello);
    rig_random(session->welcome, sizeof session->welcome);
    end_make(&session->parent[PB_CLIENT], session);
    end_make(&session->parent[PB_SERVER], session);
}

static void greet(struct rig_session *session, enum pb_role role)
{
    struct pb_setup setup = setup_of(session, role, 0);
    setup.welcome = NULL;
    setup.welcome_size = 0;
    if (role == PB_CLIENT) {
        setup.peer_public = NULL;
        setup.session_id = setup.greeting = setup.hello = NULL;
        setup.greeting_size = setup.hello_size = 0;
    }
    size_t size = PB_GREETING_MAX;
    session->parent[role].touched = true;
    assert_int_equal(session->cipher->greet(session->parent[role].memory, rig_host(), &setup,
                                            session->greeting[role], &size),
                     PB_OK);
    assert_true(size <= PB_GREETING_MAX);
    session->greeting_size[role] = size;
}

void rig_session_greet(struct rig_session *session)
{
    if (!session->cipher->greet)
        return;
    greet(session, PB_CLIENT);
    greet(session, PB_SERVER);
}

void rig_session_start(struct rig_session *session, const struct pb_cipher *cipher,
                       const struct rig_keys *client, const struct rig_keys *server)
{
    rig_session_init(session, cipher, client, server);
    rig_session_greet(session);
    for (int role = PB_SERVER; role >= PB_CLIENT; role--)
        if (rig_end_start(&session->parent[role], session, (enum pb_role)role, 0) != PB_OK)
            fail_msg("start: %s", rig_reason());
}

void rig_session_close(struct rig_session *session)
{
    rig_end_stop(&session->parent[PB_CLIENT]);
    rig_end_stop(&session->parent[PB_SERVER]);
}

int rig_end_start(struct rig_end *end, struct rig_session *session, enum pb_role role,
                  uint32_t stream)
{
    struct rig_area parent = session->parent[role].area;
    struct pb_setup setup = setup_of(session, role, stream);
    if (stream) {
        end_make(end, session);
        assert_int_equal(mprotect(parent.base, parent.room, PROT_READ),
                         0); /* the parent is read-only */
    }
    end->touched = true;
    int result = session->cipher->start(end->memory, rig_host(), &setup);
    if (stream)
        assert_int_equal(mprotect(parent.base, parent.room, PROT_READ | PROT_WRITE), 0);
    return result;
}

void rig_end_stop(struct rig_end *end)
{
    if (!end->memory)
        return;
    if (end->touched && end->cipher->stop)
        end->cipher->stop(end->memory);
    size_t size = end->cipher->session_size;
    for (const uint8_t *spare = (uint8_t *)end->memory + size; (uintptr_t)spare % PB_MEMORY_ALIGN;
         spare++)
        assert_int_equal(*spare, 0xa5);
    rig_area_free(end->area);
    memset(end, 0, sizeof *end);
}

void rig_stream_start(struct rig_stream *stream, struct rig_session *session, uint32_t number)
{
    for (int role = PB_CLIENT; role <= PB_SERVER; role++)
        if (rig_end_start(&stream->end[role], session, (enum pb_role)role, number) != PB_OK)
            fail_msg("start of stream %u: %s", number, rig_reason());
}

void rig_stream_stop(struct rig_stream *stream)
{
    rig_end_stop(&stream->end[PB_CLIENT]);
    rig_end_stop(&stream->end[PB_SERVER]);
}

int rig_try_start(const struct pb_cipher *cipher, const char *own_public, const char *own_private,
                  const char *peer_public)
{
    struct rig_keys keys = {"", ""};
    snprintf(keys.public, sizeof keys.public, "%s", own_public);
    snprintf(keys.private, sizeof keys.private, "%s", own_private);
    struct rig_session session;
    rig_session_init(&session, cipher, &keys, &keys);
    session.peer_public[PB_CLIENT] = session.peer_public[PB_SERVER] = peer_public;
    rig_session_greet(&session);
    (void)rig_reason();
    int result = rig_end_start(&session.parent[PB_CLIENT], &session, PB_CLIENT, 0);
    rig_session_close(&session);
    return result;
}

/* ---- records ---- */

size_t rig_sealed_max(const struct rig_end *end, size_t plain_size)
{
    const struct pb_cipher *cipher = end->cipher;
    return cipher->sealed_max ? cipher->sealed_max(end->memory, plain_size)
                              : plain_size + cipher->overhead;
}

/* Buffers are made once: thousands of records go through them. */
static struct rig_area area_of(int slot)
{
    static struct rig_area areas[8];
    if (!areas[slot].base)
        areas[slot] = rig_area_make(PB_SEALED_MAX);
    return areas[slot];
}

enum { SLOT_SEALED = 0, SLOT_PLAIN_IN = 4, SLOT_SEALED_IN = 5, SLOT_PLAIN = 6 };

int rig_seal(struct rig_end *end, uint64_t sequence, const void *plain, size_t size, int slot,
             uint8_t **sealed, size_t *sealed_size, enum rig_edge edge)
{
    size_t room = rig_sealed_max(end, size);
    assert_true(room <= PB_SEALED_MAX);
    uint8_t *in = rig_area_at(area_of(SLOT_PLAIN_IN), edge, size);
    uint8_t *out = rig_area_at(area_of(SLOT_SEALED + slot), edge, room);
    memcpy(in, plain, size);
    *sealed = out;
    *sealed_size = room;
    int result = end->cipher->seal(end->memory, sequence, out, sealed_size, in, size);
    assert_true(memcmp(in, plain, size) == 0);
    if (result == PB_OK)
        assert_true(*sealed_size <= room);
    return result;
}

int rig_open(struct rig_end *end, uint64_t sequence, const void *sealed, size_t size,
             uint8_t **plain, size_t *plain_size, enum rig_edge edge)
{
    size_t room = size < PB_MESSAGE_MAX ? size : PB_MESSAGE_MAX;
    uint8_t *in = rig_area_at(area_of(SLOT_SEALED_IN), edge, size);
    uint8_t *out = rig_area_at(area_of(SLOT_PLAIN), edge, room);
    memcpy(in, sealed, size);
    *plain = out;
    *plain_size = room;
    int result = end->cipher->open(end->memory, sequence, out, plain_size, in, size);
    assert_true(memcmp(in, sealed, size) == 0);
    if (result == PB_OK)
        assert_true(*plain_size <= room);
    return result;
}

void rig_round_trip(struct rig_end *from, struct rig_end *to, uint64_t sequence, const void *plain,
                    size_t size)
{
    for (enum rig_edge edge = RIG_FIRST; edge <= RIG_LAST; edge++) {
        uint8_t *sealed, *opened;
        size_t sealed_size, opened_size;
        assert_int_equal(rig_seal(from, sequence, plain, size, 0, &sealed, &sealed_size, edge),
                         PB_OK);
        int result = rig_open(to, sequence, sealed, sealed_size, &opened, &opened_size, edge);
        if (result != PB_OK || opened_size != size || memcmp(opened, plain, size) != 0)
            fail_msg("a message of %zu bytes did not come back (open returned %d, %zu bytes)", size,
                     result, opened_size);
    }
}
