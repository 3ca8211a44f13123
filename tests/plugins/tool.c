// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of the packager plugins need besides kmend itself:
 *
 *   tool container ID MODULE OUT [DESCRIPTION [TARGET…]]   a container around any bytes; further parts are made up;
 *                                                          for the kernel named by the variable RELEASE, if it is set
 *   tool read FORMAT PACKAGE DIRECTORY           the plugin's read_package
 *   tool repository FORMAT DIRECTORY ORIGIN [KEY]  the plugin's write_repository, at SOURCE_DATE_EPOCH
 *   tool source FORMAT RELEASE CACHE             the plugin's source: source, headers, image and inputs, a line each
 *   tool installed FORMAT, tool missing FORMAT, tool held FORMAT   its questions to the package database
 *   tool hold FORMAT PACKAGE, tool unhold FORMAT PACKAGE   the plugin's manage
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kmend/plugin.h>

#include "core/container/container.h"
#include "unit/container/sample.h"

static int tell(const struct kmend_error *error)
{
	fprintf(stderr, "%s\n%s", error->message, error->detail);
	return error->status;
}

static int make_container(char **argv, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = sample_container(argv[0]);

	kmend_buffer_free(&container->modules[0]);
	if (kmend_file_read(argv[1], KMEND_CONTAINER_MAX_MODULE, &container->modules[0].data,
			    &container->modules[0].size, error))
		return tell(error);
	if (getenv("RELEASE")) {
		free(container->manifest->release);
		container->manifest->release = kmend_strdup(getenv("RELEASE"));
	}
	for (int i = 4; argv[3] && argv[i]; i++)
		sample_add_part(container, argv[i]);
	if (argv[3]) {
		free(container->manifest->description);
		container->manifest->description = kmend_strdup(argv[3]);
	}
	return kmend_container_write(argv[2], container, error) ? tell(error) : 0;
}

static int ask(const char *what, char **argv, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv answers = { 0 };
	const struct kmend_plugin *plugin;
	int code = kmend_plugin_load(argv[0], &plugin, error);

	if (!code && !strcmp(what, "read"))
		code = plugin->read_package(argv[1], argv[2], error);
	else if (!code)
		code = (!strcmp(what, "missing") ? plugin->missing_recommended
			: !strcmp(what, "held")	 ? plugin->held
						 : plugin->installed_updates)(&answers, error);
	for (size_t i = 0; i < answers.count; i++)
		puts(answers.items[i]);
	return code ? tell(error) : 0;
}

static int make_repository(char **argv, struct kmend_error *error)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	const struct kmend_repository_request request = {
		.directory = argv[1],
		.origin = argv[2],
		.key = argv[3],
		.time = epoch ? atoll(epoch) : 0,
	};
	const struct kmend_plugin *plugin;
	int code = kmend_plugin_load(argv[0], &plugin, error);

	if (!code)
		code = plugin->write_repository(&request, error);
	return code ? tell(error) : 0;
}

static int get_source(char **argv, struct kmend_error *error)
{
	struct kmend_kernel_build *build = NULL;
	const struct kmend_plugin *plugin;
	int code = kmend_plugin_load(argv[0], &plugin, error);

	if (!code)
		code = plugin->source(argv[1], KMEND_WANT_SOURCE | KMEND_WANT_HEADERS | KMEND_WANT_IMAGE, argv[2], NULL,
				      &build, error);
	if (code)
		return tell(error);
	printf("%s\n%s\n%s\n%s\n", build->version, build->source, build->headers, build->image);
	for (size_t i = 0; i < build->inputs.count; i++)
		puts(build->inputs.items[i]);
	kmend_kernel_build_free(build);
	return 0;
}

static int hold(bool on, char **argv, struct kmend_error *error)
{
	const char *packages[] = { argv[1], NULL };
	const struct kmend_manage_request request = {
		.verb = on ? KMEND_MANAGE_HOLD : KMEND_MANAGE_UNHOLD,
		.packages = packages,
	};
	const struct kmend_plugin *plugin;
	int code = kmend_plugin_load(argv[0], &plugin, error);

	if (!code)
		code = plugin->manage(&request, error);
	return code ? tell(error) : 0;
}

int main(int argc, char **argv)
{
	struct kmend_error error = { 0 };

	if (argc >= 5 && !strcmp(argv[1], "container"))
		return make_container(argv + 2, &error);
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "repository"))
		return make_repository(argv + 2, &error);
	if (argc == 5 && !strcmp(argv[1], "source"))
		return get_source(argv + 2, &error);
	if (argc == 4 && (!strcmp(argv[1], "hold") || !strcmp(argv[1], "unhold")))
		return hold(!strcmp(argv[1], "hold"), argv + 2, &error);
	if (argc == (argc > 1 && !strcmp(argv[1], "read") ? 5 : 3))
		return ask(argv[1], argv + 2, &error);
	fputs("wrong arguments\n", stderr);
	return KMEND_STATUS_USAGE;
}
