/* The functions behind the verbs, by chapter. Each says its whole reply. */
#ifndef PLUGBOARD_FTPD_HANDLERS_H
#define PLUGBOARD_FTPD_HANDLERS_H

#include "verbs.h"

typedef void ftp_run(struct ftp_session *session, const struct ftp_verb *verb,
                     const char *argument);

ftp_run ftp_run_user, ftp_run_pass, ftp_run_rein, ftp_run_quit; /* login.c */
ftp_run ftp_run_cwd, ftp_run_cdup, ftp_run_pwd, ftp_run_mkd, ftp_run_rmd, ftp_run_dele,
    ftp_run_rnfr, ftp_run_rnto; /* place.c */
ftp_run ftp_run_mfmt, ftp_run_site;
ftp_run ftp_run_type, ftp_run_mode, ftp_run_stru, ftp_run_pasv, ftp_run_epsv, ftp_run_port,
    ftp_run_eprt; /* data.c */
ftp_run ftp_run_rest, ftp_run_allo, ftp_run_retr, ftp_run_stor, ftp_run_stou, ftp_run_appe,
    ftp_run_abor;                                 /* transfer.c */
ftp_run ftp_run_list, ftp_run_mlst, ftp_run_stat; /* lists.c */
ftp_run ftp_run_size, ftp_run_mdtm, ftp_run_hash, ftp_run_syst, ftp_run_feat,
    ftp_run_opts; /* info.c */
ftp_run ftp_run_clnt, ftp_run_help, ftp_run_noop, ftp_run_not_needed, ftp_run_not_here,
    ftp_run_auth;

#endif
