#include "net/fly/server.hpp"

#include <optional>

#include "net/fly/peer.hpp"

namespace ability::fly {

server::server(server_options options)
    : engine_{std::make_shared<engine>(options, std::move(options.admission))},
      listen_options_{std::move(options.listen)} {
  listen_options_.profile = engine_->options.profile;
}

server::~server() {
  engine_->loop.run([this] { close_all(); });
  engine_->stop();
}

void server::set_handler(std::uint16_t command, engine::handler f) {
  auto shared = std::make_shared<const engine::handler>(std::move(f));
  engine_->loop.run([&] { engine_->handlers[command] = std::move(shared); });
}

void server::on_connect(std::function<void(context&)> f) {
  engine_->loop.run([&] { engine_->on_connect = std::move(f); });
}

void server::on_close(std::function<void(context&)> f) {
  engine_->loop.run([&] { engine_->on_close = std::move(f); });
}

result<address> server::listen(std::string_view where) {
  const auto parsed = parse_address(where);
  if (!parsed)
    return parsed;
  result<address> local = fault{errc::wrong_value, "the server was stopped"};
  engine_->loop.run([&] {
    {
      const std::lock_guard lock{mutex_};
      if (stopped_)
        return;
    }
    auto made = fly::listen(engine_->loop.executor(), *parsed, listen_options_, [of = engine_](transport_ptr accepted) {
      std::make_shared<peer>(of, std::move(accepted), side::server)->start();
    });
    if (!made) {
      local = fault{errc::wrong_value, made.error()};
      return;
    }
    local = (*made)->local();
    listeners_.push_back(std::move(*made));
  });
  return local;
}

void server::run() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopped_; });
}

void server::stop() {
  auto job = [this] { close_all(); };
  engine_->loop.post(job);
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_all();
}

void server::close_all() {
  listeners_.clear();
  engine_->close_peers("the server was stopped");
}

}  // namespace ability::fly
