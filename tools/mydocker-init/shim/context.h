// What the operations of one process share.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "caller.h"
#include "plan.h"
#include "relay.h"

enum role { ROLE_RUN, ROLE_CREATE, ROLE_ENTER };

enum { CGROUPS_LIMIT = 32, PREPARED_LIMIT = 512 };

struct context {
  enum role role;
  struct plan plan;
  bool trace;
  int sync;        // socketpair between parent and child, -1: none yet
  int start_fifo;  // -1: none
  int listener;    // connected to the agent of a seccomp filter, -1: none
  int answer;      // write end of the FIFO that says what became of the start, -1: none
  int cgroups[CGROUPS_LIMIT];
  uint32_t cgroup_count;
  int prepared[PREPARED_LIMIT];  // mounts that the parent made for the child to attach
  uint32_t prepared_count;
  bool other_user_namespace;     // the child is in another user namespace than this program was started in
  bool relayed;    // the plan has a `relay`
  int join;        // pidfd of the process that is joined, -1: none
  int join_flags;  // the namespaces to join

  // The parent's
  int plan_file;  // sealed memfd of the plan
  int self_file;  // sealed memfd of this program
  struct relay relay;
  bool background;  // `enter`: do not wait for the process
  int id_map;     // user namespace whose ids the next prepared mounts get, -1: none
  int process_root;  // O_PATH of the root of the process that is entered, -1: that of its mount namespace
  int front;      // pipe to the process that the caller waits for, -1: none
  const struct operation *record;  // written once there is a child to record
  int exit_directory;  // -1: no exit-file
  const char *exit_name;
  const struct operation *memory_events; // where the kernel counts what it kills for lack of memory, and the limit; NULL: nowhere
  struct caller caller;
  pid_t scope_holder;  // the process that keeps systemd's scope until the child has joined, 0: none
  pid_t child;    // 0: none yet
  int child_pidfd;
  bool hooked;    // hooks have begun: poststop hooks are run whatever happens

  // The child's
  int root;           // O_PATH of the container's root
  bool root_volatile; // the overlay to come is not synced
  bool has_root;      // a root operation has been done
  bool shared_mounts; // the mount namespace is not the container's own: nothing may be mounted in it
  int null_device;    // O_PATH of the host's /dev/null, verified
  int mask_null;      // an attached read-only mount of it, once there is one
  int mask_directory; // an attached empty tmpfs, once there is one
  int private_proc;   // a procfs nobody else can mount over, -1 until wanted
  bool pivoted;
  bool ready;         // `ready` has been reported
  bool recorded;      // the parent has said so
  pid_t host_pid;     // its own pid, as the parent sees it, once that has said so
  bool own_terminal;  // stdio is a terminal made here
  mode_t umask;    // of the command; the child itself has 0
  const char *command;       // what find-command found
  const char **arguments;    // terminated by NULL; NULL: prepare_command has not been called
  const char **environment;  // terminated by NULL
  uint32_t environment_count;
};
