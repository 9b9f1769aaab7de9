// What a process takes the machine for, and where its memory comes from.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/personality.h>

#include "context.h"
#include "operations.h"
#include "syscalls.h"

enum { NODES_LIMIT = 1024, NODE_WORDS = NODES_LIMIT / (CHAR_BIT * sizeof(unsigned long)) };

int do_personality(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (personality((unsigned long)number_of(operation, 0)) >= 0) return 0;
  return fail(error, errno, "set the personality", NULL);
}

int do_memory_policy(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  unsigned long nodes[NODE_WORDS] = {0};
  const size_t word = CHAR_BIT * sizeof(unsigned long);
  for (uint32_t i = 2; i < operation->count; i++) {
    uint64_t node = number_of(operation, i);
    if (node >= NODES_LIMIT) return fail(error, EINVAL, "set the memory policy: no kernel has so many nodes", NULL);
    nodes[node / word] |= 1UL << (node % word);
  }
  // A mask of no nodes is none at all: MPOL_DEFAULT and MPOL_LOCAL want it so. The kernel takes one bit less than it is told.
  const unsigned long *mask = operation->count > 2 ? nodes : NULL;
  int mode = (int)(number_of(operation, 0) | number_of(operation, 1));
  if (syscall(SYS_set_mempolicy, mode, mask, mask == NULL ? 0 : NODES_LIMIT + 1UL) == 0) return 0;
  fail(error, errno, "set the memory policy", NULL);
  if (error->number != EINVAL) return error->number == ENOSYS ? hint(error, "a kernel with CONFIG_NUMA", NULL) : -1;
  return hint(error, "a mode that the kernel has, and nodes that the machine has and the container's cpuset allows (/sys/devices/system/node/has_memory)", NULL);
}
