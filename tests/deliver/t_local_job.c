/* SPDX-License-Identifier: ISC */
#include "deliver/local_job.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1
#define D "D1:1,1:7,2:m1,0:,9:a@far.exa,11:b@near.test,"

static const struct {
	const char *name, *wire;
	size_t len;
	int message; /* comes with a descriptor */
	int want;
} rows[] = {
	{ "a delivery", B(D "2:10,3:200,10:1700000000,0:,"), 1, 0 },
	{ "no message", B(D "2:10,3:200,10:1700000000,0:,"), 0, -1 },
	{ "size past all", B(D "2:10,19:9223372036854775807,1:1,0:,"), 1, -1 },
	{ "more behind", B(D "2:10,3:200,10:1700000000,0:,1:x,"), 1, -1 },
	{ "lines in front", B(D "2:10,3:200,1:1,5:a: b\n,"), 1, 0 },
	{ "rename", B("R1:1,1:7,5:box01,19:170.Pm1.x,S=10,W=11,"), 0, 0 },
	{ "without a name", B("C" "1:1,1:7,2:m1,0:,9:a@far.exa,11:b@near.test,"
	    "2:10,3:200,10:1700000000,0:,"), 1, 0 },
	{ "link", B("L1:1,1:7,5:box01,19:170.Pm1.x,S=10,W=11,"), 1, 0 },
	{ "nothing to link", B("L1:1,1:7,5:box01,1:n,"), 0, -1 },
	{ "rename of a descriptor", B("R1:1,1:7,5:box01,1:n,"), 1, -1 },
	{ "undo", B("U1:1,1:7,5:box01,19:170.Pm1.x,S=10,W=11,"), 0, 0 },
	{ "a mailbox that climbs", B("R1:1,1:7,2:..,1:n,"), 0, -1 },
	{ "a name that climbs", B("R1:1,1:7,5:box01,4:../n,"), 0, -1 },
	{ "a hidden name", B("R1:1,1:7,5:box01,2:.n,"), 0, -1 },
	{ "another version", B("R1:2,1:7,5:box01,1:n,"), 0, -1 },
	{ "another operation", B("Z1:1,1:7,5:box01,1:n,"), 0, -1 },
	{ "nothing", B(""), 0, -1 },
};

static int
scan(const char *wire, size_t len, int with_message)
{
	int fd = with_message ? open("/dev/null", O_RDONLY) : -1, rc;
	struct local_job job;

	memset(&job, 0xff, sizeof job); /* as the job before left it */
	rc = local_job_scan(&job, wire, len, fd);
	CHECK("nothing of the job before", !job.moved && !job.arrived &&
	    !job.kept && !job.borrowed && !job.looped);
	local_job_free(&job);
	return rc;
}

static void
sweep(const char *name, const char *wire, size_t len, int message)
{
	struct guard g;
	size_t n;
	char *p;

	for (n = 0; n < len; n++) {
		p = guard_copy(&g, wire, n);
		CHECK(name, scan(p, n, message) == -1);
		guard_free(&g);
	}
}

static const struct {
	const char *name, *message, *recipient;
	int want;
} loops[] = {
	{ "not yet", "Subject: x\n\nbody\n", "a@b.test", 0 },
	{ "once", "Delivered-To: a@b.test\n\n", "a@b.test", 1 },
	{ "any case", "X: y\ndelivered-TO:\tA@B.test \n\n", "a@b.test", 1 },
	{ "somebody else", "Delivered-To: c@b.test\n\n", "a@b.test", 0 },
	{ "longer", "Delivered-To: a@b.test.example\n\n", "a@b.test", 0 },
	{ "in the body", "X: y\n\nDelivered-To: a@b.test\n", "a@b.test", 0 },
	{ "no end of line", "Delivered-To: a@b.test", "a@b.test", 1 },
	{ "empty", "", "a@b.test", 0 },
};

static void
check_loops(void)
{
	struct local_job job;
	char path[] = "/tmp/t_local_jobXXXXXX";
	size_t i;
	int fd;

	for (i = 0; i < sizeof loops / sizeof *loops; i++) {
		strcpy(path + sizeof path - 7, "XXXXXX");
		fd = mkstemp(path);
		unlink(path);
		if (write(fd, "junk", 4) != 4 ||
		    write(fd, loops[i].message, strlen(loops[i].message)) == -1)
			abort();
		job = (struct local_job){ .message = fd,
			.offset = 4,
			.path = "",
			.head = "",
			.size = strlen(loops[i].message),
			.folder = -1,
			.fd = -1 };
		strcpy(job.recipient, loops[i].recipient);
		CHECK(loops[i].name, local_loops(&job) == loops[i].want);
		local_job_free(&job);
	}
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(rows[i].name, scan(rows[i].wire, rows[i].len,
					rows[i].message) == rows[i].want);
		if (rows[i].want == 0)
			sweep(rows[i].name, rows[i].wire, rows[i].len,
			    rows[i].message);
	}
	check_loops();
	return CHECK_DONE();
}
