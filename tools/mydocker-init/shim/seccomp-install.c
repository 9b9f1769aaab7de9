#include "seccomp-install.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "operations.h"
#include "syscalls.h"

int seccomp_install(const struct argument *filter, uint64_t flags, struct error *error) {
  size_t count = filter->length / sizeof(struct sock_filter);
  if (filter->length % sizeof(struct sock_filter) != 0 || count == 0 || count > BPF_MAXINSNS) {
    return fail(error, EINVAL, "set the seccomp filter: it is no BPF program", NULL);
  }
  struct sock_filter *instructions = malloc(filter->length);
  if (instructions == NULL) return fail(error, ENOMEM, "set the seccomp filter", NULL);
  memcpy(instructions, filter->text, filter->length);
  struct sock_fprog program = {.len = (unsigned short)count, .filter = instructions};
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned int)flags, &program);
  // Not freed: that may take a system call, which the filter may forbid.
  if (result >= 0) return (int)result;
  fail(error, errno, "set the seccomp filter", NULL);
  if (error->number == EACCES) return hint(error, "no_new_privs, or the seccomp operation before `capabilities`", NULL);
  return error->number == EINVAL ? hint(error, "flags that the kernel has: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is of Linux 5.19", NULL) : -1;
}

int do_seccomp(struct context *context, const struct operation *operation, struct error *error) {
  if (prepare_command(context, error) < 0) return -1;
  return seccomp_install(&operation->arguments[0], number_of(operation, 1), error);
}
