/* SPDX-License-Identifier: ISC */
#include "lib/service_rest.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGES_MAX 64
#define SPARE_HEAP 65536 /* bytes that a child finds ready to use */
#define STACK_DEEP 65536 /* bytes below us; the kernel keeps more than that free */

struct ranges {
	uintptr_t page;
	struct {
		uintptr_t from, to;
	} r[RANGES_MAX];
	int n;
};

/* Only segments that nobody can have written to, whole pages of them: what the
 * linker has filled in (and made read-only then) is in none. */
static int
collect(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct ranges *all = arg;
	uintptr_t page = all->page, from, to;
	const ElfW(Phdr) * p;
	int i;

	(void)size;
	for (i = 0; i < object->dlpi_phnum && all->n < RANGES_MAX; i++) {
		p = &object->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || (p->p_flags & PF_W))
			continue;
		from = object->dlpi_addr + p->p_vaddr;
		to = (from + p->p_memsz) & ~(page - 1);
		from = (from + page - 1) & ~(page - 1);
		if (from >= to)
			continue;
		all->r[all->n].from = from;
		all->r[all->n++].to = to;
	}
	return 0;
}

/* What deeper calls left on the stack.  Of this frame nothing, nor of a page that
 * it touches. */
static void
let_go_stack(uintptr_t page)
{
	uintptr_t to = (uintptr_t)__builtin_frame_address(0);

	to = (to & ~(page - 1)) - 2 * page;
	madvise((void *)(to - STACK_DEEP), STACK_DEEP, MADV_DONTNEED);
}

void
service_spare_heap(void)
{
	void *volatile large;

	malloc_trim(SPARE_HEAP);
	large = malloc(SPARE_HEAP);
	free(large);
}

/* The kernel maps sixteen pages of a file around each one that is touched, and a
 * start touches code all over: most of it is never run again, but counts as
 * used, in every daemon.  Collected first: the headers lie in such pages. */
void
service_rest(void)
{
	struct ranges all = { .page = (uintptr_t)sysconf(_SC_PAGESIZE) };
	int i;

	malloc_trim(0);
	dl_iterate_phdr(collect, &all);
	for (i = 0; i < all.n; i++)
		madvise((void *)all.r[i].from, all.r[i].to - all.r[i].from,
		    MADV_DONTNEED);
	let_go_stack(all.page);
}
