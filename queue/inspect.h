/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_INSPECT_H
#define QUEUE_INSPECT_H

/* Is a spool file as spool(5) says?  Reads only; for queuectl check. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "lib/sa.h"
#include "queue/spool_load.h"

#define INSPECT_MAX      16  /* findings about one file */
#define INSPECT_WHAT_MAX 200 /* bytes of what was found */

struct finding {
	bool bad; /* somebody must see to it; else queued does, without loss */
	char what[INSPECT_WHAT_MAX];
	const char *mend; /* what queued does about it, or somebody should */
};
struct inspection {
	unsigned n;
	struct finding list[INSPECT_MAX];
};
/* fd: the file, open for reading; id: its name; owner: whose the spool is.  0,
 * or -1 with errno: it could not be read. */
int inspect_file(
    struct inspection *in, int fd, const char *id, uid_t owner);
/* (in, bad, mend, what...): the strings of what, joined. */
#define inspect_note(...) inspect_note_(__VA_ARGS__, (char *)0)
void inspect_note_(struct inspection *in, bool bad, const char *mend,
    const char *what, ...) __attribute__((sentinel));

/* Its head, envelope and status bytes are whole; the states and the journal. */
struct spool_head;
void inspect_states(struct inspection *in, const struct spool_head *h,
    const struct spool_image *image);

#endif
