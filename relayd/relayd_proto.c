/* SPDX-License-Identifier: ISC */
#include "relayd/relayd_proto.h"

#include <errno.h>
#include <string.h>

/* What each packet carries: a letter a field, in order.
 *   i ip   I ip or ""   b basis   t token (may be "")   m mailbox or ""
 *   M mailbox   n number   k kind   o own   r reason   a ip text of an answer */
struct shape {
	enum relayd_port port;
	char request, answer; /* answer 0: the request itself */
	const char *fields;
};
static const struct shape shapes[] = {
	{ RELAYD_CHECK, 'C', 0, "ibtm" },
	{ RELAYD_CHECK, 'C', 'Y', "kmont" },
	{ RELAYD_CHECK, 'C', 'V', "r" },
	{ RELAYD_CHECK, 'W', 0, "itM" },
	{ RELAYD_CHECK, 'W', 'Y', "" },
	{ RELAYD_CHECK, 'W', 'V', "r" },
	{ RELAYD_OPEN, 'O', 0, "iM" },
	{ RELAYD_OPEN, 'O', 'Y', "" },
	{ RELAYD_OPEN, 'A', 0, "iM" },
	{ RELAYD_OPEN, 'A', 'Y', "t" },
	{ RELAYD_OPEN, 'X', 0, "M" },
	{ RELAYD_OPEN, 'X', 'Y', "" },
	{ RELAYD_REDEEM, 'R', 0, "tn" },
	{ RELAYD_REDEEM, 'R', 'Y', "kam" },
	{ RELAYD_REDEEM, 'R', 'B', "r" },
	{ RELAYD_CONTROL, 'L', 0, "" },
	{ RELAYD_CONTROL, 'S', 0, "" },
	{ RELAYD_CONTROL, 'O', 0, "iMn" },
	{ RELAYD_CONTROL, 'O', 'Y', "" },
	{ RELAYD_CONTROL, 'X', 0, "Im" },
	{ RELAYD_CONTROL, 'X', 'Y', "c" },
	{ RELAYD_CONTROL, 'Q', 0, "im" },
	{ RELAYD_CONTROL, 'Q', 'Y', "kmn" },
};

static const char *const kinds[] = { "network", "window", "auth",
	"relayclient" };

const char *
relayd_kind_name(enum relayd_kind kind)
{
	return kinds[kind];
}

int
relayd_kind_scan(enum relayd_kind *kind, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i], name)) {
			*kind = (enum relayd_kind)i;
			return 1;
		}
	return 0;
}

static const char *
shape_of(enum relayd_port port, char request, char answer)
{
	size_t i;

	if (answer == 'N' || answer == 'T')
		return "r";
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (shapes[i].port == port && shapes[i].request == request &&
		    shapes[i].answer == answer)
			return shapes[i].fields;
	return NULL;
}

static void
put_ip(struct msg_writer *w, const struct ip *ip, bool there)
{
	char text[IP_TEXT_SIZE] = "";

	if (there)
		ip_format(text, ip);
	msg_puts(w, text);
}

long
relayd_request_format(char *buf, size_t size, enum relayd_port port,
    const struct relayd_request *rq)
{
	const char *f = shape_of(port, rq->op, 0);
	struct msg_writer w;

	if (!f) {
		errno = EPROTO;
		return -1;
	}
	msg_start(&w, buf, size, rq->op);
	msg_putn(&w, RELAYD_VERSION);
	for (; *f; f++)
		switch (*f) {
		case 'i': put_ip(&w, &rq->ip, true); break;
		case 'I': put_ip(&w, &rq->ip, rq->has_ip); break;
		case 'b':
			msg_puts(&w, rq->relayclient ? "relayclient" : "");
			break;
		case 't': msg_puts(&w, rq->token); break;
		case 'm':
		case 'M': msg_puts(&w, rq->mailbox); break;
		default: msg_putn(&w, rq->n); break;
		}
	return msg_end(&w);
}

static int
get_mailbox(struct msg_reader *r, char out[ADDR_MAILBOX_MAX + 1], bool may_lack)
{
	if (msg_gets(r, out, ADDR_MAILBOX_MAX + 1) == -1)
		return -1;
	if (!*out)
		return may_lack ? 0 : -1;
	return addr_is_mailbox(out, strlen(out)) ? 0 : -1;
}

static int
get_ip(struct msg_reader *r, struct ip *ip, bool *there, bool may_lack)
{
	char text[IP_TEXT_SIZE];

	*there = false;
	if (msg_gets(r, text, sizeof text) == -1)
		return -1;
	if (!*text && may_lack)
		return 0;
	*there = ip_parse(ip, text) == 1;
	return *there ? 0 : -1;
}

