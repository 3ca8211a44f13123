/* SPDX-License-Identifier: GPL-2.0 */
/* What create and assess tell of a change: units, functions, verdict and reasons; for people and as JSON. */
#ifndef KMEND_CLI_JUDGED_H
#define KMEND_CLI_JUDGED_H

#include <stdio.h>

#include <json-c/json.h>

#include "../create/create.h"

/*
 * Reasons for a terminal, each with its advice and the author's answer. Open ones are left out unless asked for (an
 * error lists them). Nothing is printed if there is none.
 */
void kmend_print_findings(FILE *stream, const struct kmend_assessment *assessment, bool with_open);

/* Add verdict, reasons, waivers, units, functions and what was left out to an object. */
void kmend_json_judged(struct json_object *root, const struct kmend_create_result *result);
struct json_object *kmend_json_steps(const struct kmend_progress *progress);

#endif
