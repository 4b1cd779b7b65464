/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_DNS_H
#define DELIVER_RESOLVER_DNS_H

/* DNS questions by libunbound; only this and resolver_ctx.c know it.
 *
 * libunbound asks the network in one thread of its own, started at the first
 * question; its answers are fetched in the caller's thread by dns_process when
 * dns_fd is readable. */
#include <stdbool.h>
#include <stdint.h>
#include "deliver/resolver_proto.h"
#include "deliver/resolver_conf.h"

#define DNS_TYPE_A    1
#define DNS_TYPE_PTR  12
#define DNS_TYPE_MX   15
#define DNS_TYPE_AAAA 28
#define DNS_TYPE_TLSA 52

#define DNS_QUESTIONS_MAX 4096 /* at once, forgotten ones included */

/* Borrowed until done returns. */
struct dns_answer {
	enum resolver_status status; /* DOWN: a fault of our own */
	bool secure;
	char **data; /* NULL-ended; with FOUND at least one */
	const int *len;
};
struct dns_question;

/* Reads the configuration: first, and before the confinement.  Ends the program
 * where it cannot. */
void dns_open(void);
/* Before each question: at the first, and when etc/ has changed, libunbound
 * starts (again): true, and dns_fd is another one.  Questions under way are
 * answered with DOWN, from in here.  A mistake is logged, and all stays as it
 * was. */
bool dns_reopen(void);
int dns_fd(void); /* -1: not started */
/* Calls done for everything that has arrived. */
void dns_process(void);
/* NULL: cannot be asked now.  done is called once, from dns_process, unless
 * dns_forget comes first. */
struct dns_question *dns_ask(const char *name, int type,
    void (*done)(void *arg, const struct dns_answer *answer), void *arg);
void dns_forget(struct dns_question *q);
/* No answer: is that the DNS's (TEMP), or are we short of something (DOWN)? */
enum resolver_status dns_trouble(void);

#endif
