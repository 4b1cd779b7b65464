/* SPDX-License-Identifier: ISC */
#include "admin/admin_members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "admin/admin.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"

#define GROUPS_MAX 65536 /* of a process: NGROUPS_MAX */
#define NUMBER_MAX 10    /* digits */

/* A line's name and number.  1, or 0: no such line. */
static int
entry(const char *s, const char *end, size_t *namelen, unsigned long *number)
{
	const char *p = memchr(s, ':', (size_t)(end - s));
	int digits;

	if (!p || p == s)
		return 0;
	*namelen = (size_t)(p - s);
	p = memchr(p + 1, ':', (size_t)(end - p - 1));
	if (!p)
		return 0;
	*number = 0;
	for (p++, digits = 0; p < end && *p >= '0' && *p <= '9'; p++, digits++)
		if (digits < NUMBER_MAX)
			*number = *number * 10 + (unsigned long)(*p - '0');
	return digits > 0 && digits <= NUMBER_MAX && *number < (uid_t)-1 &&
	       p < end && *p == ':';
}

int
members_number(
    unsigned long *number, const char *text, size_t len, const char *name)
{
	const char *end = text + len, *nl;
	size_t n, want = strlen(name);

	for (; text < end; text = nl + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (!nl)
			nl = end;
		if (entry(text, nl, &n, number) && n == want &&
		    !memcmp(text, name, n))
			return 1;
	}
	return 0;
}

void
members_name(stralloc *out, const char *text, size_t len, unsigned long number)
{
	const char *end = text + len, *nl;
	unsigned long is;
	size_t n;

	sa_copys(out, "-");
	for (; text < end; text = nl + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (!nl)
			nl = end;
		if (!entry(text, nl, &n, &is) || is != number)
			continue;
		sa_copyb(out, text, n);
		break;
	}
	sa_0(out);
}

void
members_uid_name(stralloc *out, uid_t uid)
{
	stralloc text = { 0 };

	if (safefile_read(&text, MEMBERS_PASSWD, MEMBERS_FILE_MAX) != 1)
		sa_clear(&text);
	members_name(out, text.s, text.len, uid);
	sa_free(&text);
}

int
admin_group(unsigned long *gid)
{
	stralloc name = { 0 }, text = { 0 };
	char *end;
	int r;

	if (setting_get(&name, "admin-group") != 1)
		sa_copys(&name, ADMIN_GROUP);
	sa_0(&name);
	errno = 0;
	*gid = strtoul(name.s, &end, 10);
	if (*name.s >= '0' && *name.s <= '9' && !*end && !errno) {
		r = *gid < (gid_t)-1;
	} else {
		r = safefile_read(&text, MEMBERS_GROUPS, MEMBERS_FILE_MAX);
		if (r == -1)
			log_warnsys("unable to read " MEMBERS_GROUPS);
		r = r == 1 && members_number(gid, text.s, text.len, name.s);
	}
	sa_free(&name);
	sa_free(&text);
	return r;
}

static bool
has_group(int conn, gid_t gid)
{
	socklen_t len = GROUPS_MAX * sizeof(gid_t);
	gid_t *all = malloc(len);
	size_t i, n;

	if (!all || getsockopt(conn, SOL_SOCKET, SO_PEERGROUPS, all, &len) == -1)
		len = 0;
	n = len / sizeof *all;
	for (i = 0; i < n && all[i] != gid; i++)
		;
	free(all);
	return i < n;
}

bool
members_has(int conn)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	unsigned long gid;

	if (getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	if (peer.uid == 0 || peer.uid == service_uid("p-admin"))
		return true;
	/* a daemon of ours has no business here, whatever group it got into */
	if (service_is_daemon(peer.uid) || admin_group(&gid) != 1)
		return false;
	return peer.gid == gid || has_group(conn, (gid_t)gid);
}
