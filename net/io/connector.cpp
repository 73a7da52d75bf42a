#include "net/io/connector.hpp"

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace ability::fly {

namespace asio = boost::asio;

using boost::system::error_code;
using stage = connect_failure::stage;
using clock = std::chrono::steady_clock;

// The user's function stands in `found_` or in `connected_`, until it is called or dropped.
class connector::attempt final : public std::enable_shared_from_this<attempt> {
public:
  attempt(const executor& on, const connect_options& options)
      : options_{options}, resolver_{on}, timer_{on}, socket_{on} {}

  void look_up(const std::string& host, std::uint16_t port, std::function<void(look_up_result)> done) {
    found_ = std::move(done);
    error_code is_name;
    // An IP address is not resolved, which would use a thread.
    if (const auto literal = asio::ip::make_address(host, is_name); !is_name) {
      asio::post(timer_.get_executor(),
                 [self = shared_from_this(), found = endpoints{{literal, port}}] { finish(self->found_, found); });
      return;
    }
    limit(1, [this] { finish(found_, connect_failure{stage::look_up, asio::error::timed_out}); });
    resolver_.async_resolve(host, std::to_string(port), resolver_type::numeric_service,
                            [self = shared_from_this()](error_code error, const auto& found) {
                              self->timer_.cancel();
                              if (error)
                                finish(self->found_, connect_failure{stage::look_up, error});
                              else
                                finish(self->found_, endpoints{found.begin(), found.end()});
                            });
  }

  void connect(endpoints to, std::function<void(connect_result)> done) {
    connected_ = std::move(done);
    left_ = std::move(to);
    if (options_.loopback_only)
      std::erase_if(left_, [](const auto& each) { return !each.address().is_loopback(); });
    if (left_.empty())
      finish(connected_, connect_failure{stage::choice, asio::error::access_denied});
    else
      try_next();
  }

  void cancel() {
    // Destroying the function may destroy the connector, which cancels again.
    const auto found = std::exchange(found_, nullptr);
    const auto connected = std::exchange(connected_, nullptr);
    resolver_.cancel();
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

private:
  using resolver_type = asio::ip::basic_resolver<asio::ip::tcp, executor>;

  template <class Result, class Value>
  static void finish(std::function<void(Result)>& which, Value&& value) {
    if (const auto done = std::exchange(which, nullptr))
      done(std::forward<Value>(value));
  }

  // Calls `then` after a share of the remaining time, unless the next limit is set before.
  template <class F>
  void limit(std::size_t shares, F then) {
    ++limit_;
    if (options_.deadline == clock::time_point::max())
      return;
    timer_.expires_after((options_.deadline - clock::now()) / static_cast<int>(shares));
    timer_.async_wait([self = shared_from_this(), then = std::move(then), limit = limit_](error_code error) {
      if (!error && limit == self->limit_)
        then();
    });
  }

  void try_next() {
    const auto next = left_.front();
    is_late_ = false;
    limit(left_.size(), [this] {
      is_late_ = true;
      socket_.close();
    });
    left_.erase(left_.begin());
    socket_ = tcp_socket{timer_.get_executor()};  // one that failed to connect cannot be used again
    socket_.async_connect(next, [self = shared_from_this()](error_code error) {
      if (self->connected_)
        self->on_connect(self->is_late_ ? asio::error::timed_out : error);
    });
  }

  void on_connect(error_code error) {
    if (error && !left_.empty())
      return try_next();
    timer_.cancel();
    if (error)
      finish(connected_, connect_failure{stage::connect, error});
    else
      finish(connected_, std::move(socket_));
  }

  const connect_options options_;
  std::function<void(look_up_result)> found_;
  std::function<void(connect_result)> connected_;
  resolver_type resolver_;
  steady_timer timer_;
  std::uint64_t limit_ = 0;  // number of the current limit; the handler of an older one may be queued
  tcp_socket socket_;
  endpoints left_;  // to try
  bool is_late_ = false;
};

std::shared_ptr<connector::attempt> connector::begin(const connect_options& options) {
  cancel();
  auto made = std::make_shared<attempt>(on_, options);
  under_way_ = made;
  return made;
}

void connector::look_up(const std::string& host, std::uint16_t port, const connect_options& options,
                        std::function<void(look_up_result)> done) {
  begin(options)->look_up(host, port, std::move(done));
}

void connector::connect(const std::string& host, std::uint16_t port, const connect_options& options,
                        std::function<void(connect_result)> done) {
  const auto made = begin(options);
  // The attempt owns this function.
  made->look_up(host, port, [that = made.get(), done = std::move(done)](look_up_result found) mutable {
    if (found)
      that->connect(std::move(*found), std::move(done));
    else
      done(found.error());
  });
}

void connector::cancel() {
  if (const auto attempt = under_way_.lock())
    attempt->cancel();
}

}  // namespace ability::fly
