/* SPDX-License-Identifier: ISC */
/* conf-services, as compiled: every row makes sense. */
#include <ctype.h>
#include <string.h>
#include "lib/confine_calls.h"
#include "lib/service.h"
#include "lib/service_dirs.h"
#include "tests/lib/check.h"

static bool
is_account(const char *name)
{
	const struct service_account *a;

	for (a = service_accounts; a->name; a++)
		if (strcmp(a->name, name) == 0)
			return true;
	return false;
}

static bool
is_admin(const char *caller)
{
	return strcmp(caller, "admin") == 0 || strcmp(caller, "members") == 0;
}

/* Does the account own a file of this folder? */
static bool
has_file(const char *dir, const char *account)
{
	const struct service_dir *d;
	size_t n = strlen(dir);

	for (d = service_files; d->path; d++)
		if (strncmp(d->path, dir, n) == 0 && d->path[n] == '/' &&
		    strcmp(d->owner, account) == 0)
			return true;
	return false;
}

/* Who serves path, and may account call it? */
static bool
may_call(const char *path, const char *account)
{
	const struct service_row *row;
	const char *const *c;
	int i;

	for (row = service_rows; row->program; row++)
		for (i = 0; row->serves[i].path; i++) {
			if (strcmp(row->serves[i].path, path) != 0)
				continue;
			for (c = row->serves[i].callers; *c; c++)
				if (strcmp(*c, account) == 0 ||
				    strcmp(*c, "any") == 0 ||
				    (strcmp(account, "caller") == 0 &&
				    (strcmp(*c, "root") == 0 ||
				    strcmp(*c, "p-admin") == 0 ||
				    is_admin(*c))) ||
				    (strcmp(account, "p-admin") == 0 &&
				    is_admin(*c)))
					return true;
		}
	return false;
}

static bool
is_served(const char *path)
{
	const struct service_row *row;
	int i;

	for (row = service_rows; row->program; row++)
		for (i = 0; row->serves[i].path; i++)
			if (strcmp(row->serves[i].path, path) == 0)
				return true;
	return false;
}

static void
row_makes_sense(const struct service_row *row)
{
	const char *const *s;
	int i;

	CHECK(row->program, service_find(row->program) == row);
	if (strcmp(row->account, "caller") == 0) {
		CHECK(row->program, !row->serves[0].path && !row->writes[0]);
	} else {
		CHECK(row->program, is_account(row->account));
		CHECK(row->program, row->mem_mib && row->files && row->procs &&
			row->fsize_mib);
		CHECK(row->program, row->sys[0] != NULL);
	}
	for (s = row->sys; *s; s++)
		CHECK(*s, confine_group_find(*s) != NULL &&
		    strcmp(*s, "exec") != 0);
	for (s = row->reads; *s; s++)
		CHECK(*s, **s == '/' || service_dir_find(*s) != NULL);
	for (s = row->writes; *s; s++)
		CHECK(*s, service_dir_find(*s) != NULL &&
		    (strcmp(service_dir_find(*s)->owner, row->account) == 0 ||
		    has_file(*s, row->account)));
	for (s = row->calls; *s; s++) /* issue by issue: not all are there */
		CHECK(*s, !is_served(*s) || may_call(*s, row->account));
	for (i = 0; row->serves[i].path; i++)
		CHECK(row->program, strncmp(row->serves[i].path, "run/", 4) == 0 &&
		    strlen(row->serves[i].path) < 64);
}

static void
accounts(void)
{
	const struct service_account *a, *b;

	for (a = service_accounts; a->name; a++) {
		CHECK(a->name, a->index < service_uidblock);
		for (b = service_accounts; b != a; b++)
			CHECK(a->name, a->index != b->index);
	}
	CHECK("the base", service_uidbase_default >= 60000);
}

static void
dirs(void)
{
	const struct service_dir *d;

	for (d = service_dirs; d->path; d++) {
		CHECK(d->path, strcmp(d->owner, "root") == 0 ||
		    is_account(d->owner));
		CHECK(d->path, (d->mode & 022) == 0 && (d->filemode & 022) == 0);
	}
	for (d = service_files; d->path; d++)
		CHECK(d->path, (d->mode & 077) == 0 ||
		    (strcmp(d->path, "etc/aliases") == 0 && d->mode == 0644));
	CHECK("hashes", service_dir_find("cdb/auth")->mode == 02750);
	CHECK("none such", !service_dir_find("etc/nothing"));
}

static void
callers(void)
{
	struct service sv = { .row = service_find("relayd") };
	uid_t us = service_uid("p-smtp");

	CHECK("smtpd may check", service_may_call(&sv, 0, us));
	CHECK("root may not check", us == 0 || !service_may_call(&sv, 0, 0));
	CHECK("root may control", service_may_call(&sv, 3, 0));
	CHECK("a stranger may not", !service_may_call(&sv, 0, 4000000));
	if (!service_collapsed()) {
		CHECK("p-smtp may not open", !service_may_call(&sv, 1, us));
		CHECK("p-admin may control",
		    service_may_call(&sv, 3, service_uid("p-admin")));
	}
	sv.row = service_find("queued");
	CHECK("any may inject", service_may_call(&sv, 1, 4000000));
}

int
main(void)
{
	const struct service_row *row;

	for (row = service_rows; row->program; row++)
		row_makes_sense(row);
	accounts();
	dirs();
	callers();
	CHECK("no such program", !service_find("nothing"));
	return CHECK_DONE();
}
