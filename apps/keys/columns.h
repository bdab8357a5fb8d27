/* Tables for people: columns under each other on standard output. */
#ifndef PLUGBOARD_COLUMNS_H
#define PLUGBOARD_COLUMNS_H

#include "table.h"

#include <stddef.h>

#define PB_COLUMNS_NUMBER (-1) /* in the place of a column: the rows are counted, from 1 */

/* Prints the good rows of a table, under titles: of each the columns named in order[]. The last
 * column is the one that may be long (a key): on a terminal it is cut, with "...", to what is left
 * of the line. */
int pb_columns_print(const struct pb_table *table, const int *order, size_t columns,
                     struct pb_error *error) PB_CHECKED;

#endif
