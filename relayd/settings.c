/* SPDX-License-Identifier: ISC */
#include "relayd/settings.h"

#include <string.h>
#include "lib/safefile.h"

#define LOOK_MS 1000

static const enum setting rows[SETTINGS_NAMES] = {
	[SETTINGS_WINDOW] = SETTING_WINDOW,
	[SETTINGS_WINDOWS_MAX] = SETTING_WINDOWS_MAX,
	[SETTINGS_BUDGET] = SETTING_BUDGET,
	[SETTINGS_V6BITS] = SETTING_WINDOW_IPV6,
};

static void
look(struct settings *s, int i, bool first)
{
	if (!setting_changed(&s->seen[i], setting_table[rows[i]].path) && !first)
		return;
	s->value[i] = setting_number_seen(&s->seen[i], rows[i]);
}

void
settings_init(struct settings *s, uint64_t now_ms)
{
	int i;

	memset(s, 0, sizeof *s);
	s->looked_ms = now_ms;
	for (i = 0; i < SETTINGS_NAMES; i++)
		look(s, i, true);
}

uint64_t
settings_now(struct settings *s, enum settings_name name)
{
	look(s, (int)name, false);
	return s->value[name];
}

void
settings_refresh(struct settings *s, uint64_t now_ms)
{
	int i;

	if (now_ms - s->looked_ms < LOOK_MS)
		return;
	s->looked_ms = now_ms;
	for (i = 0; i < SETTINGS_NAMES; i++)
		look(s, i, false);
}
