/* As wide as the widest cell. */
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { COLUMNS_MAX = 16, KEY_MIN = 16 };

/* Columns of the screen that a text takes. */
static int width_of(const char *text)
{
    wchar_t wide[320];
    size_t length = mbstowcs(wide, text, sizeof wide / sizeof *wide);
    int width = length < sizeof wide / sizeof *wide ? wcswidth(wide, length) : -1;
    return width >= 0 ? width : (int)strlen(text);
}

/* Room for the last column: the whole line of a file or pipe, the rest of the line of a terminal.
 */
static int room_after(int used)
{
    struct winsize window;
    if (!isatty(STDOUT_FILENO))
        return -1;
    int screen =
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col ? window.ws_col : 80;
    return screen - used > KEY_MIN ? screen - used : KEY_MIN;
}

/* cells: row after row of `columns` printable texts, the first row the titles. */
static void print(const char *const *cells, size_t rows, size_t columns)
{
    int width[COLUMNS_MAX] = {0}, used = 0;
    for (size_t i = 0; i + 1 < columns; i++) {
        for (size_t row = 0; row < rows; row++) {
            int need = width_of(cells[row * columns + i]);
            width[i] = need > width[i] ? need : width[i];
        }
        used += width[i] + 2;
    }
    int room = room_after(used);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            const char *cell = cells[row * columns + i];
            printf("%s%*s", cell, width[i] - width_of(cell) + 2, "");
        }
        const char *last = cells[row * columns + columns - 1];
        if (room >= 0 && strlen(last) > (size_t)room)
            printf("%.*s...\n", room - 3, last);
        else
            printf("%s\n", last);
    }
}

int pb_columns_print(const struct pb_table *table, const int *order, size_t columns,
                     struct pb_error *error)
{
    size_t count = 0, rows = 0;
    const char **cells = calloc(table->count + 1, columns * sizeof *cells);
    char(*number)[24] = calloc(table->count + 1, sizeof *number);
    int result = cells && number ? PB_OK : pb_status_fail(error, PB_SYSTEM, "not enough memory");
    if (result != PB_OK)
        goto out;
    for (size_t i = 0; i < columns; i++)
        cells[count++] = order[i] == PB_COLUMNS_NUMBER ? "N" : table->kind->columns[order[i]];
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));) {
        snprintf(number[rows], sizeof *number, "%zu", rows + 1);
        for (size_t i = 0; i < columns; i++)
            cells[count++] = order[i] == PB_COLUMNS_NUMBER ? number[rows] : row->field[order[i]];
        rows++;
    }
    print(cells, rows + 1, columns);
out:
    free(cells);
    free(number);
    return result;
}
