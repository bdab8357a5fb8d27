/* allowed.csv: who may come, and that nobody becomes somebody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allowlist.h"
#include "folder.h"

#define HEADER "name,cipher,public\n"

static struct pb_allowlist list;

static int enter(void **state)
{
    memset(&list, 0, sizeof list);
    forget_reports();
    return enter_folder(state);
}

static int leave(void **state)
{
    pb_allowlist_free(&list);
    return leave_folder(state);
}

static void assert_name(const char *cipher, const char *key, const char *name)
{
    const char *found = pb_allowlist_name(&list, cipher, key);
    if (name) {
        assert_non_null(found);
        assert_string_equal(found, name);
    } else {
        assert_null(found);
    }
}

/* Cipher and key must both match, as text: not a prefix, not another case, not another cipher's. */
static void test_look_up(void **state)
{
    (void)state;
    put(PB_ALLOWLIST, HEADER "alice,xor,y=12\nbob,xor,y=123\nalice,box,aa\n");
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_name("xor", "y=12", "alice");
    assert_name("xor", "y=123", "bob");
    assert_name("xor", "y=1", NULL);
    assert_name("xor", "Y=12", NULL);
    assert_name("xor", "y=12 ", NULL);
    assert_name("box", "y=12", NULL);
    assert_name("xor", "aa", NULL);
    assert_name("xor", "", NULL);
}

/* Two names for one key: the first keeps it, both lines and both names are told. */
static void test_two_names(void **state)
{
    (void)state;
    put(PB_ALLOWLIST, HEADER
        "alice,rsa,n=3233 e=17\ncarol,rsa,n=55 e=3\nbob,rsa,n=3233 e=17\nalice,rsa,n=3233 e=17\n");
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_name("rsa", "n=3233 e=17", "alice");
    assert_name("rsa", "n=55 e=3", "carol");
    assert_reported(PB_ALLOWLIST ":4: bob has the rsa key that is alice's in line 2");
    assert_reported(PB_ALLOWLIST ":5: the same as line 2");
}

/* A file that cannot be trusted allows nobody, not those of yesterday; without a file nobody is
 * allowed either. */
static void test_broken_file(void **state)
{
    (void)state;
    struct pb_error error = {0};
    put(PB_ALLOWLIST, HEADER "alice,xor,k\n");
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_name("xor", "k", "alice");
    put(PB_ALLOWLIST, "alice,xor,k\nbob,xor,k2\n");
    assert_true(pb_allowlist_changed(&list));
    assert_int_equal(pb_allowlist_read(&list, folder, &report, &error), PB_FILE);
    assert_says(&error, "`name,cipher,public`");
    assert_name("xor", "k", NULL);
    assert_false(pb_allowlist_changed(&list));
    assert_int_equal(unlink(path_of(PB_ALLOWLIST)), 0);
    assert_true(pb_allowlist_changed(&list));
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_name("xor", "k", NULL);
}

/* A change is seen and read again; wide permissions are told the first time only. */
static void test_changes(void **state)
{
    (void)state;
    struct pb_allowlist_entry entry = {.name = "bob", .cipher = "xor", .public_key = "k2"};
    put(PB_ALLOWLIST, HEADER "alice,xor,k\n");
    assert_int_equal(chmod(path_of(PB_ALLOWLIST), 0644), 0);
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_reported("chmod 600");
    assert_false(pb_allowlist_changed(&list));
    forget_reports();
    assert_int_equal(pb_allowlist_add(folder, &entry, 1, false, NULL, NULL), PB_OK);
    assert_int_equal(entry.outcome, PB_ALLOWLIST_ADDED);
    assert_true(pb_allowlist_changed(&list));
    assert_int_equal(pb_allowlist_read(&list, folder, &report, NULL), PB_OK);
    assert_name("xor", "k2", "bob");
    assert_string_equal(reported, "");
}

