// Who a process is: its pid, and when it started.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// Clock ticks since boot. -1: there is no such process.
int start_time(pid_t pid, uint64_t *start);
