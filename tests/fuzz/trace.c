/* SPDX-License-Identifier: ISC */
/* For sanitized programs that nobody fuzzes: nothing is traced. */
void __sanitizer_cov_trace_pc(void);

__attribute__((no_sanitize_coverage)) void
__sanitizer_cov_trace_pc(void)
{
}
