/* SPDX-License-Identifier: ISC */
/* P: the names of an address, confirmed; L: TLSA records. */
#include <stdio.h>
#include <string.h>
#include "deliver/resolver_question.h"
#include "deliver/resolver_rdata.h"

#define TLSA_PREFIX_SIZE 16 /* bytes of "_65535._tcp." */

void
lookup_finish_list(struct lookup *l)
{
	unsigned i, n = 0;

	if (l->list.status != RESOLVER_FOUND || l->req.op != 'P')
		return;
	for (i = 0; i < l->list.nitems; i++)
		if (l->confirmed[i]) {
			if (n != i)
				memcpy(l->list.items[n], l->list.items[i],
				    RESOLVER_ITEM_SIZE);
			n++;
		}
	l->list.nitems = n;
	if (n == 0)
		l->list.status = lookup_without_addresses(l);
}

static void
got_confirmation(void *arg, const struct dns_answer *answer)
{
	struct question *q = arg;
	struct lookup *l = question_settle(q, answer);
	struct ip ip;
	unsigned i;

	if (answer->status == RESOLVER_FOUND)
		for (i = 0; answer->data[i]; i++)
			if (rdata_address(&ip, (uint8_t *)answer->data[i],
				(size_t)answer->len[i]) == 1 &&
			    ip_equal(&ip, &l->req.ip))
				l->confirmed[q->host] = true;
	if (l->pending == 0)
		lookup_finish(l);
}

/* Copies what scan makes of each record into the list. */
static void
take_items(struct resolver_list *list, const struct dns_answer *answer,
    int (*scan)(char *out, const uint8_t *data, size_t len))
{
	unsigned i;

	for (i = 0; answer->data[i] && list->nitems < RESOLVER_ITEMS_MAX; i++)
		if (scan(list->items[list->nitems], (uint8_t *)answer->data[i],
			(size_t)answer->len[i]) == 1)
			list->nitems++;
	list->status = list->nitems ? RESOLVER_FOUND : RESOLVER_NODATA;
}

static void
got_ptr(void *arg, const struct dns_answer *answer)
{
	struct lookup *l = question_settle(arg, answer);
	int type = ip_is_v4(&l->req.ip) ? DNS_TYPE_A : DNS_TYPE_AAAA;
	unsigned i;

	l->list.status = answer->status;
	if (answer->status == RESOLVER_FOUND)
		take_items(&l->list, answer, rdata_name);
	for (i = 0; i < l->list.nitems; i++)
		question_ask(l, l->list.items[i], type, i, got_confirmation);
	if (l->pending == 0)
		lookup_finish(l);
}

static int
scan_tlsa(char *out, const uint8_t *data, size_t len)
{
	return rdata_tlsa(out, RESOLVER_ITEM_SIZE, data, len);
}

static void
got_tlsa(void *arg, const struct dns_answer *answer)
{
	struct lookup *l = question_settle(arg, answer);

	l->list.status = answer->status;
	if (answer->status == RESOLVER_FOUND)
		take_items(&l->list, answer, scan_tlsa);
	lookup_finish(l);
}

void
lookup_list(struct lookup *l)
{
	char name[RESOLVER_NAME_MAX + TLSA_PREFIX_SIZE + 1];

	if (l->req.op == 'P') {
		rdata_reverse(name, &l->req.ip);
		question_ask(l, name, DNS_TYPE_PTR, 0, got_ptr);
		return;
	}
	snprintf(name, sizeof(name), "_%u._tcp.%s", l->req.port, l->req.name);
	question_ask(l, name, DNS_TYPE_TLSA, 0, got_tlsa);
}
