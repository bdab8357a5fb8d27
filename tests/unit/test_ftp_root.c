/* No name leads out of the root, nothing but regular files is opened, and links are never written
 * through. */
#include "ftp_place.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* Every spelling of a way out that servers fell for. Relative ones are joined with "/" and with
 * "/sub". HERE stands for the test's own folder, seen from the top: should a change to the code let one of
 * them out, it finds our secret there and not a file that the machine needs. */
#define HERE "@here@"
static const char *const ways_out[] = {
    "../secret",
    "/../secret",
    "../../../../../../../../" HERE "/secret",
    "..//secret",
    ".//..//secret",
    "./../secret",
    "sub/../../secret",
    "/sub/../../secret",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "..%2fsecret",
    "..\\secret",
    "..%5csecret",
    "/" HERE "/secret",
    "//" HERE "/secret",
    "/proc/self/root/" HERE "/secret",
    "/proc/self/cwd/secret",
    "../rootlike/secret",
    "../root/../secret",
    "....//secret",
    "...",
    "..;/secret",
    "~/secret",
    "~root",
    "to_secret",
    "to_absolute",
    "to_folder/secret",
    "to_top/" HERE "/secret",
    "to_up/secret",
    "to_up/to_up/secret",
    "sub/to_secret",
    "to_proc/root/" HERE "/secret",
    "to_fd",
    "..\xc0\xafsecret",
    "\xc0\xae\xc0\xae/secret",
};

static const char *way_out(const struct place *place, size_t index)
{
    static char way[FTP_PATH_MAX];
    const char *spelling = ways_out[index], *here = strstr(spelling, HERE);
    if (!here)
        return spelling;
    snprintf(way, sizeof way, "%.*s%s%s", (int)(here - spelling), spelling, place->folder + 1,
             here + strlen(HERE));
    return way;
}

static void lay_links(const struct place *place)
{
    char absolute[256];
    assert_int_equal(mkdir(place_path(place, "root/sub"), 0755), 0);
    place_link(place, "../secret", "root/to_secret");
    place_link(place, "../../secret", "root/sub/to_secret");
    snprintf(absolute, sizeof absolute, "%s/secret", place->folder);
    place_link(place, absolute, "root/to_absolute");
    place_link(place, place->folder, "root/to_folder");
    place_link(place, "/", "root/to_top");
    place_link(place, "..", "root/to_up");
    place_link(place, "/proc/self", "root/to_proc");
    place_link(place, "/proc/self/fd/0", "root/to_fd");
}

static const char *const cwds[] = {"/", "/sub"};

/* Reading: each spelling is not there, whichever function is asked. */
static void no_way_out_for_reading(void **state)
{
    struct place *place = *state;
    char path[FTP_PATH_MAX], canonical[FTP_PATH_MAX];
    struct stat status;
    int fd;
    lay_links(place);
    for (size_t i = 0; i < sizeof ways_out / sizeof *ways_out; i++) {
        for (int cwd = 0; cwd < 2; cwd++) {
            assert_int_equal(ftp_root_join(path, cwds[cwd], way_out(place, i)), FTP_OK);
            enum ftp_error error = ftp_root_stat(&place->root, path, &status);
            if (error == FTP_OK)
                fail_msg("%s leads somewhere", path);
            assert_int_equal(ftp_error_code(error), 550);
            assert_int_not_equal(ftp_root_read(&place->root, path, &fd, NULL), FTP_OK);
            assert_int_not_equal(ftp_root_folder(&place->root, path, &fd), FTP_OK);
            assert_int_not_equal(ftp_root_enter(&place->root, path, canonical), FTP_OK);
        }
    }
}

/* Writing: nothing outside changes (the clean-up looks), and nothing comes into being by a way out
 * that is a link. */
