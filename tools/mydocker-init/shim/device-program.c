#include "device-program.h"

#include <errno.h>
#include <string.h>

#include "bpf.h"
#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

// The kernel's own limit for a program (BPF_COMPLEXITY_LIMIT_INSNS) is larger; a rule takes seven instructions at most.
enum { INSTRUCTION_LIMIT = 65536 };

static int load(const char *bytes, uint32_t length, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = (uintptr_t)bytes;
  attributes.insn_cnt = length / sizeof(struct bpf_insn);
  // It calls none of the kernel's functions that ask for the GPL.
  attributes.license = (uintptr_t) "Apache-2.0";
  memcpy(attributes.prog_name, "mydocker_device", sizeof "mydocker_device");
  int program = kernel_bpf(BPF_PROG_LOAD, &attributes);
  if (program >= 0) return program;
  fail(error, errno, "load the device program", NULL);
  return explain_bpf(error);
}

// With one program there, the new one takes its place in one step. With several, an access must pass them all: so the new one comes
// first, and at no moment is there none.
static int attach(int cgroup, int program, const int old[ATTACHED_LIMIT], int count, struct error *error) {
  if (attach_program(cgroup, BPF_CGROUP_DEVICE, program, count == 1 ? old[0] : -1, error) < 0) return -1;
  for (int i = 0; count > 1 && i < count; i++) {
    if (detach_program(cgroup, BPF_CGROUP_DEVICE, old[i], error) < 0) return -1;
  }
  return 0;
}

static int replace_program(const char *path, const char *bytes, uint32_t length, struct error *error) {
  int old[ATTACHED_LIMIT];
  if (length == 0 || length % sizeof(struct bpf_insn) != 0 || length / sizeof(struct bpf_insn) > INSTRUCTION_LIMIT) {
    return fail(error, EINVAL, "attach a device program to ", path, ": it is not a list of instructions", NULL);
  }
  int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) return fail(error, errno, "open the cgroup ", path, NULL);
  int program = load(bytes, length, error);
  int count = program < 0 ? -1 : attached_programs(cgroup, BPF_CGROUP_DEVICE, old, error);
  int result = count < 0 ? -1 : attach(cgroup, program, old, count, error);
  for (int i = 0; i < count; i++) close(old[i]);
  if (program >= 0) close(program);
  close(cgroup);
  return result;
}

int do_device_program(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  return replace_program(text_of(operation, 0), operation->arguments[1].text, operation->arguments[1].length, error);
}

int device_program_role(int argc, char **argv) {
  struct error error;
  struct plan_bytes bytes = {.data = NULL};
  int result = -1;
  if (argc != 2 || strcmp(argv[0], "--cgroup") != 0) {
    fail(&error, EINVAL, "expected --cgroup DIRECTORY, and a program on stdin", NULL);
  } else if (plan_read(STDIN_FILENO, &bytes, &error) == 0) {
    result = replace_program(argv[1], (const char *)bytes.data, (uint32_t)bytes.size, &error);
  }
  if (result == 0) return 0;
  char line[1200];
  struct text text = TEXT(line);
  describe_error(&text, NULL, &error);
  text_add(&text, "\n");
  return write(STDERR_FILENO, line, text.used) < 0 ? EXIT_SHIM : EXIT_SHIM;
}
