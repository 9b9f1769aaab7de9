// Taking away what was made for a container on the host: its cgroups, its runtime directory.
#include "remove.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

// How long killed processes may take to be gone, and how deep cgroups of the container's own making are looked for.
enum { PATIENCE_MS = 10000, PAUSE_MS = 50, DEPTH_LIMIT = 32 };

// Calls `visit` for every entry of the directory but "." and "..": of the subdirectories, or of all else.
static void each_entry(int directory, bool subdirectories, void (*visit)(int directory, const char *name, unsigned depth), unsigned depth) {
  int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = copy < 0 ? NULL : fdopendir(copy);
  if (entries == NULL) {
    if (copy >= 0) close(copy);
    return;
  }
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if ((entry->d_type == DT_DIR) == subdirectories) visit(directory, entry->d_name, depth);
  }
  closedir(entries);
}

static bool put(int directory, const char *name, const char *value) {
  int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, value, strlen(value)) > 0;
  close(fd);
  return done;
}

// A line that the buffer cuts is left for the next time: the killing goes on until nobody is there.
static void kill_listed(int directory) {
  char pids[4096];
  int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? 0 : read(fd, pids, sizeof pids - 1);
  if (fd >= 0) close(fd);
  if (length <= 0) return;
  pids[length] = '\0';
  char *at = pids;
  for (char *end = strchr(at, '\n'); end != NULL; at = end + 1, end = strchr(at, '\n')) {
    uint64_t pid;
    *end = '\0';
    // 0 is a process of another pid namespace, which cannot be named from here.
    if (parse_decimal(at, INT32_MAX, &pid) == 0 && pid > 0 && (pid_t)pid != getpid()) kill((pid_t)pid, SIGKILL);
  }
}

static void kill_below(int parent, const char *name, unsigned depth) {
  int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return;
  // cgroup.kill (Linux 5.14) leaves no gap for a fork. v1 has none: there a frozen process cannot fork, and is killed once it is thawed.
  if (!put(directory, "cgroup.kill", "1")) {
    kill_listed(directory);
    if (depth < DEPTH_LIMIT) each_entry(directory, true, kill_below, depth + 1);
  }
  close(directory);
}

static void remove_below(int parent, const char *name, unsigned depth) {
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno != EBUSY || depth == DEPTH_LIMIT) return;
  // Busy with cgroups below, or with processes.
  int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return;
  each_entry(directory, true, remove_below, depth + 1);
  close(directory);
  unlinkat(parent, name, AT_REMOVEDIR);
}

static void freeze(const struct operation *operation, const char *state) {
  for (uint32_t i = 0; i < operation->count; i++) {
    int directory = open(text_of(operation, i), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) continue;
    put(directory, "freezer.state", state);
    close(directory);
  }
}

// The first that is still there, or NULL.
static const char *remove_all(const struct operation *operation) {
  const char *left = NULL;
  for (uint32_t i = 0; i < operation->count; i++) {
    const char *path = text_of(operation, i);
    if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
    remove_below(AT_FDCWD, path, 0);
    if (left == NULL && access(path, F_OK) == 0) left = path;
  }
  return left;
}

void remove_cgroups(const struct operation *operation) {
  const char *left = remove_all(operation);
  for (long waited = 0, pause = 1; left != NULL; waited += pause, pause = pause * 2 < PAUSE_MS ? pause * 2 : PAUSE_MS) {
    if (waited > PATIENCE_MS) {
      warning(operation, left, ": still busy", NULL);
      return;
    }
    freeze(operation, "FROZEN");
    for (uint32_t i = 0; i < operation->count; i++) kill_below(AT_FDCWD, text_of(operation, i), 0);
    freeze(operation, "THAWED");
    const struct timespec time = {.tv_nsec = pause * 1000000};
    nanosleep(&time, NULL);
    left = remove_all(operation);
  }
}

static void remove_file(int directory, const char *name, unsigned depth) {
  (void)depth;
  unlinkat(directory, name, 0);
}

void remove_directory(const struct operation *operation) {
  const char *path = text_of(operation, 0);
  // A second time for a file that was made meanwhile. What is left then, `gc` finds.
  for (int tries = 0; tries < 3; tries++) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) return;
    each_entry(directory, false, remove_file, 0);
    close(directory);
    if (rmdir(path) == 0 || errno == ENOENT) return;
  }
  warning(operation, path, ": not removed: ", strerror(errno), NULL);
}
