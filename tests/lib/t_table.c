/* SPDX-License-Identifier: ISC */
#include "lib/table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/lib/check.h"

/* Writes cdbs by hand, right and wrong: tinycdb's header stays with the two
 * files that may have it. */
#define CDB_MAX   65536 /* bytes of the cdbs made here */
#define CDB_SLOTS 4096

struct maker {
	unsigned char buf[CDB_MAX];
	size_t len;
	struct {
		uint32_t hash, pos;
	} rec[CDB_SLOTS];
	unsigned n;
};

static void
put32(unsigned char *p, uint32_t n)
{
	p[0] = n & 255;
	p[1] = n >> 8 & 255;
	p[2] = n >> 16 & 255;
	p[3] = n >> 24;
}

static uint32_t
hash(const char *s, size_t len)
{
	uint32_t h = 5381;

	while (len--)
		h = ((h << 5) + h) ^ (unsigned char)*s++;
	return h;
}

static void
make_add(struct maker *m, const char *key, const char *value)
{
	size_t klen = strlen(key), vlen = strlen(value);

	m->rec[m->n].hash = hash(key, klen);
	m->rec[m->n++].pos = (uint32_t)m->len;
	put32(m->buf + m->len, (uint32_t)klen);
	put32(m->buf + m->len + 4, (uint32_t)vlen);
	memcpy(m->buf + m->len + 8, key, klen);
	memcpy(m->buf + m->len + 8 + klen, value, vlen);
	m->len += 8 + klen + vlen;
}

static void
make_slots(struct maker *m, unsigned t)
{
	unsigned i, n = 0, slot;
	unsigned char *tab = m->buf + m->len;

	for (i = 0; i < m->n; i++)
		n += (m->rec[i].hash & 255) == t;
	put32(m->buf + 8 * t, (uint32_t)m->len);
	put32(m->buf + 8 * t + 4, 2 * n);
	memset(tab, 0, 16 * n);
	m->len += 16 * n;
	for (i = 0; i < m->n; i++) {
		if ((m->rec[i].hash & 255) != t)
			continue;
		slot = (m->rec[i].hash >> 8) % (2 * n);
		while (tab[8 * slot + 4] || tab[8 * slot + 5])
			slot = (slot + 1) % (2 * n);
		put32(tab + 8 * slot, m->rec[i].hash);
		put32(tab + 8 * slot + 4, m->rec[i].pos);
	}
}

/* n records: key0: value0 and so on. */
static void
make(struct maker *m, unsigned n, const char *value)
{
	char key[32], val[64];
	unsigned i;

	m->len = 2048;
	m->n = 0;
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		snprintf(val, sizeof(val), "%s%u", value, i);
		make_add(m, key, val);
	}
	for (i = 0; i < 256; i++)
		make_slots(m, i);
}

static void
save(const char *path, const void *data, size_t len)
{
	int fd = open("aside", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len || close(fd) ||
	    rename("aside", path))
		abort();
}

static int
get_is(struct table *t, const char *key, const char *want)
{
	const char *data;
	size_t len;
	int rc = table_get(t, key, strlen(key), &data, &len);

	if (rc != 1)
		return rc;
	return len == strlen(want) && memcmp(data, want, len) == 0 ? 1 : 2;
}

static int
count(void *arg, const char *key, size_t keylen, const char *data, size_t len)
{
	unsigned *n = arg;
	unsigned char sum = 0;

	/* touches every byte: one out of bounds would be seen */
	while (keylen)
		sum ^= (unsigned char)key[--keylen];
	while (len)
		sum ^= (unsigned char)data[--len];
	n[1] ^= sum;
	return ++n[0] == n[2] ? 7 : 0;
}

static struct maker m, other;

static void
test_look_ups(void)
{
	unsigned n[3] = { 0 };
	struct table t;

	make(&m, 500, "value");
	save("t", m.buf, m.len);
	table_init(&t, "t");
	CHECK("generation none", table_generation(&t) == 0);
	CHECK("first", get_is(&t, "key0", "value0") == 1);
	CHECK("last", get_is(&t, "key499", "value499") == 1);
	CHECK("miss", get_is(&t, "key500", "") == 0);
	CHECK("empty key", get_is(&t, "", "") == 0);
	CHECK("each", table_each(&t, count, n) == 0 && n[0] == 500);
	n[0] = 0;
	n[2] = 10;
	CHECK("each stops", table_each(&t, count, n) == 7 && n[0] == 10);
	table_close(&t);
	table_close(&t);
	CHECK("opens again", get_is(&t, "key7", "value7") == 1);
	table_close(&t);
	make(&m, 0, "");
	save("t", m.buf, m.len);
	CHECK("empty table", get_is(&t, "key0", "") == 0);
	n[0] = 0;
	CHECK("each of none", table_each(&t, count, n) == 0 && n[0] == 0);
	table_close(&t);
}

