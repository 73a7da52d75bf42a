/// Fixture of the suites on the connection to Redis: an owner that records its events, and servers to connect to.
#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/ingress/messages.hpp"
#include "actors/runtime/pinned.hpp"
#include "caf/test/unit_test.hpp"
#include "net/redis/redis_connection.hpp"
#include "tests/net/redis/redis_process.hpp"

namespace ability::test {

using namespace std::chrono_literals;

/// Records its events, in the thread of the io_context, which here is the test's own.
class owner_state {
public:
  using event_queue = std::shared_ptr<std::deque<std::string>>;
  static constexpr const char* name = "owner";

  explicit owner_state(redis_subscriber_actor::pointer) {}
  owner_state(const owner_state&) = delete;
  owner_state& operator=(const owner_state&) = delete;
  ~owner_state() { note("gone"); }

  void start(boost::asio::io_context& io, event_queue events) {
    io_ = &io;
    events_ = std::move(events);
  }

  redis_subscriber_actor::behavior_type make_behavior() {
    return {
        [](redis_connect) {},
        [this](redis_connected) { note("connected"); },
        [this](const redis_lost& why) { note("lost " + why.reason); },
        [this](const redis_payload& payload) { note("payload " + payload.text); },
        [this](const redis_oversize& what) { note("oversize " + std::to_string(what.bytes)); },
        [this](ingress_reopened) { note("fence"); },
    };
  }

private:
  void note(std::string what) {
    boost::asio::post(*io_, [events = events_, what = std::move(what)] { events->push_back(what); });
  }

  boost::asio::io_context* io_ = nullptr;
  event_queue events_;
};

/// Sends the reply of `answer` to each piece of received bytes.
class fake_server {
public:
  using answer_function = std::function<std::string(std::string_view received)>;

  fake_server(boost::asio::io_context& io, answer_function answer)
      : acceptor_{io, loopback()}, answer_{std::move(answer)} {
    acceptor_.async_accept([this](auto ec, boost::asio::ip::tcp::socket socket) {
      if (ec)
        return;
      socket_ = std::move(socket);
      read();
    });
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
  static boost::asio::ip::tcp::endpoint loopback() { return {boost::asio::ip::address_v4::loopback(), 0}; }

  void read() {
    socket_->async_read_some(boost::asio::buffer(bytes_), [this](auto ec, std::size_t size) {
      if (ec)
        return;
      boost::system::error_code ignored;
      boost::asio::write(*socket_, boost::asio::buffer(answer_({bytes_.data(), size})), ignored);
      read();
    });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  answer_function answer_;
  std::optional<boost::asio::ip::tcp::socket> socket_;
  std::array<char, 1024> bytes_{};
};

inline const std::string confirmation = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";

struct redis_fixture {
  /// A link with its owner.
  struct listener {
    redis_fixture& here;
    owner_state::event_queue events = std::make_shared<std::deque<std::string>>();
    redis_subscriber_actor owner = spawn_on<redis_subscriber_actor, owner_state>(here.system, nullptr, here.io, events);
    std::optional<redis_connection> link;

    listener(redis_fixture& where, const redis_endpoint& server, redis_patience patience = {}) : here{where} {
      link.emplace(here.io, server, patience);
      link->connect(owner);
    }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener() {
      link.reset();
      owner = nullptr;
      if (!here.failed)
        while (next() != "gone") {
        }
    }

    std::string next() {
      const auto deadline = std::chrono::steady_clock::now() + 15s;
      while (events->empty())
        if (here.io.run_one_until(deadline) == 0) {
          here.failed = true;
          CAF_FAIL("nothing happens");
        }
      auto result = std::move(events->front());
      events->pop_front();
      return result;
    }

    /// True if handling all bytes that have reached this process reports no event to the owner.
    bool quiet() {
      here.io.poll();
      caf::anon_send(owner, ingress_reopened{});
      return next() == "fence";
    }

    /// Reason of the loss, which has to be the next event.
    std::string lost() {
      const auto event = next();
      return event.starts_with("lost ") ? event.substr(5) : "not lost but " + event;
    }
  };

  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
  caf::actor_system_config config;
  caf::actor_system system{config};
  bool failed = false;

  static redis_endpoint at(std::uint16_t port) { return {"127.0.0.1", port, "", "", 0, "news", 1'000}; }
  static redis_endpoint at(const redis_process& server) { return at(server.port()); }
  static std::string text(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port) + ": "; }
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace ability::test
