#include "exec-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "elf-file.h"

enum {
  LINE_LIMIT = 256,       // BINPRM_BUF_SIZE: the kernel reads no more of a first line
  INTERPRETERS_LIMIT = 5  // and follows no more of them
};

static const char *why_errno(int number) {
  switch (number) {
    case ENOENT: return "no such file or directory";
    case ENOTDIR: return "not a directory";
    case EISDIR: return "is a directory: permission denied";  // docker and podman look for the latter, for 126
    case EACCES: return "permission denied";
    case EPERM: return "operation not permitted";
    case ENOEXEC: return "exec format error";
    case E2BIG: return "argument list too long";
    case ELOOP: return "too many levels of symbolic links";
    case ETXTBSY: return "text file busy";
    default: return strerror(number);
  }
}

int exec_fail(struct error *error, int number, const char *name, const char *why) {
  fail(error, number, "exec: \"", name, "\": ", why == NULL ? why_errno(number) : why, NULL);
  error->exit_code = number == ENOENT || number == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
  return -1;
}

int exec_fail_denied(struct error *error, const char *name, const char *path) {
  struct stat status;
  struct statvfs mounted;
  exec_fail(error, EACCES, name, NULL);
  if (stat(path, &status) < 0) return hint(error, "another user, or chmod +x for the directories of ", path, NULL);
  if (!S_ISREG(status.st_mode)) return hint(error, "a regular file: ", path, " is none", NULL);
  if (statvfs(path, &mounted) == 0 && (mounted.f_flag & ST_NOEXEC) != 0) {
    return hint(error, "a file system mounted without noexec: ", path, " is on one with it", NULL);
  }
  if ((status.st_mode & 0111) == 0) return hint(error, "chmod +x ", path, ": nobody may execute it", NULL);
  return hint(error, "another user, or chmod +x ", path, ": its mode does not allow it to this one", NULL);
}

// The interpreter of a script's first line, cut off from its argument; NULL where there is none.
static char *interpreter_of(char *line) {
  if (line[0] != '#' || line[1] != '!') return NULL;
  line[strcspn(line, "\n")] = '\0';
  char *interpreter = line + 2 + strspn(line + 2, " \t");
  interpreter[strcspn(interpreter, " \t")] = '\0';
  return interpreter;
}

static int wrong_machine(struct error *error, const char *path, const struct elf_file *file) {
  const char *name = elf_machine_name(file);
  if (elf_is_native(file)) return hint(error, "an executable that is whole: ", path, " is one of this machine's architecture, but damaged, or the kernel does not take it", NULL);
  return hint(error, "an image for this machine's architecture: ", path, " is built for ", name == NULL ? "another one" : name, NULL);
}

// What the kernel did not find, or not take, of a file that is there. path: the command, or an interpreter on the way.
static int explain(struct error *error, int number, const char *path, int depth) {
  char line[LINE_LIMIT + 1] = {0};
  struct elf_file file;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return number == EACCES ? hint(error, "chmod +r and +x for ", path, NULL) : -1;
  ssize_t size = pread(fd, line, LINE_LIMIT, 0);
  bool elf = elf_read(fd, &file);
  close(fd);
  if (elf && number == ENOEXEC) return wrong_machine(error, path, &file);
  if (elf && number == ENOENT && file.loader[0] != '\0') {
    return hint(error, "an image that has the dynamic loader, ", file.loader, ", of ", path, ", or a static executable", NULL);
  }
  if (elf && number == EACCES && file.loader[0] != '\0' && access(file.loader, X_OK) < 0) {
    return hint(error, "a dynamic loader that can be executed: ", file.loader, NULL);
  }
  char *interpreter = size > 2 ? interpreter_of(line) : NULL;
  if (interpreter == NULL && number == ENOEXEC && size == 0) return hint(error, "a file with something in it: ", path, " is empty", NULL);
  if (interpreter == NULL && number == ENOEXEC && size > 0) {
    return hint(error, "a first line such as #!/bin/sh: ", path, " is neither an executable nor a script", NULL);
  }
  if (interpreter == NULL) return -1;
  if (interpreter[0] == '\0') return hint(error, "an interpreter in the first line of ", path, ": behind its #! is none", NULL);
  size_t length = strlen(interpreter);
  if (number == ENOENT && interpreter[length - 1] == '\r') {
    interpreter[length - 1] = '\0';
    return hint(error, "LF line ends: the first line of ", path, " ends in CR LF, so the interpreter looked for is ", interpreter, "\\r", NULL);
  }
  struct stat status;
  if (stat(interpreter, &status) < 0) {
    return hint(error, "an image that has the interpreter of the first line of ", path, ": ", interpreter, NULL);
  }
  if (number == EACCES && (!S_ISREG(status.st_mode) || access(interpreter, X_OK) < 0)) {
    return hint(error, "an interpreter that can be executed: ", interpreter, ", of the first line of ", path, ", cannot", NULL);
  }
  if (number == ELOOP || depth == INTERPRETERS_LIMIT) return hint(error, "fewer scripts that are the interpreters of scripts", NULL);
  char next[LINE_LIMIT + 1];
  memcpy(next, interpreter, length + 1);
  return explain(error, number, next, depth + 1);
}

int exec_fail_after(struct error *error, int number, const char *path, const char *name) {
  exec_fail(error, number, name, NULL);
  if (number == E2BIG) return hint(error, "fewer arguments and variables: one may have 128 KiB, all together a quarter of RLIMIT_STACK", NULL);
  if (number == ETXTBSY) return hint(error, "when whoever has it open for writing has closed it: ", path, NULL);
  if (number == ENOMEM) return hint(error, "a higher memory limit", NULL);
  return explain(error, number, path, 0);
}
