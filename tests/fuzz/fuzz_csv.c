/* The CSV readers. Whatever the file: every good row keeps the rules of its columns, every line is
 * told or kept, good rows are unique where they must be, and what is written again is read the
 * same. Input: byte 0 chooses the file and whether its header is optional, the rest is the file. */
#include "fuzz.h"

#include "allowlist.h"
#include "clientlist.h"
#include "keyfile.h"
#include "refusedlist.h"
#include "serverlist.h"

#include <string.h>

static void say(void *context, const char *sentence)
{
    MUST(*sentence && !strchr(sentence, '\n'));
    ++*(size_t *)context;
}

static size_t columns_of(const struct pb_table_kind *kind)
{
    size_t count = 0;
    while (count < PB_LINE_COLUMNS_MAX && kind->columns[count])
        count++;
    return count;
}

static bool clash(const struct pb_table_kind *kind, const struct pb_table_row *a,
                  const struct pb_table_row *b)
{
    for (size_t i = 0; i < columns_of(kind); i++)
        if (kind->unique >> i & 1 && strcmp(a->field[i], b->field[i]) != 0)
            return false;
    return kind->unique != 0;
}

/* One row, written and read as a file of its own. */
static void write_again(const struct pb_table_kind *kind, const struct pb_table_row *row)
{
    static char text[PB_LINE_MAX + 256];
    struct pb_table table = {0};
    size_t columns = columns_of(kind);
    size_t header = pb_line_write(text, sizeof text, kind->columns, columns);
    size_t size = header + pb_line_write(text + header, sizeof text - header, row->field, columns);
    MUST(size < sizeof text && size == strlen(text) && text[size - 1] == '\n');
    MUST(pb_table_parse(&table, kind, "again", text, size, false, NULL, NULL) == PB_OK);
    const struct pb_table_row *again = pb_table_next(&table, NULL);
    MUST(again && !pb_table_next(&table, again));
    for (size_t i = 0; i < columns; i++)
        MUST(strcmp(again->field[i], row->field[i]) == 0);
    pb_table_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pb_table_kind *const kinds[] = {&pb_keyfile_kind, &pb_allowlist_kind,
                                                 &pb_refusedlist_kind.table,
                                                 &pb_clientlist_kind.table, &pb_serverlist_kind};
    if (size < 1)
        return 0;
    const struct pb_table_kind *kind = kinds[data[0] % 5];
    size_t told = 0;
    unsigned line = 0;
    struct pb_table_report report = {.say = say, .context = &told};
    struct pb_table table = {0};
    struct pb_error error = {0};
    int result =
        pb_table_parse(&table, kind, "it", data + 1, size - 1, data[0] & 0x80, &report, &error);
    if (result != PB_OK) {
        MUST(result == PB_FILE && error.text[0] && !pb_table_next(&table, NULL));
        pb_table_free(&table);
        return 0;
    }
    size_t most = PB_TABLE_REPORTS_MAX;
    MUST(told == (table.bad_count > most ? most + 1 : table.bad_count));
    for (struct pb_table_row *row = NULL; (row = pb_table_next(&table, row));) {
        MUST(row->line > line);
        line = row->line;
        for (size_t i = 0; i < columns_of(kind); i++)
            MUST(!kind->check[i](row->field[i], strlen(row->field[i])));
        for (struct pb_table_row *next = row; (next = pb_table_next(&table, next));)
            MUST(!clash(kind, row, next));
        write_again(kind, row);
    }
    pb_table_free(&table);
    return 0;
}
