/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an update module calls in kmend.ko (kernel code only). Its init calls kmend_register() and returns what that
 * returned; its exit calls kmend_unregister(). Nothing else is needed: kmend.ko has matched and relocated the module
 * before its init runs.
 */
#ifndef KMEND_REGISTER_H
#define KMEND_REGISTER_H

#include "abi.h"

struct module;

/**
 * kmend_register() - make an update ready
 * @mod:    the update module (THIS_MODULE)
 * @update: its struct kmend_update, the symbol KMEND_UPDATE_SYMBOL
 *
 * Return: 0; -ENOEXEC if kmend.ko did not match this module when it arrived; -ENOMEM.
 */
int kmend_register(struct module *mod, struct kmend_update *update);

/**
 * kmend_unregister() - the update's module is about to leave; the update disappears
 *
 * An applied update pins its module, so this runs for one that is ready. If the module is removed by force, it waits
 * until the update could be reversed.
 */
void kmend_unregister(struct module *mod, struct kmend_update *update);

#endif /* KMEND_REGISTER_H */
