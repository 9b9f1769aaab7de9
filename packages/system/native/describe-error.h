#pragma once

enum { ERROR_MESSAGE_SIZE = 2048 };

// Writes the message that node:fs has for a failed system call: "ENOENT: no such file or directory, open '/x' -> '/y'". path and
// destination may be NULL. Returns the errno's name.
const char *describe_error(char message[ERROR_MESSAGE_SIZE], int number, const char *syscall, const char *path, const char *destination);
