// Opens /dev/null for each of the descriptors 0 to 2 that a program was started without. Otherwise the next socket or
// file would get its number and receive log lines. Link the object file to the program; no code refers to it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace {

// Inputs are opened for writing and outputs for reading only, so that using them still fails.
void open_standard_streams(int, char**, char**) noexcept {
  // `open` takes the lowest free number; the lower ones are open by then.
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(each, F_GETFD) == -1 && errno == EBADF &&
        ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
      return;
}

// Runs before the initialization of libraries, because they open descriptors before `main` (libgrpc an eventfd).
[[gnu::section(".preinit_array"), gnu::used]] void (*const first_of_all)(int, char**,
                                                                         char**) noexcept = open_standard_streams;

}  // namespace
