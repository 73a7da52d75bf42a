#include "net/fly/peer/engine.hpp"

#include <string>
#include <utility>

#include "net/fly/peer/invocation.hpp"
#include "net/fly/peer/peer.hpp"
#include "net/fly/peer/peer_core.hpp"

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

void engine::run(const hook& what, std::shared_ptr<peer> from, const boost::asio::any_io_executor& where) {
  if (!what)
    return;
  auto job = [what, from = std::move(from)] {
    try {
      what(from);
    } catch (const std::exception& why) {
      from->shared().log(std::string{"a hook threw: "} + why.what());
    } catch (...) {
      from->shared().log("a hook threw");
    }
  };
  if (workers)
    workers->run(where, std::move(job));
  else
    job();
}

void engine::run(std::shared_ptr<const handler> what, invocation in) {
  if (!workers)
    return (*what)(in);
  in.own();
  const auto where = in.executor();
  workers->run(where, [what = std::move(what), in = std::move(in)]() mutable { (*what)(in); });
}

void engine::fail_later(waiter_ptr who, remote_error why) {
  struct failure {
    waiter_ptr who;
    remote_error why;
    void operator()() { who->done(std::move(why)); }
  } job{std::move(who), std::move(why)};
  if (!loop.post(job))
    job.who->refuse(std::move(job.why));
}

void engine::close_all(std::string_view why) {
  for (const auto& close : std::exchange(closers, {}))
    close();
  const auto all = peers;
  for (const auto& each : all)
    each->core().end(std::string{why}, true);
}

void engine::stop() {
  loop.run([this] { close_all("shut down"); });
  loop.shut_down(patience);
  workers.reset();
}

}  // namespace ability::fly
