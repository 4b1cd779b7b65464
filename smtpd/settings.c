/* SPDX-License-Identifier: ISC */
#include "smtpd/settings.h"

#include <errno.h>
#include "lib/log.h"
#include "lib/netfile.h"
#include "lib/safefile.h"

#define DATABYTES_LEAST 1
#define DATABYTES_MOST  (UINT64_C(1) << 40)

void
settings_me(struct session *s)
{
	if (setting_get(&s->me, "me") != 1 ||
	    !addr_is_domain(s->me.s, s->me.len)) {
		log_warn("etc/me holds no host name: write the name of this "
			 "machine in it; using localhost");
		sa_copys(&s->me, "localhost");
	}
	sa_0(&s->me);
}

uint64_t
settings_databytes(struct session *s)
{
	if (!s->databytes)
		s->databytes = setting_number("databytes", SESSION_DATABYTES,
		    DATABYTES_LEAST, DATABYTES_MOST);
	return s->databytes;
}

static void
warn_plaintext(struct line_errors *errors)
{
	if (!errors->n) {
		log_warnsys("unable to read etc/plaintext");
		return;
	}
	errors->text.len--; /* the last newline */
	sa_0(&errors->text);
	log_warn(errors->text.s, "; no password is taken without TLS");
}

bool
settings_plaintext(const struct session *s)
{
	struct line_errors errors = { 0 };
	int r;

	r = netfile_has("etc/plaintext", &s->ip, &errors);
	if (r == -1 && errno == ENOENT)
		r = ip_is_loopback(&s->ip);
	else if (r == -1)
		warn_plaintext(&errors);
	line_errors_free(&errors);
	return r == 1;
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
