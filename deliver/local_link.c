/* SPDX-License-Identifier: ISC */
/* Delivery of a file that never had a name ('C', then 'L').
 *
 * The kernel gives such a file a name once: as long as somebody holds its
 * descriptor, a second linkat fails, also where the customer has deleted the
 * first name since.  So queued may ask again after a worker died, and nobody
 * gets a message twice. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "deliver/local_file.h"
#include "deliver/reply.h"

static int
link_new(const struct local_job *job)
{
	char from[64], to[sizeof "new/" + MAILDIR_NAME_MAX];

	snprintf(to, sizeof to, "new/%s", job->name);
	/* the process that made a file may say so (Linux 6.10); others have to
	 * go by /proc, which costs the kernel four look-ups */
	if (linkat(job->message, "", job->folder, to, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	snprintf(from, sizeof from, "/proc/self/fd/%d", job->message);
	return linkat(AT_FDCWD, from, job->folder, to, AT_SYMLINK_FOLLOW);
}

int
local_link(struct local_job *job)
{
	struct stat st;
	int rc;

	if (fstat(job->message, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EPROTO;
		return -1;
	}
	reply_prepare(job);
	if (!st.st_nlink) {
		rc = link_new(job);
		/* new/ is missing, or it was linked and deleted before */
		if (rc == -1 && errno == ENOENT) {
			if (local_mend(job) == -1)
				return -1;
			rc = link_new(job);
		}
		/* EEXIST: this very delivery, asked for twice in one message */
		if (rc == -1 && errno != ENOENT && errno != EEXIST)
			return -1;
		job->moved = rc == 0;
	}
	job->state = LOCAL_MOVED;
	return 0;
}
