/* SPDX-License-Identifier: ISC */
#include "smtpd/settings.h"

#include <string.h>
#include "lib/log.h"
#include "lib/safefile.h"

/* What is said where there is no time to put it together. */
static void
set_reply(stralloc *out, const char *code, const struct session *s,
    const char *text)
{
	sa_copys(out, code);
	sa_cat(out, &s->me);
	sa_cats(out, text);
	sa_0(out);
}

static void
read_me(struct session *s)
{
	if (setting_me(&s->me) != 1) {
		log_warn("etc/me holds no host name: write the name of this "
			 "machine in it; using localhost");
		sa_copys(&s->me, "localhost");
	}
	sa_0(&s->me);
	set_reply(&s->bye, "421 4.3.2 ", s, " shutting down\r\n");
	set_reply(&s->full, "421 4.7.0 ", s,
	    " too many connections, try again later\r\n");
	set_reply(&s->broken, "421 4.3.0 ", s,
	    " is not available now, try again later\r\n");
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
