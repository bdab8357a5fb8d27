/* What a table is made of. Only for table.c (rows in memory and on disk) and tableread.c (lines
 * become rows): others see table.h. */
#ifndef PLUGBOARD_TABLE_PARTS_H
#define PLUGBOARD_TABLE_PARTS_H

#include "table.h"

/* How many columns the kind has. */
size_t pb_table_columns(const struct pb_table_kind *kind);

/* A sentence for the table's report. */
void pb_table_say(const struct pb_table *table, const char *format, ...) PB_PRINTF(2, 3);

/* PB_SYSTEM, always. */
int pb_table_no_memory(const struct pb_table *table, struct pb_error *error);

/* A zeroed row at the end, lent until the next one is made; NULL: no memory. */
struct pb_table_row *pb_table_new_row(struct pb_table *table);

/* Copies the fields into one block of the row's own; they may point into the one that it has.
 * False: no memory, and the row is as it was. */
bool pb_table_own_fields(struct pb_table_row *row, const char *const *fields, const size_t *sizes,
                         size_t count);

/* Wipes and frees all rows and the text. */
void pb_table_forget_rows(struct pb_table *table);

/* tableread.c: makes rows of table->text. On failure there are none. */
int pb_tableread_text(struct pb_table *table, bool header_optional,
                      struct pb_error *error) PB_CHECKED;

#endif
