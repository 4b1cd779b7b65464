/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl_kept.h"

#include "lib/line.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "pop3d/pop3d.h"

#define UIDL_FILE "etc/uidl"
#define WHAT_TO_WRITE                                                          \
	"write own, qmail, dovecot or courier (mailboxd(8)), or remove the file"

static void
take(struct uidl_kept *k, const char *line, size_t len)
{
	struct uidl_setting rule;

	if (uidl_setting(&rule, line, len)) {
		k->good = true;
		k->rule = rule;
		return;
	}
	log_warn(UIDL_FILE ":1:1: no rule for unique ids; " WHAT_TO_WRITE,
	    k->good ? "; using what was there before"
		    : "; nobody is let in until then");
}

void
uidl_kept_look(struct uidl_kept *k)
{
	stralloc line = { 0 };

	bool news = setting_changed(&k->seen, UIDL_FILE) || !k->looked;

	if (!news && !k->unreadable)
		return;
	k->looked = true;
	k->unreadable = setting_get(&line, "uidl") == -1;
	if (!k->unreadable)
		take(k, line.s, line.len);
	else if (news)
		log_warnsys("unable to read " UIDL_FILE);
	sa_free(&line);
}

void
pop3d_etc_check(struct line_errors *errors)
{
	struct uidl_setting rule;
	stralloc line = { 0 };
	int rc = setting_get(&line, "uidl");

	if (rc != -1 && !uidl_setting(&rule, line.s, line.len))
		line_error(errors, UIDL_FILE, 1, 1,
		    "no rule for unique ids; " WHAT_TO_WRITE, (char *)NULL);
	sa_free(&line);
}