static void
test_replacing(void)
{
	unsigned long g;
	struct table t;

	table_init(&t, "r");
	CHECK("none", get_is(&t, "key0", "") == -1 && errno == ENOENT);
	CHECK("none to refresh", table_refresh(&t) == -1 && errno == ENOENT);
	make(&m, 9, "a");
	save("r", m.buf, m.len);
	CHECK("appears", table_refresh(&t) == 1 && table_refresh(&t) == 0);
	g = table_generation(&t);
	CHECK("a", get_is(&t, "key8", "a8") == 1 && table_generation(&t) == g);
	make(&m, 9, "b");
	save("r", m.buf, m.len);
	CHECK("b at once", get_is(&t, "key8", "b8") == 1);
	CHECK("told", table_generation(&t) != g && table_refresh(&t) == 1 &&
		table_refresh(&t) == 0);
	save("r", m.buf, 100);
	CHECK("damaged", get_is(&t, "key8", "") == -1 && errno == EBADMSG);
	CHECK("still", table_refresh(&t) == -1 && errno == EBADMSG);
	unlink("r");
	CHECK("gone", get_is(&t, "key8", "") == -1 && errno == ENOENT);
	save("r", m.buf, m.len);
	CHECK("back", get_is(&t, "key8", "b8") == 1);
	table_turn();
	CHECK("a turn", get_is(&t, "key8", "b8") == 1);
	make(&m, 9, "c");
	save("r", m.buf, m.len);
	CHECK("the same in it", get_is(&t, "key8", "b8") == 1);
	table_turn();
	CHECK("the next one", get_is(&t, "key8", "c8") == 1);
	unlink("r");
	table_turn();
	CHECK("gone in it", get_is(&t, "key8", "") == -1 && errno == ENOENT);
	save("r", m.buf, m.len);
	CHECK("asked for until it is there", get_is(&t, "key8", "c8") == 1);
	table_close(&t);
}

static void
test_odd_files(void)
{
	struct table t;
	int fd;

	table_init(&t, "d");
	mkdir("d", 0700);
	CHECK("folder", get_is(&t, "k", "") == -1 && errno == EBADMSG);
	rmdir("d");
	mkfifo("d", 0600);
	CHECK("FIFO", get_is(&t, "k", "") == -1 && errno == EBADMSG);
	unlink("d");
	save("d", "", 0);
	CHECK("empty", get_is(&t, "k", "") == -1 && errno == EBADMSG);
	fd = open("d", O_WRONLY);
	CHECK("huge", ftruncate(fd, 5L << 30) == 0 &&
		get_is(&t, "k", "") == -1 && errno == EBADMSG);
	close(fd);
	table_close(&t);
}

/* Cut short at every byte, with junk behind: EBADMSG, whatever is asked. */
static void
test_cuts(void)
{
	struct table t;
	size_t n;

	make(&m, 20, "v");
	table_init(&t, "c");
	for (n = 0; n < m.len; n++) {
		save("c", m.buf, n);
		if (get_is(&t, "key3", "v3") != -1 || errno != EBADMSG)
			break;
	}
	CHECK("every cut", n == m.len);
	save("c", m.buf, m.len + 1);
	CHECK("a byte more", get_is(&t, "key3", "v3") == -1 &&
		errno == EBADMSG);
	save("c", m.buf, m.len);
	CHECK("whole", get_is(&t, "key3", "v3") == 1);
	table_close(&t);
}

/* Asks everything; no answer matters but that there is one.  Failures are
 * EBADMSG, always. */
static bool
survives(const void *buf, size_t len)
{
	unsigned n[3] = { 0 };
	struct table t;
	char key[16];
	bool ok = true;
	int i, fd;

	/* not by rename, which makes ext4 write the data out each time */
	unlink("f");
	fd = open("f", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || write(fd, buf, len) != (ssize_t)len || close(fd))
		abort();
	table_init(&t, "f");
	for (i = 0; i < 25; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		if (get_is(&t, key, "v") == -1 && errno != EBADMSG)
			ok = false;
	}
	if (table_each(&t, count, n) == -1 && errno != EBADMSG)
		ok = false;
	table_close(&t);
	return ok;
}

static uint32_t
next_random(void)
{
	static uint64_t s = 88172645463325252ULL;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return (uint32_t)(s >> 16);
}

/* Each 32-bit word of a right table in turn is made a bad one. */
static void
test_bad_words(void)
{
	static const uint32_t bad[] = { 0, 1, 7, 2047, 2048, 0x7fffffff,
		0x80000000, 0xfffffff7, 0xffffffff };
	size_t at, i;
	bool ok = true;

	make(&m, 20, "v");
	for (at = 0; at + 4 <= m.len; at += at < 2048 ? 4 : 1) {
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			memcpy(other.buf, m.buf, m.len);
			put32(other.buf + at, bad[i]);
			ok = survives(other.buf, m.len) && ok;
		}
	}
	CHECK("bad words", ok);
}

static void
test_garbage(void)
{
	bool ok = true;
	size_t i, len;
	int round;

	for (round = 0; round < 2000; round++) {
		make(&m, 20, "v");
		len = m.len;
		if (round % 2) {
			for (i = 0; i < 8; i++)
				m.buf[next_random() % len] =
				    (unsigned char)next_random();
		} else {
			len = next_random() % 8192;
			for (i = 0; i < len; i++)
				m.buf[i] = (unsigned char)next_random();
		}
		ok = survives(m.buf, len) && ok;
	}
	CHECK("garbage", ok);
}

int
main(void)
{
	char dir[] = "/tmp/t_table.XXXXXX", cmd[64];

	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	test_look_ups();
	test_replacing();
	test_odd_files();
	test_cuts();
	test_bad_words();
	test_garbage();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	CHECK("removed", system(cmd) == 0);
	return CHECK_DONE();
}
