/* The search path: names, folders, the nearest name, and which file wins. */
#include "plugin.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[PATH_MAX];
static char first[PATH_MAX + 8], second[PATH_MAX + 8];

static void touch(const char *folder, const char *name)
{
    char file[2 * PATH_MAX];
    snprintf(file, sizeof file, "%s/%s", folder, name);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fclose(out);
}

/* A path of the test's folders alone, whatever is installed on this machine. */
static struct pb_plugin_path two_folders(void)
{
    static char *folders[] = {first, second};
    return (struct pb_plugin_path){folders, 2};
}

static void assert_not_found(const char *name, const char *fragment)
{
    struct pb_plugin_path path = two_folders();
    struct pb_error error = {0};
    char file[PATH_MAX];
    assert_int_equal(pb_plugin_find(&path, name, file, &error), PB_PLUGIN);
    if (!strstr(error.text, fragment))
        fail_msg("no '%s' in: %s", fragment, error.text);
}

/* Names are 1 to 31 of a-z, 0-9, _ and -: nothing else, above all nothing that acts in a path. */
static void judges_names(void **state)
{
    static const char *const bad[] = {
        "",       ".",   "..",       "a/b", "A",
        "xor.so", "a b", "\xc3\xa4", "a\n", "abcdefghijklmnopqrstuvwxyz012345"};
    (void)state;
    assert_true(pb_plugin_name_valid("x"));
    assert_true(pb_plugin_name_valid("my-cipher_2"));
    assert_true(pb_plugin_name_valid("abcdefghijklmnopqrstuvwxyz01234"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pb_plugin_name_valid(bad[i]));
}

/* A file's name stands for its cipher's. */
static void tells_the_name_of_a_file(void **state)
{
    static const char *const bad[] = {"/a/xor",   "/a/.so",      "/a/Xor.so",
                                      "/a/b.so/", "/a/xor.so.1", "/a/x y.so"};
    char name[PB_NAME_MAX + 1];
    (void)state;
    assert_int_equal(pb_plugin_name_of("/a/b/xor.so", name, NULL), PB_OK);
    assert_string_equal(name, "xor");
    assert_int_equal(pb_plugin_name_of("xor.so", name, NULL), PB_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pb_error error = {0};
        assert_int_equal(pb_plugin_name_of(bad[i], name, &error), PB_PLUGIN);
        assert_non_null(strstr(error.text, bad[i]));
        assert_non_null(strstr(error.text, "NAME.so"));
    }
}

/* The folders are, in this order: those given, $PLUGBOARD_PLUGINS, beside the executable, the one
 * compiled in; each once. */
static void orders_the_folders(void **state)
{
    char list[4 * PATH_MAX];
    const char *const given[] = {second, "/nonexistent/given"};
    struct pb_plugin_path path;
    struct pb_error error = {0};
    (void)state;
    snprintf(list, sizeof list, "%s::%s:/nonexistent/list", first, second);
    setenv("PLUGBOARD_PLUGINS", list, 1);
    assert_int_equal(pb_plugin_path_init(&path, given, 2, &error), PB_OK);
    unsetenv("PLUGBOARD_PLUGINS");
    assert_true(path.count >= 5);
    assert_string_equal(path.folders[0], second);
    assert_string_equal(path.folders[1], "/nonexistent/given");
    assert_string_equal(path.folders[2], first);
    assert_string_equal(path.folders[3], "/nonexistent/list");
    for (size_t i = 0; i < path.count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(path.folders[i], path.folders[k]);
    pb_plugin_path_free(&path);
    assert_int_equal(path.count, 0);
    pb_plugin_path_free(&path);
}

/* EXE/ciphers is searched if it is there: this test's own executable gets one. */
static void looks_beside_the_executable(void **state)
{
    char folder[PATH_MAX];
    struct pb_plugin_path path;
    (void)state;
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 16);
    assert_true(length > 0);
    folder[length] = 0;
    strcpy(strrchr(folder, '/'), "/ciphers");
    int made = mkdir(folder, 0755) == 0;
    assert_int_equal(pb_plugin_path_init(&path, NULL, 0, NULL), PB_OK);
    if (made)
        rmdir(folder);
    assert_string_equal(path.folders[0], folder);
    pb_plugin_path_free(&path);
}

/* The first folder that has a file wins, also with a file that cannot be used: shadowing must be
 * seen, not hidden. */
static void takes_the_first(void **state)
{
    struct pb_plugin_path path = two_folders();
    char file[PATH_MAX], expected[2 * PATH_MAX];
    (void)state;
    assert_int_equal(pb_plugin_find(&path, "both", file, NULL), PB_OK);
    snprintf(expected, sizeof expected, "%s/both.so", first);
    assert_string_equal(file, expected);
    assert_int_equal(pb_plugin_find(&path, "caesar", file, NULL), PB_OK);
    snprintf(expected, sizeof expected, "%s/caesar.so", second);
    assert_string_equal(file, expected);
}

/* With a '/' in it, it is a file and nothing is searched. */
static void takes_a_path_as_it_is(void **state)
{
    struct pb_plugin_path path = two_folders();
    struct pb_error error = {0};
    char file[PATH_MAX], wanted[2 * PATH_MAX], longer[PATH_MAX + 2];
    (void)state;
    snprintf(wanted, sizeof wanted, "%s/../first/both.so", second);
    assert_int_equal(pb_plugin_find(&path, wanted, file, &error), PB_OK);
    assert_string_equal(file, wanted);
    assert_not_found("./both.so", "no such file");
    memset(longer, '/', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_not_found(longer, "too long");
}

/* A name that is not there: the folders searched, which of them are not there, and the nearest name
 * within two slips. */
static void says_what_was_searched(void **state)
{
    static char absent[] = "/nonexistent/folder", *folders[] = {first, absent};
    struct pb_plugin_path path = {folders, 2}, none = {0};
    struct pb_error error = {0}, other = {0};
    char file[PATH_MAX];
    (void)state;
    assert_int_equal(pb_plugin_find(&path, "quite-another", file, &error), PB_PLUGIN);
    assert_non_null(strstr(error.text, "there is no cipher quite-another"));
    assert_non_null(strstr(error.text, first));
    assert_non_null(strstr(error.text, "/nonexistent/folder (no such folder)"));
    assert_non_null(strstr(error.text, "--plugins"));
    assert_null(strstr(error.text, "did you mean"));
    assert_int_equal(pb_plugin_find(&none, "xor", file, &other), PB_PLUGIN);
    assert_non_null(strstr(other.text, "no folder at all"));

    assert_not_found("ceasar", "did you mean caesar?"); /* two letters swapped */
    assert_not_found("cesar", "did you mean caesar?");  /* one left out */
    assert_not_found("caesaar", "did you mean caesar?");
    assert_not_found("caexxr", "did you mean caesar?");
}

/* What can be no name is said to be none; a file of that name in the working folder is pointed to.
 */
static void refuses_what_is_no_name(void **state)
{
    char before[PATH_MAX];
    (void)state;
    assert_not_found("Xor", "'Xor' is not the name of a cipher");
    assert_not_found("x\x1b[2J", "'x\\x1b[2J' is not the name");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(first), 0);
    assert_not_found("both.so", "write ./both.so");
    assert_int_equal(chdir(before), 0);
}

static int collect(void *context, const char *name, const char *file)
{
    char *text = context;
    assert_non_null(strstr(file, name));
    strcat(text, name);
    strcat(text, " ");
    return strcmp(name, "caesar") == 0 && strstr(text, "stop") ? 7 : 0;
}

/* All plugins, sorted by name, each once; other files are none; misnamed ones come apart from them.
 */
static void lists_all(void **state)
{
    struct pb_plugin_path path = two_folders();
    char names[512] = "", misnamed[512] = "", stopped[512] = "stop ";
    (void)state;
    assert_int_equal(pb_plugin_each(&path, collect, names), 0);
    assert_string_equal(names, "alpha both caesar zeta ");
    assert_int_equal(pb_plugin_each_misnamed(&path, collect, misnamed), 0);
    assert_string_equal(misnamed, "My Cipher ");
    assert_int_equal(pb_plugin_each(&path, collect, stopped), 7);
    assert_string_equal(stopped, "stop alpha both caesar ");
}

static int make_folders(void **state)
{
    char name[] = "/tmp/plugboard-test-XXXXXX";
    (void)state;
    if (!mkdtemp(name) || !realpath(name, root))
        return -1;
    snprintf(first, sizeof first, "%s/first", root);
    snprintf(second, sizeof second, "%s/second", root);
    if (mkdir(first, 0755) != 0 || mkdir(second, 0755) != 0)
        return -1;
    touch(first, "zeta.so");
    touch(first, "both.so");
    touch(first, "README.md");
    touch(first, ".so");
    touch(first, ".hidden.so");
    touch(second, "both.so");
    touch(second, "caesar.so");
    touch(second, "alpha.so");
    touch(second, "My Cipher.so");
    touch(second, "lib.so.1");
    return 0;
}

static int remove_folders(void **state)
{
    char command[PATH_MAX + 16];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_names),
        cmocka_unit_test(tells_the_name_of_a_file),
        cmocka_unit_test(orders_the_folders),
        cmocka_unit_test(looks_beside_the_executable),
        cmocka_unit_test(takes_the_first),
        cmocka_unit_test(takes_a_path_as_it_is),
        cmocka_unit_test(says_what_was_searched),
        cmocka_unit_test(refuses_what_is_no_name),
        cmocka_unit_test(lists_all),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
