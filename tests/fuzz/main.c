/* SPDX-License-Identifier: ISC */
/* A small fuzzer for where clang's is not: the inputs given, then mutations of
 * them, keeping those that reach new code (gcc -fsanitize-coverage=trace-pc).
 * The same seed makes the same inputs.
 *
 *   f_NAME [-n RUNS] [-t MS] [-s SEED] [-c CRASH] FILE-OR-FOLDER...
 *
 * At the end: "N executions, N places of code, N inputs kept".  An input that
 * breaks something is written to CRASH. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include "tests/fuzz/fuzz.h"

#define QUIET __attribute__((no_sanitize_coverage, no_sanitize_address))
#define INPUT_MAX  4096  /* bytes of a mutated input */
#define CORPUS_MAX 20000 /* inputs kept */
#define PLACES     65536

void __sanitizer_cov_trace_pc(void);
/* not there without a sanitizer (build/gcov) */
__attribute__((weak)) void __sanitizer_set_death_callback(
    void (*callback)(void));
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned char hit[PLACES], seen[PLACES];
static uint16_t touched[PLACES]; /* places hit in this run */
static size_t ntouched;
static struct input {
	unsigned char *data;
	size_t len;
} corpus[CORPUS_MAX], now;
static size_t kept, places;
static unsigned long runs;
static uint64_t state = 1;
static const char *crash_file = "crash";

QUIET void
__sanitizer_cov_trace_pc(void)
{
	uintptr_t at = (uintptr_t)__builtin_return_address(0);
	uint16_t i = (uint16_t)(at ^ at >> 16);

	if (hit[i])
		return;
	hit[i] = 1;
	touched[ntouched++] = i;
}

QUIET static void
save_input(void)
{
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || write(fd, now.data, now.len) != (ssize_t)now.len)
		return;
	close(fd);
}

static void
died(int sig)
{
	save_input();
	signal(sig, SIG_DFL);
	raise(sig);
}

QUIET static uint32_t
draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 20) % below : 0;
}

QUIET static void
keep(const unsigned char *data, size_t len)
{
	if (kept == CORPUS_MAX)
		return;
	corpus[kept].data = (unsigned char *)fuzz_copy(data, len);
	corpus[kept++].len = len;
}

/* Runs one input; true: it went where none went before. */
QUIET static bool
run(const unsigned char *data, size_t len)
{
	size_t i;
	bool fresh = false;

	now.data = (unsigned char *)fuzz_copy(data, len);
	now.len = len;
	LLVMFuzzerTestOneInput(now.data, len);
	runs++;
	for (i = 0; i < ntouched; i++) {
		hit[touched[i]] = 0;
		if (seen[touched[i]])
			continue;
		seen[touched[i]] = 1;
		places++;
		fresh = true;
	}
	ntouched = 0;
	free(now.data);
	now = (struct input){ 0 }; /* a leak is nobody's in particular */
	return fresh;
}

QUIET static void
load(const char *path)
{
	unsigned char *buf;
	struct stat st;
	struct dirent *e;
	char name[4096];
	DIR *d = opendir(path);
	int fd;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof name, "%s/%s", path, e->d_name);
			load(name);
		}
	if (d) {
		closedir(d);
		return;
	}
	fd = open(path, O_RDONLY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd == -1 && errno == ENOENT)
			return; /* no crashers yet */
		perror(path);
		exit(2);
	}
	buf = malloc((size_t)st.st_size + 1);
	if (!buf || read(fd, buf, (size_t)st.st_size) != st.st_size)
		exit(2);
	close(fd);
	keep(buf, (size_t)st.st_size);
	free(buf);
}

/* Makes room for n bytes at a place, or takes them away. */
QUIET static void
insert(struct input *in, size_t at, const unsigned char *data, size_t n)
{
	if (n > INPUT_MAX - in->len)
		n = INPUT_MAX - in->len;
	memmove(in->data + at + n, in->data + at, in->len - at);
	memmove(in->data + at, data, n);
	in->len += n;
}

