// Two actors with a thread each write one variable. By default nothing orders them: ThreadSanitizer must report a data
// race. With --ordered a writer tells the other by a message when it is done: ThreadSanitizer must be silent, which it
// is only if it sees the locks within CAF.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <cstdio>
#include <string_view>

namespace {

constexpr int rounds = 1'000;
int written = 0;

// Counts a number of messages down, and passes each of them on to the actor that it names.
caf::behavior writer(caf::event_based_actor* self) {
  return {
      [self](int left, const caf::actor& other) {
        ++written;
        if (left == 0) {
          self->quit();
          caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
        } else {
          self->send(other, left - 1, caf::actor{self});
        }
      },
      [](int) { ++written; },
  };
}

}  // namespace

int main(int argc, char** argv) {
  const bool ordered = argc > 1 && std::string_view{argv[1]} == "--ordered";
  caf::actor_system_config config;
  {
    caf::actor_system system{config};
    const auto one = system.spawn<caf::detached>(writer);
    const auto two = system.spawn<caf::detached>(writer);
    if (ordered) {
      caf::anon_send(one, rounds, two);
    } else {
      for (int round = 0; round < rounds; ++round) {
        caf::anon_send(one, round);
        caf::anon_send(two, round);
      }
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(two, caf::exit_reason::user_shutdown);
    }
  }
  std::printf("%d\n", written);
}
