/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_CHECKPASSWORD_H
#define AUTHD_CHECKPASSWORD_H

/* What auth-checkpassword does before it runs the program. */
#include <stddef.h>
#include "authd/authd.h"

#define CHECKPASSWORD_MAX 512 /* bytes on descriptor 3 */
#define CHECKPASSWORD_USAGE                                                    \
	"usage: auth-checkpassword [-C HOME] program [argument ...]"

enum checkpassword_exit {
	CHECKPASSWORD_WRONG = 1,
	CHECKPASSWORD_MISUSE = 2,
	CHECKPASSWORD_TEMPORARY = 111
};
struct checkpassword {
	char data[CHECKPASSWORD_MAX + 1];
	const char *user, *password; /* into data */
};
/* Takes the bytes apart: 1; 0: not what the interface says. */
int checkpassword_parse(struct checkpassword *cp, size_t len);
/* Reads descriptor 3 and closes it; ends the program with 2 or 111. */
void checkpassword_read(struct checkpassword *cp);
/* Asks authd, sets the environment; ends the program unless it is a yes. */
void checkpassword_verify(struct checkpassword *cp);

#endif
