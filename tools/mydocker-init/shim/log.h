// The container's log, in the CRI log format (docs/contract.md): one line of output is one line of log, the bytes as they came.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum log_stream { LOG_STDOUT = 0, LOG_STDERR = 1 };

struct log {
  int fd;          // -1: nothing is written
  bool torn;       // a write failed half-way: the next begins on a line of its own
  uint64_t lost;   // bytes that did not get into the log (a full disk)
  time_t second;   // the second that `date` spells
  char date[20];   // 2026-01-31T12:00:00.
};

// Opens a log to append to. -1 with errno.
int log_open(struct log *log, const char *path);

// Appends what came out of a stream. A failure (ENOSPC) is counted, never reported: the container does not stop for its log.
void log_write(struct log *log, enum log_stream stream, const char *data, size_t size);

void log_close(struct log *log);
