/* SPDX-License-Identifier: ISC */
/* queue/round.c: whom it looks at once a turn, while a write is tried again. */
#include "queue/round.h"
#include "queue/settle.h"
#include "queue/spool_batch.h"
#include "tests/lib/check.h"

#define N 4

void __wrap_settle(struct active *a);
void __wrap_spool_op_submit(struct spool_op *op);

static struct active actives[N];
static unsigned settled, submitted; /* a bit each */

void
__wrap_settle(struct active *a)
{
	settled |= 1u << (a - actives);
}

void
__wrap_spool_op_submit(struct spool_op *op)
{
	unsigned i;

	for (i = 0; i < N; i++)
		if (op == &actives[i].op)
			submitted |= 1u << i;
}

/* Which have been settled, and are forgotten. */
static unsigned
run(void)
{
	unsigned was;

	settled = 0;
	round_run();
	was = settled;
	settled = 0;
	return was;
}

/* A result and a failed write of one in the same turn: the others are looked at
 * as if nothing was, and it is when its write is done. */
static void
one_fails(unsigned bad)
{
	unsigned all = (1u << N) - 1, i;

	for (i = 0; i < N; i++)
		round_touch(&actives[i]);
	round_write_again(&actives[bad]);
	CHECK("all but the one whose write failed", run() == (all & ~(1u << bad)));
	round_touch(&actives[bad]);
	CHECK("a result meanwhile changes nothing", run() == 0);
	submitted = 0;
	round_retry_writes();
	CHECK("it alone is written again", submitted == 1u << bad);
	round_touch(&actives[bad]);
	CHECK("and looked at then", run() == 1u << bad);
	for (i = 0; i < N; i++)
		round_touch(&actives[i]);
	CHECK("nobody was forgotten", run() == all);
}

static void
two_fail(void)
{
	unsigned i;

	round_write_again(&actives[1]);
	for (i = 0; i < N; i++)
		round_touch(&actives[i]);
	round_write_again(&actives[2]);
	CHECK("the two others", run() == 9);
	submitted = 0;
	round_retry_writes();
	CHECK("both are written again", submitted == 6);
}

int
main(void)
{
	unsigned i;

	for (i = 0; i < N; i++)
		one_fails(i);
	two_fail();
	return CHECK_DONE();
}