static void no_way_out_for_writing(void **state)
{
    struct place *place = *state;
    char path[FTP_PATH_MAX];
    lay_links(place);
    place_write(place, "root/own", "own");
    for (size_t i = 0; i < sizeof ways_out / sizeof *ways_out; i++) {
        for (int cwd = 0; cwd < 2; cwd++) {
            const struct timespec when = {.tv_sec = 1};
            assert_int_equal(ftp_root_join(path, cwds[cwd], way_out(place, i)), FTP_OK);
            assert_int_not_equal(ftp_root_unlink(&place->root, path), FTP_OK);
            assert_int_not_equal(ftp_root_rmdir(&place->root, path), FTP_OK);
            assert_int_not_equal(ftp_root_chmod(&place->root, path, 0777), FTP_OK);
            assert_int_not_equal(ftp_root_touch(&place->root, path, when), FTP_OK);
            assert_int_not_equal(ftp_root_rename(&place->root, path, "/taken"), FTP_OK);
            if (ftp_root_mkdir(&place->root, path) ==
                FTP_OK) /* "~root" is a good name; "../secret" is root/secret */
                assert_int_equal(ftp_root_rmdir(&place->root, path), FTP_OK);
            if (ftp_root_rename(&place->root, "/own", path) == FTP_OK)
                assert_int_equal(ftp_root_rename(&place->root, path, "/own"), FTP_OK);
        }
    }
    assert_string_equal(place_read(place, "root/own"), "own");
    assert_string_equal(place_read(place, "secret"), SECRET);
}

/* A link to something inside is read through, whether relative or absolute as seen from the root,
 * and never written through. */
static void follows_links_inside(void **state)
{
    struct place *place = *state;
    struct stat status;
    int fd;
    char canonical[FTP_PATH_MAX];
    assert_int_equal(mkdir(place_path(place, "root/sub"), 0755), 0);
    place_write(place, "root/sub/file", "inside");
    place_link(place, "/sub/file", "root/absolute");
    place_link(place, "sub", "root/folder");
    place_link(place, "absolute", "root/again");
    place_link(place, "ring", "root/ring");
    assert_int_equal(ftp_root_stat(&place->root, "/again", &status), FTP_OK);
    assert_int_equal(status.st_size, 6);
    assert_int_equal(ftp_root_read(&place->root, "/folder/file", &fd, NULL), FTP_OK);
    close(fd);
    assert_int_equal(ftp_root_enter(&place->root, "/folder", canonical), FTP_OK);
    assert_string_equal(canonical, "/sub");
    assert_int_equal(ftp_root_stat(&place->root, "/ring", &status), FTP_NOT_THERE);
    assert_int_equal(ftp_root_chmod(&place->root, "/absolute", 0600), FTP_A_LINK);
    assert_int_equal(ftp_root_touch(&place->root, "/absolute", (struct timespec){.tv_sec = 1}),
                     FTP_A_LINK);
    assert_int_equal(ftp_root_rename(&place->root, "/sub/file", "/absolute"), FTP_A_LINK);
    assert_int_equal(ftp_root_mkdir(&place->root, "/absolute"), FTP_EXISTS);
    assert_int_equal(ftp_root_unlink(&place->root, "/again"), FTP_OK);
    assert_false(place_has(place, "root/again"));
    assert_string_equal(place_read(place, "root/sub/file"), "inside");
}

/* While another process exchanges a folder and a link to the outside, as fast as it can, not one
 * look gets the secret. */
static void wins_every_race(void **state)
{
    struct place *place = *state;
    char text[64];
    struct timespec start, now;
    unsigned seen = 0, refused = 0;
    int fd;
    assert_int_equal(mkdir(place_path(place, "root/a"), 0755), 0);
    place_write(place, "root/a/secret", "harmless");
    place_link(place, "..", "root/b");
    int root = open(place_path(place, "root"), O_PATH | O_DIRECTORY);
    pid_t other = fork();
    if (other == 0)
        for (;;)
            renameat2(root, "a", root, "b", RENAME_EXCHANGE);
    assert_true(other > 0);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        enum ftp_error error = ftp_root_read(&place->root, "/a/secret", &fd, NULL);
        if (error == FTP_OK) {
            ssize_t size = read(fd, text, sizeof text);
            close(fd);
            assert_int_equal(size, 8);
            assert_memory_equal(text, "harmless", 8);
            seen++;
        } else {
            assert_true(error == FTP_NOT_THERE || error == FTP_TRY_AGAIN);
            refused++;
        }
        (void)!ftp_root_unlink(&place->root, "/a/nothing");
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < 2 || (seen == 0 && now.tv_sec - start.tv_sec < 20));
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    close(root);
    assert_true(seen > 0);
    (void)refused;
}

