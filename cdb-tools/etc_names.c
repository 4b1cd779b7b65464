/* SPDX-License-Identifier: ISC */
/* The folder etc/: names that are nearly a setting's, files nobody can read. */
#include "cdb-tools/etc_check.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/names.h"
#include "lib/log.h"
#include "lib/setting_table.h"

/* What is no row of the table of settings. */
static const char *const others[] = { "Makefile", "admin-group", "aliases",
	"dns", "dnssec-root.key", "domains", "forwards", "listen", "lists",
	"lists.d", "me", "nets", "plaintext", "postmaster", "proxies",
	"quota-text", "replies", "routes", "senders", "smarthost-auth",
	"smarthosts", "source-ipv4", "source-ipv6", "srs-domain", "srs-secret",
	"tls-ca", "uidbase", "uidl", "users" };
/* What not everybody is to read. */
static const char *const secrets[] = { "smarthost-auth", "srs-secret",
	"users" };

static bool
is_one_of(const char *name, const char *const *list, size_t n)
{
	while (n)
		if (!strcmp(name, list[--n]))
			return true;
	return false;
}

static void
know_all(struct names *known)
{
	size_t i;
	long id;

	names_init(known);
	for (i = 0; i < SETTINGS; i++)
		names_add(known, setting_table[i].name,
		    strlen(setting_table[i].name), 0, &id);
	for (i = 0; i < sizeof others / sizeof *others; i++)
		names_add(known, others[i], strlen(others[i]), 0, &id);
}

/* An editor's copy is nobody's mistake: a hidden file, name~, name.old. */
static bool
is_copy(const struct names *known, const char *name)
{
	size_t len = strlen(name);

	return name[0] == '.' || name[0] == '#' || name[len - 1] == '~' ||
	       names_find(known, name, strcspn(name, ".")) != -1;
}

static void
likeness(struct line_errors *warnings, const struct names *known,
    const char *name)
{
	size_t len;
	long like;
	const char *meant;

	if (is_copy(known, name))
		return;
	like = names_like(&known->map, name, strlen(name));
	if (like == -1)
		return;
	meant = names_get(known, like, &len);
	warnings->n++;
	sa_cats(&warnings->text, "etc/");
	sa_cats(&warnings->text, name);
	sa_cats(&warnings->text, ": no setting has this name, and nothing reads "
				 "it; did you mean etc/");
	sa_catb(&warnings->text, meant, len);
	sa_cats(&warnings->text, "?\n");
	sa_0(&warnings->text);
}

/* Each daemon has an account of its own: what only root may read means the
 * default to all of them. */
static void
check_mode(struct line_errors *errors, struct line_errors *warnings,
    const char *name)
{
	bool secret = is_one_of(name, secrets, sizeof secrets / sizeof *secrets);
	char path[300];
	struct stat st;

	if (snprintf(path, sizeof path, "etc/%s", name) >= (int)sizeof path ||
	    lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	if (secret && st.st_mode & S_IROTH)
		line_error(warnings, path, 1, 0,
		    "everybody may read this secret; chmod o= ", path,
		    (char *)NULL);
	if (geteuid() == 0 && !secret && !(st.st_mode & S_IROTH))
		line_error(errors, path, 1, 0,
		    "the daemons may not read it; chmod 644 ", path,
		    (char *)NULL);
}

void
etc_names(struct line_errors *errors, struct line_errors *warnings)
{
	struct names known;
	struct dirent *e;
	DIR *d = opendir("etc");

	if (!d)
		log_fatalsys(111, "unable to read etc");
	know_all(&known);
	while ((e = readdir(d)))
		if (names_find(&known, e->d_name, strlen(e->d_name)) == -1)
			likeness(warnings, &known, e->d_name);
		else
			check_mode(errors, warnings, e->d_name);
	closedir(d);
	names_free(&known);
}
