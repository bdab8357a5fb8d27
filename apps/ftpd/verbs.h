/* The table of verbs: its columns carry the rules, so that no handler can forget one. */
#ifndef PLUGBOARD_FTPD_VERBS_H
#define PLUGBOARD_FTPD_VERBS_H

#include <stdbool.h>
#include <stddef.h>

struct ftp_session;

enum ftp_argument { FTP_ARGUMENT_NONE, FTP_ARGUMENT_MAY, FTP_ARGUMENT_MUST };

enum ftp_rule {
    FTP_RULE_LOGIN = 1,   /* only after login: 530 before */
    FTP_RULE_WRITES = 2,  /* not where everything is read-only: 550 */
    FTP_RULE_DATA = 4,    /* needs a data connection */
    FTP_RULE_AT_ONCE = 8, /* answered while a transfer goes on, too */
    FTP_RULE_KEEPS = 16,  /* leaves what RNFR and REST said in force */
    FTP_RULE_HIDDEN = 32, /* not in HELP: an old name of another verb */
};

struct ftp_verb {
    const char *name;
    enum ftp_argument argument;
    unsigned rules;
    void (*run)(struct ftp_session *session, const struct ftp_verb *verb, const char *argument);
    const char *help; /* "ARGUMENT: what it does" */
};

extern const struct ftp_verb ftp_verbs[];
extern const size_t ftp_verb_count;

/* NULL: there is none of this name, in any case. */
const struct ftp_verb *ftp_verb_find(const char *name);

#endif
