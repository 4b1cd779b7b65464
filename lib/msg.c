/* SPDX-License-Identifier: ISC */
#include "lib/msg.h"
#include <errno.h>
#include <string.h>

#define LEN_DIGITS 5  /* MSG_MAX has no more */
#define NUM_DIGITS 20 /* nor has UINT64_MAX */

static void
put_raw(struct msg_writer *w, const char *data, size_t len)
{
	if (w->overflow || len > w->size - w->len) {
		w->overflow = true;
		return;
	}
	if (len)
		memcpy(w->buf + w->len, data, len);
	w->len += len;
}

/* Writes n backwards, ending at end; where it begins. */
static char *
digits(char *end, uint64_t n)
{
	do {
		*--end = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return end;
}

void
msg_start(struct msg_writer *w, char *buf, size_t size, char op)
{
	w->buf = buf;
	w->size = size < MSG_MAX ? size : MSG_MAX;
	w->len = 0;
	w->overflow = false;
	put_raw(w, &op, 1);
}

void
msg_putb(struct msg_writer *w, const void *data, size_t len)
{
	char num[NUM_DIGITS], *end = num + sizeof(num), *p = digits(end, len);

	put_raw(w, p, (size_t)(end - p));
	put_raw(w, ":", 1);
	put_raw(w, data, len);
	put_raw(w, ",", 1);
}

void
msg_puts(struct msg_writer *w, const char *s)
{
	msg_putb(w, s, strlen(s));
}

void
msg_putn(struct msg_writer *w, uint64_t n)
{
	char num[NUM_DIGITS], *end = num + sizeof(num), *p = digits(end, n);

	msg_putb(w, p, (size_t)(end - p));
}

long
msg_end(const struct msg_writer *w)
{
	if (w->overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	return (long)w->len;
}

static int
broken(struct msg_reader *r)
{
	r->broken = true;
	errno = EPROTO;
	return -1;
}

int
msg_open(struct msg_reader *r, const char *packet, size_t len)
{
	*r = (struct msg_reader){ .p = packet, .end = packet };
	if (!len)
		return broken(r);
	r->op = packet[0];
	r->p = packet + 1;
	r->end = packet + len;
	return 0;
}

/* Decimal, no sign, no leading zero, 1 to max_digits digits; the value is the
 * caller's to bound.  How many bytes were digits, 0 when broken. */
static size_t
scan_number(const char *p, size_t len, size_t max_digits, uint64_t *n)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		unsigned digit = (unsigned)(p[i] - '0');

		if (i == max_digits || (i == 1 && p[0] == '0') ||
		    value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	*n = value;
	return i;
}

int
msg_getb(struct msg_reader *r, const char **data, size_t *len, size_t max)
{
	size_t left = (size_t)(r->end - r->p), used;
	uint64_t n;

	if (r->broken)
		return broken(r);
	used = scan_number(r->p, left, LEN_DIGITS, &n);
	if (!used || used == left || r->p[used] != ':' || n > max)
		return broken(r);
	used++;
	if (left - used < n + 1 || r->p[used + n] != ',')
		return broken(r);
	*data = r->p + used;
	*len = n;
	r->p += used + n + 1;
	return 0;
}

int
msg_gets(struct msg_reader *r, char *out, size_t size)
{
	const char *data;
	size_t len;

	if (!size)
		return broken(r);
	out[0] = 0;
	if (msg_getb(r, &data, &len, size - 1) == -1)
		return -1;
	if (memchr(data, 0, len))
		return broken(r);
	memcpy(out, data, len);
	out[len] = 0;
	return 0;
}

int
msg_getn(struct msg_reader *r, uint64_t *n, uint64_t max)
{
	const char *data;
	uint64_t value;
	size_t len;

	if (msg_getb(r, &data, &len, NUM_DIGITS) == -1)
		return -1;
	if (!len || scan_number(data, len, NUM_DIGITS, &value) != len ||
	    value > max)
		return broken(r);
	*n = value;
	return 0;
}

int
msg_more(const struct msg_reader *r)
{
	return !r->broken && r->p < r->end;
}

int
msg_close(const struct msg_reader *r)
{
	if (!r->broken && r->p == r->end)
		return 0;
	errno = EPROTO;
	return -1;
}
