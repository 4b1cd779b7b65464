/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "deliver/local_file.h"

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
	size_t len;
	const char *text = local_text(job, &len);

	if (!text)
		return -1;
	return is_there(job->head, strlen(job->head), job->recipient) ||
	       is_there(text, len, job->recipient);
}
