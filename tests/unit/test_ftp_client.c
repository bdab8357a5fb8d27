/* What the FTP client makes of lines that a server lists, of lines that somebody types, and of
 * names here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ftp/facts.h"
#include "ftp/part.h"
#include "ftp/words.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- listings ---- */

static bool mlsd(struct ftp_facts *facts, const char *line)
{
    return ftp_facts_mlsd(facts, line, strlen(line));
}

static void assert_name(const struct ftp_facts *facts, const char *name)
{
    assert_int_equal(facts->name_size, strlen(name));
    assert_memory_equal(facts->name, name, facts->name_size);
}

/* Facts in any order and letters; the name is all that is behind the first blank, blanks and
 * semicolons too. */
static void test_mlsd(void **state)
{
    struct ftp_facts facts;
    (void)state;
    assert_true(
        mlsd(&facts, "Type=FILE;Size=12;Modify=20260102030405.123;UNIX.mode=0644;x.y=z; a ;b=c;"));
    assert_int_equal(facts.type, FTP_FACTS_FILE);
    assert_true(facts.has_size && facts.has_time && facts.has_mode);
    assert_int_equal(facts.size, 12);
    assert_int_equal(facts.time, 1767323045);
    assert_int_equal(facts.mode, 0644);
    assert_name(&facts, "a ;b=c;");
    assert_true(mlsd(&facts, " only a name"));
    assert_int_equal(facts.type, FTP_FACTS_UNKNOWN);
    assert_true(mlsd(&facts, "type=cdir; ."));
    assert_int_equal(facts.type, FTP_FACTS_SELF);
    assert_true(mlsd(&facts, "type=OS.unix=slink:/etc;size=99999999999999999999; l"));
    assert_int_equal(facts.type, FTP_FACTS_OTHER);
    assert_false(facts.has_size);
    static const char *const bad[] = {"",        "name", "type=file;", "type=file; ", "type=file a",
                                      "type; a", ";; a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(mlsd(&facts, bad[i]));
}

/* ls -l: a name with blanks, at its beginning too; links end before their arrow; "total" is no
 * entry. */
static void test_unix(void **state)
{
    struct ftp_facts facts;
    const char *file = "-rw-r-----   1 a b 17 Jan 01 12:00  two words ",
               *link = "lrwxrwxrwx 1 a b 3 Jan 01 2025 l -> etc";
    (void)state;
    assert_true(ftp_facts_unix(&facts, file, strlen(file)));
    assert_int_equal(facts.type, FTP_FACTS_FILE);
    assert_int_equal(facts.size, 17);
    assert_int_equal(facts.mode, 0640);
    assert_name(&facts, " two words ");
    assert_true(ftp_facts_unix(&facts, link, strlen(link)));
    assert_int_equal(facts.type, FTP_FACTS_OTHER);
    assert_name(&facts, "l");
    static const char *const bad[] = {"total 12", "", "-rw-r--r--",
                                      "-rw-r--r-- 1 a b 17 Jan 01 12:00", "drwx"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ftp_facts_unix(&facts, bad[i], strlen(bad[i])));
}

/* No name from a server leads out of a folder here, or to a terminal. */
static void test_unsafe(void **state)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      "a/b",
                                      "/etc/passwd",
                                      "../x",
                                      "a\nb",
                                      "a\rb",
                                      "\033[2J",
                                      "a\177",
                                      ".pb-0123456789abcdef.part"};
    static const char *const good[] = {
        "a",    "...", "..a", ".a", "|touch x", "-rf", "a b", "\xff\xfe", "gr\xc3\xbc\xc3\x9f",
        "$(x)", "a\\b"};
    char longest[257];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(ftp_facts_unsafe(bad[i], strlen(bad[i])));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(ftp_facts_unsafe(good[i], strlen(good[i])));
    memset(longest, 'a', sizeof longest);
    assert_null(ftp_facts_unsafe(longest, 255));
    assert_non_null(ftp_facts_unsafe(longest, 256));
    assert_non_null(ftp_facts_unsafe("a\0b", 3));
}

/* ---- typed lines ---- */

static struct ftp_words split(const char *line)
{
    struct ftp_words words;
    assert_int_equal(ftp_words_split(&words, line, strlen(line), NULL), PB_OK);
    return words;
}

/* Quotes and backslashes make one word, and what was quoted is no pattern. */
static void test_words(void **state)
{
    (void)state;
    struct ftp_words words = split("  get 'a b'\"c*\" d\\ e f*g \\* \"\"  ");
    assert_int_equal(words.count, 6);
    assert_string_equal(words.word[0], "get");
    assert_false(ftp_words_pattern(words.word[1]));
    ftp_words_plain(words.word[1]);
    assert_string_equal(words.word[1], "a bc*");
    assert_string_equal(words.word[2], "d e");
    assert_true(ftp_words_pattern(words.word[3]));
    assert_false(ftp_words_pattern(words.word[4]));
    ftp_words_plain(words.word[4]);
    assert_string_equal(words.word[4], "*");
    assert_string_equal(words.word[5], "");
    assert_null(words.word[6]);
    ftp_words_free(&words);
    words = split("# a comment 'not closed");
    assert_int_equal(words.count, 0);
    ftp_words_free(&words);
    words = split("get a#b");
    assert_string_equal(words.word[1], "a#b");
    ftp_words_free(&words);
}

