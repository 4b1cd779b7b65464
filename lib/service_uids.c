/* SPDX-License-Identifier: ISC */
#include "lib/service_uids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/service.h"

#define UID_MOST 2147483647UL /* (uid_t)-1 and its kin are no accounts */

static bool
overlaps(unsigned long base, unsigned long first, unsigned long count)
{
	return first < base + service_uidblock && base < first + count;
}

/* Splits at colons: the n-th field, or "". */
static const char *
field(char **line)
{
	char *s = strsep(line, ":");

	return s ? s : "";
}

/* One line of /etc/passwd or /etc/subuid ("name:x:uid:..." or
 * "name:first:count"). */
static bool
line_taken(char *why, size_t size, unsigned long base, char *line, bool sub)
{
	const char *name = field(&line), *second = field(&line);
	const char *third = field(&line);
	unsigned long first = strtoul(sub ? second : third, NULL, 10);
	unsigned long count = sub ? strtoul(third, NULL, 10) : 1;

	if (!*name || *name == '#' || !overlaps(base, first, count))
		return false;
	if (sub)
		snprintf(why, size, "%lu-%lu is a range of %s in /etc/subuid",
		    first, first + count - 1, name);
	else
		snprintf(why, size, "%lu is %s in /etc/passwd", first, name);
	return true;
}

static bool
file_taken(char *why, size_t size, unsigned long base, const char *path,
    bool sub)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool taken = false;

	while (f && !taken && getline(&line, &room, f) != -1)
		taken = line_taken(why, size, base, line, sub);
	free(line);
	if (f)
		fclose(f);
	return taken;
}

int
service_uids_line(char *line, unsigned long *base, char **home)
{
	char *end;

	errno = 0;
	*base = strtoul(line, &end, 10);
	if (errno || end == line || *end != ' ' || end[1] != '/')
		return 0;
	*home = end + 1;
	(*home)[strcspn(*home, "\n")] = '\0';
	return 1;
}

static bool
registry_taken(char *why, size_t size, unsigned long base, const char *home,
    const char *registry)
{
	FILE *f = fopen(registry, "re");
	char line[SERVICE_LINE_MAX], *other;
	unsigned long first;
	bool taken = false;

	while (f && !taken && fgets(line, sizeof(line), f)) {
		if (!service_uids_line(line, &first, &other) ||
		    strcmp(other, home) == 0 || access(other, F_OK) == -1 ||
		    !overlaps(base, first, service_uidblock))
			continue;
		snprintf(why, size, "%lu is the block of %s", first, other);
		taken = true;
	}
	if (f)
		fclose(f);
	return taken;
}

bool
service_uids_taken(char *why, size_t size, unsigned long base,
    const char *home, const char *registry)
{
	if (base < 1000 || base > UID_MOST - service_uidblock) {
		snprintf(why, size, "%lu is no base for accounts", base);
		return true;
	}
	return file_taken(why, size, base, "/etc/passwd", false) ||
	    file_taken(why, size, base, "/etc/subuid", true) ||
	    (registry && registry_taken(why, size, base, home, registry));
}

int
service_uids_read(unsigned long *base)
{
	char text[32], *end;
	struct stat st;
	ssize_t n;
	int fd;

	fd = open("etc/uidbase", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1 || st.st_uid != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 022)) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	errno = 0;
	*base = strtoul(text, &end, 10);
	if (errno || end == text || (*end && *end != '\n')) {
		errno = EINVAL;
		return -1;
	}
	return 1;
}
