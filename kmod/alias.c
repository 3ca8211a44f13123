// SPDX-License-Identifier: GPL-2.0
/*
 * Writable aliases of memory that is mapped read-only: the same pages, mapped a second time. The read-only mapping
 * stays as it is.
 */
#include "kmend.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/page.h>

static struct page *page_at(unsigned long address)
{
	/* The kernel image lies in its own mapping, of which the physical address is known; modules are vmalloc'ed. */
	if (address >= __START_KERNEL_map && address < MODULES_VADDR)
		return pfn_to_page(__pa_symbol(address) >> PAGE_SHIFT);
	return vmalloc_to_page((void *)address);
}

int kmend_alias_map(unsigned long address, size_t size, struct kmend_alias *ret_alias)
{
	unsigned long first = address & PAGE_MASK;
	unsigned long nr_pages = (PAGE_ALIGN(address + size) - first) >> PAGE_SHIFT, i;
	struct page **pages = kvmalloc_array(nr_pages, sizeof(*pages), GFP_KERNEL);
	void *mapping = NULL;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < nr_pages; i++) {
		pages[i] = page_at(first + i * PAGE_SIZE);
		if (!pages[i])
			break;
	}
	if (i == nr_pages)
		mapping = vmap(pages, nr_pages, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	if (!mapping)
		return -ENOMEM;
	*ret_alias = (struct kmend_alias){ .mapping = mapping, .start = mapping + offset_in_page(address) };
	return 0;
}

void kmend_alias_unmap(struct kmend_alias *alias)
{
	if (!alias->mapping)
		return;
	vunmap(alias->mapping);
	alias->mapping = NULL;
	alias->start = NULL;
}
