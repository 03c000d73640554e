// What libecg asks of an operating system, where there is one. Embedded Swift has no module for it.
#define _DEFAULT_SOURCE  // MAP_ANONYMOUS
#define _POSIX_C_SOURCE 200809L  // O_CLOEXEC
#include <string.h>

#include "ecg_kernels.h"

#if __has_include(<sys/mman.h>) && !defined(__wasm__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *ecg_map_file(const char *path, size_t *size) {
  *size = 0;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return NULL;
  struct stat information;
  void *start = MAP_FAILED;
  if (fstat(descriptor, &information) == 0 && S_ISREG(information.st_mode) && information.st_size > 0 &&
      (uintmax_t)information.st_size <= SIZE_MAX / 2) {
    *size = (size_t)information.st_size;
    start = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  close(descriptor);
  return start == MAP_FAILED ? NULL : start;
}

void *ecg_take_memory(size_t size) {
  void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? NULL : start;
}

void ecg_give_memory_back(void *start, size_t size) {
  if (start) munmap(start, size);
}

#else

void *ecg_map_file(const char *path, size_t *size) {
  (void)path;
  *size = 0;
  return NULL;
}

void *ecg_take_memory(size_t size) {
  (void)size;
  return NULL;
}

void ecg_give_memory_back(void *start, size_t size) {
  (void)start;
  (void)size;
}

#endif

void ecg_overwrite(void *start, size_t size) {
  memset(start, 0, size);
  __asm__ volatile("" : : "r"(start) : "memory");  // as if somebody read it
}
