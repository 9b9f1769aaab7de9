// What an ELF file wants of a machine, as far as it tells why it cannot be executed. The file is an image's: nothing of it is trusted.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { ELF_LOADER_LIMIT = 256 };

struct elf_file {
  bool wide;          // 64 bits
  bool big_endian;
  uint16_t machine;   // e_machine
  char loader[ELF_LOADER_LIMIT];  // PT_INTERP; empty: static, or not to be found out
};

// False: no ELF file.
bool elf_read(int fd, struct elf_file *file);

// The machine's name, or NULL for one that is not known here.
const char *elf_machine_name(const struct elf_file *file);

// Whether it is this program's own machine, or, on x86-64, its 32-bit one.
bool elf_is_native(const struct elf_file *file);
