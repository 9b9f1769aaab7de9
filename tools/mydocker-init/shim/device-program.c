#include "device-program.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

// The kernel's own limit for a program (BPF_COMPLEXITY_LIMIT_INSNS) is larger; a rule takes seven instructions at most.
// ATTACHED_LIMIT: BPF_CGROUP_MAX_PROGS.
enum { INSTRUCTION_LIMIT = 65536, ATTACHED_LIMIT = 64 };

static int kernel_bpf(int command, union bpf_attr *attributes) {
  return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int explain(struct error *error) {
  if (error->number == EPERM) return hint(error, "root with CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN), outside of a container", NULL);
  if (error->number == EINVAL || error->number == ENOSYS) return hint(error, "a kernel with CONFIG_CGROUP_BPF", NULL);
  return -1;
}

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
  return explain(error);
}

// The programs that are attached to this very cgroup, as descriptors.
static int attached(int cgroup, int programs[ATTACHED_LIMIT], struct error *error) {
  uint32_t ids[ATTACHED_LIMIT];
  int count = 0;
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.query.target_fd = (uint32_t)cgroup;
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = (uintptr_t)ids;
  attributes.query.prog_cnt = ATTACHED_LIMIT;
  if (kernel_bpf(BPF_PROG_QUERY, &attributes) < 0) {
    fail(error, errno, "look for the cgroup's device programs", NULL);
    return explain(error);
  }
  for (uint32_t i = 0; i < attributes.query.prog_cnt; i++) {
    union bpf_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.prog_id = ids[i];
    int program = kernel_bpf(BPF_PROG_GET_FD_BY_ID, &wanted);
    // Gone meanwhile.
    if (program < 0 && errno == ENOENT) continue;
    if (program < 0) {
      fail(error, errno, "open a device program of the cgroup", NULL);
      while (count > 0) close(programs[--count]);
      return explain(error);
    }
    programs[count++] = program;
  }
  return count;
}

// With one program there, the new one takes its place in one step (Linux 5.6). With several, an access must pass them all: so the
// new one comes first, and at no moment is there none.
static int attach(int cgroup, int program, const int old[ATTACHED_LIMIT], int count, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (count == 1) {
    attributes.attach_flags |= BPF_F_REPLACE;
    attributes.replace_bpf_fd = (uint32_t)old[0];
  }
  if (kernel_bpf(BPF_PROG_ATTACH, &attributes) < 0) {
    fail(error, errno, "attach the device program to the cgroup", NULL);
    return explain(error);
  }
  for (int i = 0; count > 1 && i < count; i++) {
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)old[i];
    attributes.attach_type = BPF_CGROUP_DEVICE;
    if (kernel_bpf(BPF_PROG_DETACH, &attributes) < 0 && errno != ENOENT) {
      return fail(error, errno, "detach a device program from the cgroup", NULL);
    }
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
  int count = program < 0 ? -1 : attached(cgroup, old, error);
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
