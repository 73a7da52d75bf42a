// Shifts the wall clock of the process that it is loaded into (LD_PRELOAD), and leaves the steady clock alone, as if an
// operator set the time for one daemon only. The file that SHIFTED_CLOCK names holds the shift in seconds, 8 bytes, and
// may change at any time. (Debian's libfaketime fails under jemalloc, which asks for the time before libfaketime is
// ready.)
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

using shift = std::atomic<std::int64_t>;

const shift* open_shift() {
  const char* path = std::getenv("SHIFTED_CLOCK");
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0)
    return nullptr;
  void* where = mmap(nullptr, sizeof(shift), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return where == MAP_FAILED ? nullptr : static_cast<const shift*>(where);
}

// Do not allocate here: allocators ask for the time.
std::int64_t shift_now() {
  static std::atomic<const shift*> known{nullptr};
  const auto* where = known.load(std::memory_order_acquire);
  if (!where) {
    where = open_shift();
    if (!where)
      return 0;
    known.store(where, std::memory_order_release);
  }
  return where->load(std::memory_order_relaxed);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += shift_now();
  return result;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1'000;
  return 0;
}

time_t time(time_t* now) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  if (now)
    *now = time.tv_sec;
  return time.tv_sec;
}

// The kernel's clock is not shifted, so deadlines by the wall clock are shifted back.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static const auto real =
      reinterpret_cast<decltype(&pthread_cond_timedwait)>(dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  auto shifted = *until;
  shifted.tv_sec -= shift_now();
  return real(condition, mutex, &shifted);
}

}  // extern "C"
