/* Tables for people: columns under each other on standard output. */
#ifndef PLUGBOARD_COLUMNS_H
#define PLUGBOARD_COLUMNS_H

#include <stddef.h>

/* cells: row after row of `columns` texts, the first row the titles; all printable. The last column
 * is the one that may be long (a key): on a terminal it is cut, with "...", to what is left of the
 * line. */
void pb_columns_print(const char *const *cells, size_t rows, size_t columns);

#endif