static int
get_basis(struct msg_reader *r, bool *relayclient)
{
	char text[sizeof "relayclient"];

	if (msg_gets(r, text, sizeof text) == -1)
		return -1;
	*relayclient = !strcmp(text, "relayclient");
	return *relayclient || !*text ? 0 : -1;
}

static int
get_request_field(struct relayd_request *rq, struct msg_reader *r, char field)
{
	switch (field) {
	case 'i':
	case 'I': return get_ip(r, &rq->ip, &rq->has_ip, field == 'I');
	case 'b': return get_basis(r, &rq->relayclient);
	case 't': return msg_gets(r, rq->token, sizeof rq->token);
	case 'm':
	case 'M': return get_mailbox(r, rq->mailbox, field == 'm');
	default: return msg_getn(r, &rq->n, UINT32_MAX);
	}
}

int
relayd_request_scan(struct relayd_request *rq, enum relayd_port port,
    const char *packet, size_t len)
{
	struct msg_reader r;
	uint64_t version;
	const char *f;

	memset(rq, 0, sizeof *rq);
	if (msg_open(&r, packet, len) == -1 ||
	    (f = shape_of(port, r.op, 0)) == NULL ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != RELAYD_VERSION)
		goto bad;
	rq->op = r.op;
	for (; *f; f++)
		if (get_request_field(rq, &r, *f) == -1)
			goto bad;
	if (msg_close(&r) == -1)
		goto bad;
	return 0;
bad:
	errno = EPROTO;
	return -1;
}

long
relayd_answer_format(char *buf, size_t size, enum relayd_port port,
    char request, const struct relayd_answer *an)
{
	const char *f = shape_of(port, request, an->op);
	struct msg_writer w;

	if (!f) {
		errno = EPROTO;
		return -1;
	}
	msg_start(&w, buf, size, an->op);
	for (; *f; f++)
		switch (*f) {
		case 'k': msg_puts(&w, kinds[an->v.kind]); break;
		case 'm': msg_puts(&w, an->v.mailbox); break;
		case 'o': msg_puts(&w, an->v.own ? "1" : "0"); break;
		case 'n': msg_putn(&w, an->v.left); break;
		case 'c': msg_putn(&w, an->count); break;
		case 't': msg_puts(&w, an->v.grant); break;
		case 'a': msg_puts(&w, an->v.ip); break;
		default: msg_puts(&w, an->v.reason); break;
		}
	return msg_end(&w);
}

static int
get_kind(struct msg_reader *r, enum relayd_kind *kind)
{
	char text[sizeof "relayclient"];

	if (msg_gets(r, text, sizeof text) == -1)
		return -1;
	return relayd_kind_scan(kind, text) ? 0 : -1;
}

static int
get_address(struct msg_reader *r, char out[IP_TEXT_SIZE])
{
	struct ip ip;

	if (msg_gets(r, out, IP_TEXT_SIZE) == -1)
		return -1;
	return ip_parse(&ip, out) == 1 ? 0 : -1;
}

static int
get_answer_field(struct relayd_answer *an, struct msg_reader *r, char field)
{
	uint64_t n;

	switch (field) {
	case 'k': return get_kind(r, &an->v.kind);
	case 'm': return get_mailbox(r, an->v.mailbox, true);
	case 'o':
		if (msg_getn(r, &n, 1) == -1)
			return -1;
		an->v.own = n == 1;
		return 0;
	case 'n': return msg_getn(r, &an->v.left, UINT32_MAX);
	case 'c': return msg_getn(r, &an->count, UINT32_MAX);
	case 't': return msg_gets(r, an->v.grant, sizeof an->v.grant);
	case 'a': return get_address(r, an->v.ip);
	default: return msg_gets(r, an->v.reason, sizeof an->v.reason);
	}
}

int
relayd_answer_scan(struct relayd_answer *an, enum relayd_port port,
    char request, const char *packet, size_t len)
{
	struct msg_reader r;
	const char *f;

	memset(an, 0, sizeof *an);
	if (msg_open(&r, packet, len) == -1 || !r.op ||
	    (f = shape_of(port, request, r.op)) == NULL)
		goto bad;
	an->op = r.op;
	for (; *f; f++)
		if (get_answer_field(an, &r, *f) == -1)
			goto bad;
	if (msg_close(&r) == -1)
		goto bad;
	return 0;
bad:
	errno = EPROTO;
	return -1;
}
