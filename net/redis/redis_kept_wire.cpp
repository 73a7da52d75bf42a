#include "net/redis/redis_kept_wire.hpp"

#include <utility>

namespace ability {

namespace {

using boost::system::error_code;

}  // namespace

redis_kept_wire::redis_kept_wire(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters,
                                 random_source& random, callbacks owner)
    : io_{io},
      where_{std::make_shared<const redis_endpoint>(std::move(where))},
      counters_{counters},
      random_{random},
      owner_{std::move(owner)},
      locator_{io, where_},
      retry_{io} {}

void redis_kept_wire::open() {
  is_open_ = true;
  connect();
}

void redis_kept_wire::connect() {
  locator_.find([this](std::shared_ptr<const redis_endpoint> server, const std::string& why) {
    if (server != nullptr)
      dial(std::move(server));
    else
      lost(why);
  });
}

void redis_kept_wire::dial(std::shared_ptr<const redis_endpoint> server) {
  wire_ = std::make_shared<redis_wire>(io_, std::move(server),
                                       redis_wire::callbacks{.ready = [this] { connected(); },
                                                             .got = [this](redis_value& reply) { owner_.got(reply); },
                                                             .lost = [this](const std::string& why) { lost(why); }});
  wire_->start(set_up_time, owner_.steps());
}

void redis_kept_wire::connected() {
  is_up_ = true;
  retries_.connected(std::chrono::steady_clock::now());
  counters_.connects.add();
  owner_.up();
}

void redis_kept_wire::lost(const std::string& why) {
  wire_ = nullptr;
  is_up_ = false;
  counters_.failures.add();
  retry_.expires_after(retries_.next(std::chrono::steady_clock::now(), random_));
  retry_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (!error && !alive.expired() && is_open_ && wire_ == nullptr)
      connect();
  });
  owner_.down(why);
}

void redis_kept_wire::fail(std::string_view why) {
  if (wire_ != nullptr)
    wire_->fail(why);
}

void redis_kept_wire::close() {
  is_open_ = false;
  is_up_ = false;
  retry_.cancel();
  locator_.cancel();
  if (auto wire = std::exchange(wire_, nullptr))
    wire->end();
}

}  // namespace ability
