/* Listings: what they look like, what they leave out, and that they neither grow nor forge. */
#include "ftp_place.h"

#include "ftpd/listing.h"

#include <sys/resource.h>
#include <time.h>

/* Collects what is put, and checks what holds for every line. */
struct taken {
    char text[65536];
    size_t size, lines, stop_after;
};

static int take(void *context, const char *line, size_t size)
{
    struct taken *taken = context;
    assert_true(size > 2);
    assert_memory_equal(line + size - 2, "\r\n", 2);
    for (size_t i = 0; i < size - 2; i++)
        assert_true((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
    taken->lines++;
    if (taken->size + size < sizeof taken->text) {
        memcpy(taken->text + taken->size, line, size);
        taken->size += size;
        taken->text[taken->size] = 0;
    }
    return taken->stop_after && taken->lines >= taken->stop_after;
}

static enum ftp_error list(const struct place *place, struct taken *taken, const char *cwd,
                           const char *argument, enum ftp_listing_form form)
{
    struct ftp_listing listing;
    uint64_t lines = 0;
    *taken = (struct taken){.stop_after = taken->stop_after};
    enum ftp_error error =
        ftp_listing_open(&listing, &place->root, cwd, argument, form, FTP_FACTS_ALL);
    if (error != FTP_OK)
        return error;
    error = ftp_listing_send(&listing, take, taken, &lines);
    assert_int_equal(lines, error == FTP_OK ? taken->lines : taken->lines - 1);
    ftp_listing_close(&listing);
    return error;
}

static bool has_line(const struct taken *taken, const char *line)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s\r\n", line);
    for (const char *at = taken->text; (at = strstr(at, whole)); at++)
        if (at == taken->text || at[-1] == '\n')
            return true;
    return false;
}

static void touch(const struct place *place, const char *name, time_t when)
{
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    assert_int_equal(utimensat(AT_FDCWD, place_path(place, name), times, 0), 0);
}

/* LIST looks like ls -l in UTC, whatever the time zone: old files have the year. */
static void looks_like_ls(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    char line[128];
    time_t recent = time(NULL) - 3600;
    struct tm tm;
    setenv("TZ", "America/St_Johns", 1);
    tzset();
    place_write(place, "root/old file", "12345");
    touch(place, "root/old file", 1000000000);
    place_write(place, "root/recent", "");
    touch(place, "root/recent", recent);
    assert_int_equal(chmod(place_path(place, "root/recent"), 0600), 0);
    assert_int_equal(mkdir(place_path(place, "root/folder"), 0755), 0);
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_LIST), FTP_OK);
    unsetenv("TZ");
    tzset();
    assert_int_equal(taken.lines, 3);
    assert_true(
        has_line(&taken, "-rw-r--r--   1 ftp      ftp                 5 Sep  9  2001 old file"));
    gmtime_r(&recent, &tm);
    assert_true(strftime(line, sizeof line,
                         "-rw-------   1 ftp      ftp                 0 %b %e %H:%M recent",
                         &tm) > 0);
    assert_true(has_line(&taken, line));
    assert_non_null(strstr(taken.text, "drwxr-xr-x   2 ftp      ftp "));
}

/* Machine listings: every fact, and only those that were chosen. */
static void tells_facts(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    struct ftp_listing listing;
    struct ftp_root read_only = {.fd = place->root.fd, .read_only = true};
    place_write(place, "root/file", "12345");
    touch(place, "root/file", 1000000000);
    assert_int_equal(mkdir(place_path(place, "root/folder"), 0755), 0);
    touch(place, "root/folder", 1000000000);
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_MLSD), FTP_OK);
    assert_int_equal(taken.lines, 2);
    assert_non_null(
        strstr(taken.text, "type=file;size=5;modify=20010909014640;perm=adfrw;unique="));
    assert_non_null(strstr(taken.text, "UNIX.mode=0644; file\r\n"));
    assert_non_null(strstr(taken.text, "type=dir;modify=20010909014640;perm=cdeflmp;unique="));
    assert_int_equal(list(place, &taken, "/", "file", FTP_LISTING_MLSD), FTP_NOT_A_FOLDER);
    assert_int_equal(list(place, &taken, "/", "nothing", FTP_LISTING_MLSD), FTP_NOT_THERE);

    taken = (struct taken){0};
    assert_int_equal(ftp_listing_open(&listing, &read_only, "/", "", FTP_LISTING_MLSD,
                                      1u << FTP_FACT_NUMBER_PERM),
                     FTP_OK);
    assert_int_equal(ftp_listing_send(&listing, take, &taken, NULL), FTP_OK);
    ftp_listing_close(&listing);
    assert_true(has_line(&taken, "perm=r; file"));
    assert_true(has_line(&taken, "perm=el; folder"));

    taken = (struct taken){0};
    assert_int_equal(ftp_listing_one(&place->root, "/folder", "../file", 0, take, &taken), FTP_OK);
    assert_string_equal(taken.text, " ../file\r\n");
    taken = (struct taken){0};
    assert_int_equal(
        ftp_listing_one(&place->root, "/", "", 1u << FTP_FACT_NUMBER_TYPE, take, &taken), FTP_OK);
    assert_string_equal(taken.text, "type=dir; /\r\n");
    assert_int_equal(ftp_listing_one(&place->root, "/", "nothing", 0, take, &taken), FTP_NOT_THERE);
}

