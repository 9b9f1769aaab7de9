#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syscalls.h"

static int create(const char *name, unsigned int flags) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
  // MFD_EXEC is unknown before 6.3, where every memory file can be executed.
  return fd < 0 && errno == EINVAL && flags != 0 ? memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

static int seal(int fd, const char *what, struct error *error) {
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0) return fd;
  fail(error, errno, "seal ", what, NULL);
  close(fd);
  return -1;
}

static int copy(int from, int to) {
  struct stat status;
  if (fstat(from, &status) < 0) return -1;
  for (off_t left = status.st_size; left > 0;) {
    ssize_t sent = sendfile(to, from, NULL, (size_t)left);
    if (sent < 0 && errno == EINTR) continue;
    if (sent == 0) errno = EIO;
    if (sent <= 0) return -1;
    left -= sent;
  }
  return 0;
}

int seal_self(struct error *error) {
  int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0) return fail(error, errno, "open the shim's own file, /proc/self/exe", NULL);
  int fd = create("mydocker-shim", MFD_EXEC);
  if (fd < 0 || copy(self, fd) < 0) {
    fail(error, errno, "copy the shim", NULL);
    if (fd >= 0) close(fd);
    fd = -1;
  }
  close(self);
  if (fd < 0) return -1;
  // Not to be read by root of a user namespace. A process that executes what it cannot read is undumpable from its first instruction,
  // and only who has CAP_SYS_PTRACE on the host may trace it: also where the container's root has that capability (CVE-2016-9962).
  if (fchmod(fd, 0711) < 0) {
    fail(error, errno, "make the copy of the shim unreadable", NULL);
    close(fd);
    return -1;
  }
  return seal(fd, "the copy of the shim", error);
}

int seal_bytes(const void *bytes, size_t size, struct error *error) {
  int fd = create("mydocker-plan", 0);
  if (fd < 0) return fail(error, errno, "make a memory file", NULL);
  for (size_t done = 0; done < size;) {
    ssize_t written = write(fd, (const char *)bytes + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      fail(error, errno, "write a memory file", NULL);
      close(fd);
      return -1;
    }
    done += (size_t)written;
  }
  return seal(fd, "the plan", error);
}
