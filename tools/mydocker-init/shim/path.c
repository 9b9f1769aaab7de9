#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "syscalls.h"
#include "text.h"

enum { LINKS_LIMIT = 40 };  // as the kernel's own

// What is left to walk and what has been walked. `done` holds no symbolic links.
struct walk {
  int root;
  int at;  // O_PATH of done
  char done[PATH_MAX];
  char left[PATH_MAX];
  unsigned int links;
};

int path_open(int root, const char *path) {
  return kernel_openat2(root, path, O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_real(int root, const char *path) {
  return kernel_openat2(root, path, O_PATH | O_CLOEXEC | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

static int enter(struct walk *walk, int fd) {
  close(walk->at);
  walk->at = fd;
  return 0;
}

static int restart(struct walk *walk) {
  walk->done[0] = '\0';
  int fd = path_open_real(walk->root, ".");
  return fd < 0 ? -1 : enter(walk, fd);
}

// "..": the parent, which for the root is the root.
static int leave(struct walk *walk) {
  char *slash = strrchr(walk->done, '/');
  if (slash == NULL) return restart(walk);
  *slash = '\0';
  if (walk->done[0] == '\0') return restart(walk);
  int fd = path_open_real(walk->root, walk->done);
  return fd < 0 ? -1 : enter(walk, fd);
}

static int follow(struct walk *walk, int link) {
  char target[PATH_MAX];
  char rest[PATH_MAX];
  ssize_t length = readlinkat(link, "", target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  if (++walk->links > LINKS_LIMIT) {
    errno = ELOOP;
    return -1;
  }
  if ((size_t)length + 1 + strlen(walk->left) >= sizeof rest) {
    errno = ENAMETOOLONG;
    return -1;
  }
  struct text text = TEXT(rest);
  text_add(&text, target);
  text_add(&text, "/");
  text_add(&text, walk->left);
  memcpy(walk->left, rest, text.used + 1);
  return target[0] == '/' ? restart(walk) : 0;
}

// The next component of what is left, cut off from it; false when nothing is left, or a component is longer than any can be.
static bool next_component(struct walk *walk, char component[NAME_MAX + 1]) {
  char *begin = walk->left + strspn(walk->left, "/");
  size_t length = strcspn(begin, "/");
  if (length == 0 || length > NAME_MAX) return false;
  memcpy(component, begin, length);
  component[length] = '\0';
  memmove(walk->left, begin + length, strlen(begin + length) + 1);
  return true;
}

static bool nothing_left(const struct walk *walk) { return walk->left[strspn(walk->left, "/")] == '\0'; }

static int make_one(int parent, const char *name, enum make make, mode_t mode) {
  if (make == MAKE_DIRECTORY) return mkdirat(parent, name, mode);
  int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
  return fd < 0 ? -1 : close(fd);
}

static int step(struct walk *walk, const char *component, enum make make, mode_t mode) {
  if (strcmp(component, ".") == 0) return 0;
  if (strcmp(component, "..") == 0) return leave(walk);
  bool last = nothing_left(walk);
  int fd = openat(walk->at, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    if (make_one(walk->at, component, last ? make : MAKE_DIRECTORY, last ? mode : 0755) < 0 && errno != EEXIST) return -1;
    fd = openat(walk->at, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  }
  if (fd < 0) return -1;
  struct stat status;
  if (fstat(fd, &status) < 0) {
    close(fd);
    return -1;
  }
  if (S_ISLNK(status.st_mode)) {
    int result = follow(walk, fd);
    close(fd);
    return result;
  }
  struct text done = {walk->done, sizeof walk->done, strlen(walk->done)};
  if (done.used + 1 + strlen(component) >= done.size) {
    close(fd);
    errno = ENAMETOOLONG;
    return -1;
  }
  text_add(&done, "/");
  text_add(&done, component);
  return enter(walk, fd);
}

int path_make(int root, const char *path, enum make make, mode_t mode, struct error *error) {
  // What exists, as almost everything does, takes one call.
  int fd = path_open(root, path);
  if (fd >= 0 || errno != ENOENT) return fd >= 0 ? fd : fail(error, errno, "open ", path, " in the container", NULL);
  struct walk walk = {.root = root, .at = -1};
  char component[NAME_MAX + 1];
  if (strlen(path) >= sizeof walk.left) return fail(error, ENAMETOOLONG, "make ", path, " in the container", NULL);
  memcpy(walk.left, path, strlen(path) + 1);
  walk.at = path_open_real(root, ".");
  if (walk.at < 0) return fail(error, errno, "open the container's root", NULL);
  while (next_component(&walk, component)) {
    if (step(&walk, component, make, mode) == 0) continue;
    fail(error, errno, "make ", path, " in the container", NULL);
    close(walk.at);
    return -1;
  }
  if (nothing_left(&walk)) return walk.at;
  close(walk.at);
  return fail(error, ENAMETOOLONG, "make ", path, " in the container", NULL);
}

int path_make_parent(int root, const char *path, const char **name, struct error *error) {
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
    return fail(error, EINVAL, "make ", path, " in the container: its last component is no name", NULL);
  }
  char parent[PATH_MAX];
  size_t length = (size_t)(*name - path);
  if (length >= sizeof parent) return fail(error, ENAMETOOLONG, "make ", path, " in the container", NULL);
  memcpy(parent, path, length);
  parent[length] = '\0';
  return path_make(root, length == 0 ? "." : parent, MAKE_DIRECTORY, 0755, error);
}
