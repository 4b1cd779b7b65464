/* SPDX-License-Identifier: ISC */
#include "deliver/automatic.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "deliver/local_key.h"
#include "lib/clock.h"
#include "lib/memfd.h"
#include "lib/msg.h"
#include "lib/sock.h"

#define ENCODED_MAX     45   /* bytes of text in one encoded word, at most */
#define LINE_LONG       990  /* bytes of a line of text */
#define ID_MAX          250  /* bytes of a Message-ID that is quoted */
#define ANSWER_MAX      1024 /* bytes of the packet */
#define SEND_TIMEOUT_MS 60000

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncmp(s + len - n, end, n) == 0;
}

/* A program, by its name (lower case). */
static bool
is_program(const char *sender)
{
	static const char *const names[] = { "mailer-daemon", "noreply",
		"no-reply", "donotreply", "do-not-reply", "listserv",
		"majordomo" };
	size_t at = addr_at(sender, strlen(sender)), i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == at &&
		    strncmp(sender, names[i], at) == 0)
			return true;
	return strncmp(sender, "owner-", 6) == 0 ||
	       strncmp(sender, "srs0=", 5) == 0 ||
	       ends_with(sender, at, "-owner") ||
	       ends_with(sender, at, "-request") ||
	       ends_with(sender, at, "-bounces") ||
	       memmem(sender, at, "-bounces+", 9);
}

bool
automatic_never(const char *sender, const struct header *h)
{
	stralloc v = { 0 };
	bool never;

	sa_copys(&v, sender);
	sa_lower(&v);
	sa_0(&v);
	never = !strchr(v.s, '@') || is_program(v.s);
	if (header_get(&v, h, "Auto-Submitted")) {
		v.s[strcspn(v.s, " ;(")] = 0;
		never |= strcasecmp(v.s, "no") != 0;
	}
	never |= header_has(h, "List-") ||
		 header_says(h, "Precedence", "bulk") ||
		 header_says(h, "Precedence", "list") ||
		 header_says(h, "Precedence", "junk") ||
		 header_says(h, "X-Auto-Response-Suppress", "all") ||
		 header_says(h, "X-Auto-Response-Suppress", "oof");
	sa_free(&v);
	return never;
}

static bool
is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* RFC 2047, Q: whole characters of UTF-8 in each word. */
static void
cat_encoded(stralloc *out, const char *s)
{
	char hex[4];
	unsigned n;

	while (*s) {
		sa_cats(out, "=?utf-8?Q?");
		for (n = 0; *s && (n < ENCODED_MAX || (*s & 0xc0) == 0x80);
		     s++) {
			if ((*s >= 'a' && *s <= 'z') ||
			    (*s >= 'A' && *s <= 'Z') ||
			    (*s >= '0' && *s <= '9')) {
				sa_append(out, *s);
				n++;
				continue;
			}
			snprintf(hex, sizeof hex, "=%02X", (unsigned char)*s);
			sa_cats(out, *s == ' ' ? "_" : hex);
			n += 3;
		}
		sa_cats(out, *s ? "?=\n " : "?=");
	}
}

void
automatic_cat_words(stralloc *out, const char *s)
{
	if (is_plain(s))
		sa_cats(out, s);
	else
		cat_encoded(out, s);
}

static void
cat_subject(stralloc *out, const struct automatic *a)
{
	stralloc was = { 0 };
	size_t i;

	sa_cats(out, "Subject: ");
	if (a->subject) {
		automatic_cat_words(out, a->subject);
	} else {
		header_get(&was, a->h, "Subject");
		for (i = 0; i < was.len; i++)
			if (was.s[i] < ' ' || was.s[i] > '~')
				was.s[i] = '?';
		if (was.len > AUTOMATIC_REFERENCES_MAX)
			was.len = AUTOMATIC_REFERENCES_MAX;
		sa_cats(out, "Auto: ");
		sa_cat(out, &was);
	}
	sa_append(out, '\n');
	sa_free(&was);
}

