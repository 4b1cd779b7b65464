/* SPDX-License-Identifier: ISC */
/* Requests in JSON: keys become the words of a command line, so that there is one
 * way to check them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "admin/admin.h"
#include "admin/admin_json.h"
#include "lib/log.h"

#define KEYS_MAX 24 /* of a tool */

/* NUL-ended words of the command, and of each key of the table. */
struct request {
	const struct admin_tool *tool;
	stralloc command, words[KEYS_MAX];
	bool seen[KEYS_MAX];
};

static void
read_stdin(stralloc *text)
{
	ssize_t n;

	do {
		sa_ready(text, 4096);
		n = read(0, text->s + text->len, 4096);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to read the request");
		if (n > 0)
			text->len += (size_t)n;
		if (text->len > ADMIN_JSON_MAX)
			log_fatal(100, "the request is longer than ",
			    log_num(ADMIN_JSON_MAX), " bytes");
	} while (n != 0);
}

static void
wrong(const struct json *j, const char *what, const char *which)
{
	log_fatal(100, "the request, byte ", log_num(json_column(j)), ": ", what,
	    which);
}

/* "app add" are two words. */
static void
take_command(struct request *r, struct json *j)
{
	stralloc value = { 0 };
	enum json_type type;
	size_t i;

	if (r->command.len)
		wrong(j, "\"command\" is there twice", "");
	while (json_value(j, &type, &value) == 1) {
		if (type != JSON_TEXT || !value.len || value.s[0] == '-')
			wrong(j, "\"command\" is a word such as \"list\"", "");
		for (i = 0; i < value.len; i++)
			if (value.s[i] == ' ')
				value.s[i] = 0;
		sa_catb(&r->command, value.s, value.len + 1);
	}
	sa_wipe(&value);
}

static void
cat_value(stralloc *out, const struct admin_key *key, const stralloc *value)
{
	if (key->kind == ADMIN_PAIR) {
		sa_cats(out, key->key);
		sa_append(out, '=');
	} else if (key->kind == ADMIN_OPTION) {
		sa_cats(out, "--");
		sa_cats(out, key->key);
		sa_append(out, '=');
	}
	sa_catb(out, value->s, value->len + 1);
}

static void
cat_true(stralloc *out, const struct admin_key *key)
{
	sa_cats(out, key->kind == ADMIN_FLAG ? "--" : "");
	sa_catb(out, key->key, strlen(key->key) + 1);
}

static void
take_key(struct request *r, struct json *j, size_t n)
{
	const struct admin_key *key = &r->tool->keys[n];
	bool flag = key->kind == ADMIN_FLAG, may = flag || key->kind == ADMIN_PAIR;
	stralloc value = { 0 };
	enum json_type type;

	if (r->seen[n])
		wrong(j, "this key is there twice: ", key->key);
	r->seen[n] = true;
	while (json_value(j, &type, &value) == 1) {
		if (type == JSON_NULL || (may && type == JSON_FALSE))
			continue;
		if (type == JSON_TEXT ? flag : !may)
			wrong(j, flag ? "true or false belongs to "
				      : "a string belongs to ", key->key);
		if (type == JSON_TRUE)
			cat_true(&r->words[n], key);
		else
			cat_value(&r->words[n], key, &value);
	}
	sa_wipe(&value);
}

static void
read_keys(struct request *r, struct json *j)
{
	stralloc key = { 0 };
	size_t i;

	while (json_key(j, &key) == 1) {
		if (!strcmp(key.s, "command")) {
			take_command(r, j);
		} else {
			for (i = 0; r->tool->keys[i].key &&
			     strcmp(r->tool->keys[i].key, key.s) != 0; i++)
				;
			if (!r->tool->keys[i].key)
				wrong(j, "no such key: ", key.s);
			take_key(r, j, i);
		}
		if (j->error)
			break;
	}
	if (j->error)
		wrong(j, j->error, "");
	if (!r->command.len)
		wrong(j, "\"command\" is missing", "");
	sa_free(&key);
}

/* Takes over the text, since argv points into it. */
static void
cat_words(char **argv, int *argc, const stralloc *text)
{
	char *s = text->s, *end = text->s + text->len;

	for (; s && s < end; s += strlen(s) + 1) {
		if (*argc > ADMIN_WORDS_MAX)
			log_fatal(100, "a request has at most ",
			    log_num(ADMIN_WORDS_MAX), " words");
		argv[(*argc)++] = s;
	}
}

/* Options first and "--" behind them: no value can be taken for an option. */
static void
cat_kind(char **argv, int *argc, const struct request *r, bool options,
    bool words)
{
	enum admin_kind kind;
	size_t i;

	for (i = 0; r->tool->keys[i].key; i++) {
		kind = r->tool->keys[i].kind;
		if (options == (kind == ADMIN_FLAG || kind == ADMIN_OPTION) &&
		    (options || words == (kind == ADMIN_WORD)))
			cat_words(argv, argc, &r->words[i]);
	}
}

char **
admin_request(const struct admin_tool *t, int *argc)
{
	static char json_flag[] = "--json", end_of_options[] = "--";
	char **argv = calloc(ADMIN_WORDS_MAX + 8, sizeof *argv);
	struct request r = { .tool = t };
	stralloc text = { 0 };
	struct json j;

	if (!argv)
		log_fatal(111, "out of memory");
	read_stdin(&text);
	json_open(&j, text.s, text.len);
	read_keys(&r, &j);
	argv[0] = (char *)t->name;
	argv[1] = json_flag;
	*argc = 2;
	cat_kind(argv, argc, &r, true, false);
	argv[(*argc)++] = end_of_options;
	cat_words(argv, argc, &r.command);
	cat_kind(argv, argc, &r, false, true);
	cat_kind(argv, argc, &r, false, false);
	sa_wipe(&text);
	return argv;
}
