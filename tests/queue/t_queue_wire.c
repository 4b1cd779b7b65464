/* SPDX-License-Identifier: ISC */
/* What queued reads of its neighbours and of queuectl: cut short at every
 * byte, it is refused. */
#include <string.h>
#include "queue/control.h"
#include "queue/local_wire.h"
#include "queue/remote_wire.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1

static int
scan_local(const char *p, size_t len)
{
	struct local_answer x;
	int rc = local_answer_scan(&x, p, len);

	if (rc == 0)
		local_answer_free(&x);
	return rc;
}

static int
scan_remote(const char *p, size_t len)
{
	struct remote_answer x;

	return remote_answer_scan(&x, p, len);
}

static int
scan_control(const char *p, size_t len)
{
	struct control_request q;

	return control_request_scan(&q, p, len);
}

static const struct {
	const char *name;
	int (*scan)(const char *p, size_t len);
	const char *wire;
	size_t len;
	int rc;
} rows[] = {
	{ "staged", scan_local, B("S2:12,3:box,4:name,"), 0 },
	{ "delivered", scan_local, B("K2:12,3:box,"), 0 },
	{ "gone", scan_local, B("G2:12,3:box,"), 0 },
	{ "fault", scan_local, B("T2:12,4:text,"), 0 },
	{ "refused", scan_local, B("N2:12,5:5.1.1,4:text,"), 0 },
	{ "expanded", scan_local,
	    B("X2:12,7:forward,3:a@b,0:,5:a: b\n,0:,3:box,4:c@d\0,"), 0 },
	{ "a head that is cut", scan_local,
	    B("X2:12,7:forward,3:a@b,0:,4:a: b,0:,3:box,4:c@d\0,"), -1 },
	{ "a head with a body", scan_local,
	    B("X2:12,7:forward,3:a@b,0:,7:a: b\n\nc,0:,3:box,4:c@d\0,"), -1 },
	{ "a sender that is none", scan_local,
	    B("X2:12,7:forward,3:a@b,1:x,0:,0:,3:box,4:c@d\0,"), -1 },
	{ "a list", scan_local,
	    B("X2:12,4:verp,3:a@b,3:e@f,0:,3:key,0:,4:c@d\0,"), 0 },
	{ "answered", scan_local, B("M2:12,3:box,3:a@b,"), 0 },
	{ "answered, to nobody", scan_local, B("M2:12,3:box,0:,"), -1 },
	{ "answered, to no address", scan_local, B("M2:12,3:box,4:a@\x1a\n,"),
	    -1 },
	{ "odd kind", scan_local, B("X2:12,3:odd,3:a@b,0:,0:,0:,3:box,4:c@d\0,"), -1 },
	{ "mailbox too long", scan_local,
	    B("K2:12,33:123456789012345678901234567890123,"), -1 },
	{ "unknown", scan_local, B("Q2:12,"), -1 },
	{ "NUL in a name", scan_local, B("S2:12,3:box,4:na\0e,"), -1 },
	{ "taken", scan_remote, B("P1:7,1:0,1:K,5:2.0.0,2:mx,2:ok,"), 0 },
	{ "later", scan_remote, B("P1:7,2:99,1:T,5:4.0.0,0:,0:,"), 0 },
	{ "odd class", scan_remote, B("P1:7,1:0,1:Q,5:2.0.0,2:mx,2:ok,"), -1 },
	{ "no class", scan_remote, B("P1:7,1:0,0:,5:2.0.0,2:mx,2:ok,"), -1 },
	{ "no login", scan_remote, B("A1:7,5:a:587,4:ours,3:535,"), 0 },
	{ "no login as nobody", scan_remote, B("A1:7,5:a:587,0:,3:535,"), -1 },
	{ "no login nowhere", scan_remote, B("A1:7,0:,4:ours,3:535,"), -1 },
	{ "account too long", scan_remote, B("A1:7,5:a:587,64:"
	    "1234567890123456789012345678901234567890123456789012345678901234,"
	    "3:535,"), -1 },
	{ "end", scan_remote, B("E1:7,2:30,4:slow,"), 0 },
	{ "surplus", scan_remote, B("E1:7,2:30,4:slow,0:,"), -1 },
	{ "list", scan_control, B("L1:1,0:,0:,0:,0:,1:0,"), 0 },
	{ "drop one", scan_control, B("D1:1,4:abc\0,0:,0:,0:,1:0,"), 0 },
	{ "stats", scan_control, B("T1:1,"), 0 },
	{ "ids without an end", scan_control,
	    B("D1:1,3:abc,0:,0:,0:,1:0,"), -1 },
	{ "version", scan_control, B("L1:2,0:,0:,0:,0:,1:0,"), -1 },
	{ "odd operation", scan_control, B("Z1:1,0:,0:,0:,0:,1:0,"), -1 },
};

int
main(void)
{
	struct guard g;
	unsigned i;
	size_t len;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (len = 0; len <= rows[i].len; len++) {
			char *p = guard_copy(&g, rows[i].wire, len);
			int rc = rows[i].scan(p, len);

			if (len == rows[i].len)
				CHECK(rows[i].name, rc == rows[i].rc);
			else
				CHECK(rows[i].name,
				    rc == -1 || rows[i].rc == -1);
			guard_free(&g);
		}
	}
	return CHECK_DONE();
}