/* In-Reply-To and References, where the original has a name. */
static void
cat_thread(stralloc *out, const struct header *h)
{
	stralloc id = { 0 }, refs = { 0 };

	if (header_get(&id, h, "Message-ID") && id.len <= ID_MAX && id.len &&
	    is_plain(id.s)) {
		header_get(&refs, h, "References");
		sa_cats(out, "In-Reply-To: ");
		sa_cats(out, id.s);
		sa_cats(out, "\nReferences: ");
		if (refs.len && is_plain(refs.s) &&
		    refs.len + id.len < AUTOMATIC_REFERENCES_MAX) {
			sa_cats(out, refs.s);
			sa_append(out, ' ');
		}
		sa_cats(out, id.s);
		sa_append(out, '\n');
	}
	sa_free(&id);
	sa_free(&refs);
}

/* As a mail may have it, whatever the file holds: LF ends, no control bytes, no
 * line beyond RFC 5322; a break is between characters. */
static void
cat_text(stralloc *out, const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '\n')
			n = 0;
		else if (((unsigned char)s[i] < ' ' && s[i] != '\t') ||
			 s[i] == 0x7f)
			continue;
		else if (++n > LINE_LONG && (s[i] & 0xc0) != 0x80) {
			sa_append(out, '\n');
			n = 1;
		}
		sa_append(out, s[i]);
	}
	if (n || !len)
		sa_append(out, '\n');
}

static void
cat_line(stralloc *out, const char *a, const char *b, const char *c)
{
	sa_cats(out, a);
	sa_cats(out, b);
	sa_cats(out, c);
}

static void
cat_id(stralloc *out, const struct automatic *a)
{
	unsigned char key[TOKEN_KEY_BYTES];
	char token[TOKEN_MAX + 1];

	local_key(key, "message-id");
	token_make(token, TOKEN_MAX, key, a->about, a->from, a->to);
	cat_line(out, "Message-ID: <", token, "");
	sa_cats(out, a->from + addr_at(a->from, strlen(a->from)));
	sa_cats(out, ">\n");
}

void
automatic_text(stralloc *out, const struct automatic *a, uint64_t now)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(date, now);
	sa_clear(out);
	cat_line(out, "From: <", a->from, ">\n");
	cat_line(out, "To: <", a->to, ">\n");
	cat_subject(out, a);
	cat_line(out, "Date: ", date, "\n");
	cat_id(out, a);
	cat_thread(out, a->h);
	sa_cats(out, "Auto-Submitted: auto-replied\nPrecedence: bulk\n"
		     "X-Auto-Response-Suppress: All\n");
	sa_cats(out, a->more);
	sa_cats(out, "MIME-Version: 1.0\n"
		     "Content-Type: text/plain; charset=utf-8\n"
		     "Content-Transfer-Encoding: 8bit\n\n");
	cat_text(out, a->text, a->text_len);
}

int
automatic_answer(struct local_job *job, int conn, const struct automatic *a)
{
	char buf[ANSWER_MAX];
	struct msg_writer w;
	stralloc text = { 0 };
	int fd, rc;
	long len;

	automatic_text(&text, a, clock_wall_s());
	fd = memfd_sealed("answer", text.s, text.len);
	sa_free(&text);
	if (fd == -1)
		return local_answer(job, conn, job->op == 'D' ? 'T' : 'K',
		    job->op == 'D' ? "no room for an answer" : job->mailbox,
		    NULL);
	job->state = LOCAL_ANSWERED;
	msg_start(&w, buf, sizeof buf, 'M');
	msg_putn(&w, job->number);
	msg_puts(&w, job->mailbox);
	msg_puts(&w, a->to);
	len = msg_end(&w);
	rc = len == -1 ? -1
		       : sock_send(conn, buf, (size_t)len, &fd, 1,
			     SEND_TIMEOUT_MS);
	close(fd);
	return rc;
}
