/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_DIRS_H
#define LIB_SERVICE_DIRS_H

/* The folders of a home: the dir and file lines of conf-services.
 *
 * As root, owners and modes are mended: of everything beneath a folder that
 * had another owner (only entries of that owner: no hard link to a stranger's
 * file changes hands), and of every entry of a folder with a FILEMODE.
 * Symbolic links are never followed.  Without root, what is missing is made. */
#include <sys/types.h>

struct service_dir {
	const char *path, *owner, *group; /* "root" or an account */
	mode_t mode;
	mode_t filemode; /* of the files beneath; 0: theirs to say */
};
extern const struct service_dir service_dirs[];  /* path NULL ends */
extern const struct service_dir service_files[]; /* single files, mode only */

/* Makes or mends one folder of the table.  0, or -1 with errno. */
int service_dir_mend(const struct service_dir *dir);
/* Makes or mends all of them, and the files.  0, or -1 with errno and *what
 * the path. */
int service_dirs_mend(const char **what);
/* The table's line for a path, or NULL. */
const struct service_dir *service_dir_find(const char *path);

#endif
