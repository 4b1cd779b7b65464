/* SPDX-License-Identifier: ISC */
#include "queue/inject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/safefile.h"

int
inject_start(struct inject *in)
{
	memset(in, 0, sizeof *in);
	in->conn = -1;
	in->last = '\n';
	in->most = setting_number(SETTING_DATABYTES);
	if (setting_me(&in->me) != 1)
		return -1;
	sa_0(&in->me);
	return 0;
}

int
inject_address(stralloc *out, const struct inject *in, const char *s,
    size_t len, const char **why)
{
	stralloc path = { 0 }, plain = { 0 };
	size_t used;
	int ok;

	sa_copys(&path, "<");
	sa_catb(&path, s, len);
	if (addr_at(s, len) == len) {
		sa_append(&path, '@');
		sa_cat(&path, &in->me);
	}
	sa_cats(&path, ">");
	ok = len && addr_parse_path(&plain, path.s, path.len, &used, why) &&
	    used == path.len && plain.len;
	if (ok)
		addr_envelope(out, plain.s, plain.len);
	else if (!len || used != path.len)
		*why = "not an address";
	sa_free(&path);
	sa_free(&plain);
	return ok;
}

int
inject_recipient(struct inject *in, const char *s, size_t len,
    const char **why)
{
	stralloc addr = { 0 };
	int ok = inject_address(&addr, in, s, len, why);

	if (ok) {
		sa_0(&addr);
		sa_catb(&in->recipients, addr.s, addr.len + 1);
		in->nrcpt++;
	}
	sa_free(&addr);
	return ok;
}

static int
put(struct inject *in, const char *p, size_t len)
{
	if (!len)
		return 0;
	in->last = p[len - 1];
	in->size += len;
	in->large = in->large || in->size > in->most;
	if (in->large)
		return -1;
	return queue_write(in->m, p, len);
}

int
inject_open(struct inject *in)
{
	char date[CLOCK_RFC5322_SIZE], line[512];
	const char *grant = getenv(QUEUE_GRANT_ENV); /* under QMAILQUEUE */

	sa_0(&in->sender);
	in->env = (struct queue_envelope){ .sender = in->sender.s,
		.recipients = in->recipients.s,
		.recipients_len = in->recipients.len, .origin = QUEUE_LOCAL,
		.ip = "", .helo = "", .account = "", .body = "8",
		.grant = grant ? grant : "" };
	in->conn = queue_connect(QUEUE_INJECT_PATH);
	if (in->conn == -1)
		return -1;
	in->m = queue_open(in->conn, &in->env);
	if (!in->m)
		return -1;
	clock_rfc5322(date, clock_wall_s());
	snprintf(line, sizeof line,
	    "Received: by %s with local (uid %lu);\n\t%s\n", in->me.s,
	    (unsigned long)getuid(), date);
	return put(in, line, strlen(line));
}

/* CRLF and a lone CR become LF. */
int
inject_write(struct inject *in, const char *p, size_t len)
{
	size_t i, from = 0;

	for (i = 0; i < len; i++) {
		if (!p[i])
			in->nul = true;
		if (p[i] == '\n' && in->cr)
			from = i + 1; /* its CR was written as a LF */
		in->cr = p[i] == '\r';
		if (!in->cr)
			continue;
		if (put(in, p + from, i - from) == -1 || put(in, "\n", 1) == -1)
			return -1;
		from = i + 1;
	}
	return put(in, p + from, len - from);
}

/* What we found in the message ourselves; NULL: nothing. */
static const char *
fault(const struct inject *in)
{
	if (in->large)
		return "5.3.4 too large";
	return in->nul ? "5.6.0 a NUL byte in the message" : NULL;
}

void
inject_close(struct inject *in, struct queue_answer *answer)
{
	memset(answer, 0, sizeof *answer);
	if (in->m && !in->cut && in->last != '\n' && !fault(in))
		put(in, "\n", 1);
	if (in->m && (fault(in) || in->cut)) {
		queue_abort(in->m, &in->conn);
		answer->result = in->cut ? QUEUE_TEMP : QUEUE_MALFORMED;
		strcpy(answer->reason,
		    in->cut ? "the message cannot be read" : fault(in));
	} else if (in->m) {
		queue_commit(in->m, answer);
	} else {
		answer->result = QUEUE_TEMP;
		strcpy(answer->reason, "the queue does not answer");
	}
	if (in->conn != -1)
		close(in->conn);
	in->conn = -1;
	inject_free(in);
}

void
inject_free(struct inject *in)
{
	sa_free(&in->me);
	sa_free(&in->sender);
	sa_free(&in->recipients);
}
