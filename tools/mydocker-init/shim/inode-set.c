#include "inode-set.h"

#include <stdlib.h>

enum { FIRST_SIZE = 1024 };

static struct inode *slot_of(const struct inode_set *set, uint64_t device, uint64_t number) {
  // Fibonacci hashing: neighbours are spread, and the size is a power of two.
  size_t at = (size_t)((number ^ device << 32) * 0x9e3779b97f4a7c15ULL >> 20) & (set->size - 1);
  while (set->slots[at].number != 0 && (set->slots[at].number != number || set->slots[at].device != device)) at = (at + 1) & (set->size - 1);
  return &set->slots[at];
}

static int grow(struct inode_set *set) {
  struct inode_set larger = {.size = set->size == 0 ? FIRST_SIZE : set->size * 2, .used = set->used};
  larger.slots = calloc(larger.size, sizeof *larger.slots);
  if (larger.slots == NULL) return -1;
  for (size_t i = 0; i < set->size; i++) {
    if (set->slots[i].number != 0) *slot_of(&larger, set->slots[i].device, set->slots[i].number) = set->slots[i];
  }
  free(set->slots);
  *set = larger;
  return 0;
}

int inode_set_add(struct inode_set *set, uint64_t device, uint64_t number) {
  if (set->used * 2 >= set->size && grow(set) < 0) return -1;
  struct inode *slot = slot_of(set, device, number);
  if (slot->number != 0) return 1;
  *slot = (struct inode){.device = device, .number = number};
  set->used++;
  return 0;
}
