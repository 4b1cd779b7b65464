/* SPDX-License-Identifier: ISC */
#include "queue/inspect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "queue/check.h"
#include "queue/schedule.h"

#define READ_SIZE 65536

static const char held[] = "queued holds it; drop it, or restore the file";

void
inspect_note_(struct inspection *in, bool bad, const char *mend,
    const char *what, ...)
{
	struct finding *f = &in->list[in->n];
	size_t n = 0;
	va_list ap;

	if (in->n == INSPECT_MAX)
		return;
	in->n++;
	f->bad = bad;
	f->mend = mend;
	va_start(ap, what);
	for (; what && n < sizeof f->what; what = va_arg(ap, const char *))
		n += (size_t)snprintf(f->what + n, sizeof f->what - n, "%s",
		    what);
	va_end(ap);
}

static void
look_at_inode(struct inspection *in, const struct stat *st, uid_t owner)
{
	char mode[16];

	snprintf(mode, sizeof mode, "%04o", st->st_mode & 07777u);
	if (st->st_uid != owner)
		inspect_note(in, true,
		    "queued cannot write it: give it to the owner of queue/",
		    "belongs to uid ", log_num(st->st_uid));
	if (st->st_mode & 0077)
		inspect_note(in, true, "chmod 600", "has mode ", mode,
		    ": others may look into it");
	if (st->st_nlink > 1)
		inspect_note(in, false,
		    "names in queue/tmp go at the next start",
		    "has ", log_num(st->st_nlink), " names");
}

static void
look_at_head(struct inspection *in, const struct spool_head *h)
{
	if (!strchr("AH", h->state) || !h->state)
		inspect_note(in, false, "counts as active",
		    "its head says neither active nor held");
	if (h->next > h->accepted && h->next - h->accepted > UINT32_MAX)
		inspect_note(in, false, "it is tried at once",
		    "the time of its next try makes no sense");
}

/* The message's bytes, as they were when it was taken. */
static int
look_at_message(struct inspection *in, int fd, const struct spool_head *h)
{
	static char buf[READ_SIZE];
	uint64_t at = spool_message_offset(h), end = at + h->size;
	const char *why;
	struct check c;
	ssize_t n;

	check_start(&c);
	while (at < end) {
		n = pread(fd, buf,
		    end - at < sizeof buf ? end - at : sizeof buf, (off_t)at);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		if (n > 0)
			check_bytes(&c, buf, (size_t)n);
		at += n > 0 ? (uint64_t)n : 0;
	}
	why = h->size ? check_end(&c) : NULL;
	if (why)
		inspect_note(in, true,
		    "it is delivered as it is; hold it and look at it",
		    "its message is not what was accepted: ", why + 6);
	return 0;
}

static void
look_at_envelope(struct inspection *in, const struct spool_head *h,
    const struct spool_image *image, const char *id)
{
	struct spool_envelope env;
	stralloc store = { 0 };

	if (spool_envelope_scan(&env, &store, h, image->front.s,
		image->front.len) == -1) {
		inspect_note(in, true, held,
		    "its envelope does not fit its checksum");
	} else {
		if (strcmp(env.id, id) != 0)
			inspect_note(in, true,
			    "it is delivered once more under this name: "
			    "remove one of them",
			    "is a copy of the message ", env.id);
		look_at_head(in, h);
		inspect_states(in, h, image);
	}
	sa_free(&store);
}

static int
look_inside(struct inspection *in, int fd, const struct stat *st,
    const char *id)
{
	char buf[SPOOL_HEAD];
	struct spool_image image = { 0 };
	struct spool_head h;
	ssize_t n = pread(fd, buf, sizeof buf, 0);
	int rc;

	if (n == -1)
		return -1;
	if (n != sizeof buf || spool_head_scan(&h, buf) == -1) {
		inspect_note(in, true,
		    "queued leaves it alone; restore or remove it",
		    "its head is damaged");
		return 0;
	}
	if ((uint64_t)st->st_size < spool_journal_offset(&h)) {
		inspect_note(in, true, held, "is cut short: ",
		    log_num(spool_journal_offset(&h) -
			(uint64_t)st->st_size),
		    " bytes are missing");
		return 0;
	}
	spool_load_fd(&image, fd);
	errno = image.error;
	rc = image.error ? -1 : 0;
	if (rc == 0) {
		look_at_envelope(in, &h, &image, id);
		rc = look_at_message(in, fd, &h);
	}
	spool_image_free(&image);
	return rc;
}

int
inspect_file(struct inspection *in, int fd, const char *id, uid_t owner)
{
	struct stat st;

	in->n = 0;
	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		inspect_note(in, true, "queued leaves it alone; remove it",
		    "is no file");
		return 0;
	}
	look_at_inode(in, &st, owner);
	return look_inside(in, fd, &st, id);
}
