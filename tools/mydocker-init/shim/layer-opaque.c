// Which directories of a layer hide what lower layers have in them: TypeScript cannot read attributes.
#include <errno.h>
#include <ftw.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "complain.h"
#include "error.h"
#include "layer-place.h"
#include "layer.h"

enum { OPEN_DIRECTORIES = 64 };

static struct error failure;

static int look(const char *path, const struct stat *status, int type, struct FTW *place) {
  char value;
  (void)place;
  if (!S_ISDIR(status->st_mode)) return 0;
  if (type == FTW_DNR) return fail(&failure, EACCES, "read ", path, NULL);
  ssize_t size = lgetxattr(path, "trusted.overlay.opaque", &value, 1);
  if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP) return fail(&failure, errno, "read an attribute of ", path, NULL);
  if (size != 1 || value != 'y') return 0;
  // "./a/b"
  return tell(TOLD_OPAQUE, path[1] == '/' ? path + 2 : path, &failure);
}

int opaque_role(int argc, char **argv) {
  if (argc != 1 || chdir(argv[0]) < 0) {
    complain("opaque", "change into the layer", argc == 1 ? argv[0] : NULL, argc == 1 ? NULL : "expected one directory", NULL);
    return EXIT_SHIM;
  }
  if (nftw(".", look, OPEN_DIRECTORIES, FTW_PHYS) == 0) return 0;
  if (failure.number != 0) errno = failure.number;
  complain("opaque", failure.number != 0 ? failure.message : "walk the layer", argv[0], NULL, NULL);
  return EXIT_SHIM;
}
