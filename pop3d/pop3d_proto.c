/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <errno.h>

#include "lib/msg.h"

long
pop3d_request_make(char *buf, size_t size, const struct pop3d_request *r)
{
	struct msg_writer w;

	msg_start(&w, buf, size, r->may_be_empty ? 'E' : 'S');
	msg_putn(&w, POP3D_VERSION);
	msg_puts(&w, r->ip);
	msg_puts(&w, r->tls);
	msg_putb(&w, r->ahead, r->aheadlen);
	return msg_end(&w);
}

int
pop3d_request_scan(struct pop3d_request *r, const char *wire, size_t len)
{
	struct msg_reader m;
	uint64_t version;

	if (msg_open(&m, wire, len) == -1)
		return -1;
	msg_getn(&m, &version, UINT64_MAX);
	msg_gets(&m, r->ip, sizeof r->ip);
	msg_gets(&m, r->tls, sizeof r->tls);
	msg_getb(&m, &r->ahead, &r->aheadlen, POP3D_AHEAD_MAX);
	if (msg_close(&m) == -1)
		return -1;
	r->may_be_empty = m.op == 'E';
	if ((m.op == 'S' || m.op == 'E') && version == POP3D_VERSION)
		return 0;
	errno = EPROTO;
	return -1;
}

/* A refusal says why. */
static bool
has_text(enum pop3d_result result)
{
	return result == POP3D_REFUSED || result == POP3D_TRY_LATER;
}

long
pop3d_answer_make(
    char *buf, size_t size, enum pop3d_result result, const char *text)
{
	struct msg_writer w;

	msg_start(&w, buf, size, "YUTN"[result]);
	if (has_text(result))
		msg_puts(&w, text);
	return msg_end(&w);
}

int
pop3d_answer_scan(enum pop3d_result *result, char text[POP3D_TEXT_MAX],
    const char *wire, size_t len)
{
	struct msg_reader m;

	text[0] = '\0';
	if (msg_open(&m, wire, len) == -1)
		return -1;
	switch (m.op) {
	case 'Y':
		*result = POP3D_TAKEN;
		break;
	case 'U':
		*result = POP3D_REFUSED;
		break;
	case 'T':
		*result = POP3D_TRY_LATER;
		break;
	case 'N':
		*result = POP3D_EMPTY;
		break;
	default:
		errno = EPROTO;
		return -1;
	}
	if (has_text(*result))
		msg_gets(&m, text, POP3D_TEXT_MAX);
	return msg_close(&m);
}
