#include "loopback6-program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bpf.h"
#include "syscalls.h"

// The instruction set of eBPF: Documentation/bpf/standardization/instruction-set.rst.
#define LOAD(to, member) \
  {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = CONTEXT, .off = offsetof(struct bpf_sock_addr, member)}
#define STORE(member, from) \
  {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = CONTEXT, .src_reg = (from), .off = offsetof(struct bpf_sock_addr, member)}
#define SET_KEY(size, member, from) \
  {.code = BPF_STX | BPF_MEM | (size), .dst_reg = BPF_REG_10, .src_reg = (from), .off = KEY + (int)offsetof(struct loopback6_port, member)}
#define MOVE(to, number) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (int32_t)(number)}
#define MOVE_REGISTER(to, from) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)}
#define ADD(to, number) {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (number)}
#define UNLESS_EQUAL(register, number, skip) \
  {.code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = (register), .off = (skip), .imm = (int32_t)(number)}
#define IF_ZERO(register, skip) {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (register), .off = (skip)}
#define LOAD_MAP(to, map) {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = (to), .src_reg = BPF_PSEUDO_MAP_FD, .imm = (map)}, {.code = 0}
#define CALL(function) {.code = BPF_JMP | BPF_CALL, .imm = (function)}
#define EXIT {.code = BPF_JMP | BPF_EXIT}

// CONTEXT is kept across calls. KEY: where the map's key is, below the frame.
enum { CONTEXT = BPF_REG_6, KEY = -(int)sizeof(struct loopback6_port) };

// Answers 1 always: the call goes on. The tests of an address jump to the end.
static int load(const char *name, int map, struct error *error) {
  const struct bpf_insn program[] = {
      MOVE_REGISTER(CONTEXT, BPF_REG_1),
      LOAD(BPF_REG_2, user_ip6[0]),
      UNLESS_EQUAL(BPF_REG_2, 0, 22),
      LOAD(BPF_REG_2, user_ip6[1]),
      UNLESS_EQUAL(BPF_REG_2, 0, 20),
      LOAD(BPF_REG_2, user_ip6[2]),
      UNLESS_EQUAL(BPF_REG_2, 0, 18),
      LOAD(BPF_REG_2, user_ip6[3]),
      UNLESS_EQUAL(BPF_REG_2, htonl(1), 16),
      CALL(BPF_FUNC_get_netns_cookie),
      SET_KEY(BPF_DW, namespace, BPF_REG_0),
      LOAD(BPF_REG_2, protocol),
      SET_KEY(BPF_W, protocol, BPF_REG_2),
      LOAD(BPF_REG_2, user_port),
      SET_KEY(BPF_W, port, BPF_REG_2),
      LOAD_MAP(BPF_REG_1, map),
      MOVE_REGISTER(BPF_REG_2, BPF_REG_10),
      ADD(BPF_REG_2, KEY),
      CALL(BPF_FUNC_map_lookup_elem),
      IF_ZERO(BPF_REG_0, 4),
      // ::ffff:127.0.0.1, which a socket of IPv6 connects to by IPv4.
      MOVE(BPF_REG_2, htonl(0xffff)),
      STORE(user_ip6[2], BPF_REG_2),
      MOVE(BPF_REG_2, htonl(INADDR_LOOPBACK)),
      STORE(user_ip6[3], BPF_REG_2),
      MOVE(BPF_REG_0, 1),
      EXIT,
  };
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
  attributes.expected_attach_type = BPF_CGROUP_INET6_CONNECT;
  attributes.insns = (uintptr_t)program;
  attributes.insn_cnt = sizeof program / sizeof *program;
  // It calls none of the kernel's functions that ask for the GPL.
  attributes.license = (uintptr_t) "Apache-2.0";
  strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
  int loaded = kernel_bpf(BPF_PROG_LOAD, &attributes);
  if (loaded >= 0) return loaded;
  fail(error, errno, "load the program for [::1]", NULL);
  return explain_bpf(error);
}

// Elements are allocated as they come: a map for a few ports is to cost little.
static int make_map(const char *name, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_HASH;
  attributes.key_size = sizeof(struct loopback6_port);
  attributes.value_size = 1;
  attributes.max_entries = LOOPBACK6_PORT_LIMIT;
  attributes.map_flags = BPF_F_NO_PREALLOC;
  strncpy(attributes.map_name, name, sizeof attributes.map_name - 1);
  int map = kernel_bpf(BPF_MAP_CREATE, &attributes);
  if (map >= 0) return map;
  fail(error, errno, "make the map for [::1]", NULL);
  return explain_bpf(error);
}

int loopback6_make(const char *name, struct loopback6 *made, struct error *error) {
  *made = LOOPBACK6_NONE;
  made->map = make_map(name, error);
  if (made->map >= 0) made->program = load(name, made->map, error);
  if (made->program >= 0) return 0;
  loopback6_close(made);
  return -1;
}

void loopback6_close(const struct loopback6 *opened) {
  if (opened->program >= 0) close(opened->program);
  if (opened->map >= 0) close(opened->map);
}

// Returns the program's map, -1 where the program is another one.
static int map_of(int program, const char *name) {
  struct bpf_prog_info info;
  uint32_t id = 0;
  union bpf_attr attributes;
  memset(&info, 0, sizeof info);
  info.nr_map_ids = 1;
  info.map_ids = (uintptr_t)&id;
  memset(&attributes, 0, sizeof attributes);
  attributes.info.bpf_fd = (uint32_t)program;
  attributes.info.info_len = sizeof info;
  attributes.info.info = (uintptr_t)&info;
  if (kernel_bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0) return -1;
  if (strncmp(info.name, name, sizeof info.name) != 0 || info.nr_map_ids != 1) return -1;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_id = id;
  return kernel_bpf(BPF_MAP_GET_FD_BY_ID, &attributes);
}

int loopback6_find(int cgroup, const char *name, struct loopback6 *found, struct error *error) {
  int programs[ATTACHED_LIMIT];
  *found = LOOPBACK6_NONE;
  int count = attached_programs(cgroup, BPF_CGROUP_INET6_CONNECT, programs, error);
  for (int i = 0; i < count; i++) {
    if (found->map < 0) found->map = map_of(programs[i], name);
    if (found->map >= 0 && found->program < 0) {
      found->program = programs[i];
    } else {
      close(programs[i]);
    }
  }
  return count < 0 ? -1 : 0;
}

static int change(int command, int map, const struct loopback6_port *port, int harmless, const char *what, struct error *error) {
  const char value = 1;
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = (uint32_t)map;
  attributes.key = (uintptr_t)port;
  if (command == BPF_MAP_UPDATE_ELEM) attributes.value = (uintptr_t)&value;
  if (kernel_bpf(command, &attributes) == 0 || errno == harmless) return 0;
  return fail(error, errno, what, NULL);
}

int loopback6_add(int map, const struct loopback6_port *port, struct error *error) {
  return change(BPF_MAP_UPDATE_ELEM, map, port, 0, "add a port at [::1]", error);
}

int loopback6_delete(int map, const struct loopback6_port *port, struct error *error) {
  return change(BPF_MAP_DELETE_ELEM, map, port, ENOENT, "delete a port at [::1]", error);
}

int loopback6_next(int map, const struct loopback6_port *port, struct loopback6_port *next, struct error *error) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = (uint32_t)map;
  attributes.key = (uintptr_t)port;
  attributes.next_key = (uintptr_t)next;
  if (kernel_bpf(BPF_MAP_GET_NEXT_KEY, &attributes) == 0) return 1;
  return errno == ENOENT ? 0 : fail(error, errno, "look for ports at [::1]", NULL);
}
