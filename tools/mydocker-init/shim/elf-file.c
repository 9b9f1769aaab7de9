#include "elf-file.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { PARTS_LIMIT = 64 };

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#else
enum { OWN_MACHINE = EM_NONE };
#endif

static uint64_t number(const unsigned char *bytes, size_t size, bool big_endian) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value |= (uint64_t)bytes[i] << (8 * (big_endian ? size - 1 - i : i));
  return value;
}

static bool read_at(int fd, uint64_t offset, unsigned char *bytes, size_t size) {
  return offset <= INT64_MAX && pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

#define FIELD(bytes, type, member) number((bytes) + offsetof(type, member), sizeof(((type *)0)->member), big)

static void find_loader(int fd, struct elf_file *file, const unsigned char *head) {
  bool big = file->big_endian, wide = file->wide;
  uint64_t table = wide ? FIELD(head, Elf64_Ehdr, e_phoff) : FIELD(head, Elf32_Ehdr, e_phoff);
  uint64_t count = wide ? FIELD(head, Elf64_Ehdr, e_phnum) : FIELD(head, Elf32_Ehdr, e_phnum);
  size_t size = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  for (uint64_t i = 0; i < count && i < PARTS_LIMIT; i++) {
    unsigned char part[sizeof(Elf64_Phdr)];
    if (!read_at(fd, table + i * size, part, size)) return;
    uint64_t type = wide ? FIELD(part, Elf64_Phdr, p_type) : FIELD(part, Elf32_Phdr, p_type);
    uint64_t offset = wide ? FIELD(part, Elf64_Phdr, p_offset) : FIELD(part, Elf32_Phdr, p_offset);
    uint64_t length = wide ? FIELD(part, Elf64_Phdr, p_filesz) : FIELD(part, Elf32_Phdr, p_filesz);
    if (type != PT_INTERP || length >= ELF_LOADER_LIMIT) continue;
    if (!read_at(fd, offset, (unsigned char *)file->loader, (size_t)length)) length = 0;
    file->loader[length] = '\0';
    return;
  }
}

bool elf_read(int fd, struct elf_file *file) {
  unsigned char head[sizeof(Elf64_Ehdr)] = {0};
  *file = (struct elf_file){0};
  // A 32-bit file may be shorter than the 64-bit header.
  if (pread(fd, head, sizeof head, 0) < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0) return false;
  file->wide = head[EI_CLASS] == ELFCLASS64;
  file->big_endian = head[EI_DATA] == ELFDATA2MSB;
  bool big = file->big_endian;
  file->machine = (uint16_t)FIELD(head, Elf64_Ehdr, e_machine);  // at the same place in both
  find_loader(fd, file, head);
  return true;
}

const char *elf_machine_name(const struct elf_file *file) {
  switch (file->machine) {
    case EM_X86_64: return file->wide ? "x86-64" : "x32";
    case EM_386: return "x86 (32 bits)";
    case EM_AARCH64: return "arm64";
    case EM_ARM: return "arm (32 bits)";
    case EM_RISCV: return file->wide ? "riscv64" : "riscv32";
    case EM_PPC64: return file->big_endian ? "ppc64" : "ppc64le";
    case EM_S390: return file->wide ? "s390x" : "s390";
    case EM_MIPS: return "mips";
    case 258: return "loongarch64";  // EM_LOONGARCH, of glibc 2.36
    default: return NULL;
  }
}

bool elf_is_native(const struct elf_file *file) {
  return file->machine == OWN_MACHINE || (OWN_MACHINE == EM_X86_64 && file->machine == EM_386);
}
