/* libcsv, a line at a time, so that a quote left open spoils one line and not the rest of the file.
 */
#include "line.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM = PB_LINE_MAX + PB_LINE_COLUMNS_MAX }; /* the fields and their NULs */

static bool parser_open(struct csv_parser *parser)
{
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    csv_set_blk_size(parser,
                     PB_LINE_MAX +
                         16); /* one block: growing would leave copies of private keys behind */
    return true;
}

static void parser_close(struct csv_parser *parser)
{
    if (parser->entry_buf)
        explicit_bzero(parser->entry_buf, parser->entry_size);
    csv_free(parser);
}

bool pb_line_open(struct pb_line *line)
{
    memset(line, 0, sizeof *line);
    line->text = malloc(TEXT_ROOM);
    if (line->text && parser_open(&line->parser))
        return true;
    free(line->text);
    line->text = NULL;
    return false;
}

void pb_line_close(struct pb_line *line)
{
    parser_close(&line->parser);
    explicit_bzero(line->text, TEXT_ROOM);
    free(line->text);
    line->text = NULL;
}

static void on_field(void *text, size_t size, void *context)
{
    struct pb_line *line = context;
    if (line->count < PB_LINE_COLUMNS_MAX) {
        char *to = line->text + line->used;
        if (size)
            memcpy(to, text, size);
        to[size] = 0;
        line->field[line->count] = to;
        line->size[line->count] = size;
        line->used += size + 1;
    }
    line->count++;
}

static void on_row(int end, void *context)
{
    (void)end;
    ((struct pb_line *)context)->rows++;
}

const char *pb_line_split(struct pb_line *line, const char *text, size_t size)
{
    struct csv_parser *parser = &line->parser;
    line->count = line->rows = line->used = 0;
    if (size > PB_LINE_MAX)
        return "the line is too long (over 69632 bytes)";
    if (memchr(text, 0, size))
        return "the line has a NUL byte in it";
    if (csv_parse(parser, text, size, on_field, on_row, line) == size &&
        csv_fini(parser, on_field, on_row, line) == 0)
        return line->rows > 1 ? "the line has a carriage return in its middle" : NULL;

    bool quoted = parser->quoted, memory = csv_error(parser) != CSV_EPARSE;
    parser_close(parser); /* after an error libcsv would go on in the middle of the field */
    if (!parser_open(parser) || memory)
        return "not enough memory";
    return quoted ? "its quotes are left open, or do not go round the whole column"
                  : "a quote in the middle of a column: put quotes round all of it and double "
                    "those inside";
}

/* One field, quoted if it would not come back the same otherwise. Writes at most size bytes;
 * returns its length. */
static size_t put_field(char *to, size_t size, const char *field)
{
    size_t length = strlen(field);
    bool plain = length > 0 && !strpbrk(field, ",\"\r\n") && !strchr(" \t", field[0]) &&
                 !strchr(" \t", field[length - 1]);
    if (!plain)
        return csv_write(to, size, field, length);
    if (length <= size)
        memcpy(to, field, length);
    return length;
}

size_t pb_line_write(char *to, size_t size, const char *const *fields, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bool fits = used < size;
        used += put_field(fits ? to + used : NULL, fits ? size - used : 0, fields[i]);
        if (used < size)
            to[used] = i + 1 < count ? ',' : '\n';
        used++;
    }
    if (size)
        to[used < size ? used : 0] = 0;
    return used;
}
