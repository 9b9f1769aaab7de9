#include "seccomp-compile.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operations.h"
#include "write-all.h"

// libseccomp knows no system call beyond this number on any architecture; its own numbers are below.
enum { NUMBERS_LIMIT = 4096, CONDITIONS_LIMIT = 6 };

static scmp_filter_ctx filter;

int do_filter(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (filter != NULL) return fail(error, EINVAL, "a plan compiles one filter", NULL);
  filter = seccomp_init((uint32_t)number_of(operation, 0));
  if (filter == NULL) return fail(error, EINVAL, "begin a filter: not a default action that libseccomp takes", NULL);
  // 2: a binary tree over the system call numbers in place of a list: a call costs a dozen comparisons, not hundreds.
  int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  return result == 0 || result == -EINVAL || result == -EOPNOTSUPP ? 0 : fail(error, -result, "optimize the filter", NULL);
}

int do_architecture(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (filter == NULL) return fail(error, EINVAL, "add an architecture: there is no filter", NULL);
  uint32_t architecture = seccomp_arch_resolve_name(text_of(operation, 0));
  if (architecture == 0) return fail(error, EINVAL, "add the architecture ", text_of(operation, 0), ": unknown to libseccomp", NULL);
  int result = seccomp_arch_add(filter, architecture);
  return result == 0 || result == -EEXIST ? 0 : fail(error, -result, "add the architecture ", text_of(operation, 0), NULL);
}

int do_rule(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  struct scmp_arg_cmp conditions[CONDITIONS_LIMIT];
  unsigned int count = (operation->count - 2) / 4;
  const char *name = text_of(operation, 1);
  if (filter == NULL) return fail(error, EINVAL, "add a rule: there is no filter", NULL);
  if ((operation->count - 2) % 4 != 0 || count > CONDITIONS_LIMIT) {
    return fail(error, EINVAL, "add the rule for ", name, ": a condition is four numbers, and six is the most", NULL);
  }
  for (unsigned int i = 0; i < count; i++) {
    conditions[i] = (struct scmp_arg_cmp){
        .arg = (unsigned int)number_of(operation, 2 + 4 * i),
        .op = (enum scmp_compare)number_of(operation, 3 + 4 * i),
        .datum_a = number_of(operation, 4 + 4 * i),
        .datum_b = number_of(operation, 5 + 4 * i),
    };
  }
  int call = seccomp_syscall_resolve_name(name);
  if (call == __NR_SCMP_ERROR) return 0;
  int result = seccomp_rule_add_array(filter, (uint32_t)number_of(operation, 0), call, count, conditions);
  // EDOM: absent on an architecture; EACCES: the rule says what the default action says already.
  if (result == 0 || result == -EDOM || result == -EACCES) return 0;
  return fail(error, -result, "add the rule for ", name, NULL);
}

// The highest number libseccomp has a name for, on this machine's own architecture.
static uint32_t highest_known(void) {
  for (int number = NUMBERS_LIMIT; number > 0; number--) {
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    bool known = name != NULL;
    free(name);
    if (known) return (uint32_t)number;
  }
  return 0;
}

// A call that is newer than the filter gets ENOSYS, whatever is done with the others: C libraries try the new one first, and
// take any other errno for an answer. (What runc does, seccomp/patchbpf.) x32's calls have bit 30 set and are left to the filter.
static size_t new_calls_stub(struct sock_filter *stub) {
  const struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, highest_known(), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
  memcpy(stub, instructions, sizeof instructions);
  return sizeof instructions;
}

static bool refuses(uint32_t action) {
  return action == SCMP_ACT_KILL_PROCESS || action == SCMP_ACT_KILL_THREAD || action == SCMP_ACT_TRAP ||
         (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

static int emit(int exported, uint32_t default_action, int output, struct error *error) {
  struct sock_filter program[BPF_MAXINSNS + 6];
  struct stat status;
  size_t size = refuses(default_action) ? new_calls_stub(program) : 0;
  if (fstat(exported, &status) < 0) return fail(error, errno, "read the compiled filter", NULL);
  size_t length = (size_t)status.st_size;
  if (size + length > BPF_MAXINSNS * sizeof *program) return fail(error, E2BIG, "compile the filter: it is too long for the kernel", NULL);
  if (pread(exported, (char *)program + size, length, 0) != status.st_size) return fail(error, EIO, "read the compiled filter", NULL);
  if (write_all(output, program, size + length) < 0) return fail(error, errno, "write the compiled filter", NULL);
  return 0;
}

int seccomp_compile(const struct plan *plan, int output, const struct operation **failed, struct error *error) {
  *failed = NULL;
  if (plan->count == 0 || plan->operations[0].kind->code != OPERATION_filter) {
    return fail(error, EINVAL, "plan: a filter's plan begins with filter", NULL);
  }
  for (uint32_t i = 0; i < plan->count; i++) {
    *failed = &plan->operations[i];
    if (plan->operations[i].kind->phase != PHASE_COMPILE) return fail(error, EINVAL, "plan: not an operation of a filter", NULL);
    if (plan->operations[i].kind->run(NULL, &plan->operations[i], error) < 0) return -1;
  }
  *failed = NULL;
  int exported = memfd_create("filter", MFD_CLOEXEC);
  if (exported < 0) return fail(error, errno, "make a memory file", NULL);
  int result = seccomp_export_bpf(filter, exported);
  result = result < 0 ? fail(error, -result, "compile the filter", NULL)
                      : emit(exported, (uint32_t)number_of(&plan->operations[0], 0), output, error);
  close(exported);
  seccomp_release(filter);
  filter = NULL;
  return result;
}
