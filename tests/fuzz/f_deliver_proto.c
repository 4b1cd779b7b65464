/* SPDX-License-Identifier: ISC */
/* run/deliver/local and remote: queued's packets at the deliverers.
 *
 * Covers: deliver/local_job.c deliver/remote_job.c */
#include "deliver/local_job.h"
#include "deliver/remote_job.h"
#include "tests/fuzz/fuzz.h"

static void
to_deliverers(const char *p, size_t len)
{
	struct local_job job;
	struct remote_job remote;
	char domain[ADDR_DOMAIN_MAX + 1];
	int fd = open("/dev/null", O_RDONLY);

	if (local_job_scan(&job, p, len, dup(fd)) == 0) {
		FUZZ_HOLDS(job.op && strchr("DCRLU", job.op));
		FUZZ_HOLDS(local_delivers(&job) ||
		    (!strchr(job.name, '/') && !strchr(job.mailbox, '/')));
		if (local_delivers(&job))
			local_address(&job);
	}
	local_job_free(&job);
	if (remote_job_scan(&remote, p, len, &fd, 1) == 0) {
		FUZZ_HOLDS(remote.nrecipients && remote.recipients_len);
		FUZZ_HOLDS(!remote.recipients[remote.recipients_len - 1]);
		remote_job_free(&remote);
	}
	if (remote_where_scan(domain, p, len) == 0)
		FUZZ_HOLDS(*domain && strlen(domain) <= ADDR_DOMAIN_MAX);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_copy(data, size);

	to_deliverers(p, size);
	free(p);
	return 0;
}
