/* SPDX-License-Identifier: ISC */
#include "smtpd/settings.h"

#include <string.h>
#include "lib/log.h"
#include "lib/safefile.h"

/* What was good before stays. */
static void
read_me(struct session *s)
{
	stralloc me = { 0 };

	if (setting_get(&me, "me") == 1 && addr_is_domain(me.s, me.len))
		sa_copy(&s->me, &me);
	else
		log_warn("etc/me:1:1: no host name; write this machine's full "
			 "name, as in mail.example.com; using ",
		    s->me.len ? s->me.s : "localhost");
	if (!s->me.len)
		sa_copys(&s->me, "localhost");
	sa_0(&s->me);
	sa_free(&me);
}

void
settings_look(struct session *s)
{
	if (setting_changed(&s->me_seen, "etc/me") || !s->me.len)
		read_me(s);
	if (setting_changed(&s->databytes_seen, "etc/databytes") ||
	    !s->databytes)
		s->databytes = setting_number_seen(
		    &s->databytes_seen, SETTING_DATABYTES);
	s->plaintext.path = "etc/plaintext";
	netfile_look(&s->plaintext, "no password is taken without TLS");
}

bool
settings_plaintext(const struct session *s)
{
	return s->plaintext.state == NETFILE_NONE
		   ? ip_is_loopback(&s->ip)
		   : netfile_has(&s->plaintext, &s->ip);
}

static bool
setting_is(enum setting which, const char *word)
{
	return strcmp(setting_word(which), word) == 0;
}

void
settings_keep(void)
{
	setting_word(SETTING_SENDER_POLICY);
	setting_word(SETTING_HIDE_CLIENT);
	setting_word(SETTING_OVER_QUOTA);
}

bool
settings_sender_any(void)
{
	return setting_is(SETTING_SENDER_POLICY, "any");
}

bool
settings_hide_client(void)
{
	return setting_is(SETTING_HIDE_CLIENT, "yes");
}

bool
settings_full_refuses(void)
{
	return setting_is(SETTING_OVER_QUOTA, "refuse");
}
