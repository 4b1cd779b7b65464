/* SPDX-License-Identifier: ISC */
#include "cdb-tools/source.h"
#include <stdlib.h>
#include "cdb-tools/source_parts.h"
#include "cdb-tools/tool.h"

static void
no_progress(const char *what, size_t done, size_t all)
{
	(void)what;
	(void)done;
	(void)all;
}

void
source_load(struct source *src, stralloc *aliases,
    void (*progress)(const char *what, size_t done, size_t all))
{
	int shared = aliases ? -1 : tool_share();

	*src = (struct source){ .progress = progress ? progress : no_progress };
	names_init(&src->mailboxes);
	names_init(&src->domains);
	names_init(&src->lists);
	names_init(&src->forwards);
	names_init(&src->senders);
	names_init(&src->replies);
	source_read_mailboxes(src);
	source_read_domains(src);
	source_read_postmaster(src);
	source_read_lists(src);
	source_read_aliases(src, aliases);
	source_read_forwards(src);
	source_read_senders(src);
	source_read_replies(src);
	tool_unshare(shared);
	source_check_aliases(src);
	source_check_nodes(src);
}

void
source_free(struct source *src)
{
	size_t i;

	for (i = 0; i < src->lists.map.n; i++) {
		free(src->list[i].options);
		free(src->list[i].member_file);
	}
	for (i = 0; i < src->senders.map.n; i++)
		sa_free(&src->sender[i]);
	free(src->list);
	free(src->forward);
	free(src->sender);
	free(src->refs);
	free(src->alias);
	free(src->domain_of);
	names_free(&src->mailboxes);
	names_free(&src->domains);
	names_free(&src->lists);
	names_free(&src->forwards);
	names_free(&src->senders);
	names_free(&src->replies);
	keymap_free(&src->aliases);
	line_close(&src->text);
	sa_free(&src->postmaster);
	sa_free(&src->refs_text);
	line_errors_free(&src->errors);
}
