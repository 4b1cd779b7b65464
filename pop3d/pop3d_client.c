/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <string.h>

#include "lib/log.h"
#include "lib/sock.h"
#include "lib/text.h"

enum pop3d_result
pop3d_hand_over(int ticket, const char *ip, const char *tls, const char *ahead,
    size_t aheadlen, int in, int out, char text[POP3D_TEXT_MAX])
{
	struct pop3d_request r = { .ahead = ahead, .aheadlen = aheadlen };
	enum pop3d_result result = POP3D_TRY_LATER;
	char packet[POP3D_MSG_MAX], answer[POP3D_TEXT_MAX + 16];
	int fds[3] = { ticket, in, out }, nfds = in == out ? 2 : 3;
	long len;
	ssize_t n;

	strcpy(text, "mailboxes are not available");
	text_copy(r.ip, sizeof r.ip, ip);
	text_copy(r.tls, sizeof r.tls, tls);
	len = pop3d_request_make(packet, sizeof packet, &r);
	if (len == -1)
		return POP3D_TRY_LATER;
	n = sock_call(POP3D_PATH, packet, (size_t)len, fds, nfds, answer,
	    sizeof answer, NULL, POP3D_TIMEOUT_MS);
	if (n == -1)
		log_warnsys("unable to ask ", POP3D_PATH);
	else if (pop3d_answer_scan(&result, text, answer, (size_t)n) == -1) {
		log_warn("no sense in the answer of ", POP3D_PATH);
		strcpy(text, "mailboxes are not available");
		result = POP3D_TRY_LATER;
	}
	return result;
}
