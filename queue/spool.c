/* SPDX-License-Identifier: ISC */
#include "queue/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/msg.h"
#include "queue/bytes.h"

/* The head:
 *   0  8 magic        24  8 message size    48 4 age        56 1 due
 *   8  4 envelope     32  8 checksum        52 2 attempts   57 7 reserved
 *  12  4 recipients   40  8 next            54 1 state
 *  16  8 accepted                           55 1 notice
 * The checksum is of bytes 0..31 and the envelope: a length (2 bytes), so many
 * bytes of fields as lib/msg.h makes them, the recipients. */
#define MAGIC "POSTERN1"
#define FIXED 32 /* bytes that the checksum covers */
#define SIZE_MAX_BYTES (1ULL << 40)

static uint64_t
checksum(const char *buf, size_t envelope_len)
{
	return bytes_sum(bytes_sum(BYTES_SUM_START, buf, FIXED),
	    buf + SPOOL_HEAD, envelope_len);
}

static size_t
put_envelope(char *buf, size_t size, const struct spool_envelope *env)
{
	struct msg_writer w;

	long len;

	msg_start(&w, buf + 2, size - 2, 'E');
	msg_puts(&w, env->id);
	msg_puts(&w, env->sender);
	msg_puts(&w, env->origin);
	msg_puts(&w, env->ip);
	msg_puts(&w, env->helo);
	msg_puts(&w, env->account);
	msg_puts(&w, env->body);
	msg_putn(&w, env->uid);
	len = msg_end(&w);
	if (len == -1)
		abort(); /* every field is within its limit: see queue_proto.h */
	bytes_put(buf, (uint64_t)len, 2);
	memcpy(buf + 2 + len, env->recipients, env->recipients_len);
	return 2 + (size_t)len + env->recipients_len;
}

void
spool_make(stralloc *out, struct spool_head *h,
    const struct spool_envelope *env)
{
	size_t room = env->recipients_len + 4096;
	char *p;

	sa_clear(out);
	sa_ready(out, SPOOL_HEAD + room + h->recipients);
	p = out->s;
	memset(p, 0, SPOOL_HEAD);
	h->envelope_len =
	    (uint32_t)put_envelope(p + SPOOL_HEAD, room, env);
	memcpy(p, MAGIC, 8);
	bytes_put(p + 8, h->envelope_len, 4);
	bytes_put(p + 12, h->recipients, 4);
	bytes_put(p + 16, h->accepted, 8);
	bytes_put(p + 24, h->size, 8);
	bytes_put(p + 32, checksum(p, h->envelope_len), 8);
	spool_put_next(p + SPOOL_AT_NEXT, h->accepted, 0, 0);
	p[SPOOL_AT_STATE] = h->state = 'A';
	p[SPOOL_AT_NOTICE] = h->notice = '-';
	p[SPOOL_AT_DUE] = h->due = '-';
	memset(p + SPOOL_HEAD + h->envelope_len, SPOOL_PENDING, h->recipients);
	out->len = SPOOL_HEAD + h->envelope_len + h->recipients;
}

void
spool_set_size(stralloc *made, uint64_t size)
{
	bytes_put(made->s + 24, size, 8);
	bytes_put(made->s + 32,
	    checksum(made->s, (size_t)bytes_get(made->s + 8, 4)), 8);
}

void
spool_put_next(char out[SPOOL_NEXT_LEN], uint64_t next, uint32_t age,
    uint16_t attempts)
{
	bytes_put(out, next, 8);
	bytes_put(out + 8, age, 4);
	bytes_put(out + 12, attempts, 2);
}