/* A quote that is not closed, a NUL and too many words do nothing at all. */
static void test_bad_words(void **state)
{
    struct ftp_words words;
    char many[2 * FTP_WORDS_MAX + 3];
    (void)state;
    assert_int_equal(ftp_words_split(&words, "get 'a", 6, NULL), PB_USAGE);
    ftp_words_free(&words);
    assert_int_equal(ftp_words_split(&words, "get\0a", 5, NULL), PB_USAGE);
    ftp_words_free(&words);
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? ' ' : 'a';
    assert_int_equal(ftp_words_split(&words, many, sizeof many - 1, NULL), PB_USAGE);
    ftp_words_free(&words);
    assert_int_equal(ftp_words_split(&words, many, sizeof many - 3, NULL), PB_OK);
    ftp_words_free(&words);
}

/* ---- parts ---- */

static int folder;

static void write_file(const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void assert_file(const char *name, const char *text)
{
    char found[64] = "";
    int fd = openat(folder, name, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, found, sizeof found - 1);
    close(fd);
    assert_int_equal(size, strlen(text));
    assert_string_equal(found, text);
}

/* The old file stays until the new one is whole, and gives it its permissions. */
static void test_part(void **state)
{
    struct ftp_part part;
    struct stat status;
    (void)state;
    write_file("a", "old");
    assert_int_equal(ftp_part_open(&part, folder, "a", false, NULL), PB_OK);
    assert_true(ftp_part_is(part.hidden, strlen(part.hidden)));
    assert_int_equal(ftp_part_write(&part, "new!", 4, NULL), PB_OK);
    assert_file("a", "old");
    assert_true(ftp_part_close(&part, false));
    assert_file("a", "old");

    assert_int_equal(ftp_part_open(&part, folder, "a", true, NULL),
                     PB_OK); /* goes on with what was left */
    assert_int_equal(part.have, 4);
    assert_int_equal(ftp_part_write(&part, "!!", 2, NULL), PB_OK);
    assert_int_equal(ftp_part_finish(&part, 1000000000, NULL), PB_OK);
    assert_int_equal(faccessat(folder, part.hidden, F_OK, 0), -1);
    assert_false(ftp_part_close(&part, true));
    assert_file("a", "new!!!");
    assert_int_equal(fstatat(folder, "a", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_mtime, 1000000000);
}

/* Without a part, to go on means: with a copy of what is there; the file itself is not touched. */
static void test_part_copy(void **state)
{
    struct ftp_part part;
    (void)state;
    write_file("b", "beginning");
    assert_int_equal(ftp_part_open(&part, folder, "b", true, NULL), PB_OK);
    assert_int_equal(part.have, 9);
    assert_int_equal(ftp_part_write(&part, " and end", 8, NULL), PB_OK);
    assert_file("b", "beginning");
    assert_int_equal(ftp_part_finish(&part, -1, NULL), PB_OK);
    ftp_part_close(&part, false);
    assert_file("b", "beginning and end");
}

/* One transfer a name; a folder is not replaced; a part that is wrong or empty goes; a planted link
 * is not followed. */
static void test_part_refused(void **state)
{
    struct ftp_part part, second;
    (void)state;
    assert_int_equal(ftp_part_open(&part, folder, "c", false, NULL), PB_OK);
    assert_int_equal(ftp_part_open(&second, folder, "c", false, NULL), PB_FILE);
    ftp_part_close(&second, false);
    assert_int_equal(ftp_part_write(&part, "x", 1, NULL), PB_OK);
    assert_false(ftp_part_close(&part, true));
    assert_int_equal(faccessat(folder, part.hidden, F_OK, 0), -1);
    assert_int_equal(ftp_part_open(&part, folder, "c", false, NULL), PB_OK);
    assert_false(ftp_part_close(&part, false));
    assert_int_equal(faccessat(folder, part.hidden, F_OK, 0), -1);

    write_file("victim", "safe");
    assert_int_equal(symlinkat("victim", folder, part.hidden), 0);
    assert_int_equal(ftp_part_open(&second, folder, "c", false, NULL), PB_FILE);
    ftp_part_close(&second, false);
    assert_file("victim", "safe");
    assert_int_equal(unlinkat(folder, part.hidden, 0), 0);

    assert_int_equal(mkdirat(folder, "d", 0700), 0);
    assert_int_equal(ftp_part_open(&second, folder, "d", false, NULL), PB_FILE);
    ftp_part_close(&second, false);
}

/* The longest name that a file can have is no trouble: the hidden one is short. */
static void test_part_long(void **state)
{
    struct ftp_part part;
    char name[257];
    (void)state;
    memset(name, 'n', sizeof name);
    name[255] = 0;
    assert_int_equal(ftp_part_open(&part, folder, name, false, NULL), PB_OK);
    assert_int_equal(ftp_part_finish(&part, -1, NULL), PB_OK);
    ftp_part_close(&part, false);
    assert_int_equal(faccessat(folder, name, F_OK, 0), 0);
    name[255] = 'n';
    name[256] = 0;
    assert_int_equal(ftp_part_open(&part, folder, name, false, NULL), PB_FILE);
    ftp_part_close(&part, false);
}

static char place[] = "/tmp/plugboard-part-XXXXXX";

static int enter(void **state)
{
    (void)state;
    folder = mkdtemp(place) ? open(place, O_RDONLY | O_DIRECTORY) : -1;
    return folder < 0;
}

static int leave(void **state)
{
    char name[256];
    (void)state;
    static const char *const names[] = {"a", "b", "victim"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(folder, names[i], 0);
    unlinkat(folder, "d", AT_REMOVEDIR);
    memset(name, 'n', 255);
    name[255] = 0;
    unlinkat(folder, name, 0);
    close(folder);
    return rmdir(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mlsd),      cmocka_unit_test(test_unix),
        cmocka_unit_test(test_unsafe),    cmocka_unit_test(test_words),
        cmocka_unit_test(test_bad_words), cmocka_unit_test(test_part),
        cmocka_unit_test(test_part_copy), cmocka_unit_test(test_part_refused),
        cmocka_unit_test(test_part_long),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
