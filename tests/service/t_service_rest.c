/* SPDX-License-Identifier: ISC */
/* lib/service_rest.c: pages of the program go, what they say stays, and nothing
 * that was written is lost. */
#include "lib/service_rest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "tests/lib/check.h"

#define TABLE_BYTES (1 << 20)
#define TABLE_KIB   (TABLE_BYTES / 1024)

static const char table[TABLE_BYTES] = { [0] = 'a', [TABLE_BYTES - 1] = 'z' };
static const char *const filled_in[] = { table, table + 1, "text" };
static char written[TABLE_BYTES] = { 'x' };

static unsigned
sum(const volatile char *p)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < TABLE_BYTES; i += 512)
		n += (unsigned char)p[i];
	return n;
}

/* KiB of the mapping with this address that are in use; -1. */
static long
in_use(const void *address)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to, at = (uintptr_t)address;
	long kib = -1;
	bool here = false;
	char line[512];

	while (f && kib == -1 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= at && at < to;
		else if (here)
			sscanf(line, "Rss: %ld kB", &kib);
	}
	if (f)
		fclose(f);
	return kib;
}

int
main(void)
{
	unsigned was = sum(table);
	char *heap = malloc(TABLE_BYTES);

	if (!heap)
		abort();
	memset(written, 'w', sizeof(written));
	memset(heap, 'h', TABLE_BYTES);
	CHECK("the table is in use", in_use(table) >= TABLE_KIB);
	service_rest();
	CHECK("it went", in_use(table) >= 0 && in_use(table) < TABLE_KIB / 2);
	CHECK("it reads as before", sum(table) == was && table[0] == 'a' &&
	    table[TABLE_BYTES - 1] == 'z');
	CHECK("what was written stays", written[0] == 'w' &&
	    sum(written) == TABLE_BYTES / 512 * 'w' &&
	    sum(heap) == TABLE_BYTES / 512 * 'h');
	CHECK("what the linker filled in stays", filled_in[0] == table &&
	    filled_in[1] == table + 1 && strcmp(filled_in[2], "text") == 0);
	free(heap);
	return CHECK_DONE();
}
