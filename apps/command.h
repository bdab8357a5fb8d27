/* The commands of the program: one function each, all listed in the table of main.c. */
#ifndef PLUGBOARD_COMMAND_H
#define PLUGBOARD_COMMAND_H

#include "options.h"

/* argv[0] is "plugboard NAME", so that argp's messages and --help name the command. Returns the exit code. */
typedef int pb_command(int argc, char **argv);

pb_command pb_command_try, pb_command_server, pb_command_client;
pb_command pb_command_keygen, pb_command_pubkey, pb_command_allow, pb_command_deny, pb_command_forget, pb_command_clients, pb_command_demo_keys;
pb_command pb_command_ciphers;
pb_command pb_command_ftpd, pb_command_ftp_user, pb_command_ftp;

#endif
