/* Only for plugin.c (loading) and pluginfile.c (the file before that): others see plugin.h. */
#ifndef PLUGBOARD_PLUGIN_PARTS_H
#define PLUGBOARD_PLUGIN_PARTS_H

#include "plugin.h"

/* PB_PLUGIN, always; the sentence begins with the file. */
int pb_plugin_fail(struct pb_error *error, const char *file, const char *format, ...)
    PB_PRINTF(3, 4);

/* Refuses a file that cannot be a plugin for this machine; nothing of it is run. PB_PLUGIN: with
 * what to do about it. */
int pb_pluginfile_check(const char *file, struct pb_error *error) PB_CHECKED;

#endif
