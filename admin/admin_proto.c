/* SPDX-License-Identifier: ISC */
#include "admin/admin_proto.h"

#include <errno.h>
#include <string.h>

long
admin_request_make(char *packet, size_t size, const char *program, int argc,
    char **argv)
{
	struct msg_writer w;
	int i;

	if (argc > ADMIN_WORDS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	msg_start(&w, packet, size, 'R');
	msg_putn(&w, ADMIN_VERSION);
	msg_puts(&w, program);
	for (i = 0; i < argc; i++)
		msg_puts(&w, argv[i]);
	return msg_end(&w);
}

int
admin_request_scan(struct admin_words *w, const char *packet, size_t len)
{
	struct msg_reader r;
	size_t at = 0;
	uint64_t version;

	w->argc = 0;
	if (msg_open(&r, packet, len) == -1 || r.op != 'R' ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != ADMIN_VERSION)
		goto broken;
	while (msg_more(&r)) {
		if (w->argc > ADMIN_WORDS_MAX ||
		    msg_gets(&r, w->text + at, sizeof w->text - at) == -1)
			goto broken;
		w->argv[w->argc++] = w->text + at;
		at += strlen(w->text + at) + 1;
	}
	if (!w->argc || msg_close(&r) == -1)
		goto broken;
	w->argv[w->argc] = NULL;
	return 0;
broken:
	errno = EPROTO;
	return -1;
}

long
admin_answer_make(char *packet, size_t size, int code)
{
	struct msg_writer w;

	msg_start(&w, packet, size, 'E');
	msg_putn(&w, (uint64_t)code);
	return msg_end(&w);
}

int
admin_answer_scan(const char *packet, size_t len)
{
	struct msg_reader r;
	uint64_t code;

	if (msg_open(&r, packet, len) == -1 || r.op != 'E' ||
	    msg_getn(&r, &code, 255) == -1 || msg_close(&r) == -1) {
		errno = EPROTO;
		return -1;
	}
	return (int)code;
}
