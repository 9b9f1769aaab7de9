#include "layer-place.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layer-entry.h"

enum { OPEN_DIRECTORIES = 64 };

bool is_whiteout(const struct stat *status) { return S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0); }

int tell(char what, const char *path, struct error *error) {
  struct iovec parts[] = {{&what, 1}, {(void *)path, strlen(path) + 1}};
  // A pipe takes so little (less than PIPE_BUF, 4096) as a whole.
  ssize_t count;
  while ((count = writev(STDOUT_FILENO, parts, 2)) < 0 && errno == EINTR) continue;
  return count < 0 ? fail(error, errno, "tell of ", path, NULL) : 0;
}

int make_implicit(const char *path, struct error *error) {
  struct stat status;
  if (mkdir(path, 0755) == 0) return tell(TOLD_IMPLICIT, path, error);
  if (errno != EEXIST) return fail(error, errno, "make ", path, NULL);
  if (lstat(path, &status) < 0) return fail(error, errno, "look at ", path, NULL);
  if (!is_whiteout(&status)) return 0;
  if (unlink(path) < 0 || mkdir(path, 0755) < 0) return fail(error, errno, "replace ", path, NULL);
  return make_opaque(path, error) < 0 ? -1 : tell(TOLD_IMPLICIT, path, error);
}

int make_parents(const char *path, struct error *error) {
  char part[4096];
  size_t length = strlen(path);
  if (length >= sizeof part) return fail(error, ENAMETOOLONG, "make ", path, NULL);
  for (size_t i = 1; i < length; i++) {
    if (path[i] != '/') continue;
    memcpy(part, path, i);
    part[i] = '\0';
    if (make_implicit(part, error) < 0) return -1;
  }
  return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)status;
  (void)type;
  (void)place;
  return remove(path);
}

int displace(const char *path, struct error *error) {
  if (strcmp(path, ".") == 0) return fail(error, EISDIR, "replace the root of the layer", NULL);
  if (unlink(path) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return fail(error, errno, "replace ", path, NULL);
  if (nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS) == 0) return 0;
  return fail(error, errno, "replace ", path, NULL);
}

int mark_whiteouts(const char *path, struct error *error) {
  char parent[4096];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (length >= sizeof parent) return fail(error, ENAMETOOLONG, "mark ", path, NULL);
  memcpy(parent, path, length);
  parent[length] = '\0';
  if (setxattr(length == 0 ? "." : parent, "trusted.overlay.origin", "", 0, 0) == 0) return 0;
  return fail(error, errno, "mark ", path, NULL);
}
