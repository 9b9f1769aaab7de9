// eBPF programs of cgroups: what bpf(2) does for the device program and for [::1].
#pragma once

#include <linux/bpf.h>

#include "error.h"

// BPF_CGROUP_MAX_PROGS.
enum { ATTACHED_LIMIT = 64 };

int kernel_bpf(int command, union bpf_attr *attributes);

// Adds what to try to an error of bpf(2). Returns -1.
int explain_bpf(struct error *error);

// The programs that are attached to this very cgroup, as descriptors. Returns how many.
int attached_programs(int cgroup, enum bpf_attach_type type, int programs[ATTACHED_LIMIT], struct error *error);

// Attaches a program beside others, or in the place of one in one step (Linux 5.6); -1: of none.
int attach_program(int cgroup, enum bpf_attach_type type, int program, int replaced, struct error *error);

// One that is not attached any more is as good as detached.
int detach_program(int cgroup, enum bpf_attach_type type, int program, struct error *error);
