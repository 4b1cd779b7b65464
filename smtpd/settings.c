/* SPDX-License-Identifier: ISC */
#include "smtpd/settings.h"

#include "lib/log.h"
#include "lib/safefile.h"

#define DATABYTES_LEAST 1
#define DATABYTES_MOST  (UINT64_C(1) << 40)

static void
read_me(struct session *s)
{
	if (setting_get(&s->me, "me") != 1 ||
	    !addr_is_domain(s->me.s, s->me.len)) {
		log_warn("etc/me holds no host name: write the name of this "
			 "machine in it; using localhost");
		sa_copys(&s->me, "localhost");
	}
	sa_0(&s->me);
}

void
settings_look(struct session *s)
{
	if (setting_changed(&s->me_seen, "etc/me") || !s->me.len)
		read_me(s);
	if (setting_changed(&s->databytes_seen, "etc/databytes") ||
	    !s->databytes)
		s->databytes = setting_number_seen(&s->databytes_seen,
		    "databytes", SESSION_DATABYTES, DATABYTES_LEAST,
		    DATABYTES_MOST);
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
setting_is(const char *name, const char *yes, const char *no)
{
	stralloc value = { 0 };
	bool is = false;
	int r;

	r = setting_get(&value, name);
	if (r == 1) {
		is = sa_is(&value, yes);
		if (!is && !sa_is(&value, no))
			log_warn("etc/", name, " says neither ", yes, " nor ",
			    no, "; taking it for ", no);
	} else if (r == -1) {
		log_warnsys("unable to read etc/", name);
	}
	sa_free(&value);
	return is;
}

bool
settings_sender_any(void)
{
	return setting_is("sender-policy", "any", "own");
}

bool
settings_hide_client(void)
{
	return setting_is("hide-client", "yes", "no");
}

bool
settings_full_refuses(void)
{
	return setting_is("over-quota", "refuse", "defer");
}
