/* Between root.c, change.c, upload.c and listing.c: the one way to open something below the root.
 */
#ifndef PLUGBOARD_FTP_ROOT_AT_H
#define PLUGBOARD_FTP_ROOT_AT_H

struct ftp_root;

/* As open(2), with openat2's containment, without a terminal, closed on exec. -1 and errno. Checks
 * no name for being hidden. */
int ftp_root_at(const struct ftp_root *root, const char *path, int flags);

#endif
