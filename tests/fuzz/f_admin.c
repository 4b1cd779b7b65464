/* SPDX-License-Identifier: ISC */
/* What a caller of admind sends: a request, by its first byte in JSON, a packet, or
 * a text such as /etc/group.
 *
 * Covers: admin/admin_json.c admin/admin_proto.c */
#include "admin/admin_json.h"
#include "admin/admin_members.h"
#include "admin/admin_proto.h"
#include "tests/fuzz/fuzz.h"

static void
json(const char *s, size_t len)
{
	stralloc key = { 0 }, value = { 0 };
	enum json_type type;
	struct json j;
	int r, v = 0;

	json_open(&j, s, len);
	while ((r = json_key(&j, &key)) == 1) {
		FUZZ_HOLDS(!j.error && strlen(key.s) == key.len);
		while ((v = json_value(&j, &type, &value)) == 1)
			FUZZ_HOLDS(type != JSON_TEXT ||
			    strlen(value.s) == value.len);
		FUZZ_HOLDS((v == -1) == !!j.error);
		if (v == -1)
			break;
	}
	FUZZ_HOLDS(r != -1 || j.error);
	FUZZ_HOLDS(json_column(&j) >= 1 && json_column(&j) <= len + 1);
	sa_free(&key);
	sa_free(&value);
}

static void
packet(const char *s, size_t len)
{
	static struct admin_words w;
	static char again[MSG_MAX];
	long n;

	admin_answer_scan(s, len);
	if (admin_request_scan(&w, s, len) == -1)
		return;
	FUZZ_HOLDS(w.argc >= 1 && w.argc <= ADMIN_WORDS_MAX + 1);
	FUZZ_HOLDS(!w.argv[w.argc]);
	n = admin_request_make(again, sizeof again, w.argv[0], w.argc - 1,
	    w.argv + 1);
	FUZZ_HOLDS(n == (long)len && !memcmp(again, s, len));
}

static void
members(const char *s, size_t len)
{
	unsigned long number;
	stralloc name = { 0 };

	if (members_number(&number, s, len, "mail") == 1) {
		members_name(&name, s, len, number);
		FUZZ_HOLDS(name.len != 1 || *name.s != '-' ||
		    memmem(s, len, "-:", 2));
	}
	sa_free(&name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy(data, size);

	json(s, size);
	packet(s, size);
	members(s, size);
	free(s);
	return 0;
}
