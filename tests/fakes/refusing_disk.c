#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static int ends(int fd, const char *tail) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return strstr(path, tail) != NULL;
}
static void *map(void *a, size_t l, int p, int f, int fd, off_t o) {
    if (fd >= 0 && (f & MAP_SHARED) && getenv("REFUSE_MMAP") && ends(fd, "notes.db")) { errno = ENODEV; return MAP_FAILED; }
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
    return real(a, l, p, f, fd, o);
}
void *mmap(void *a, size_t l, int p, int f, int fd, off_t o) { return map(a, l, p, f, fd, o); }
void *mmap64(void *a, size_t l, int p, int f, int fd, off_t o) { return map(a, l, p, f, fd, o); }
static int control(int fd, int c, void *arg) {
    if ((c == F_SETLK || c == F_SETLKW || c == F_GETLK) && getenv("REFUSE_LOCKS") && ends(fd, "notes.db")) { errno = ENOLCK; return -1; }
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, "fcntl64");
    return real(fd, c, arg);
}
int fcntl(int fd, int c, ...) { va_list v; va_start(v, c); void *a = va_arg(v, void *); va_end(v); return control(fd, c, a); }
int fcntl64(int fd, int c, ...) { va_list v; va_start(v, c); void *a = va_arg(v, void *); va_end(v); return control(fd, c, a); }
