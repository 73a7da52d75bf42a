// Opens /dev/null for each of the descriptors 0 to 2 that a program was started without. Otherwise the next socket or
// file that is opened takes its number, and log lines go there. Link it to a program as it is: nothing names it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace {

// As the input can only be written and the outputs only be read, using them fails as it did.
void open_standard_streams(int, char**, char**) noexcept {
  // The lowest free number is taken: those below it are open by then.
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(each, F_GETFD) == -1 && errno == EBADF &&
        ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
      return;
}

// Libraries open descriptors before `main` (libgrpc an eventfd): this comes before their initialization.
[[gnu::section(".preinit_array"), gnu::used]] void (*const first_of_all)(int, char**,
                                                                         char**) noexcept = open_standard_streams;

}  // namespace
