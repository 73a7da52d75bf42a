#include "net/fly/node.hpp"

#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/peer.hpp"
#include "net/fly/peer/peer_core.hpp"

namespace ability::fly {

namespace {

engine::hook hook_of(std::function<void(context&)> f) {
  if (!f)
    return {};
  return [f = std::move(f)](const std::shared_ptr<peer>& from) {
    context with{from};
    f(with);
  };
}

}  // namespace

node::node(const node_options& options, fly::admission whom)
    : engine_{std::make_shared<engine>(options, std::move(whom))} {}

node::~node() { engine_->stop(); }

const fly::stats& node::stats() const noexcept { return engine_->stats; }

void node::set_handler(std::uint16_t command, packet_handler f) {
  auto shared = std::make_shared<const engine::handler>(std::move(f));
  engine_->loop.run([&] { engine_->handlers[command] = std::move(shared); });
}

void node::on_connect(std::function<void(context&)> f) {
  engine_->loop.run([&] { engine_->on_connect = hook_of(std::move(f)); });
}

void node::on_close(std::function<void(context&)> f) {
  engine_->loop.run([&] { engine_->on_close = hook_of(std::move(f)); });
}

listening_node::listening_node(const node_options& options, fly::admission whom, listen_options listening)
    : node{options, std::move(whom)}, listen_options_{std::move(listening)} {
  listen_options_.profile = options.profile;
}

// Stops here, not in the base: handlers may call `stop` until then.
listening_node::~listening_node() { engine_->stop(); }

result<address> listening_node::listen_by(std::string_view where, const opener& open) {
  auto parsed = parse_address(where);
  if (!parsed)
    return parsed;
  result<address> local = fault{errc::wrong_value, "it was stopped"};
  engine_->loop.run([&] {
    {
      const std::lock_guard lock{mutex_};
      if (stopped_)
        return;
    }
    auto made = open(*parsed, listen_options_);
    if (!made) {
      local = fault{errc::wrong_value, made.error()};
      return;
    }
    local = (*made)->local();
    engine_->closers.push_back([kept = std::shared_ptr<listener>{std::move(*made)}] { kept->close(); });
  });
  return local;
}

result<address> listening_node::listen_to_clients(std::string_view where) {
  return listen_by(where, [of = engine_](const address& at, const listen_options& how) {
    return fly::listen(of->loop.executor(), at, how, [of](transport_ptr accepted) {
      std::make_shared<peer>(of, std::move(accepted), side::server)->core().start();
    });
  });
}

void listening_node::run() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopped_; });
}

void listening_node::stop() {
  auto job = [of = engine_] { of->close_all("the server was stopped"); };
  engine_->loop.post(job);
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace ability::fly