/* FEAT's stars follow OPTS MLST, which ignores what it does not know. */
static void chooses_facts(void **state)
{
    char text[FTP_FACTS_TEXT_MAX];
    (void)state;
    ftp_listing_feature(text, FTP_FACTS_ALL);
    assert_string_equal(text, "type*;size*;modify*;perm*;unique*;UNIX.mode*;");
    unsigned facts = ftp_listing_choose("SIZE;Type;nonsense;unix.MODE", text);
    assert_string_equal(text, "type;size;UNIX.mode;");
    ftp_listing_feature(text, facts);
    assert_string_equal(text, "type*;size*;modify;perm;unique;UNIX.mode*;");
    assert_int_equal(ftp_listing_choose("", text), 0);
    assert_string_equal(text, "");
    assert_int_equal(ftp_listing_choose(";;;siz;sizes;", text), 0);
}

/* Bare names for a folder; the way to them where the argument was a pattern, so that they can be
 * fetched as they come. */
static void names_only(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    assert_int_equal(mkdir(place_path(place, "root/sub"), 0755), 0);
    place_write(place, "root/sub/a.txt", "");
    place_write(place, "root/sub/b.bin", "");
    place_write(place, "root/sub/[x]*", "");
    assert_int_equal(list(place, &taken, "/", "sub", FTP_LISTING_NLST), FTP_OK);
    assert_int_equal(taken.lines, 3);
    assert_true(has_line(&taken, "a.txt"));
    assert_int_equal(list(place, &taken, "/", "sub/*.txt", FTP_LISTING_NLST), FTP_OK);
    assert_string_equal(taken.text, "sub/a.txt\r\n");
    assert_int_equal(list(place, &taken, "/sub", "*.[a-c]??", FTP_LISTING_NLST), FTP_OK);
    assert_string_equal(taken.text, "b.bin\r\n");
    assert_int_equal(list(place, &taken, "/sub", "../sub/a.txt", FTP_LISTING_NLST), FTP_OK);
    assert_string_equal(taken.text, "../sub/a.txt\r\n");
    assert_int_equal(list(place, &taken, "/sub", "[x]*", FTP_LISTING_NLST),
                     FTP_OK); /* there is a file of that very name */
    assert_string_equal(taken.text, "[x]*\r\n");
    assert_int_equal(list(place, &taken, "/", "*/a.txt", FTP_LISTING_NLST), FTP_NOT_THERE);
    assert_int_equal(list(place, &taken, "/", "nothing*", FTP_LISTING_NLST), FTP_OK);
    assert_int_equal(taken.lines, 0);
    assert_int_equal(list(place, &taken, "/", "nothing", FTP_LISTING_LIST), FTP_NOT_THERE);
    assert_int_equal(list(place, &taken, "/", "../../*", FTP_LISTING_LIST), FTP_OK);
    assert_int_equal(taken.lines, 1); /* the root is all there is */
}

/* No name forges a reply: marked in LIST, left out for programs. `take` looks at every byte. */
static void forges_nothing(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    place_write(place, "root/x\r\n213 end\r\n999 forged", "");
    place_write(place, "root/\x1b[31mred\x7f", "");
    place_write(place, "root/\xc3\xa4\xff", "");
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_LIST), FTP_OK);
    assert_int_equal(taken.lines, 3);
    assert_non_null(strstr(taken.text, " x??213 end??999 forged\r\n"));
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_MLSD), FTP_OK);
    assert_int_equal(taken.lines, 1);
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_NLST), FTP_OK);
    assert_string_equal(taken.text, "\xc3\xa4\xff\r\n");
    assert_int_equal(list(place, &taken, "/", "x\r\n213 end\r\n999 forged", FTP_LISTING_LIST),
                     FTP_OK);
    assert_int_equal(ftp_listing_one(&place->root, "/", "x\r\n213 end\r\n999 forged", FTP_FACTS_ALL,
                                     take, &taken),
                     FTP_BAD_NAME);
}

