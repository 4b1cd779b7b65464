/* SPDX-License-Identifier: ISC */
#include "lib/netfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "lib/log.h"
#include "tests/lib/check.h"

static void
put(const char *text)
{
	FILE *f = fopen("nets.new", "w");

	if (!f || fputs(text, f) == EOF || fclose(f) == EOF ||
	    rename("nets.new", "nets") == -1)
		abort();
}

/* No further descriptor, or all again. */
static void
descriptors(bool some)
{
	static struct rlimit before;
	struct rlimit none;

	if (!before.rlim_max)
		getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = some ? before.rlim_cur : 0;
	setrlimit(RLIMIT_NOFILE, &none);
}

int
main(void)
{
	char folder[] = "/tmp/postern-netfile-XXXXXX";
	struct netfile f = { .path = "nets" };
	struct ip in, out;

	log_program("t_netfile");
	if (!mkdtemp(folder) || chdir(folder) == -1 ||
	    !ip_parse(&in, "192.0.2.7") || !ip_parse(&out, "198.51.100.1"))
		abort();
	netfile_look(&f, "x");
	CHECK("none", f.state == NETFILE_NONE && !netfile_has(&f, &in));
	put("192.0.2.0/24\n");
	netfile_look(&f, "x");
	CHECK("there", f.state == NETFILE_THERE && netfile_has(&f, &in) &&
			   !netfile_has(&f, &out));
	put("192.0.2.0/24\n198.51.100.0/24\n");
	descriptors(false);
	netfile_look(&f, "x");
	CHECK("unreadable: closed",
	    f.state == NETFILE_BROKEN && !netfile_has(&f, &in));
	netfile_look(&f, "x");
	CHECK("unreadable still", f.state == NETFILE_BROKEN);
	descriptors(true);
	netfile_look(&f, "x");
	CHECK("readable again, and unchanged",
	    f.state == NETFILE_THERE && netfile_has(&f, &out));
	put("nonsense\n");
	netfile_look(&f, "x");
	CHECK("wrong lines", f.state == NETFILE_BROKEN && !f.unreadable);
	netfile_free(&f);
	unlink("nets");
	if (rmdir(folder) == -1)
		abort();
	return CHECK_DONE();
}
