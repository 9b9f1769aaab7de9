// What a container leaves is hostile: its files are told of by descriptors, none of which a link or a rename can lead elsewhere.
#include "walk.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "complain.h"
#include "layer-confine.h"
#include "start-time.h"
#include "syscalls.h"
#include "text.h"
#include "walk-tree.h"

struct request {
  bool content, landlock;
  const char *container;  // PID:START
  const char *directory;
};

static int parse(int argc, char **argv, struct request *request) {
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "--no-content") == 0) {
      request->content = false;
    } else if (strcmp(argv[i], "--no-landlock") == 0) {
      request->landlock = false;
    } else if (strcmp(argv[i], "--container") == 0 && i + 1 < argc) {
      request->container = argv[++i];
    } else if (request->directory == NULL && argv[i][0] != '-') {
      request->directory = argv[i];
    } else {
      return -1;
    }
  }
  return (request->container == NULL) != (request->directory == NULL) ? 0 : -1;
}

// "PID:START": the process, and not another one that has its pid by now.
static int open_namespace(const char *container, struct error *error) {
  char pid_text[16], path[64];
  uint64_t pid, start, found;
  struct text text = TEXT(path);
  const char *colon = strchr(container, ':');
  size_t length = colon == NULL ? sizeof pid_text : (size_t)(colon - container);
  if (length >= sizeof pid_text) return fail(error, EINVAL, "read PID:START", NULL);
  memcpy(pid_text, container, length);
  pid_text[length] = '\0';
  if (parse_decimal(pid_text, INT32_MAX, &pid) < 0 || parse_decimal(colon + 1, UINT64_MAX, &start) < 0) {
    return fail(error, EINVAL, "read PID:START", NULL);
  }
  text_add(&text, "/proc/");
  text_add_number(&text, pid);
  text_add(&text, "/ns/mnt");
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return fail(error, errno, "open the container's mount namespace", NULL);
  if (start_time((pid_t)pid, &found) == 0 && found == start) return namespace;
  close(namespace);
  return fail(error, ESRCH, "find the container's process", NULL);
}

// A copy of the container's root without anything that is mounted below it: volumes, /proc and the rest are no part of it.
static int open_root(const char *container, struct error *error) {
  int namespace = open_namespace(container, error);
  if (namespace < 0) return -1;
  int result = setns(namespace, CLONE_NEWNS);
  close(namespace);
  if (result < 0) return fail(error, errno, "join the container's mount namespace", NULL);
  int root = kernel_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return root >= 0 ? root : fail(error, errno, "copy the container's root mount", NULL);
}

static int start(const struct request *request, struct walk *walk) {
  struct error *error = &walk->error;
  if (kernel_close_range(3, ~0U, 0) < 0) return fail(error, errno, "close descriptors", NULL);
  int descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptors < 0) return fail(error, errno, "open /proc/self/fd", NULL);
  int root = request->container != NULL ? open_root(request->container, error) : open(request->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return request->container != NULL ? -1 : fail(error, errno, "open ", request->directory, NULL);
  if (fchdir(root) < 0) return fail(error, errno, "change into what is to be told of", NULL);
  if (confine(CONFINED_TO_READING, request->landlock, error) < 0) return -1;
  walk->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (walk->root < 0 || fchdir(descriptors) < 0) return fail(error, errno, "change into /proc/self/fd", NULL);
  close(root);
  close(descriptors);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail(error, errno, "die with the caller", NULL);
  return 0;
}

int walk_role(int argc, char **argv) {
  static struct walk walk;
  struct request request = {.content = true, .landlock = true};
  if (parse(argc, argv, &request) < 0) {
    complain("walk", "expected DIRECTORY or --container PID:START", NULL, "there is neither, or both", NULL);
    return EXIT_SHIM;
  }
  walk.content = request.content;
  if (start(&request, &walk) == 0 && walk_tree(&walk) == 0) return 0;
  errno = walk.error.number;
  complain("walk", walk.error.message, NULL, NULL, NULL);
  return EXIT_SHIM;
}
