/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_SETTINGS_H
#define RELAYD_SETTINGS_H

/* relayd's numbers in etc/, read again when their file changes: all are looked
 * at once a second, and window and budget when they are needed. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum settings_name {
	SETTINGS_WINDOW,      /* etc/window: seconds */
	SETTINGS_WINDOWS_MAX, /* etc/windows-max */
	SETTINGS_BUDGET,      /* etc/budget: recipients an hour */
	SETTINGS_V6BITS,      /* etc/window-ipv6: bits of an IPv6 address */
	SETTINGS_NAMES
};

struct settings {
	uint64_t value[SETTINGS_NAMES];
	struct stat seen[SETTINGS_NAMES];
	uint64_t looked_ms;
};

/* All of them, with their defaults where there is no file. */
void settings_init(struct settings *s, uint64_t now_ms);
void settings_refresh(struct settings *s, uint64_t now_ms);
/* One of them, as its file says at this moment. */
uint64_t settings_now(struct settings *s, enum settings_name name);

#endif