int
spool_head_scan(struct spool_head *h, const char *p)
{
	h->envelope_len = (uint32_t)bytes_get(p + 8, 4);
	h->recipients = (uint32_t)bytes_get(p + 12, 4);
	h->accepted = bytes_get(p + 16, 8);
	h->size = bytes_get(p + 24, 8);
	h->next = bytes_get(p + SPOOL_AT_NEXT, 8);
	h->age = (uint32_t)bytes_get(p + 48, 4);
	h->attempts = (uint16_t)bytes_get(p + 52, 2);
	h->state = p[SPOOL_AT_STATE];
	h->notice = p[SPOOL_AT_NOTICE];
	h->due = p[SPOOL_AT_DUE];
	if (memcmp(p, MAGIC, 8) == 0 && h->envelope_len &&
	    h->envelope_len <= SPOOL_ENVELOPE_MAX && h->recipients &&
	    h->recipients <= QUEUE_RECIPIENTS_MAX &&
	    h->size <= SIZE_MAX_BYTES)
		return 0;
	errno = EBADMSG;
	return -1;
}

/* A field of the envelope as a C string in the store (which does not move:
 * it has room for all of them). */
static const char *
keep(stralloc *store, struct msg_reader *r, size_t max)
{
	const char *data = "", *at = store->s + store->len;
	size_t len = 0;

	msg_getb(r, &data, &len, max);
	if (len && memchr(data, 0, len))
		r->broken = true;
	sa_catb(store, data, len);
	sa_append(store, 0);
	return at;
}

/* Are there exactly n strings, each ended and none empty? */
static bool
is_list(const char *list, size_t len, uint32_t n)
{
	const char *s;
	size_t at = 0;

	while ((s = memchr(list + at, 0, len - at))) {
		if (s == list + at || !n--)
			return false;
		at = (size_t)(s - list) + 1;
		if (at == len)
			break;
	}
	return at == len && !n;
}

static int
read_fields(struct spool_envelope *env, stralloc *store,
    struct msg_reader *r)
{
	env->id = keep(store, r, QUEUE_ID_MAX - 1);
	env->sender = keep(store, r, ADDR_MAX);
	env->origin = keep(store, r, 32);
	env->ip = keep(store, r, 64);
	env->helo = keep(store, r, 256);
	env->account = keep(store, r, ADDR_MAILBOX_MAX);
	env->body = keep(store, r, 1);
	msg_getn(r, &env->uid, UINT32_MAX);
	return r->op == 'E' ? msg_close(r) : -1;
}

static int
read_envelope(struct spool_envelope *env, stralloc *store, const char *p,
    size_t len, uint32_t recipients)
{
	struct msg_reader r;
	size_t fields = len < 2 ? 0 : (size_t)bytes_get(p, 2);

	if (len < 2 || fields > len - 2)
		return -1;
	p += 2;
	len -= 2 + fields;
	if (msg_open(&r, p, fields) == -1 || read_fields(env, store, &r) == -1)
		return -1;
	p += fields;
	if (!len || !is_list(p, len, recipients))
		return -1;
	env->recipients = store->s + store->len;
	env->recipients_len = len;
	sa_catb(store, p, len);
	return 0;
}

int
spool_envelope_scan(struct spool_envelope *env, stralloc *store,
    const struct spool_head *h, const char *buf, size_t len)
{
	if (len >= (size_t)SPOOL_HEAD + h->envelope_len &&
	    bytes_get(buf + 32, 8) == checksum(buf, h->envelope_len)) {
		sa_clear(store);
		sa_ready(store, h->envelope_len + 16);
		if (read_envelope(env, store, buf + SPOOL_HEAD,
			h->envelope_len, h->recipients) == 0)
			return 0;
	}
	errno = EBADMSG;
	return -1;
}

uint64_t
spool_chain(const char *head)
{
	return bytes_get(head + 32, 8);
}

uint64_t
spool_status_offset(const struct spool_head *h)
{
	return SPOOL_HEAD + (uint64_t)h->envelope_len;
}

uint64_t
spool_message_offset(const struct spool_head *h)
{
	return spool_status_offset(h) + h->recipients;
}

uint64_t
spool_journal_offset(const struct spool_head *h)
{
	return spool_message_offset(h) + h->size;
}
