#include "tests/bench/crowd.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace ability::load {

namespace {

struct order {
  std::uint64_t messages;
  int limit_ms;
};

struct pipe_ends {
  descriptor out, in;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    fail_errno("cannot make a pipe");
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

template <class T>
bool read_one(int fd, T& into) {
  return ::read(fd, &into, sizeof into) == static_cast<ssize_t>(sizeof into);
}

template <class T>
void write_one(int fd, const T& what) {
  if (::write(fd, &what, sizeof what) != static_cast<ssize_t>(sizeof what))
    fail_errno("cannot write to a crowd");
}

// The child: first it reports whether all clients are accepted, then it answers each order.
void serve(const client_script& script, std::size_t count, std::size_t payload_bytes, int orders, int answers) {
  ws_clients clients{script};
  clients.connect(count);
  clients.start_counting(payload_bytes);
  write_one(answers, std::uint64_t{1});
  for (order next{}; read_one(orders, next);) {
    clients.run_until([&] { return clients.delivered() >= next.messages; }, next.limit_ms);
    write_one(answers, clients.delivered());
  }
}

}  // namespace

crowd::crowd(const client_script& script, std::size_t count, std::size_t payload_bytes) {
  auto orders = make_pipe();
  auto answers = make_pipe();
  child_ = ::fork();
  if (child_ < 0)
    fail_errno("cannot fork");
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    orders.in.reset();
    int status = 0;
    try {
      serve(script, count, payload_bytes, orders.out.get(), answers.in.get());
    } catch (const std::exception&) {
      status = 1;
    }
    ::_exit(status);
  }
  orders_ = std::move(orders.in);
  answers_ = std::move(answers.out);
  answers.in.reset();
  std::uint64_t in = 0;
  if (!read_one(answers_.get(), in))
    throw std::runtime_error{std::to_string(count) + " clients could not come in"};
}

crowd::~crowd() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

std::uint64_t crowd::await(std::uint64_t messages, int limit_ms) {
  write_one(orders_.get(), order{messages, limit_ms});
  std::uint64_t delivered = 0;
  if (!read_one(answers_.get(), delivered))
    throw std::runtime_error{"the process with the clients has ended"};
  return delivered;
}

}  // namespace ability::load
