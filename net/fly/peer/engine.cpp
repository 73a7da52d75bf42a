#include "net/fly/peer/engine.hpp"

#include <string>
#include <utility>

#include "net/fly/peer/peer.hpp"

namespace ability::fly {

namespace {

// Longer than a transport's `close_timeout`.
constexpr std::chrono::seconds patience{6};

}  // namespace

engine::engine(const node_options& how, fly::admission whom)
    : options{how},
      admission{std::move(whom)},
      loop{how.io},
      workers{how.workers == 0 ? nullptr : std::make_unique<worker_pool>(how.workers)} {}

void engine::close_all(std::string_view why) {
  for (const auto& close : std::exchange(closers, {}))
    close();
  const auto all = peers;
  for (const auto& each : all)
    each->end(std::string{why}, true);
}

void engine::stop() {
  loop.run([this] { close_all("shut down"); });
  loop.shut_down(patience);
  workers.reset();
}

}  // namespace ability::fly
