/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_REST_H
#define LIB_SERVICE_REST_H

/* Gives back the memory that a process's start used and its work may not: free
 * heap, and the pages of program and libraries.  What it goes on to use the
 * kernel maps again, from its cache.  service_ready does it. */
void service_rest(void);
/* For who forks sessions: makes 64 KiB of heap ready.  What a large malloc finds
 * untidy it puts in order all over the heap; once here, or else in each child, at
 * the price of a copy of every page. */
void service_spare_heap(void);

#endif