/* Our hidden files and links that lead out or nowhere are not shown; links inside look like what
 * they lead to. */
static void hides(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    place_write(place, "root/.pb-0123456789abcdef.part", "");
    place_write(place, "root/.pb-0123456789abcdef.name", "");
    place_write(place, "root/.dotted", "");
    assert_int_equal(mkdir(place_path(place, "root/sub"), 0755), 0);
    place_write(place, "root/sub/file", "12345");
    place_link(place, "../secret", "root/out");
    place_link(place, "/etc/passwd", "root/absolute");
    place_link(place, "nowhere", "root/nowhere");
    place_link(place, "ring", "root/ring");
    place_link(place, "/sub/file", "root/in");
    place_link(place, "../../root/sub",
               "root/sub/odd"); /* ".." stays at the root: /root/sub is not there */
    place_link(place, "../sub", "root/sub/self");
    static const enum ftp_listing_form forms[] = {FTP_LISTING_LIST, FTP_LISTING_NLST,
                                                  FTP_LISTING_MLSD};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(list(place, &taken, "/", "", forms[i]), FTP_OK);
        assert_int_equal(taken.lines, 3);
        assert_non_null(strstr(taken.text, ".dotted\r\n"));
        assert_non_null(strstr(taken.text, "in\r\n"));
        assert_int_equal(list(place, &taken, "/sub", "", forms[i]), FTP_OK);
        assert_int_equal(taken.lines, 2);
    }
    assert_int_equal(list(place, &taken, "/", "in", FTP_LISTING_LIST), FTP_OK);
    assert_memory_equal(taken.text, "-rw-r--r--", 10);
    assert_non_null(strstr(taken.text, " 5 "));
    assert_int_equal(list(place, &taken, "/", ".pb-*", FTP_LISTING_LIST), FTP_OK);
    assert_int_equal(taken.lines, 0);
    assert_int_equal(list(place, &taken, "/", ".pb-0123456789abcdef.part", FTP_LISTING_LIST),
                     FTP_NOT_THERE);
}

/* A taker that wants no more ends it at once. */
static void stops(void **state)
{
    struct place *place = *state;
    struct taken taken = {.stop_after = 2};
    place_write(place, "root/a", "");
    place_write(place, "root/b", "");
    place_write(place, "root/c", "");
    assert_int_equal(list(place, &taken, "/", "", FTP_LISTING_NLST), FTP_STOPPED);
    assert_int_equal(taken.lines, 2);
}

static int count_only(void *context, const char *line, size_t size)
{
    (void)line, (void)size;
    ++*(uint64_t *)context;
    return 0;
}