/* Each row that is added says what became of it; what cannot be added keeps nothing else out. */
static void test_add(void **state)
{
    (void)state;
    struct pb_allowlist_entry entries[] = {
        {.name = "alice", .cipher = "xor", .public_key = "k"},
        {.name = "bob", .cipher = "xor", .public_key = "k"},
        {.name = "bob", .cipher = "xor", .public_key = "k2"},
        {.name = "alice", .cipher = "xor", .public_key = "k3"},
        {.name = "?eve", .cipher = "xor", .public_key = "k4"},
        {.name = "eve", .cipher = "../x", .public_key = "k4"},
        {.name = "eve", .cipher = "xor", .public_key = "k\n4"},
        {.name = "Zo\xc3\xab, jr", .cipher = "xor", .public_key = "k5"},
    };
    static const enum pb_allowlist_outcome expected[] = {
        PB_ALLOWLIST_THERE, PB_ALLOWLIST_KEY_USED, PB_ALLOWLIST_ADDED, PB_ALLOWLIST_ADDED,
        PB_ALLOWLIST_BAD,   PB_ALLOWLIST_BAD,      PB_ALLOWLIST_BAD,   PB_ALLOWLIST_ADDED};
    put(PB_ALLOWLIST, HEADER "alice,xor,k\n");
    assert_int_equal(
        pb_allowlist_add(folder, entries, sizeof entries / sizeof *entries, false, &report, NULL),
        PB_OK);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        assert_int_equal(entries[i].outcome, expected[i]);
    assert_string_equal(entries[1].other, "alice");
    assert_string_equal(get(PB_ALLOWLIST), HEADER
                        "alice,xor,k\nbob,xor,k2\nalice,xor,k3\n\"Zo\xc3\xab, jr\",xor,k5\n");
}

/* A claimed name gets no second key of a cipher, and of claims that contradict each other none is
 * taken: whoever comes first does not become somebody else. */
static void test_claims(void **state)
{
    (void)state;
    struct pb_allowlist_entry entries[] = {
        {.name = "alice", .cipher = "xor", .public_key = "evil"},
        {.name = "alice", .cipher = "box", .public_key = "b"},
        {.name = "carol", .cipher = "xor", .public_key = "c1"},
        {.name = "carol", .cipher = "xor", .public_key = "c2"},
        {.name = "dave", .cipher = "xor", .public_key = "d"},
        {.name = "eve", .cipher = "xor", .public_key = "d"},
        {.name = "frank", .cipher = "xor", .public_key = "f"},
        {.name = "frank", .cipher = "xor", .public_key = "f"},
    };
    static const enum pb_allowlist_outcome expected[] = {
        PB_ALLOWLIST_NAME_USED, PB_ALLOWLIST_ADDED,    PB_ALLOWLIST_DISPUTED, PB_ALLOWLIST_DISPUTED,
        PB_ALLOWLIST_DISPUTED,  PB_ALLOWLIST_DISPUTED, PB_ALLOWLIST_ADDED,    PB_ALLOWLIST_THERE};
    put(PB_ALLOWLIST, HEADER "alice,xor,k\n");
    assert_int_equal(
        pb_allowlist_add(folder, entries, sizeof entries / sizeof *entries, true, &report, NULL),
        PB_OK);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        assert_int_equal(entries[i].outcome, expected[i]);
    assert_string_equal(get(PB_ALLOWLIST), HEADER "alice,xor,k\nalice,box,b\nfrank,xor,f\n");
}

/* A name is dropped with all its rows, also those that a clash kept out of force; others stay, bad
 * lines too. */
static void test_remove(void **state)
{
    (void)state;
    size_t removed;
    struct pb_error error = {0};
    put(PB_ALLOWLIST, HEADER "alice,xor,k\nbob,xor,k2\nalice,box,k\nalice,xor,k\nbad line\n");
    assert_int_equal(pb_allowlist_remove(folder, "alice", &removed, &report, NULL), PB_OK);
    assert_int_equal(removed, 3);
    assert_string_equal(get(PB_ALLOWLIST), HEADER "bob,xor,k2\nbad line\n");
    assert_int_equal(pb_allowlist_remove(folder, "alice", &removed, &report, &error), PB_NOT_FOUND);
    assert_says(&error, "alice");
    assert_int_equal(removed, 0);
}

/* The key of somebody who is dropped does not come back in under the name of a row that it had kept
 * out. */
static void test_remove_clashing(void **state)
{
    (void)state;
    size_t removed;
    put(PB_ALLOWLIST, HEADER "bob,xor,k\nmallory,xor,k\nmallory,xor,m\n");
    assert_int_equal(pb_allowlist_remove(folder, "bob", &removed, &report, NULL), PB_OK);
    assert_string_equal(get(PB_ALLOWLIST), HEADER "mallory,xor,m\n");
    assert_reported("mallory");
    put(PB_ALLOWLIST, HEADER "bob,xor,k\nmallory,xor,k\nmallory,xor,m\n");
    assert_int_equal(pb_allowlist_remove(folder, "mallory", &removed, &report, NULL), PB_OK);
    assert_string_equal(get(PB_ALLOWLIST), HEADER "bob,xor,k\n");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_look_up),     TEST(test_two_names),
        TEST(test_broken_file), TEST(test_changes),
        TEST(test_add),         TEST(test_claims),
        TEST(test_remove),      TEST(test_remove_clashing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
