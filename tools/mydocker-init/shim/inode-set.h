// Which files have been seen: one that has several names is told of under each, and its content once.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct inode {
  uint64_t device, number;
};

// Inode 0 is nobody's.
struct inode_set {
  struct inode *slots;
  size_t size, used;
};

// 1: it was there already; 0: it is now; -1: no memory.
int inode_set_add(struct inode_set *set, uint64_t device, uint64_t number);
