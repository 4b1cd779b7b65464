/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_LOOKUP_H
#define DELIVER_RESOLVER_LOOKUP_H

/* One request of deliver.h's resolver protocol, made of DNS questions that run
 * side by side. */
#include <stdint.h>
#include "deliver/resolver_proto.h"

/* Before the callers' patience ends they shall have an answer. */
#define LOOKUP_TIMEOUT_MS     (RESOLVER_TIMEOUT_MS - 5000)
#define LOOKUP_PTR_TIMEOUT_MS 5000 /* a client waits, and mail goes without */
#define LOOKUP_MX_MAX         128  /* records looked at, before sorting */
#define LOOKUP_QUESTIONS_MAX  (1 + 2 * RESOLVER_HOSTS_MAX)

struct lookup;
/* done is called once, from dns_process or, when nothing has to be asked, from
 * lookup_start itself: take the answer with lookup_answer, then lookup_free.
 * NULL: no memory. */
struct lookup *lookup_new(const struct resolver_request *req,
    void (*done)(void *arg, struct lookup *l), void *arg);
void lookup_start(struct lookup *l);
/* Ends now with what is known: calls done. */
void lookup_hurry(struct lookup *l);
/* The answer packet: length, or -1: there is none, for a fault of our own kept us
 * from asking.  The caller, who is not answered, takes it for that. */
long lookup_answer(const struct lookup *l, char *buf, size_t size);
void lookup_free(struct lookup *l);

#endif
