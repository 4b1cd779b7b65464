/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

/* What is wrong is told when it is made, not at each look. */
static void
complain(const stralloc *wrong, const stralloc *good)
{
	static stralloc told;

	if (told.len == wrong->len && wrong->len &&
	    !memcmp(told.s, wrong->s, wrong->len))
		return;
	sa_copy(&told, wrong);
	log_warn("etc/me:1:1: " SETTING_ME_FAULT, good->len ? "; using " : "", good->len ? good->s : "");
}

int
setting_me(stralloc *out)
{
	static stralloc good;
	int rc = setting_get(out, "me");

	if (rc == 1 && addr_is_domain(out->s, out->len)) {
		sa_copy(&good, out);
		sa_0(&good);
		return 1;
	}
	if (rc == 0) { /* taken away, which is no mistake */
		sa_clear(&good);
		return 0;
	}
	if (rc == 1)
		complain(out, &good);
	sa_copy(out, &good);
	sa_0(out);
	return good.len ? 1 : rc == -1 ? -1 : 0;
}
