#include "exec-error.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_SIZE = 512, INTERPRETER_LIMIT = 256 };

static const char *why_errno(int number) {
  switch (number) {
    case ENOENT: return "no such file or directory";
    case EISDIR: return "is a directory: permission denied";  // docker and podman look for the latter, for 126
    case EACCES: return "permission denied";
    case ENOEXEC: return "exec format error";
    case E2BIG: return "argument list too long";
    default: return strerror(number);
  }
}

int exec_fail(struct error *error, int number, const char *name, const char *why) {
  fail(error, number, "exec: \"", name, "\": ", why == NULL ? why_errno(number) : why, NULL);
  error->exit_code = number == ENOENT || number == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
  return -1;
}

static ssize_t read_head(const char *path, char *head, off_t offset, size_t size) {
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t got = pread(fd, head, size - 1, offset);
  close(fd);
  if (got >= 0) head[got] = '\0';
  return got;
}

static int script_fail(struct error *error, int number, const char *name, char *line) {
  char *interpreter = line + 2 + strspn(line + 2, " \t");
  interpreter[strcspn(interpreter, " \t\n")] = '\0';
  size_t length = strlen(interpreter);
  bool carriage = length > 0 && interpreter[length - 1] == '\r';
  if (carriage) interpreter[length - 1] = '\0';
  exec_fail(error, number, name, NULL);
  if (carriage) return hint(error, "LF line ends: its first line ends in CR LF, so the interpreter looked for is ", interpreter, "\\r", NULL);
  return hint(error, "an image that has the interpreter of its first line, ", interpreter, NULL);
}

// The dynamic loader an ELF file asks for (PT_INTERP); false if it asks for none.
static bool find_loader(const char *path, const char *head, ssize_t size, char loader[INTERPRETER_LIMIT]) {
  Elf64_Ehdr header;
  if (size < (ssize_t)sizeof header || head[EI_CLASS] != ELFCLASS64) return false;
  memcpy(&header, head, sizeof header);
  for (unsigned int i = 0; i < header.e_phnum && i < 64; i++) {
    Elf64_Phdr part;
    char bytes[sizeof part + 1];
    if (header.e_phentsize != sizeof part) return false;
    if (read_head(path, bytes, (off_t)(header.e_phoff + i * sizeof part), sizeof bytes) != (ssize_t)sizeof part) return false;
    memcpy(&part, bytes, sizeof part);
    if (part.p_type != PT_INTERP || part.p_filesz >= INTERPRETER_LIMIT) continue;
    return read_head(path, loader, (off_t)part.p_offset, (size_t)part.p_filesz + 1) > 0;
  }
  return false;
}

int exec_fail_after(struct error *error, int number, const char *path, const char *name) {
  char head[HEAD_SIZE];
  char loader[INTERPRETER_LIMIT];
  ssize_t size = read_head(path, head, 0, sizeof head);
  bool elf = size >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0;
  if (number == ENOENT && size >= 2 && head[0] == '#' && head[1] == '!') return script_fail(error, number, name, head);
  exec_fail(error, number, name, NULL);
  if (number == ENOENT && elf && find_loader(path, head, size, loader)) {
    return hint(error, "an image that has its dynamic loader, ", loader, ", or a static executable", NULL);
  }
  if (number == ENOEXEC && elf) return hint(error, "an image for this machine's architecture", NULL);
  if (number == ENOEXEC && size >= 0) return hint(error, "a first line such as #!/bin/sh: it is neither an executable nor a script", NULL);
  if (number == EACCES) return hint(error, "chmod +x, and a file system mounted without noexec", NULL);
  return -1;
}
