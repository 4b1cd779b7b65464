/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/local_job.h"
#include "deliver/srs.h"
#include "lib/clock.h"
#include "lib/safefile.h"

/* The domain of addresses that lead bounces back: etc/srs-domain, else the one
 * whose address passes the mail on. */
static void
srs_domain(stralloc *out, const char *address)
{
	if (setting_get(out, "srs-domain") != 1 ||
	    alias_is_local(local_aliases(), out->s, out->len) != 1)
		sa_copys(out, address + addr_at(address, strlen(address)) + 1);
	sa_lower(out);
	sa_0(out);
}

/* Under our own address where the sender's domain is not ours, lest its SPF
 * record forbids us to send for it.  Empty: as it is. */
static void
away_sender(stralloc *out, const char *sender, const char *address)
{
	const char *domain = sender + addr_at(sender, strlen(sender));
	stralloc ours = { 0 };

	sa_clear(out);
	if (*domain == '@' && strchr(address, '@') && alias_is_local(local_aliases(), domain + 1,
				  strlen(domain + 1)) == 0) {
		srs_domain(&ours, address);
		if (!srs_make(out, sender, ours.s, clock_wall_s()))
			sa_copys(out, address);
		sa_free(&ours);
	}
	sa_0(out);
}

int
local_head(stralloc *out, const struct local_job *job)
{
	sa_copys(out, "Delivered-To: ");
	sa_cats(out, local_address(job));
	sa_append(out, '\n');
	sa_cats(out, job->head);
	sa_0(out);
	return out->len > DELIVER_HEAD_MAX ? -1 : 0;
}

int
local_pass_on(struct local_job *job, int conn, struct local_targets *x)
{
	stralloc head = { 0 }, away = { 0 };
	int rc;

	if (local_head(&head, job) == -1) {
		rc = local_answer(job, conn, 'N', "5.4.6",
		    "passed on too many times");
	} else {
		away_sender(&away, x->sender, local_address(job));
		x->head = head.s;
		x->away = away.s;
		x->key = "";
		rc = local_answer_targets(job, conn, x);
	}
	sa_free(&head);
	sa_free(&away);
	return rc;
}
