// What valgrind does not know is said in older words: in front of every source of `make watched`.
#pragma once

#include "../syscalls.h"
#include "../text.h"

// clone3(2) as clone(2), whose pidfd comes where the parent's thread id would.
static inline pid_t clone_without_3(const struct clone_args *arguments) {
  return (pid_t)syscall(SYS_clone, arguments->flags | arguments->exit_signal, NULL, arguments->pidfd, NULL, 0);
}
#define kernel_clone3 clone_without_3

// execveat(2) without a path as execve(2) of one.
static inline int execve_of(int file, char *const arguments[], char *const environment[]) {
  char path[64] = "";
  struct text text = {path, sizeof path, 0};
  text_add(&text, "/proc/self/fd/");
  text_add_number(&text, (uint64_t)file);
  return execve(path, arguments, environment);
}
#define kernel_execveat execve_of
