/* SPDX-License-Identifier: ISC */
#include "deliver/quota_warning.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deliver/automatic.h"
#include "deliver/local_file.h"
#include "deliver/reply.h"
#include "lib/clock.h"
#include "lib/memfd.h"
#include "lib/safefile.h"

static const char fixed_text[] =
    "Subject: Your mailbox {mailbox} is {percent} % full\n\n"
    "Your mailbox {mailbox} holds {used} of the {quota} it has room for: "
    "{percent} %.\n\n"
    "When it is full, new mail is turned away.  Please delete what you no\n"
    "longer need, on the server too, or ask for more room.\n";

/* "1.8 GB" */
static void
cat_size(stralloc *out, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
	char text[32];
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1024 && i < sizeof units / sizeof *units - 1; i++)
		n /= 1024;
	snprintf(text, sizeof text, i ? "%.1f %s" : "%.0f %s", n, units[i]);
	sa_cats(out, text);
}

static void
cat_amount(stralloc *out, uint64_t n, bool messages)
{
	if (!messages) {
		cat_size(out, n);
		return;
	}
	sa_catul(out, (unsigned long)n);
	sa_cats(out, n == 1 ? " message" : " messages");
}

/* At a '{': what stands for it, and the length of the word; 0: nothing. */
static size_t
cat_word(stralloc *out, const char *s, size_t len, const struct quota_warning *w)
{
	static const char *const words[] = { QUOTA_TEXT_WORDS };
	size_t i, n;

	for (i = 0; i < 4; i++) {
		n = strlen(words[i]);
		if (n > len || memcmp(s, words[i], n) != 0)
			continue;
		if (i == 0)
			sa_cats(out, w->mailbox);
		else if (i == 3)
			sa_catul(out, (unsigned long)((double)w->used * 100 /
					(double)w->quota));
		else
			cat_amount(out, i == 1 ? w->used : w->quota,
			    w->messages);
		return n;
	}
	return 0;
}

static void
cat_filled(stralloc *out, const char *s, size_t len,
    const struct quota_warning *w)
{
	size_t n;

	for (; len; s += n, len -= n) {
		n = *s == '{' ? cat_word(out, s, len, w) : 0;
		if (n)
			continue;
		if ((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t')
			sa_append(out, *s);
		n = 1;
	}
}

static void
cat_head(stralloc *out, const struct quota_warning *w, const char *subject)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(date, w->now);
	sa_cats(out, "From: Postmaster <postmaster@");
	sa_cats(out, w->me);
	sa_cats(out, ">\nTo: ");
	sa_cats(out, w->mailbox);
	sa_cats(out, ":;\nSubject: ");
	automatic_cat_words(out, subject);
	sa_cats(out, "\nDate: ");
	sa_cats(out, date);
	sa_cats(out, "\nMessage-ID: <quota.");
	sa_cats(out, w->mailbox);
	sa_append(out, '.');
	sa_catul(out, (unsigned long)w->now);
	sa_append(out, '@');
	sa_cats(out, w->me);
	sa_cats(out, ">\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
		     "Content-Type: text/plain; charset=utf-8\n"
		     "Content-Transfer-Encoding: 8bit\n\n");
}

void
quota_warning_text(stralloc *out, const struct quota_warning *w)
{
	stralloc text = { 0 }, subject = { 0 };
	struct reply r;

	if (safefile_read(&text, QUOTA_TEXT, QUOTA_TEXT_MAX) != 1)
		sa_clear(&text);
	sa_0(&text);
	if (strspn(text.s, " \t\r\n") == text.len) { /* it says nothing */
		sa_copys(&text, fixed_text);
		sa_0(&text);
	}
	reply_parse(&r, text.s, text.len);
	if (!r.subject)
		r.subject = "Your mailbox {mailbox} is {percent} % full";
	cat_filled(&subject, r.subject, strlen(r.subject), w);
	sa_0(&subject);
	sa_clear(out);
	cat_head(out, w, subject.s);
	cat_filled(out, r.text, r.text_len, w);
	if (out->s[out->len - 1] != '\n')
		sa_append(out, '\n');
	sa_free(&text);
	sa_free(&subject);
}

/* A delivery as others are, of a message that nobody sent. */
int
quota_warning_deliver(const struct quota_warning *w)
{
	static struct local_job job;
	char from[sizeof "tmp/" + MAILDIR_NAME_MAX];
	char to[sizeof "new/" + MAILDIR_NAME_MAX];
	stralloc text = { 0 };
	int rc = -1;

	job = (struct local_job){ .op = 'D', .time = w->now,
		.path = "", .head = "", .folder = -1, .fd = -1 };
	quota_warning_text(&text, w);
	job.size = text.len;
	job.message = memfd_sealed("warning", text.s, text.len);
	sa_free(&text);
	if (job.message == -1)
		return -1;
	snprintf(job.id, sizeof job.id, "w%llx",
	    (unsigned long long)clock_boot_ms());
	snprintf(job.mailbox, sizeof job.mailbox, "%s", w->mailbox);
	snprintf(job.recipient, sizeof job.recipient, "%s", w->mailbox);
	if (local_open(&job) == 0 && local_write(&job) == 0 &&
	    (!job.young || local_sync_young(&job) == 0) &&
	    fsync(job.fd) == 0 && local_name(&job) == 0) {
		snprintf(from, sizeof from, "tmp/%s", job.name);
		snprintf(to, sizeof to, "new/%s", job.name);
		rc = local_look_new(&job);
		if (rc == 0)
			rc = renameat(job.folder, from, job.folder, to);
	}
	local_job_free(&job);
	return rc;
}
