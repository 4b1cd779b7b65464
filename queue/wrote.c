/* SPDX-License-Identifier: ISC */
#include "queue/wrote.h"

#include <errno.h>
#include <stddef.h>
#include "lib/log.h"
#include "queue/round.h"

struct active *
wrote_for(struct job *j)
{
	return (struct active *)((char *)j - offsetof(struct active, op.job));
}

struct active *
wrote(struct job *j, const char *doing)
{
	struct active *a = wrote_for(j);

	if (!a->op.error)
		return a;
	errno = a->op.error;
	log_warnsys("unable to ", doing, " the spool file ", a->m->id,
	    "; trying again");
	round_write_again(a);
	return NULL;
}
