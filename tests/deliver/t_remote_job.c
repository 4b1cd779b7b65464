/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "deliver/remote_job.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1
#define BEFORE                                                                 \
	"D"                                                                    \
	"1:1,"                                                                 \
	"1:7,"                                                                 \
	"3:abc,"                                                               \
	"11:far.example,"                                                      \
	"3:a@b,"
#define BEHIND                                                                 \
	"2:8s,"                                                                \
	"3:100,"                                                               \
	"3:200,"                                                               \
	"5:a: b\n,"

static const struct {
	const char *name, *wire;
	size_t len;
	int nfds, result;
	unsigned n;
} rows[] = {
	{ "one", B(BEFORE "4:c@d\0," BEHIND), 1, 0, 1 },
	{ "two", B(BEFORE "8:c@d\0e@f\0," BEHIND), 1, 0, 2 },
	{ "in a file", B(BEFORE "0:," BEHIND), 2, 0, 3 },
	{ "no file", B(BEFORE "0:," BEHIND), 1, -1, 0 },
	{ "no message", B(BEFORE "4:c@d\0," BEHIND), 0, -1, 0 },
	{ "not ended", B(BEFORE "3:c@d," BEHIND), 1, -1, 0 },
	{ "an empty one", B(BEFORE "5:c@d\0\0," BEHIND), 1, -1, 0 },
	{ "only an empty one", B(BEFORE "1:\0," BEHIND), 1, -1, 0 },
	{ "other version",
	    B("D"
	      "1:2,"
	      "1:7,"
	      "0:,"
	      "1:a,"
	      "0:,"
	      "4:c@d\0," BEHIND),
	    1, -1, 0 },
	{ "a size too large",
	    B(BEFORE "4:c@d\0,"
		     "0:,"
		     "1:0,"
		     "19:9223372036854775807,"),
	    1, -1, 0 },
	{ "other operation",
	    B("W"
	      "1:1,"
	      "1:a,"),
	    1, -1, 0 },
};

static int
scan(const char *wire, size_t len, int nfds, unsigned *n)
{
	int fds[2] = { memfd_create("m", 0), memfd_create("r", 0) };
	struct remote_job job;
	int rc;

	if (write(fds[1], "a@b\0c@d\0e@f\0", 12) != 12)
		abort();
	rc = remote_job_scan(&job, wire, len, fds, nfds);
	*n = job.nrecipients;
	remote_job_free(&job);
	close(fds[0]);
	close(fds[1]);
	return rc;
}

static void
test_rows(void)
{
	struct guard g;
	unsigned n;
	size_t i, cut;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (cut = 0; cut <= rows[i].len; cut++) {
			rc = scan(guard_copy(&g, rows[i].wire, cut), cut,
			    rows[i].nfds, &n);
			guard_free(&g);
			if (cut < rows[i].len)
				CHECK(rows[i].name, rc == -1);
			else
				CHECK(rows[i].name,
				    rc == rows[i].result &&
					(rc == -1 || n == rows[i].n));
		}
}

static void
test_answers(void)
{
	struct smtp_outcome o;
	char big[2000], buf[4096], host[DELIVER_HOST_MAX + 1];

	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	smtp_outcome_set(&o, 'T', "4.4.2", 0, "why: ", big);
	CHECK("cut, printable",
	    strlen(o.text) == DELIVER_TEXT_MAX && o.text[10] == '?');
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = 0;
	CHECK("the largest fits", remote_result_put(buf, sizeof(buf),
				      UINT64_MAX, UINT32_MAX, &o, host) > 0);
	CHECK("result",
	    remote_result_put(buf, sizeof(buf), 1, 0, &o, "h") > 0 &&
		memcmp(buf, "P1:1,1:0,1:T,5:4.4.2,1:h,400:why: ", 33) == 0);
}

static const struct {
	const char *name, *host, *wire;
} refusals[] = {
	{ "a name", "smart.example",
	    "A1:7,17:smart.example:587,4:ours,8:TLS: why," },
	{ "IPv4", "192.0.2.1", "A1:7,13:192.0.2.1:587,4:ours,8:TLS: why," },
	{ "IPv6", "2001:db8::1",
	    "A1:7,17:[2001:db8::1]:587,4:ours,8:TLS: why," },
};

static void
test_refused(void)
{
	static struct smtp_session s = { .peer = { .port = 587,
						 .account = "ours" } };
	char buf[4096];
	long len;
	size_t i;

	smtp_outcome_set(&s.failure, 'T', "4.7.8", 0, "TLS: why");
	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		strcpy(s.peer.name, refusals[i].host);
		len = remote_refused_put(buf, sizeof(buf), 7, &s);
		CHECK(refusals[i].name,
		    len == (long)strlen(refusals[i].wire) &&
			memcmp(buf, refusals[i].wire, (size_t)len) == 0);
	}
	memset(s.peer.name, 'h', sizeof(s.peer.name) - 1);
	memset(s.peer.account, 'a', sizeof(s.peer.account) - 1);
	CHECK("the longest",
	    remote_refused_put(buf, sizeof(buf), UINT64_MAX, &s) > 0);
}

int
main(void)
{
	test_rows();
	test_refused();
	test_answers();
	return CHECK_DONE();
}
