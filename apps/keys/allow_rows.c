/* plugboard allow NAME [FILE]: rows that somebody handed over. */
#include "allow.h"

#include "ownkeys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What pubkey prints, and what a refused client is told to hand over. */
static const struct pb_table_kind handed = {
    .columns = {"cipher", "public"},
    .check = {pb_field_cipher, pb_field_key},
};
static const struct pb_table_kind whole = {
    .columns = {"name", "cipher", "public"},
    .check = {pb_field_claimed, pb_field_cipher, pb_field_key},
};

/* Lines typed or pasted at a terminal, up to an empty one. */
static int ask(const char *name, char **text, size_t *size, struct pb_error *error)
{
    FILE *memory = open_memstream(text, size);
    char *line = NULL;
    size_t room = 0;
    if (!memory)
        return pb_status_fail(error, PB_SYSTEM, "not enough memory");
    pb_options_say(
        "paste what 'plugboard pubkey' printed for %s (cipher,public), then an empty line:", name);
    while (getline(&line, &room, stdin) > 0 && line[strspn(line, " \t\r\n")])
        fputs(line, memory);
    free(line);
    return fclose(memory) == 0 ? PB_OK : pb_status_fail(error, PB_SYSTEM, "not enough memory");
}

static int read_text(const char *name, const char *file, char **text, size_t *size,
                     struct pb_error *error)
{
    bool standard = !file || strcmp(file, "-") == 0;
    if (!file && isatty(STDIN_FILENO))
        return ask(name, text, size, error);
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return pb_status_fail(error, PB_FILE, "%s cannot be read: %s", file, strerror(errno));
    int result = pb_rewrite_read(fd, standard ? "standard input" : file, PB_TABLE_FILE_MAX, text,
                                 size, error);
    if (!standard)
        close(fd);
    return result;
}

/* How many columns the first line has that is not blank; PB_FILE if it is the header of keys.csv:
 * private keys are nobody else's. */
static int first_line(const char *text, size_t size, const char *source, size_t *columns,
                      struct pb_error *error)
{
    struct pb_line line;
    int result = PB_OK;
    if (!pb_line_open(&line))
        return pb_status_fail(error, PB_SYSTEM, "not enough memory");
    *columns = 0;
    while (size > 0 && *columns == 0) {
        size_t length = strnlen(text, size), stop = 0;
        while (stop < length && text[stop] != '\n')
            stop++;
        if (!pb_line_split(&line, text, stop))
            *columns = line.count;
        stop += stop < size;
        text += stop;
        size -= stop;
    }
    if (*columns == 3 && strcmp(line.field[2], "private") == 0)
        result = pb_status_fail(
            error, PB_FILE,
            "%s has private keys in it: those stay with their owner, who hands over what "
            "'plugboard pubkey' prints",
            source);
    pb_line_close(&line);
    return result;
}

static int add(const char *folder, const char *name, const struct pb_table *table,
               const char *source, struct pb_error *error)
{
    size_t count = 0, others = 0, first = table->kind == &whole;
    struct pb_allowlist_entry *entries = calloc(table->count + 1, sizeof *entries);
    if (!entries)
        return pb_status_fail(error, PB_SYSTEM, "not enough memory");
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));) {
        if (first && strcmp(row->field[0], name) != 0 && strcmp(row->field[0], "NAME") != 0) {
            pb_options_say("%s:%u: not added: this row is for %s, not for %s", source, row->line,
                           row->field[0], name);
            others++;
            continue;
        }
        entries[count++] = (struct pb_allowlist_entry){
            .name = name, .cipher = row->field[first], .public_key = row->field[first + 1]};
    }
    int result =
        count ? pb_allowlist_add(folder, entries, count, false, &pb_ownkeys_report, error)
              : pb_status_fail(
                    error, PB_NOT_FOUND,
                    "%s has no row to add for %s: a row is cipher,public, as 'plugboard pubkey' "
                    "prints it",
                    source, name);
    if (result == PB_OK && pb_allow_tell(folder, entries, count) + table->bad_count + others > 0)
        result = PB_NOT_FOUND; /* said already, row by row */
    free(entries);
    return result;
}

int pb_allow_rows(const char *folder, const char *name, const char *file)
{
    struct pb_error error = {0};
    struct pb_table table = {0};
    char *text = NULL;
    size_t size = 0, columns = 0;
    const char *source = file && strcmp(file, "-") != 0 ? file : "standard input";
    int result = read_text(name, file, &text, &size, &error);
    if (result == PB_OK)
        result = first_line(text, size, source, &columns, &error);
    if (result == PB_OK)
        result = pb_table_parse(&table, columns == 3 ? &whole : &handed, source, text, size, true,
                                &pb_ownkeys_report, &error);
    if (result == PB_OK)
        result = add(folder, name, &table, source, &error);
    pb_table_free(&table);
    if (text)
        explicit_bzero(text, size);
    free(text);
    if (result == PB_OK)
        return 0;
    return error.status == PB_OK ? 1 : pb_options_report("allow", &error);
}
