/* SPDX-License-Identifier: ISC */
#ifndef POP3D_SCRATCH_H
#define POP3D_SCRATCH_H

/* Memory to work in for the time of one call; nothing in it outlives that.
 * Untouched pages cost an idle session nothing. */
#define SCRATCH_SIZE 65536 /* bytes */
extern char scratch[SCRATCH_SIZE];

#endif
