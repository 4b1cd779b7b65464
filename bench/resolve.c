/* SPDX-License-Identifier: ISC */
/* resolve - what one resolution of an alias costs, in a home that
 * bench/aliases.sh made. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"

#define ADDRESSES 100000 /* that are asked for, at random places */
#define ROUNDS    10

struct address {
	char s[60];
	unsigned len;
};

static struct address *
make_addresses(unsigned long n)
{
	struct address *a = calloc(ADDRESSES, sizeof *a);
	unsigned long i, k;

	if (!a)
		log_fatal(111, "out of memory");
	for (i = 0; i < ADDRESSES; i++) {
		k = i * 7919 * 13 % n;
		a[i].len = (unsigned)snprintf(a[i].s, sizeof a[i].s,
		    "User%07lu@Domain%05lu.example", k, k / 100);
	}
	return a;
}

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int
main(int argc, char **argv)
{
	struct alias_answer a = { 0 };
	unsigned long i, all = ADDRESSES * ROUNDS, good = 0;
	struct address *asked, *ask;
	struct table t;
	uint64_t began;

	log_program("resolve");
	if (argc != 3 || chdir(argv[1]) == -1)
		log_fatal(100, "usage: resolve HOME ALIASES");
	asked = make_addresses(strtoul(argv[2], NULL, 10));
	table_init(&t, ALIASES_CDB);
	began = now_ns();
	for (i = 0; i < all; i++) {
		ask = &asked[i % ADDRESSES];
		good += alias_resolve(&a, &t, ask->s, ask->len, NULL, NULL) ==
			ALIAS_MAILBOX;
	}
	printf("resolution: %lu ns each (%lu of %lu found)\n",
	    (unsigned long)((now_ns() - began) / all), good, all);
	alias_answer_free(&a);
	table_close(&t);
	free(asked);
	return good != all;
}
