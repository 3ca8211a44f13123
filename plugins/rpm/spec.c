// SPDX-License-Identifier: GPL-2.0
/* The spec file. */
#include "spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void kmend_spec_clear(struct kmend_spec *spec)
{
	free(spec->name);
	kmend_rpm_evr_clear(&spec->evr);
	free(spec->packager);
	free(spec->summary);
	free(spec->description);
	free(spec->change);
	kmend_buffer_free(&spec->fields);
	kmend_buffer_free(&spec->scripts);
	kmend_strv_free(&spec->owned);
	for (size_t i = 0; i < spec->nr_files; i++)
		free(spec->files[i].path);
	free(spec->files);
}

int kmend_spec_identify(struct kmend_spec *spec, char *name, const char *version, struct kmend_error *error)
{
	spec->name = name;
	if (!kmend_rpm_name_is_valid(name))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' cannot be the name of an RPM package",
				  name);
	if (!kmend_rpm_evr_split(version, &spec->evr)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is not an RPM version", version);
		kmend_advise(error, "A version is [EPOCH:]VERSION[-RELEASE] of letters, digits and ._+~^");
		return -EINVAL;
	}
	return 0;
}

void kmend_spec_add_file(struct kmend_spec *spec, const void *data, size_t size, const char *format, ...)
{
	struct kmend_spec_file *file = kmend_array_add(spec->files, spec->nr_files);
	char *path = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&path, format, arguments);
	va_end(arguments);
	if (length < 0)
		kmend_oom();
	file->path = path;
	file->data = data;
	file->size = size;
}

/*
 * What rpmbuild would do to the files or note of the machine it runs on: none of it. Modules keep their sections and
 * their signatures, and the package's bytes do not depend on where it was made.
 */
static const char preamble[] = //
	"%global debug_package %{nil}\n"
	"%global __os_install_post %{nil}\n"
	"%global _build_id_links none\n"
	"%global optflags %{nil}\n"
	"%global vendor %{nil}\n"
	"%global distribution %{nil}\n"
	"%global disturl %{nil}\n"
	"%global bugurl %{nil}\n"
	"%global _buildhost localhost\n"
	"%global use_source_date_epoch_as_buildtime 1\n"
	"%global clamp_mtime_to_source_date_epoch 1\n"
	"%global source_date_epoch_from_changelog 0\n"
	"%global _binary_payload w6.xzdio\n"
	"%global _binary_filedigest_algorithm 8\n"
	"\n";

static void add_text(struct kmend_buffer *spec, const char *text)
{
	_cleanup_buffer_ struct kmend_buffer folded = { 0 };

	kmend_spec_fold(&folded, text);
	kmend_buffer_addf(spec, "%s", folded.data ? folded.data : "\n");
}

static void add_changelog(struct kmend_buffer *text, const struct kmend_spec *spec)
{
	_cleanup_buffer_ struct kmend_buffer packager = { 0 };
	time_t time = spec->time;
	char date[64];
	struct tm broken;

	for (const char *c = spec->packager; *c; c++)
		kmend_buffer_addf(&packager, *c == '%' ? "%%%%" : "%c", *c);
	gmtime_r(&time, &broken);
	strftime(date, sizeof(date), "%a %b %d %Y", &broken);
	kmend_buffer_addf(text, "\n%%changelog\n* %s %s - %s%s%s-%s\n- ", date, packager.data,
			  spec->evr.epoch ? spec->evr.epoch : "", spec->evr.epoch ? ":" : "", spec->evr.version,
			  spec->evr.release);
	add_text(text, spec->change);
}

char *kmend_spec_format(const struct kmend_spec *spec)
{
	struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, "# Made by kmend package.\n%s", preamble);
	kmend_buffer_addf(&text, "Name: %s\n", spec->name);
	if (spec->evr.epoch)
		kmend_buffer_addf(&text, "Epoch: %s\n", spec->evr.epoch);
	kmend_buffer_addf(&text, "Version: %s\nRelease: %s\n", spec->evr.version, spec->evr.release);
	kmend_buffer_addf(&text, "Summary: ");
	add_text(&text, spec->summary);
	kmend_buffer_addf(&text, "License: GPL-2.0-only\nPackager: ");
	add_text(&text, spec->packager);
	/* A module has no dependencies that rpm should know: kmend's own are named, and the kernel's it checks itself. */
	kmend_buffer_addf(&text, "AutoReqProv: no\n%s", spec->fields.data ? spec->fields.data : "");
	kmend_buffer_addf(&text, "\n%%description\n");
	add_text(&text, spec->description);
	kmend_buffer_addf(&text,
			  "\n%%install\n"
			  "mkdir -p \"%%{buildroot}\"\n"
			  "cp -a \"%%{_topdir}/tree/.\" \"%%{buildroot}/\"\n"
			  "\n%s\n%%files\n",
			  spec->scripts.data ? spec->scripts.data : "");
	for (size_t i = 0; i < spec->owned.count; i++)
		kmend_buffer_addf(&text, "%%dir %%attr(0755,root,root) \"/%s\"\n", spec->owned.items[i]);
	for (size_t i = 0; i < spec->nr_files; i++)
		kmend_buffer_addf(&text, "%%attr(0644,root,root) \"/%s\"\n", spec->files[i].path);
	add_changelog(&text, spec);
	return text.data;
}
