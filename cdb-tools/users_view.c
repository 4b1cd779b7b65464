/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_view.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/log.h"

#define KEPT "the tables stay as they were"

void
users_view_open(struct users_view *v, bool json)
{
	*v = (struct users_view){ .json = json };
	users_load(&v->u, NULL);
	tool_sources(&v->u.errors, KEPT);
	seen_load(&v->seen);
	v->asking = -1;
	v->counts = true;
	v->mails = open("mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void
users_view_close(struct users_view *v)
{
	tool_print(&v->out);
	sa_free(&v->out);
	seen_free(&v->seen);
	users_free(&v->u);
	if (v->mails != -1)
		close(v->mails);
	if (v->asking != -1)
		close(v->asking);
}

/* Who may not look into mail/ asks deliver-local, who may. */
static int
usage(struct users_view *v, struct maildir_usage *u, const char *mailbox)
{
	if (v->mails != -1)
		return maildir_usage(u, v->mails, mailbox);
	*u = (struct maildir_usage){ 0 };
	if (deliver_usage_all(&v->asking, mailbox, &u->bytes, &u->messages) == 0)
		return 0;
	v->counts = v->asking != -1;
	if (!v->counts)
		log_warnsys("unable to look into mail/, or to ask deliver-local: "
			    "sizes are left out");
	return -1;
}

void
users_look(struct users_view *v, const struct user *user, struct users_look *l)
{
	stralloc folder = { 0 };

	*l = (struct users_look){ 0 };
	l->name = users_name(&v->u, user, &l->len);
	l->login = seen_find(&v->seen, l->name, l->len);
	if (!v->counts)
		return;
	sa_copyb(&folder, l->name, l->len);
	sa_0(&folder);
	l->counted = usage(v, &l->usage, folder.s) == 0;
	if (!l->counted && v->counts)
		log_warnsys("unable to count mail/", folder.s);
	sa_free(&folder);
}

void
users_column(stralloc *out, const char *s, size_t len, size_t width)
{
	sa_catb(out, s, len);
	for (; len < width; len++)
		sa_append(out, ' ');
	sa_append(out, ' ');
}

void
users_number(stralloc *out, bool is, uint64_t n, size_t width)
{
	const char *s = is ? log_num(n) : "-";

	users_column(out, s, strlen(s), width);
}

void
users_json_number(stralloc *out, const char *key, bool is, uint64_t n)
{
	sa_cats(out, ",\"");
	sa_cats(out, key);
	sa_cats(out, "\":");
	sa_cats(out, is ? log_num(n) : "null");
}
