/* SPDX-License-Identifier: ISC */
#include "tlsd/pairs.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "tlsd/pair_load.h"

#define PATH_SIZE   (CERT_NAME_SIZE + 32)
#define DAY_SECONDS 86400
#define DEFAULT     "default"

EVP_PKEY *
pairs_key(const struct pairs *ps, uint64_t serial)
{
	unsigned i;

	for (i = 0; serial && i < ps->n; i++) {
		if (ps->pair[i]->serial == serial)
			return ps->pair[i]->priv;
		if (ps->pair[i]->serial_before == serial)
			return ps->pair[i]->priv_before;
	}
	return NULL;
}

/* A missing or unreadable file has a stamp of zeros. */
static struct pairs_stamp
stamp_of(const char *name, const char *file)
{
	char path[PATH_SIZE];
	struct pairs_stamp s;
	struct stat st;

	memset(&s, 0, sizeof(s)); /* the padding too: stamps are memcmp'd */
	snprintf(path, sizeof(path), "tls/%s/%s", name, file);
	if (stat(path, &st) == -1)
		return s;
	s.dev = st.st_dev;
	s.ino = st.st_ino;
	s.size = st.st_size;
	s.mtime = st.st_mtim;
	s.ctime = st.st_ctim;
	return s;
}

/* A folder's name that an SNI can be: letters, digits, hyphens and dots, lower
 * case.  What else lies in tls/ is not ours. */
static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-._");

	return len && !s[len] && len < CERT_NAME_SIZE && s[0] != '.';
}

static struct pair *
find(const struct pairs *ps, const char *name)
{
	unsigned i;

	for (i = 0; i < ps->n; i++)
		if (strcmp(ps->pair[i]->name, name) == 0)
			return ps->pair[i];
	return NULL;
}

/* The last place is tls/default's, in whatever order the folders come. */
static bool
has_room(const struct pairs *ps, const char *name)
{
	bool kept = strcmp(name, "default") != 0 && !find(ps, "default");

	return ps->n + kept < CERT_NAMES_MAX;
}

static void
leave_out(struct pairs *ps, const char *name)
{
	if (!ps->left_out)
		log_warn("tls/: more than ", log_num(CERT_NAMES_MAX),
		    " names: ", name, " is one of those that are not served; "
		    "remove some");
	ps->left_out = true;
}

static struct pair *
find_or_add(struct pairs *ps, const char *name)
{
	struct pair *p = find(ps, name);

	if (p)
		return p;
	if (!has_room(ps, name)) {
		leave_out(ps, name);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	memcpy(p->name, name, strlen(name) + 1); /* is_name: it fits */
	ps->pair[ps->n++] = p;
	return p;
}

static void
take_over(struct pairs *ps, struct pair *p, struct pair_files *f)
{
	struct cert_news news = {
		.op = 'A', .chain = f->chain, .len = f->chainlen
	};

	EVP_PKEY_free(p->priv_before);
	p->priv_before = p->priv;
	p->serial_before = p->serial;
	p->priv = f->key;
	f->key = NULL;
	p->serial = news.serial = ++ps->last_serial;
	p->not_after = f->not_after;
	p->warned_day = 0;
	snprintf(news.name, sizeof(news.name), "%s", p->name);
	ps->news(ps->arg, &news);
	log_event("certificate", "name", p->name, "result",
	    p->serial_before ? "reloaded" : "loaded");
}

static void
refresh(struct pairs *ps, struct pair *p)
{
	struct pairs_stamp cert = stamp_of(p->name, "cert.pem");
	struct pairs_stamp key = stamp_of(p->name, "key.pem");
	struct pair_files files;
	char why[PAIR_WHY_SIZE];

	p->seen = true;
	if (p->looked && memcmp(&cert, &p->cert, sizeof(cert)) == 0 &&
	    memcmp(&key, &p->key, sizeof(key)) == 0)
		return;
	p->looked = true;
	p->cert = cert;
	p->key = key;
	if (pair_load(&files, p->name, why) == 0) {
		take_over(ps, p, &files);
		pair_free(&files);
		return;
	}
	log_event("certificate", "name", p->name, "result",
	    p->serial ? "kept" : "refused", "reason", why);
}

static void
warn_of_expiry(struct pair *p, int64_t now)
{
	int64_t left = p->not_after - now, day = now / DAY_SECONDS;

	if (!p->serial || left > PAIRS_EXPIRY_DAYS * (int64_t)DAY_SECONDS ||
	    p->warned_day == day)
		return;
	p->warned_day = day;
	if (left <= 0)
		log_warn("tls/", p->name, "/cert.pem has expired: renew it");
	else
		log_warn("tls/", p->name, "/cert.pem expires in ",
		    log_num((unsigned long long)left / DAY_SECONDS),
		    " days: renew it");
}

/* The default is only ever replaced: while files are moved about, clients are
 * served as before. */
static void
drop_unseen(struct pairs *ps)
{
	struct cert_news news = { .op = 'R' };
	unsigned i;

	for (i = ps->n; i-- > 0;) {
		struct pair *p = ps->pair[i];

		if (p->seen || (p->serial && strcmp(p->name, DEFAULT) == 0))
			continue;
		snprintf(news.name, sizeof(news.name), "%s", p->name);
		if (p->serial)
			ps->news(ps->arg, &news);
		log_event("certificate", "name", p->name, "result", "removed");
		EVP_PKEY_free(p->priv);
		EVP_PKEY_free(p->priv_before);
		free(p);
		ps->pair[i] = ps->pair[--ps->n];
	}
}

static void
walk(struct pairs *ps, DIR *d)
{
	struct dirent *e;
	struct pair *p;

	while ((e = readdir(d))) {
		if (e->d_type == DT_REG || !is_name(e->d_name))
			continue;
		p = find_or_add(ps, e->d_name);
		if (p)
			refresh(ps, p);
	}
}

void
pairs_check_expiry(struct pairs *ps)
{
	int64_t now = (int64_t)clock_wall_s();
	unsigned i;

	for (i = 0; i < ps->n; i++)
		warn_of_expiry(ps->pair[i], now);
}

static unsigned
count_usable(struct pairs *ps)
{
	unsigned i, n = 0;

	pairs_check_expiry(ps);
	for (i = 0; i < ps->n; i++)
		n += ps->pair[i]->serial != 0;
	if (!n && !ps->complained)
		log_warn(
		    "no certificate: TLS is not offered until there are "
		    "tls/default/cert.pem (the chain) and tls/default/key.pem, "
		    "folder and files readable for group p-tls (postern-uids "
		    "sees to that)");
	ps->complained = !n;
	return n;
}

unsigned
pairs_check(struct pairs *ps)
{
	DIR *d = opendir("tls");
	unsigned i;

	if (!d) {
		if (!ps->complained)
			log_warnsys("unable to read tls/");
		return count_usable(ps);
	}
	for (i = 0; i < ps->n; i++)
		ps->pair[i]->seen = false;
	walk(ps, d);
	closedir(d);
	drop_unseen(ps);
	return count_usable(ps);
}
