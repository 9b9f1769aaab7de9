#include "bpf.h"

#include <errno.h>
#include <string.h>

#include "syscalls.h"

int kernel_bpf(int command, union bpf_attr *attributes) {
  return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int explain_bpf(struct error *error) {
  if (error->number == EPERM) return hint(error, "root with CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN), outside of a container", NULL);
  if (error->number == EINVAL || error->number == ENOSYS) return hint(error, "a kernel with CONFIG_CGROUP_BPF", NULL);
  return -1;
}

int attached_programs(int cgroup, enum bpf_attach_type type, int programs[ATTACHED_LIMIT], struct error *error) {
  uint32_t ids[ATTACHED_LIMIT];
  int count = 0;
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.query.target_fd = (uint32_t)cgroup;
  attributes.query.attach_type = type;
  attributes.query.prog_ids = (uintptr_t)ids;
  attributes.query.prog_cnt = ATTACHED_LIMIT;
  if (kernel_bpf(BPF_PROG_QUERY, &attributes) < 0) {
    fail(error, errno, "look for the cgroup's programs", NULL);
    return explain_bpf(error);
  }
  for (uint32_t i = 0; i < attributes.query.prog_cnt; i++) {
    union bpf_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.prog_id = ids[i];
    int program = kernel_bpf(BPF_PROG_GET_FD_BY_ID, &wanted);
    // Gone meanwhile.
    if (program < 0 && errno == ENOENT) continue;
    if (program < 0) {
      fail(error, errno, "open a program of the cgroup", NULL);
      while (count > 0) close(programs[--count]);
      return explain_bpf(error);
    }
    programs[count++] = program;
  }
  return count;
}

int attach_program(int cgroup, enum bpf_attach_type type, int program, int replaced, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = type;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (replaced >= 0) {
    attributes.attach_flags |= BPF_F_REPLACE;
    attributes.replace_bpf_fd = (uint32_t)replaced;
  }
  if (kernel_bpf(BPF_PROG_ATTACH, &attributes) == 0) return 0;
  fail(error, errno, "attach the program to the cgroup", NULL);
  return explain_bpf(error);
}

int detach_program(int cgroup, enum bpf_attach_type type, int program, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = type;
  if (kernel_bpf(BPF_PROG_DETACH, &attributes) == 0 || errno == ENOENT) return 0;
  return fail(error, errno, "detach a program from the cgroup", NULL);
}
