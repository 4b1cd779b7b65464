/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LOCAL_FILE_H
#define DELIVER_LOCAL_FILE_H

/* The message that a job reads, and the file and folder that it makes of it.
 * Inside deliver/ only. */
#include "deliver/local_job.h"

#define LOCAL_TEXT_MAX 65536 /* bytes kept for several jobs */

/* The beginning of the message, up to LOCAL_TEXT_MAX bytes, read once for jobs
 * that share it; NULL: errno.  Good until the next message's. */
const char *local_text(const struct local_job *job, size_t *len);
/* Line ends in it. */
uint64_t local_text_lines(void);
/* Files.  Each: 0, or -1 with errno.  local_write needs local_open. */
int local_write(struct local_job *job);
/* Gives the written file its name in tmp/.  One of the same name is this very
 * delivery, tried before, and gives way. */
int local_name(struct local_job *job);
/* Of a written file that is not to get its name: takes its own from it, if any. */
void local_forget(struct local_job *job);
/* 1: it is not in tmp/, and that does not prove that it was delivered. */
int local_rename(struct local_job *job);
/* Links the file of 'C' to new/, once in its life. */
int local_link(struct local_job *job);
int local_undo(struct local_job *job);

#endif
