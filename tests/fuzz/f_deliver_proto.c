/* SPDX-License-Identifier: ISC */
/* run/deliver/local and remote: queued's packets at the deliverers.
 *
 * Covers: deliver/local_job.c deliver/local_bundle.c deliver/remote_job.c */
#include "deliver/local_job.h"
#include "deliver/remote_job.h"
#include "tests/fuzz/fuzz.h"

static void
look_at(struct local_job *job)
{
	FUZZ_HOLDS(job->op && strchr("DCRLU", job->op));
	FUZZ_HOLDS(local_delivers(job) ||
	    (!strchr(job->name, '/') && !strchr(job->mailbox, '/')));
	FUZZ_HOLDS(job->message != -1 || strchr("RU", job->op));
	if (local_delivers(job))
		local_address(job);
	local_job_free(job);
}

static void
to_local(const char *p, size_t len, int fd)
{
	static struct local_job jobs[DELIVER_BUNDLE_MAX];
	int fds[] = { dup(fd), dup(fd) };
	int n = local_jobs_scan(jobs, p, len, fds, 2);

	FUZZ_HOLDS(n == -1 || (n > 0 && n <= DELIVER_BUNDLE_MAX));
	while (n > 0)
		look_at(&jobs[--n]);
	*fds = dup(fd);
	n = local_jobs_scan(jobs, p, len, fds, 1);
	while (n > 0)
		look_at(&jobs[--n]);
	n = local_jobs_scan(jobs, p, len, NULL, 0);
	while (n > 0)
		look_at(&jobs[--n]);
}

static void
to_deliverers(const char *p, size_t len)
{
	struct remote_job remote;
	char domain[ADDR_DOMAIN_MAX + 1];
	int fd = open("/dev/null", O_RDONLY);

	to_local(p, len, fd);
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
