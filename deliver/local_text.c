/* SPDX-License-Identifier: ISC */
/* The message in memory: one that goes to many mailboxes is read once. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "deliver/local_file.h"
#include "lib/text.h"

static char text[LOCAL_TEXT_MAX];
static size_t have;
static uint64_t number, lines; /* of the message in text; 0: nobody's */

static int
read_text(const struct local_job *job)
{
	size_t want = job->size < sizeof text ? job->size : sizeof text;
	ssize_t n;

	for (have = 0; have < want; have += (size_t)n) {
		n = pread(job->message, text + have, want - have,
		    (off_t)(job->offset + have));
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return -1;
		else if (n == 0)
			break;
	}
	lines = text_count(text, have, '\n');
	return 0;
}

const char *
local_text(const struct local_job *job, size_t *len)
{
	if (!job->text || job->text != number) {
		number = 0;
		if (read_text(job) == -1)
			return NULL;
		number = job->text;
	}
	*len = have;
	return text;
}

uint64_t
local_text_lines(void)
{
	return lines;
}
