/* SPDX-License-Identifier: ISC */
/* The old texts and tables under a second name beside them, until the new ones
 * are in force.  A name comes back by rename, which a full disk does not hinder. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/import_apply.h"
#include "cdb-tools/notes.h"
#include "cdb-tools/users_write.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define BESIDE ".import"

/* What builds replace: put back before the texts, so that nobody finds a mailbox
 * that is going. */
static const char *const tables[] = { ALIASES_CDB, MAILBOXES_CDB,
	USERS_DOVECOT, USERS_CDB, NOTE_ALIASES, NOTE_USERS };
#define TABLES (sizeof tables / sizeof *tables)
#define KEPT   (TABLES + IMPORT_TEXTS)
static struct {
	bool was, gone; /* it existed; it did not */
} kept[KEPT];

static const char *
path_of(size_t i)
{
	return i < TABLES ? tables[i] : import_text[i - TABLES].path;
}

static void
beside(stralloc *out, size_t i)
{
	sa_copys(out, path_of(i));
	sa_cats(out, BESIDE);
	sa_0(out);
}

static bool
changes(size_t i)
{
	return i < TABLES || !sa_same(&import_text[i - TABLES].old,
				 &import_text[i - TABLES].new);
}

int
import_keep(void)
{
	stralloc name = { 0 };
	size_t i;

	for (i = 0; i < KEPT; i++) {
		beside(&name, i);
		unlink(name.s); /* of one that was killed */
		if (!changes(i))
			continue;
		kept[i].was = link(path_of(i), name.s) == 0;
		kept[i].gone = !kept[i].was && errno == ENOENT;
		if (!kept[i].was && !kept[i].gone) {
			log_warnsys("unable to keep ", path_of(i));
			break;
		}
	}
	sa_free(&name);
	return i == KEPT ? 0 : -1;
}

int
import_put_back(void)
{
	stralloc name = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < KEPT; i++) {
		beside(&name, i);
		if ((kept[i].was && rename(name.s, path_of(i)) == -1) ||
		    (kept[i].gone && unlink(path_of(i)) == -1 &&
			errno != ENOENT) ||
		    ((kept[i].was || kept[i].gone) &&
			safefile_syncdir(path_of(i)) == -1 && errno != ENOENT)) {
			log_warnsys("unable to put back ", path_of(i));
			rc = -1;
		} else if (kept[i].was) {
			/* where nothing had replaced it, both names stand */
			unlink(name.s);
			kept[i].was = false;
		}
	}
	sa_free(&name);
	return rc;
}

void
import_keep_end(void)
{
	stralloc name = { 0 };
	size_t i;

	for (i = 0; i < KEPT; i++) {
		beside(&name, i);
		if (kept[i].was)
			unlink(name.s);
	}
	sa_free(&name);
}
