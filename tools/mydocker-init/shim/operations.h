// The operations: every one of docs/shim.md's table, its code, its phase, its arguments and the function that does it.
#pragma once

#include <stdint.h>

#include "context.h"
#include "error.h"
#include "plan.h"

// Kind, path, timeout, beside, the state before and behind the pid, number of arguments, arguments and environment.
#define HOOK_SIGNATURE "ttnnttnt*"

// name, identifier, code, phase, signature. n number, t text, b bytes; a star: any number of what stands before it.
#define OPERATIONS(X)                                                       \
  X("relay", relay, 1, PHASE_HOST, "ttn")                                   \
  X("exit-file", exit_file, 2, PHASE_HOST, "t")                             \
  X("start-fifo", start_fifo, 3, PHASE_HOST, "t")                           \
  X("cgroup", cgroup, 4, PHASE_HOST, "t")                                   \
  X("join-process", join_process, 5, PHASE_HOST, "nnn")                     \
  X("clone", clone, 7, PHASE_HOST, "n")                                     \
  X("background", background, 8, PHASE_HOST, "")                            \
  X("trace", trace, 9, PHASE_HOST, "")                                      \
  X("messages", messages, 10, PHASE_HOST, "tn")                             \
  X("detach", detach, 11, PHASE_HOST, "t")                                  \
  X("no-input", no_input, 12, PHASE_HOST, "")                               \
  X("record", record, 13, PHASE_HOST, "tt*")                                \
  X("log", log, 130, PHASE_HOST, "tn")                                      \
  X("console-socket", console_socket, 131, PHASE_HOST, "t")                 \
  X("pidfd-socket", pidfd_socket, 132, PHASE_HOST, "tt")                    \
  X("pid-file", pid_file, 133, PHASE_HOST, "t")                             \
  X("no-wait", no_wait, 135, PHASE_HOST, "")                                \
  X("failure-code", failure_code, 136, PHASE_HOST, "n")                     \
  X("device-program", device_program, 140, PHASE_HOST, "tb")                \
  X("scope-holder", scope_holder, 141, PHASE_HOST, "nn")                    \
  X("memory-events", memory_events, 142, PHASE_HOST, "tt")                  \
  X("join-cgroups", join_cgroups, 20, PHASE_CONTAINER, "")                  \
  X("unshare", unshare, 21, PHASE_CONTAINER, "n")                           \
  X("join", join, 22, PHASE_CONTAINER, "tn")                                \
  X("propagation", propagation, 23, PHASE_CONTAINER, "n")                   \
  X("root-overlay", root_overlay, 24, PHASE_CONTAINER, "tttt*")             \
  X("root-bind", root_bind, 25, PHASE_CONTAINER, "t")                       \
  X("mount", mount, 26, PHASE_CONTAINER, "tttnt*")                          \
  X("bind", bind, 27, PHASE_CONTAINER, "ttnnnn")                            \
  X("make-directory", make_directory, 28, PHASE_CONTAINER, "tn")            \
  X("symbolic-link", symbolic_link, 29, PHASE_CONTAINER, "tt")              \
  X("device", device, 30, PHASE_CONTAINER, "tnnnnnn")                       \
  X("mask", mask, 31, PHASE_CONTAINER, "t")                                 \
  X("read-only", read_only, 32, PHASE_CONTAINER, "t")                       \
  X("pivot", pivot, 33, PHASE_CONTAINER, "")                                \
  X("root-read-only", root_read_only, 34, PHASE_CONTAINER, "")              \
  X("hostname", hostname, 35, PHASE_CONTAINER, "t")                         \
  X("domainname", domainname, 36, PHASE_CONTAINER, "t")                     \
  X("sysctl", sysctl, 37, PHASE_CONTAINER, "tt")                            \
  X("terminal", terminal, 38, PHASE_CONTAINER, "nnn")                       \
  X("limit", limit, 39, PHASE_CONTAINER, "nnn")                             \
  X("oom-score", oom_score, 40, PHASE_CONTAINER, "t")                       \
  X("session", session, 41, PHASE_CONTAINER, "")                            \
  X("umask", umask, 42, PHASE_CONTAINER, "n")                               \
  X("bounding", bounding, 43, PHASE_CONTAINER, "n")                         \
  X("user", user, 44, PHASE_CONTAINER, "nnn*")                              \
  X("capabilities", capabilities, 45, PHASE_CONTAINER, "nnnn")              \
  X("no-new-privileges", no_new_privileges, 46, PHASE_CONTAINER, "")        \
  X("seccomp", seccomp, 47, PHASE_CONTAINER, "bn")                          \
  X("directory", directory, 48, PHASE_CONTAINER, "t")                       \
  X("environment", environment, 49, PHASE_CONTAINER, "t*")                  \
  X("find-command", find_command, 50, PHASE_CONTAINER, "tt")                \
  X("wait-start", wait_start, 51, PHASE_CONTAINER, "")                      \
  X("execute", execute, 52, PHASE_CONTAINER, "t*")                          \
  X("keep-descriptors", keep_descriptors, 53, PHASE_CONTAINER, "n")         \
  X("show-file", show_file, 54, PHASE_CONTAINER, "tn")                      \
  X("root-volatile", root_volatile, 55, PHASE_CONTAINER, "")                \
  X("session-keyring", session_keyring, 137, PHASE_CONTAINER, "")          \
  X("child-file", child_file, 90, PHASE_HOST, "tt")                         \
  X("join-first", join_first, 91, PHASE_HOST, "tn")                         \
  X("id-map", id_map, 92, PHASE_HOST, "tt")                                 \
  X("child-limit", child_limit, 93, PHASE_HOST, "nn")                       \
  X("prepare-bind", prepare_bind, 94, PHASE_HOST, "tnnnn*")                 \
  X("prepare-mount", prepare_mount, 95, PHASE_HOST, "ttnntnt*")             \
  X("prepare-overlay", prepare_overlay, 96, PHASE_HOST, "tttt*")            \
  X("attach", attach, 97, PHASE_CONTAINER, "nt")                            \
  X("attach-root", attach_root, 98, PHASE_CONTAINER, "n")                   \
  X("time-offset", time_offset, 99, PHASE_HOST, "t")                        \
  X("mount-data", mount_data, 100, PHASE_CONTAINER, "tttnt")                \
  X("remount", remount, 101, PHASE_CONTAINER, "tnnt*")                      \
  X("mount-attributes", mount_attributes, 102, PHASE_CONTAINER, "tnnnn*")   \
  X("namespace-sysctl", namespace_sysctl, 103, PHASE_HOST, "tntt")          \
  X("copy-up", copy_up, 104, PHASE_CONTAINER, "ttnt*")                      \
  X("root-directory", root_directory, 105, PHASE_CONTAINER, "t")            \
  X("change-root", change_root, 106, PHASE_CONTAINER, "")                   \
  X("move-device", move_device, 107, PHASE_HOST, "ttt")                     \
  X("process-root", process_root, 108, PHASE_HOST, "nn")                    \
  X("own-streams", own_streams, 109, PHASE_HOST, "n")                       \
  X("runtime-hook", runtime_hook, 110, PHASE_CONTAINER, HOOK_SIGNATURE)         \
  X("container-hook", container_hook, 111, PHASE_CONTAINER, HOOK_SIGNATURE)     \
  X("started-hook", started_hook, 112, PHASE_STARTED, HOOK_SIGNATURE)           \
  X("undo-hook", undo_hook, 113, PHASE_FAILURE, HOOK_SIGNATURE)                 \
  X("start-answer", start_answer, 114, PHASE_HOST, "t")                      \
  X("scheduler", scheduler, 115, PHASE_CONTAINER, "nnnnnnn")                \
  X("io-priority", io_priority, 116, PHASE_CONTAINER, "nn")                 \
  X("affinity", affinity, 117, PHASE_CONTAINER, "nn*")                      \
  X("personality", personality, 118, PHASE_CONTAINER, "n")                  \
  X("memory-policy", memory_policy, 119, PHASE_CONTAINER, "nnn*")           \
  X("home", home, 120, PHASE_CONTAINER, "n")                                \
  X("warn", warn, 121, PHASE_HOST, "t")                                     \
  X("apparmor", apparmor, 122, PHASE_CONTAINER, "t")                        \
  X("selinux", selinux, 123, PHASE_CONTAINER, "t")                          \
  X("seccomp-listener", seccomp_listener, 124, PHASE_HOST, "t")             \
  X("seccomp-notify", seccomp_notify, 125, PHASE_CONTAINER, "bntt*")        \
  X("command", command, 60, PHASE_TEARDOWN, "t*")                           \
  X("hook", hook, 61, PHASE_TEARDOWN, HOOK_SIGNATURE)                          \
  X("remove-cgroups", remove_cgroups, 62, PHASE_TEARDOWN, "t*")             \
  X("remove-directory", remove_directory, 63, PHASE_TEARDOWN, "t")          \
  X("undo", undo, 80, PHASE_FAILURE, "t*")                                  \
  X("filter", filter, 70, PHASE_COMPILE, "nn")                              \
  X("architecture", architecture, 71, PHASE_COMPILE, "t")                   \
  X("rule", rule, 72, PHASE_COMPILE, "ntn*")

enum operation_code {
#define X(name, identifier, code, phase, signature) OPERATION_##identifier = (code),
  OPERATIONS(X)
#undef X
};

typedef int operation_function(struct context *context, const struct operation *operation, struct error *error);

struct operation_kind {
  const char *name;
  uint16_t code;
  enum phase phase;
  const char *signature;
  operation_function *run;
};

#define X(name, identifier, code, phase, signature) operation_function do_##identifier;
OPERATIONS(X)
#undef X

// The kind with a code, or NULL.
const struct operation_kind *operation_kind(uint16_t code);

// Does one operation and reports its duration when asked to. A failure is the caller's to report.
int perform(struct context *context, const struct operation *operation, struct error *error);

// Writes the table on stdout: name, code, phase and arguments, one operation a line.
int print_operations(void);

static inline uint64_t number_of(const struct operation *operation, uint32_t index) { return operation->arguments[index].number; }
static inline const char *text_of(const struct operation *operation, uint32_t index) { return operation->arguments[index].text; }