/* Only regular files are opened; a FIFO without a writer and a device are refused at once, and not
 * by waiting. */
static void opens_regular_files_only(void **state)
{
    struct place *place = *state;
    int fd;
    assert_int_equal(mkfifo(place_path(place, "root/fifo"), 0666), 0);
    assert_int_equal(mkdir(place_path(place, "root/folder"), 0755), 0);
    place_link(place, "fifo", "root/to_fifo");
    alarm(8);
    assert_int_equal(ftp_root_read(&place->root, "/fifo", &fd, NULL), FTP_NOT_A_FILE);
    assert_int_equal(ftp_root_read(&place->root, "/to_fifo", &fd, NULL), FTP_NOT_A_FILE);
    assert_int_equal(ftp_root_read(&place->root, "/folder", &fd, NULL), FTP_NOT_A_FILE);
    assert_int_equal(ftp_root_chmod(&place->root, "/fifo", 0600), FTP_NOT_A_FILE);
    if (mknod(place_path(place, "root/zero"), S_IFCHR | 0666, (1 << 8) | 5) == 0)
        assert_int_equal(ftp_root_read(&place->root, "/zero", &fd, NULL), FTP_NOT_A_FILE);
    alarm(0);
}

/* Names that mean a folder itself, that are ours or too long are no names for what writes. */
static void refuses_bad_last_parts(void **state)
{
    struct place *place = *state;
    static const char *const bad[] = {"/",
                                      "",
                                      "//",
                                      "/.",
                                      "/..",
                                      "/a/..",
                                      "/a/.",
                                      "/a/./",
                                      "/.pb-0123456789abcdef.part",
                                      "/a/.pb-0123456789abcdef.name",
                                      "/.pb-0123456789abcdef.part/"};
    char longest[FTP_PATH_MAX + 8], joined[FTP_PATH_MAX];
    struct stat status;
    assert_int_equal(mkdir(place_path(place, "root/a"), 0755), 0);
    place_write(place, "root/.pb-0123456789abcdef.part", "part");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ftp_root_mkdir(&place->root, bad[i]), FTP_BAD_NAME);
        assert_int_equal(ftp_root_rmdir(&place->root, bad[i]), FTP_BAD_NAME);
        assert_int_equal(ftp_root_unlink(&place->root, bad[i]), FTP_BAD_NAME);
        assert_int_equal(ftp_root_rename(&place->root, "/a", bad[i]), FTP_BAD_NAME);
        assert_int_equal(ftp_root_rename(&place->root, bad[i], "/b"), FTP_BAD_NAME);
    }
    assert_int_equal(ftp_root_stat(&place->root, "/.pb-0123456789abcdef.part", &status),
                     FTP_NOT_THERE);
    assert_int_equal(ftp_root_stat(&place->root, "/a/../.pb-0123456789abcdef.part", &status),
                     FTP_NOT_THERE);
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[257] = 0;
    assert_int_equal(ftp_root_mkdir(&place->root, longest), FTP_BAD_NAME);
    longest[256] = 0;
    assert_int_equal(ftp_root_mkdir(&place->root, longest), FTP_OK);
    longest[256] = longest[257] = 'x';
    longest[sizeof longest - 1] = 0;
    assert_int_equal(ftp_root_mkdir(&place->root, longest), FTP_BAD_NAME);
    assert_int_not_equal(ftp_root_stat(&place->root, longest, &status), FTP_OK);
    assert_int_equal(ftp_root_join(joined, "/", longest), FTP_BAD_NAME);
}

