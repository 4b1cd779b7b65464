/* SPDX-License-Identifier: ISC */
#include "deliver/remote_conf.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"

static const char *const files[] = { "etc/me", "etc/routes", "etc/smarthosts",
	"etc/source-ipv4", "etc/source-ipv6", "etc/mx-port",
	"etc/remote-timeout" };
#define NFILES (sizeof(files) / sizeof(*files))

/* What tells one state of a file from another; all zero: no file. */
struct mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

static bool
is_changed(void)
{
	static struct mark marks[NFILES];
	static bool known;
	bool changed = !known;
	struct mark m;
	struct stat st;
	size_t i;

	for (i = 0; i < NFILES; i++) {
		memset(&m, 0, sizeof(m));
		if (stat(files[i], &st) == 0) {
			m.dev = st.st_dev;
			m.ino = st.st_ino;
			m.size = st.st_size;
			m.mtime = st.st_mtim;
			m.ctime = st.st_ctim;
		}
		if (memcmp(&m, &marks[i], sizeof(m)) != 0)
			changed = true;
		memcpy(&marks[i], &m, sizeof(m)); /* padding too */
	}
	known = true;
	return changed;
}

/* An etc/ without me is none: it was moved away, or is half there. */
static void
read_me(struct remote_conf *conf, struct line_errors *errors)
{
	char host[RESOLVER_NAME_MAX + 1] = "";

	if (access("etc/me", F_OK) == -1)
		line_error(errors, "etc/me", 1, 1,
		    "cannot be read: ", strerror(errno),
		    "; write this machine's name into it", (char *)NULL);
	if (setting_me(&conf->me) != 1) {
		log_warn("etc/me is missing or empty: write this machine's "
			 "name into it");
		gethostname(host, sizeof(host) - 1);
		sa_copys(&conf->me, host[0] ? host : "localhost");
	}
	sa_lower(&conf->me);
	sa_0(&conf->me);
	conf->settings.me = conf->me.s;
}

static void
read_source(const char *name, bool want_v4, bool *has, struct ip *ip,
    struct line_errors *errors)
{
	stralloc text = { 0 };
	int rc = setting_get(&text, name);

	*has = rc == 1 && ip_parse(ip, text.s) == 1 && ip_is_v4(ip) == want_v4;
	if (rc == -1 || (rc == 1 && !*has))
		line_error(errors, want_v4 ? "etc/source-ipv4" : "etc/source-ipv6",
		    1, 1, want_v4 ? "no such address; write one IPv4 address of this machine"
			    : "no such address; write one IPv6 address of this "
			      "machine",
		    (char *)NULL);
	sa_free(&text);
}

void
remote_conf_texts(struct remote_conf *conf, struct line_errors *errors)
{
	struct smtp_settings *set = &conf->settings;

	read_source(
	    "source-ipv4", true, &set->has_source4, &set->source4, errors);
	read_source(
	    "source-ipv6", false, &set->has_source6, &set->source6, errors);
	remote_routes_read(
	    &conf->routes, "etc/routes", "etc/smarthosts", errors);
}

static bool
is_there(const char *file, bool was, struct line_errors *errors)
{
	bool is = access(file, F_OK) == 0;

	if (was && !is)
		line_error(errors, file, 1, 1, "the file is gone; put an empty "
			   "one there if mail is to go without it",
		    (char *)NULL);
	return is;
}

/* What was there and is no more is a mistake, too: only an empty file says that
 * mail is to go by MX. */
static void
read_all(struct remote_conf *conf, const struct remote_conf *before,
    struct line_errors *errors)
{
	read_me(conf, errors);
	conf->has_routes =
	    is_there("etc/routes", before->has_routes, errors);
	conf->has_smarthosts =
	    is_there("etc/smarthosts", before->has_smarthosts, errors);
	remote_conf_texts(conf, errors);
	conf->mx_port = (uint16_t)setting_number(SETTING_MX_PORT);
	conf->mx_loopback = access("etc/mx-port", F_OK) == 0;
	conf->timeout_cap =
	    (unsigned)setting_number(SETTING_REMOTE_TIMEOUT);
}

static void
log_lines(const stralloc *text)
{
	const char *s = text->s, *end;
	char line[LINE_MAX_BYTES];

	while (s < text->s + text->len) {
		end = memchr(s, '\n', text->len - (size_t)(s - text->s));
		if (!end)
			end = text->s + text->len;
		snprintf(line, sizeof(line), "%.*s", (int)(end - s), s);
		log_warn(line);
		s = end + 1;
	}
}

/* The first mistake, for the reason of what waits; the log has all. */
static void
keep_first(stralloc *out, const stralloc *text)
{
	const char *end = text->len ? memchr(text->s, '\n', text->len) : NULL;

	if (text->len)
		sa_copyb(out, text->s, end ? (size_t)(end - text->s) : text->len);
	sa_0(out);
}

static void
conf_free(struct remote_conf *conf)
{
	sa_free(&conf->me);
	sa_free(&conf->broken);
	remote_routes_free(&conf->routes);
}

/* A mistake changes nothing, once there was something that was right.  Before,
 * there is nothing to go by: MX instead of a smarthost would be a guess. */
void
remote_conf_refresh(struct remote_conf *conf)
{
	struct remote_conf next = { .generation = conf->generation + 1 };
	struct line_errors errors = { 0 };

	if (!is_changed())
		return;
	read_all(&next, conf, &errors);
	log_lines(&errors.text);
	if (errors.n && conf->good) {
		log_warn("mail for elsewhere goes as it went before");
		conf_free(&next);
	} else {
		next.good = !errors.n;
		keep_first(&next.broken, &errors.text);
		conf_free(conf);
		*conf = next;
	}
	line_errors_free(&errors);
}

void
remote_conf_key(char key[REMOTE_KEY_MAX + 1], const struct remote_conf *conf,
    const char *domain)
{
	const struct remote_route *route = NULL;

	if (domain[0] != '[' && !conf->broken.len) {
		route = remote_routes_find(&conf->routes, domain);
		if (route && !route->dests[0].mx) {
			snprintf(key, REMOTE_KEY_MAX + 1, "route:%s",
			    route->pattern);
			return;
		}
		if (!route && conf->routes.nsmarthosts) {
			strcpy(key, "smarthost");
			return;
		}
	}
	snprintf(key, REMOTE_KEY_MAX + 1, "%.*s", ROUTES_PATTERN_MAX, domain);
}
