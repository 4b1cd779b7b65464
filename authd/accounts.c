/* SPDX-License-Identifier: ISC */
#include "authd/accounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

/* When the table is empty: as userdb makes them now, of a password that nobody
 * knows. */
#define DUMMY "{ARGON2ID}$argon2id$v=19$m=8192,t=1,p=1$kKgU0wvENI6nIUcNSO7AOg$" \
	"RHpDw7GBMpY71DdR1zCBD63R2HvRjRaoygcleBhTK7Y"

static const char *const services[] = { "pop3", "smtp" };

struct sample {
	char hash[USER_HASH_MAX + 1]; /* the majority's so far */
	int votes, seen;
};

void
accounts_init(struct accounts *a, const char *path)
{
	memset(a, 0, sizeof *a);
	table_init(&a->table, path);
	strcpy(a->dummy.hash, DUMMY);
}

/* Up to the salt: "{ARGON2ID}$argon2id$v=19$m=8192,t=1,p=1". */
static size_t
cost_len(const char *hash)
{
	const char *end = hash + strlen(hash);
	int dollars = 2;

	while (end > hash && dollars)
		if (*--end == '$')
			dollars--;
	return (size_t)(end - hash);
}

static bool
is_same_cost(const char *a, const char *b)
{
	size_t len = cost_len(a);

	return len == cost_len(b) && !memcmp(a, b, len);
}

/* Boyer and Moore's vote for the majority. */
static int
vote(void *arg, const char *key, size_t keylen, const char *data, size_t len)
{
	struct sample *s = arg;
	struct user_record u;

	if (!keylen || key[0] != 'u' || user_next(&u, &data, &len) != 1)
		return 0;
	if (!s->votes) {
		memcpy(s->hash, u.hash, sizeof s->hash);
		s->votes = 1;
	} else {
		s->votes += is_same_cost(s->hash, u.hash) ? 1 : -1;
	}
	return ++s->seen >= ACCOUNTS_SAMPLE;
}

int
accounts_refresh(struct accounts *a)
{
	struct sample s = { "", 0, 0 };
	int r = table_refresh(&a->table);

	if (r == -1)
		return -1;
	if (a->generation &&
	    table_generation(&a->table) == a->generation)
		return 0;
	if (table_each(&a->table, vote, &s) == -1)
		return -1;
	strcpy(a->dummy.hash, *s.hash ? s.hash : DUMMY);
	a->generation = table_generation(&a->table);
	return 1;
}

/* Is this service in the comma list?  An empty one has them all. */
static bool
is_for(const char *protocols, const char *service)
{
	size_t len = strlen(service);
	const char *p;

	if (!*protocols)
		return true;
	for (p = protocols; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, service, len) && (!p[len] || p[len] == ','))
			return true;
	}
	return false;
}

static void
add_candidate(struct job *job, const struct user_record *u)
{
	struct candidate *c = &job->candidates[job->ncandidates++];

	memcpy(c->hash, u->hash, sizeof c->hash);
	memcpy(c->mailbox, u->mailbox, sizeof c->mailbox);
	memcpy(c->label, u->label, sizeof c->label);
	c->disabled = u->disabled;
}

int
accounts_find(struct accounts *a, struct job *job)
{
	struct user_record u;
	const char *data;
	size_t len;
	int r = user_lookup(&a->table, job->user, &data, &len);

	if (r == -1)
		return -1;
	job->candidates = calloc(JOB_CANDIDATES_MAX, sizeof *job->candidates);
	if (!job->candidates)
		return -1;
	while (r == 1 && (r = user_next(&u, &data, &len)) == 1) {
		if (!is_for(u.protocols, services[job->port]))
			continue;
		if (job->ncandidates == JOB_CANDIDATES_MAX) {
			log_warn("login ", job->user, " has more than ",
			    log_num(JOB_CANDIDATES_MAX),
			    " passwords: the rest is not tried");
			break;
		}
		add_candidate(job, &u);
	}
	if (r == -1)
		return -1;
	job->known = job->ncandidates > 0;
	if (!job->known)
		job->candidates[job->ncandidates++] = a->dummy;
	return 0;
}