QUIET static void
erase(struct input *in)
{
	size_t at = draw((uint32_t)in->len), n;

	if (!in->len)
		return;
	n = 1 + draw((uint32_t)(in->len - at < 16 ? in->len - at : 16));
	if (n > in->len - at)
		n = in->len - at;
	memmove(in->data + at, in->data + at + n, in->len - at - n);
	in->len -= n;
}

/* A piece of another input. */
QUIET static void
graft(struct input *in)
{
	const struct input *from = &corpus[draw((uint32_t)kept)];
	size_t at = draw((uint32_t)in->len + 1), begin, n;

	if (!from->len)
		return;
	begin = draw((uint32_t)from->len);
	n = 1 + draw((uint32_t)(from->len - begin));
	insert(in, at, from->data + begin, n);
}

QUIET static void
change_byte(struct input *in)
{
	static const unsigned char odd[] = { 0, 1, 9, '\n', '\r', ' ', '"',
		'.', '/', '0', '9', ':', '<', '>', '@', '\\', ',', '=', '(',
		')', '%', 127, 128, 255 };
	unsigned char *p;

	if (!in->len)
		return;
	p = in->data + draw((uint32_t)in->len);
	switch (draw(4)) {
	case 0: *p ^= (unsigned char)(1 << draw(8)); break;
	case 1: *p = odd[draw(sizeof odd)]; break;
	case 2: *p = (unsigned char)draw(256); break;
	default: *p = (unsigned char)(*p + draw(9) - 4); break;
	}
}

QUIET static void
mutate(struct input *in)
{
	static unsigned char ch[64];
	unsigned n = 1 + draw(6);

	while (n--)
		switch (draw(8)) {
		case 0: erase(in); break;
		case 1: graft(in); break;
		case 2:
			memset(ch, (int)draw(256), sizeof ch);
			insert(in, draw((uint32_t)in->len + 1), ch,
			    1 + draw(sizeof ch));
			break;
		case 3:
			if (in->len)
				insert(in, draw((uint32_t)in->len),
				    in->data + draw((uint32_t)in->len), 1);
			break;
		default: change_byte(in); break;
		}
}

QUIET static void
explore(unsigned long most, long ms)
{
	static unsigned char buf[INPUT_MAX + 64];
	struct timespec t0, t;
	struct input in = { buf, 0 };
	const struct input *from;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (!kept)
		keep((const unsigned char *)"", 0);
	while (runs < most) {
		if (runs % 64 == 0) {
			clock_gettime(CLOCK_MONOTONIC, &t);
			if ((t.tv_sec - t0.tv_sec) * 1000 +
			    (t.tv_nsec - t0.tv_nsec) / 1000000 >= ms)
				break;
		}
		from = &corpus[draw((uint32_t)kept)];
		in.len = from->len < INPUT_MAX ? from->len : INPUT_MAX;
		memcpy(buf, from->data, in.len);
		mutate(&in);
		if (run(buf, in.len))
			keep(buf, in.len);
	}
}

int
main(int argc, char **argv)
{
	unsigned long most = 1000000;
	long ms = 1000;
	size_t i, given;
	int opt;

	while ((opt = getopt(argc, argv, "n:t:s:c:")) != -1)
		switch (opt) {
		case 'n': most = strtoul(optarg, NULL, 10); break;
		case 't': ms = strtol(optarg, NULL, 10); break;
		case 's': state += strtoul(optarg, NULL, 10); break;
		case 'c': crash_file = optarg; break;
		default: return 100;
		}
	for (; optind < argc; optind++)
		load(argv[optind]);
	given = kept;
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(save_input);
	signal(SIGABRT, died);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (i = 0; i < given; i++)
		run(corpus[i].data, corpus[i].len);
	explore(most, ms);
	for (i = 0; i < kept; i++)
		free(corpus[i].data);
	printf("%lu executions, %zu places of code, %zu inputs kept\n", runs,
	    places, kept);
	return 0;
}
