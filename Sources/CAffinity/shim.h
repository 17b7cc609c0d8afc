// The processors of the calling thread, as Linux keeps them. glibc's wrappers (sched_setaffinity) are not
// visible to Swift, and syscall() is variadic.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

// Returns the bytes of the mask that the kernel wrote, or -1.
static inline long affinity_get(unsigned char *mask, unsigned long bytes) {
  return syscall(SYS_sched_getaffinity, 0, bytes, mask);
}

// Returns 0, or -1.
static inline long affinity_set(const unsigned char *mask, unsigned long bytes) {
  return syscall(SYS_sched_setaffinity, 0, bytes, mask);
}
