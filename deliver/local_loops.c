/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "deliver/local_job.h"

#define HEADER_LOOK_MAX 65536 /* bytes of the message that are searched */

#define FIELD "delivered-to:"

/* Is this line "Delivered-To: address", any case, blanks around? */
static bool
says(const char *line, size_t len, const char *address)
{
	size_t skip = sizeof FIELD - 1, alen = strlen(address);

	if (len < skip || strncasecmp(line, FIELD, skip) != 0)
		return false;
	line += skip;
	len -= skip;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	return len == alen && strncasecmp(line, address, len) == 0;
}

static int
read_head(const struct local_job *job, char *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	if (size > job->size)
		size = job->size;
	while (done < size) {
		n = pread(
		    job->message, buf + done, size - done, job->offset + done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

static bool
is_there(const char *p, size_t len, const char *address)
{
	const char *end = p + len, *nl;

	while (p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		if (nl == p)
			return false; /* the header ends here */
		if (says(p, (size_t)(nl - p), address))
			return true;
		p = nl + 1;
	}
	return false;
}

int
local_loops(const struct local_job *job)
{
	char buf[HEADER_LOOK_MAX];
	int len = read_head(job, buf, sizeof buf);

	if (len == -1)
		return -1;
	return is_there(job->head, strlen(job->head), job->recipient) ||
	       is_there(buf, (size_t)len, job->recipient);
}