static long memory_used(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* 100,000 files: all of them, in every form and through a pattern, without the memory growing. */
static void lists_very_many(void **state)
{
    struct place *place = *state;
    char name[64];
    static const enum ftp_listing_form forms[] = {FTP_LISTING_LIST, FTP_LISTING_NLST,
                                                  FTP_LISTING_MLSD};
    int root = open(place_path(place, "root"), O_PATH | O_DIRECTORY);
    place_write(place, "root/f0", "");
    for (int i = 1; i < 100000; i++) {
        snprintf(name, sizeof name, "f%d", i);
        int file = openat(root, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        assert_true(file >= 0);
        close(file);
    }
    close(root);
    long before = memory_used();
    for (int i = 0; i < 4; i++) {
        struct ftp_listing listing;
        uint64_t counted = 0, lines = 0;
        enum ftp_listing_form form = i < 3 ? forms[i] : FTP_LISTING_NLST;
        assert_int_equal(
            ftp_listing_open(&listing, &place->root, "/", i < 3 ? "" : "*9*9", form, FTP_FACTS_ALL),
            FTP_OK);
        assert_int_equal(ftp_listing_send(&listing, count_only, &counted, &lines), FTP_OK);
        ftp_listing_close(&listing);
        assert_int_equal(lines, counted);
        assert_int_equal(lines, i < 3 ? 100000 : 3439);
    }
    assert_true(memory_used() - before < 1024); /* KiB */
}

/* What patterns mean. */
static void matches(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } table[] = {
        {"*", "x", true},
        {"*", ".x", false},
        {".*", ".x", true},
        {"*", "", true},
        {"", "", true},
        {"", "x", false},
        {"?", "", false},
        {"a*c", "abbbc", true},
        {"a*c", "abbbcd", false},
        {"*.c", "x.c.c", true},
        {"**", "x", true},
        {"a**b*", "ab", true},
        {"?", "\xc3\xa4", true},
        {"?", "ab", false},
        {"[abc]", "b", true},
        {"[!abc]", "b", false},
        {"[^abc]", "x", true},
        {"[a-c]x", "bx", true},
        {"[c-a]", "b", false},
        {"[]]", "]", true},
        {"[]", "[]", true},
        {"[a", "[a", true},
        {"[a-]", "-", true},
        {"[!]a]", "b", true},
        {"[!]a]", "]", false},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"a\\", "a\\", true},
        {"[*]", "*", true},
        {"*[0-9]", "file7", true},
        {"*[0-9]", "file7a", false},
        {"*a*b*c*", "xxaxxbxxcxx", true},
        {"*a*b*c*", "xxcxxbxxaxx", false},
        {"x", "X", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (ftp_glob_match(table[i].pattern, table[i].name) != table[i].matches)
            fail_msg("'%s' and '%s'", table[i].pattern, table[i].name);
    assert_true(ftp_glob_is("a?") && ftp_glob_is("a*") && ftp_glob_is("[") && !ftp_glob_is("a\\]"));
}

/* Patterns made to explode do not: 1,000 of them against the worst name take no second. */
static void bounds_work(void **state)
{
    struct place *place = *state;
    struct taken taken = {0};
    char name[FTP_NAME_MAX + 1], pattern[600];
    struct timespec start, end;
    memset(name, 'a', sizeof name);
    name[FTP_NAME_MAX] = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 1000; i++) {
        size_t size = 0;
        while (size < FTP_PATTERN_MAX - 2)
            size +=
                (size_t)snprintf(pattern + size, sizeof pattern - size, i % 2 ? "a*" : "[a-z]*");
        strcpy(pattern + size, "b");
        assert_false(ftp_glob_match(pattern, name));
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 <
                1000);
    memset(pattern, '*', sizeof pattern);
    pattern[FTP_PATTERN_STARS] = 0;
    assert_true(ftp_glob_good(pattern));
    pattern[FTP_PATTERN_STARS] = '*';
    pattern[FTP_PATTERN_STARS + 1] = 0;
    assert_false(ftp_glob_good(pattern));
    assert_int_equal(list(place, &taken, "/", pattern, FTP_LISTING_LIST), FTP_BAD_PATTERN);
    memset(pattern, '?', 256);
    pattern[256] = 0;
    assert_false(ftp_glob_good(pattern));
    assert_int_not_equal(list(place, &taken, "/", pattern, FTP_LISTING_LIST), FTP_OK);
}

/* MDTM's and MFMT's time: there and back; what is no time is refused. */
static void knows_times(void **state)
{
    char text[FTP_TIME_MAX];
    time_t when;
    static const char *const bad[] = {"",
                                      "2001",
                                      "20010909014640x",
                                      "2001090901464",
                                      "200109090146400",
                                      "20011309014640",
                                      "20010230014640",
                                      "20010909244640",
                                      "20010909016040",
                                      "20010909014661",
                                      "2001-09-09",
                                      "20010909014640.",
                                      "20010909014640.1a",
                                      " 20010909014640",
                                      "+2001090901464"};
    (void)state;
    ftp_listing_time(text, 1000000000);
    assert_string_equal(text, "20010909014640");
    assert_true(ftp_listing_parse_time(text, &when));
    assert_int_equal(when, 1000000000);
    assert_true(ftp_listing_parse_time("20010909014640.123", &when));
    assert_int_equal(when, 1000000000);
    assert_true(ftp_listing_parse_time("20240229000000", &when));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ftp_listing_parse_time(bad[i], &when))
            fail_msg("%s is taken for a time", bad[i]);
    static const time_t odd[] = {
        0, -1, INT64_MAX, INT64_MIN, INT64_C(253402300799), INT64_C(253402300800)};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ftp_listing_time(text, odd[i]);
        assert_int_equal(strlen(text), 14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(looks_like_ls), PLACE_TEST(tells_facts),       cmocka_unit_test(chooses_facts),
        PLACE_TEST(names_only),    PLACE_TEST(forges_nothing),    PLACE_TEST(hides),
        PLACE_TEST(stops),         PLACE_TEST(lists_very_many),   cmocka_unit_test(matches),
        PLACE_TEST(bounds_work),   cmocka_unit_test(knows_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