/* Only the names that we make are hidden: a user's ".pb-notes" is a file as any other. */
static void hides_only_its_own(void **state)
{
    (void)state;
    assert_true(ftp_root_hidden(".pb-0123456789abcdef.part"));
    assert_true(ftp_root_hidden(".pb-0123456789abcdef.name"));
    assert_false(ftp_root_hidden(".pb-0123456789abcdeg.part"));
    assert_false(ftp_root_hidden(".pb-0123456789abcdef.parts"));
    assert_false(ftp_root_hidden(".pb-0123456789abcde.part"));
    assert_false(ftp_root_hidden(".pb-0123456789abcdef0.part"));
    assert_false(ftp_root_hidden(".pb-notes"));
    assert_false(ftp_root_hidden(""));
}

/* CWD's text has neither dots nor doubled slashes, and PWD can be trusted to lead back. */
static void says_canonical_paths(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *path, *canonical;
    } table[] = {{"/", "/"},
                 {"//", "/"},
                 {"/..", "/"},
                 {"/../..", "/"},
                 {"/a", "/a"},
                 {"/a/", "/a"},
                 {"/a//b", "/a/b"},
                 {"/a/./b/..", "/a"},
                 {"/a/b/../../..", "/"},
                 {"/a/b/../b/.", "/a/b"},
                 {"/ \"x\" ", "/ \"x\" "}};
    char canonical[FTP_PATH_MAX];
    assert_int_equal(ftp_root_mkdir(&place->root, "/a/"), FTP_OK);
    assert_int_equal(ftp_root_mkdir(&place->root, "/a/b"), FTP_OK);
    assert_int_equal(ftp_root_mkdir(&place->root, "/ \"x\" "), FTP_OK);
    place_write(place, "root/file", "");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(ftp_root_enter(&place->root, table[i].path, canonical), FTP_OK);
        assert_string_equal(canonical, table[i].canonical);
    }
    assert_int_equal(ftp_root_enter(&place->root, "/file", canonical), FTP_NOT_A_FOLDER);
    assert_int_equal(ftp_root_enter(&place->root, "/a/c/..", canonical), FTP_NOT_THERE);
}

/* Folders, removal, renaming, modes and times do what they say; set-uid and its kin are never set.
 */
static void changes_things(void **state)
{
    struct place *place = *state;
    struct stat status;
    uint64_t space = 0;
    place_write(place, "root/file", "x");
    assert_int_equal(ftp_root_mkdir(&place->root, "/d"), FTP_OK);
    assert_int_equal(ftp_root_mkdir(&place->root, "/d"), FTP_EXISTS);
    assert_int_equal(ftp_root_rename(&place->root, "/file", "/d/moved"), FTP_OK);
    assert_int_equal(ftp_root_rename(&place->root, "/d", "/d/e"), FTP_BAD_NAME);
    assert_int_equal(ftp_root_rmdir(&place->root, "/d"), FTP_NOT_EMPTY);
    assert_int_equal(ftp_root_rmdir(&place->root, "/d/moved"), FTP_NOT_A_FOLDER);
    assert_int_equal(ftp_root_unlink(&place->root, "/d"), FTP_NOT_A_FILE);
    assert_int_equal(ftp_root_chmod(&place->root, "/d/moved", 07777), FTP_OK);
    assert_int_equal(
        ftp_root_touch(&place->root, "/d/moved", (struct timespec){.tv_sec = 1234567890}), FTP_OK);
    assert_int_equal(ftp_root_stat(&place->root, "/d/moved", &status), FTP_OK);
    assert_int_equal(status.st_mode & 07777, 0777);
    assert_int_equal(status.st_mtime, 1234567890);
    assert_int_equal(ftp_root_chmod(&place->root, "/d/moved", 0), FTP_OK);
    assert_int_equal(ftp_root_chmod(&place->root, "/d/moved", 0640),
                     FTP_OK); /* what cannot be read can be changed back */
    assert_int_equal(ftp_root_space(&place->root, "/d/not/there", &space), FTP_NOT_THERE);
    assert_int_equal(ftp_root_space(&place->root, "/d/nothing", &space), FTP_OK);
    assert_true(space > 0);
    assert_int_equal(ftp_root_unlink(&place->root, "/d/moved"), FTP_OK);
    assert_int_equal(ftp_root_rmdir(&place->root, "/d/"), FTP_OK);
    assert_int_equal(place_count(place, "root"), 0);
}

