/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/msg.h"

static const char letters[] = "YUMES"; /* of enum pop3d_result */

static int
bad(void)
{
	errno = EPROTO;
	return -1;
}

long
pop3d_request_make(char *buf, size_t size, const struct pop3d_request *r)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'C');
	msg_putn(&w, POP3D_VERSION);
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
	msg_gets(&m, r->tls, sizeof r->tls);
	msg_getb(&m, &r->ahead, &r->aheadlen, POP3D_AHEAD_MAX);
	if (msg_close(&m) == -1)
		return -1;
	return m.op == 'C' && version == POP3D_VERSION ? 0 : bad();
}

long
pop3d_answer_make(
    char *buf, size_t size, enum pop3d_result result, const char *text)
{
	struct msg_writer w;

	msg_start(&w, buf, size, letters[result]);
	if (result != POP3D_TAKEN)
		msg_puts(&w, text);
	return msg_end(&w);
}

int
pop3d_answer_scan(enum pop3d_result *result, char text[POP3D_TEXT_MAX],
    const char *wire, size_t len)
{
	struct msg_reader m;
	const char *letter;

	text[0] = '\0';
	if (msg_open(&m, wire, len) == -1)
		return -1;
	letter = m.op ? strchr(letters, m.op) : NULL;
	if (!letter)
		return bad();
	*result = (enum pop3d_result)(letter - letters);
	if (*result != POP3D_TAKEN)
		msg_gets(&m, text, POP3D_TEXT_MAX);
	if (msg_close(&m) == -1)
		return -1;
	if (*result >= POP3D_EMPTY && !addr_is_mailbox(text, strlen(text)))
		return bad();
	return 0;
}
