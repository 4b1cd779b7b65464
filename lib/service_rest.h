/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_REST_H
#define LIB_SERVICE_REST_H

/* Gives back the memory that a process's start used and its work may not: free
 * heap, and the pages of program and libraries.  What it goes on to use the
 * kernel maps again, from its cache.  service_ready does it. */
void service_rest(void);

#endif