/* --read-only holds here, too, below the server's table of verbs. */
static void keeps_read_only(void **state)
{
    struct place *place = *state;
    struct stat status;
    struct ftp_root root = {.fd = place->root.fd, .read_only = true};
    place_write(place, "root/file", "x");
    assert_int_equal(ftp_root_stat(&root, "/file", &status), FTP_OK);
    assert_int_equal(ftp_root_mkdir(&root, "/d"), FTP_READ_ONLY);
    assert_int_equal(ftp_root_rmdir(&root, "/d"), FTP_READ_ONLY);
    assert_int_equal(ftp_root_unlink(&root, "/file"), FTP_READ_ONLY);
    assert_int_equal(ftp_root_rename(&root, "/file", "/g"), FTP_READ_ONLY);
    assert_int_equal(ftp_root_chmod(&root, "/file", 0600), FTP_READ_ONLY);
    assert_int_equal(ftp_root_touch(&root, "/file", (struct timespec){.tv_sec = 1}), FTP_READ_ONLY);
    assert_true(place_has(place, "root/file"));
}

/* The root itself removed under the server: errors, and no crash. A root that cannot be served is
 * refused in words. */
static void survives_a_root_that_goes(void **state)
{
    struct place *place = *state;
    struct pb_error error = {0};
    struct ftp_root root;
    struct stat status;
    char canonical[FTP_PATH_MAX];
    assert_int_not_equal(ftp_root_open(&root, place_path(place, "secret"), false, &error), PB_OK);
    assert_non_null(strstr(error.text, "secret"));
    error = (struct pb_error){0};
    assert_int_not_equal(ftp_root_open(&root, place_path(place, "nothing"), false, &error), PB_OK);
    assert_int_equal(rmdir(place_path(place, "root")), 0);
    assert_int_equal(ftp_root_stat(&place->root, "/file", &status), FTP_NOT_THERE);
    assert_int_equal(ftp_root_mkdir(&place->root, "/d"), FTP_NOT_THERE);
    (void)!ftp_root_enter(&place->root, "/", canonical);
    assert_int_equal(mkdir(place_path(place, "root"), 0755), 0);
}

/* Each error has a reply code of its kind, and each errno that matters becomes the right one. */
static void has_replies(void **state)
{
    (void)state;
#define X(name, code, text)                                                                        \
    assert_int_equal(ftp_error_code(name), code);                                                  \
    assert_string_equal(ftp_error_text(name), text);                                               \
    assert_true(name == FTP_OK || (code >= 400 && code < 600));
    FTP_ERROR_TABLE(X)
#undef X
    assert_int_equal(ftp_error_of(0), FTP_OK);
    assert_int_equal(ftp_error_code(ftp_error_of(ENOSPC)), 452);
    assert_int_equal(ftp_error_code(ftp_error_of(EFBIG)), 552);
    assert_int_equal(ftp_error_code(ftp_error_of(EACCES)), 550);
    assert_int_equal(ftp_error_code(ftp_error_of(ENOENT)), 550);
    assert_int_equal(ftp_error_code(ftp_error_of(ENAMETOOLONG)), 553);
    assert_int_equal(ftp_error_code(ftp_error_of(EIO)), 451);
    assert_int_equal(ftp_error_code(ftp_error_of(99999)), 451);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(no_way_out_for_reading),
        PLACE_TEST(no_way_out_for_writing),
        PLACE_TEST(follows_links_inside),
        PLACE_TEST(wins_every_race),
        PLACE_TEST(opens_regular_files_only),
        PLACE_TEST(refuses_bad_last_parts),
        PLACE_TEST(hides_only_its_own),
        PLACE_TEST(says_canonical_paths),
        PLACE_TEST(changes_things),
        PLACE_TEST(keeps_read_only),
        PLACE_TEST(survives_a_root_that_goes),
        cmocka_unit_test(has_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
