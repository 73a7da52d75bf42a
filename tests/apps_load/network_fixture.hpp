/// A lane's network, and a server whose replies a test writes byte for byte.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/load/links/lane_network.hpp"

namespace ability::load::test {

using tcp = boost::asio::ip::tcp;

/// Listens on 127.0.0.1.
class scripted_server {
public:
  struct connection {
    tcp::socket socket;
    std::string received = {};
    std::array<char, 65'536> buffer = {};
    bool ended = false;
    boost::system::error_code error = {};  // reason of its end

    void send(std::string_view bytes) {
      boost::system::error_code ignored;
      boost::asio::write(socket, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    void close() {
      boost::system::error_code ignored;
      socket.shutdown(tcp::socket::shutdown_both, ignored);
      socket.close(ignored);
    }
    void reset() {
      boost::system::error_code ignored;
      socket.set_option(boost::asio::socket_base::linger{true, 0}, ignored);
      socket.close(ignored);
    }
  };

  std::vector<std::shared_ptr<connection>> all;
  std::function<void(connection&)> on_bytes = [](connection&) {};

  explicit scripted_server(boost::asio::io_context& io)
      : acceptor_{io, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}} {
    accept();
  }

  std::string authority() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  void stop() { acceptor_.close(); }

private:
  void accept() {
    acceptor_.async_accept([this](auto error, tcp::socket socket) {
      if (error)
        return;
      all.push_back(std::make_shared<connection>(connection{std::move(socket)}));
      read(all.back());
      accept();
    });
  }

  void read(const std::shared_ptr<connection>& from) {
    from->socket.async_read_some(boost::asio::buffer(from->buffer), [this, from](auto error, std::size_t size) {
      if (error) {
        from->ended = true;
        from->error = error;
        return;
      }
      from->received.append(from->buffer.data(), size);
      on_bytes(*from);
      if (from->socket.is_open())
        read(from);
    });
  }

  tcp::acceptor acceptor_;
};

/// CAF_CHECK_EQUAL for temporaries, which it does not keep alive by itself.
inline void is(const std::string& found, const std::string& wanted) { CAF_CHECK_EQUAL(found, wanted); }

struct network_fixture {
  static constexpr std::uint32_t run = 77;

  caf::actor_system_config config;
  caf::actor_system system{config};
  io_lane lane{system};
  scripted_server server{lane.io()};
  std::unique_ptr<lane_network> net;
  std::vector<link_event> events;  // of all clients
  std::vector<arrival> arrivals;
  std::vector<publish_news> settled;

  network_fixture() { lane.adopt_thread(); }
  ~network_fixture() {
    net = nullptr;
    lane.io().restart();
    lane.io().poll();
  }

  void reach_for(const target& where) {
    auto found = reach(where);
    CAF_REQUIRE(found.has_value());
    net = std::make_unique<lane_network>(lane, *found, run);
  }

  link_callback telling() {
    return [this](link_news news) {
      for (auto& each : news.events)
        events.push_back(std::move(each));
      for (auto& each : news.arrivals)
        arrivals.push_back(std::move(each));
    };
  }

  publish_callback settling() {
    return [this](publish_news news) { settled.push_back(std::move(news)); };
  }

  template <class Predicate>
  bool run_until(Predicate reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!reached() && std::chrono::steady_clock::now() < deadline) {
      lane.io().restart();
      lane.io().run_one_for(std::chrono::milliseconds{50});
    }
    return reached();
  }

  bool run_until_events(std::size_t count) {
    return run_until([this, count] { return events.size() >= count; });
  }

  /// Checks that a message sent by `send` arrives only after reading is resumed.
  template <class Send>
  void pauses_and_resumes(client_link& link, Send send) {
    link.pause_reading();
    send();
    for (int i = 0; i < 20; ++i) {
      lane.io().restart();
      lane.io().run_one_for(std::chrono::milliseconds{1});
    }
    CAF_CHECK(arrivals.empty());
    link.resume_reading();
    CAF_CHECK(run_until([this] { return arrivals.size() == 1; }));
  }

  static std::string message(std::uint64_t number) {
    std::string text;
    append_message(text, run, {1, 2, number, 1'000, 2'000}, 100);
    return text;
  }
};

}  // namespace ability::load::test
