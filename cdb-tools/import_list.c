/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/source_parts.h"

#define FILE_STEM_MAX 100 /* bytes, before a number */

static bool
is_file_free(struct import *im, const stralloc *file)
{
	stralloc path = { 0 };
	bool is;
	long id;

	sa_copys(&path, "etc/lists.d/");
	sa_cat(&path, file);
	sa_0(&path);
	is = access(path.s, F_OK) == -1 &&
	     names_add(&im->files, file->s, file->len, 0, &id);
	sa_free(&path);
	return is;
}

void
import_list_file(struct import *im, struct import_list *l)
{
	size_t i, stem;
	unsigned n;

	sa_copy(&l->file, &l->name);
	if (l->file.len > FILE_STEM_MAX)
		l->file.len = FILE_STEM_MAX;
	for (i = 0; i < l->file.len; i++)
		if (!source_is_file_name(l->file.s + i, 1) &&
		    (!i || !strchr("._-@+", l->file.s[i])))
			l->file.s[i] = i ? '_' : 'x';
	stem = l->file.len;
	for (n = 1; !is_file_free(im, &l->file); n++) {
		l->file.len = stem;
		sa_append(&l->file, '.');
		sa_catul(&l->file, n);
	}
}
