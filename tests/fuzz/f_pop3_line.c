/* SPDX-License-Identifier: ISC */
/* POP3 command lines over a pipe, in pieces, and their arguments.
 *
 * Covers: pop3d/lines.c pop3d/command.c */
#include "pop3d/lines.h"
#include "pop3d/command.h"
#include "tests/fuzz/fuzz.h"

static struct lines l;

static void
take(const char *s, size_t *at, size_t len)
{
	struct command c;
	const char *lf;
	uint32_t n[2];
	char *line, *copy;
	size_t n0, got;
	int r;

	while ((r = lines_take(&l, &line, &got, POP3D_LINE_MAX)) != 0) {
		lf = memchr(s + *at, '\n', len - *at);
		FUZZ_HOLDS(lf);
		n0 = (size_t)(lf - s) - *at;
		FUZZ_HOLDS((n0 + 1 > POP3D_LINE_MAX) == (r == -1));
		if (r == 1) {
			n0 -= n0 && lf[-1] == '\r';
			FUZZ_HOLDS(n0 == got && !memcmp(line, s + *at, got));
			copy = fuzz_copy(line, got);
			command_parse(&c, copy, got);
			FUZZ_HOLDS(c.verb == VERB_UNKNOWN ||
			    (c.arg >= copy && c.arg + c.arglen <= copy + got));
			if (c.verb != VERB_UNKNOWN)
				command_numbers(&c, n, 2);
			free(copy);
		}
		*at = (size_t)(lf - s) + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	size_t at = 0, fed = 0, n, step = 1 + fuzz_byte(&f) * 8;
	int fd[2];

	if (step < f.len / 200) /* not for ever */
		step = f.len / 200;
	if (pipe(fd) == -1)
		abort();
	lines_init(&l, fd[0]);
	for (; fed < f.len && fed < 60000; fed += n) {
		n = f.len - fed < step ? f.len - fed : step;
		if (write(fd[1], f.p + fed, n) != (ssize_t)n)
			abort();
		FUZZ_HOLDS(lines_fill(&l, 5000) == 1);
		take(f.p, &at, fed + n);
	}
	close(fd[0]);
	close(fd[1]);
	return 0;
}
