/* All verbs. */
#include "verbs.h"

#include "handlers.h"
#include "request.h"

#define NONE    FTP_ARGUMENT_NONE
#define MAY     FTP_ARGUMENT_MAY
#define MUST    FTP_ARGUMENT_MUST
#define LOGIN   FTP_RULE_LOGIN
#define WRITES  (FTP_RULE_WRITES | FTP_RULE_LOGIN)
#define DATA    (FTP_RULE_DATA | FTP_RULE_LOGIN)
#define AT_ONCE FTP_RULE_AT_ONCE
#define KEEPS   FTP_RULE_KEEPS
#define HIDDEN  FTP_RULE_HIDDEN

const struct ftp_verb ftp_verbs[] = {
    /* who */
    {"USER", MUST, 0, ftp_run_user, "NAME: who you are"},
    {"PASS", MAY, 0, ftp_run_pass, "PASSWORD: and that you are"},
    {"ACCT", MAY, LOGIN, ftp_run_not_needed, "not needed here"},
    {"REIN", NONE, 0, ftp_run_rein, "log out, but stay"},
    {"QUIT", NONE, 0, ftp_run_quit, "goodbye"},
    /* where */
    {"CWD", MUST, LOGIN, ftp_run_cwd, "FOLDER: go there"},
    {"CDUP", NONE, LOGIN, ftp_run_cdup, "go to the folder above"},
    {"PWD", NONE, LOGIN, ftp_run_pwd, "where am I"},
    {"MKD", MUST, WRITES, ftp_run_mkd, "FOLDER: make it"},
    {"RMD", MUST, WRITES, ftp_run_rmd, "FOLDER: remove it, if it is empty"},
    {"DELE", MUST, WRITES, ftp_run_dele, "FILE: remove it"},
    {"RNFR", MUST, WRITES | KEEPS, ftp_run_rnfr, "NAME: rename this"},
    {"RNTO", MUST, WRITES, ftp_run_rnto, "NAME: to that"},
    {"MFMT", MUST, WRITES, ftp_run_mfmt, "YYYYMMDDHHMMSS FILE: set when it was changed"},
    {"SITE", MUST, LOGIN, ftp_run_site, "CHMOD MODE FILE, or HELP"},
    /* how data travel */
    {"TYPE", MUST, LOGIN | KEEPS, ftp_run_type, "A or I: lines, or bytes as they are"},
    {"MODE", MUST, LOGIN | KEEPS, ftp_run_mode, "S: as a stream"},
    {"STRU", MUST, LOGIN | KEEPS, ftp_run_stru, "F: as files"},
    {"PASV", NONE, LOGIN | KEEPS, ftp_run_pasv, "the server waits for the data connection"},
    {"EPSV", MAY, LOGIN | KEEPS, ftp_run_epsv, "[1|2|ALL]: the same, for IPv6 too"},
    {"PORT", MUST, LOGIN | KEEPS, ftp_run_port, "H,H,H,H,P,P: the client waits for it"},
    {"EPRT", MUST, LOGIN | KEEPS, ftp_run_eprt, "|1|ADDRESS|PORT|: the same, for IPv6 too"},
    {"REST", MUST, LOGIN | KEEPS, ftp_run_rest, "OFFSET: the next transfer begins there"},
    {"ALLO", MUST, LOGIN | KEEPS, ftp_run_allo, "BYTES: would they find room"},
    /* transfers */
    {"RETR", MUST, DATA, ftp_run_retr, "FILE: send it to me"},
    {"STOR", MUST, DATA | WRITES, ftp_run_stor, "FILE: I send it"},
    {"STOU", MAY, DATA | WRITES, ftp_run_stou,
     "[FILE]: I send it, and nothing is to be overwritten"},
    {"APPE", MUST, DATA | WRITES, ftp_run_appe, "FILE: I send what is to be added to it"},
    {"LIST", MAY, DATA, ftp_run_list, "[FOLDER|FILE|PATTERN]: a listing for eyes"},
    {"NLST", MAY, DATA, ftp_run_list, "[FOLDER|FILE|PATTERN]: names alone"},
    {"MLSD", MAY, DATA, ftp_run_list, "[FOLDER]: a listing for programs"},
    {"ABOR", NONE, AT_ONCE, ftp_run_abor, "give up the transfer that is under way"},
    /* what is there */
    {"MLST", MAY, LOGIN, ftp_run_mlst, "[NAME]: the facts of one"},
    {"SIZE", MUST, LOGIN | KEEPS, ftp_run_size, "FILE: how many bytes"},
    {"MDTM", MUST, LOGIN | KEEPS, ftp_run_mdtm, "FILE: when it was changed"},
    {"HASH", MUST, LOGIN | KEEPS, ftp_run_hash, "FILE: its SHA-256"},
    {"STAT", MAY, LOGIN | AT_ONCE, ftp_run_stat, "[NAME]: how things are, or a listing"},
    /* what kind of server this is */
    {"SYST", NONE, 0, ftp_run_syst, "what system this is"},
    {"FEAT", NONE, 0, ftp_run_feat, "what this server can do"},
    {"OPTS", MUST, 0, ftp_run_opts, "UTF8 ON, MLST FACTS, HASH SHA-256"},
    {"CLNT", MAY, 0, ftp_run_clnt, "NAME: what program you are"},
    {"HELP", MAY, 0, ftp_run_help, "[VERB]: this"},
    {"NOOP", NONE, AT_ONCE | KEEPS, ftp_run_noop, "nothing, but an answer"},
    /* the names of RFC 775 */
    {"XCWD", MUST, LOGIN | HIDDEN, ftp_run_cwd, "as CWD"},
    {"XCUP", NONE, LOGIN | HIDDEN, ftp_run_cdup, "as CDUP"},
    {"XPWD", NONE, LOGIN | HIDDEN, ftp_run_pwd, "as PWD"},
    {"XMKD", MUST, WRITES | HIDDEN, ftp_run_mkd, "as MKD"},
    {"XRMD", MUST, WRITES | HIDDEN, ftp_run_rmd, "as RMD"},
    /* asked for by some, and answered in words */
    {"SMNT", MAY, HIDDEN, ftp_run_not_here, "not done here"},
    {"AUTH", MAY, HIDDEN, ftp_run_auth, "not done here"},
    {"PBSZ", MAY, HIDDEN, ftp_run_auth, "not done here"},
    {"PROT", MAY, HIDDEN, ftp_run_auth, "not done here"},
    {"CCC", MAY, HIDDEN, ftp_run_auth, "not done here"},
    {"ADAT", MAY, HIDDEN, ftp_run_auth, "not done here"},
};
const size_t ftp_verb_count = sizeof ftp_verbs / sizeof *ftp_verbs;

const struct ftp_verb *ftp_verb_find(const char *name)
{
    for (size_t i = 0; i < ftp_verb_count; i++)
        if (ftp_request_is(name, ftp_verbs[i].name))
            return &ftp_verbs[i];
    return NULL;
}
