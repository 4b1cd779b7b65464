/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdbout.h"
#include <cdb.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

struct cdbout {
	struct cdb_make make;
};

struct cdbout *
cdbout_start(int fd)
{
	struct cdbout *c = malloc(sizeof *c);

	if (c && cdb_make_start(&c->make, fd) == -1) {
		free(c);
		return NULL;
	}
	return c;
}

int
cdbout_put(struct cdbout *c, const void *key, size_t keylen, const void *data,
    size_t len)
{
	if (keylen > INT_MAX || len > INT_MAX) {
		errno = EFBIG;
		return -1;
	}
	errno = EFBIG; /* tinycdb sets ENOMEM, or what write says, or this */
	return cdb_make_add(
		   &c->make, key, (unsigned)keylen, data, (unsigned)len) == 0
		   ? 0
		   : -1;
}

int
cdbout_finish(struct cdbout *c)
{
	int r = cdb_make_finish(&c->make); /* frees its lists */

	free(c);
	return r == 0 ? 0 : -1;
}

void
cdbout_abort(struct cdbout *c)
{
	/* tinycdb frees its lists only here; what it writes fails, or is
	 * removed with the file */
	c->make.cdb_fd = -1;
	cdb_make_finish(&c->make);
	free(c);
}
