/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_ETC_CHECK_H
#define CDB_TOOLS_ETC_CHECK_H

/* What etccheck looks at: everything in etc/ that userdb, aliasdb and netdb do
 * not compile, judged by the code that the daemons read it with. */
#include "lib/line.h"

/* warnings: "etc/NAME: ..." for what is only odd, such as a name of no setting
 * that is nearly one.  Ends the program with 111 where etc/ cannot be read. */
void etc_check(struct line_errors *errors, struct line_errors *warnings);
/* A part of it: the names in the folder, and their modes. */
void etc_names(struct line_errors *errors, struct line_errors *warnings);

#endif
