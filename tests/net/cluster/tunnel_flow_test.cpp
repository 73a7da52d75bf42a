// Labels: threads
#define CAF_SUITE tunnel_flow
#include <fcntl.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <iterator>

#include "net/cluster/node_id_pool.hpp"
#include "tests/net/cluster/tunnel_raw.hpp"

using namespace ability;
using namespace ability::test;

namespace asio = boost::asio;

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

template <class Predicate>
bool await(Predicate reached) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// A proxy between a dialling and a listening node; it can hold up the dialler's bytes.
class proxy {
public:
  explicit proxy(std::uint16_t to) : to_{to} {
    accepting_ = std::thread{[this] {
      boost::system::error_code error;
      from_ = acceptor_.accept(error);
      server_.connect({asio::ip::address_v4::loopback(), to_}, error);
      back_ = std::thread{[this] { relay(server_, from_, nullptr); }};
      relay(from_, server_, &held_);
    }};
  }
  proxy(const proxy&) = delete;
  proxy& operator=(const proxy&) = delete;
  ~proxy() {
    hold(false);
    for (auto* each : {&from_, &server_}) {
      boost::system::error_code ignored;
      each->shutdown(asio::socket_base::shutdown_both, ignored);
    }
    accepting_.join();
    back_.join();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  void hold(bool yes) {
    const std::lock_guard guard{mutex_};
    held_ = yes;
    changed_.notify_all();
  }

private:
  void relay(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to, const bool* held) {
    std::array<char, 65'536> buffer;
    boost::system::error_code error;
    for (;;) {
      if (held != nullptr) {
        std::unique_lock guard{mutex_};
        changed_.wait(guard, [&] { return !*held; });
      }
      const auto got = from.read_some(asio::buffer(buffer), error);
      if (error)
        break;
      asio::write(to, asio::buffer(buffer.data(), got), error);
    }
    to.shutdown(asio::socket_base::shutdown_send, error);
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::uint16_t to_;
  asio::ip::tcp::socket from_{io_};
  asio::ip::tcp::socket server_{io_};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::thread accepting_;
  std::thread back_;
};

std::uint64_t bytes_sent(tunnel_node& a) {
  const auto before = a.notes->count("sent ");
  caf::anon_send(a.link(), link_flush{});
  return std::stoull(a.notes->await("sent ", before + 1));
}

}  // namespace

CAF_TEST(what the network does not take waits with CAF and its size is known) {
  constexpr std::size_t packets = 60;
  const std::string packet(1'000'000, 'x');
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{tunnel_node::plain("b")};
  proxy between{b.port()};
  a.dial(between.address());
  CAF_REQUIRE(!a.notes->await("connected to ").empty());
  CAF_REQUIRE(!b.notes->await("connected from ").empty());
  const auto at_first = bytes_sent(a);
  CAF_CHECK(at_first < 10'000);
  between.hold(true);
  for (std::size_t i = 0; i < packets; ++i)
    a.tell_link(packet);
  // Wait until the buffers of both sockets are full.
  std::uint64_t sent = 0;
  std::size_t same = 0;
  CAF_CHECK(await([&] {
    std::this_thread::sleep_for(20ms);
    const auto now = bytes_sent(a);
    same = now == sent ? same + 1 : 0;
    sent = now;
    return same == 10;
  }));
  CAF_CHECK(sent > at_first);
  CAF_CHECK(sent < packets * packet.size() / 2);
  between.hold(false);
  CAF_CHECK(!b.notes->await("packet ", packets).empty());
  CAF_CHECK(bytes_sent(a) > packets * packet.size());
  CAF_CHECK(a.notes->count("closed ") == 0);
}

CAF_TEST(reading stops while a link does not handle packets and goes on when it does) {
  auto settings = tunnel_node::plain("b");
  settings.limits.node_messages = 10;
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{settings, {.handle = false}};
  CAF_REQUIRE(linked(a, b));
  const std::string packet(40'000, 'x');
  for (int i = 0; i < 200; ++i)
    a.tell_link(packet);
  CAF_CHECK(!b.notes->await("packet ", 11).empty());
  std::this_thread::sleep_for(300ms);  // time for packets that arrive although reading should have stopped
  CAF_CHECK(b.notes->count("packet ") <= 14);
  b.on_lane([&] { b.how->handle = true; });
  for (auto i = b.notes->count("packet "); i > 0; --i)
    caf::anon_send(b.link(), link_tick{});
  CAF_CHECK(!b.notes->await("packet ", 200).empty());
  CAF_CHECK(b.notes->count("closed ") == 0);
}

CAF_TEST(connections that come and go leave no descriptor behind) {
  constexpr std::size_t rounds = 200;
  auto settings = tunnel_node::plain("b");
  settings.monitor = tunnel_address{"127.0.0.1", 0};
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{settings};
  CAF_REQUIRE(linked(a, b));
  const auto before = open_descriptors();
  for (std::size_t i = 1; i <= rounds; ++i) {
    CAF_REQUIRE(linked(a, b, i + 1));
    (i % 2 == 0 ? a : b).tell_link("CLOSE", i);
    raw_client program{b.monitor_port()};
    CAF_REQUIRE(program.send(basp_hello()));
    CAF_REQUIRE(program.read(basp_header_size).size() == basp_header_size);
    CAF_REQUIRE(!b.notes->await("attached", i).empty());
  }
  CAF_CHECK(await([&] { return open_descriptors() == before; }));
  CAF_CHECK(!a.notes->await("closed ", rounds).empty());
  CAF_CHECK(!b.notes->await("closed ", 2 * rounds).empty());
  a.tell_link("still here");
  CAF_CHECK(b.notes->await("packet still here") == " ");
  CAF_CHECK(a.notes->count("closed ") == rounds);
  CAF_CHECK(b.notes->count("closed ") == 2 * rounds);
}

CAF_TEST(a handle of CAF is not used again at once) {
  tunnel_node a{tunnel_node::plain("a")};
  caf_bridge uut{a.system, &a.home};
  auto whom = caf::actor_cast<caf::strong_actor_ptr>(a.cluster);
  const auto first = uut.publish(whom);
  CAF_REQUIRE(first);
  ::close(first->ours);
  uut.left(first->handle);
  CAF_CHECK(await([&] { return ::fcntl(first->handle, F_GETFD) < 0; }));
  // The lowest numbers are given out first.
  const auto second = uut.publish(whom);
  CAF_REQUIRE(second);
  CAF_CHECK(second->ours != first->handle || second->handle != first->handle);
  const auto third = uut.publish(whom);
  CAF_REQUIRE(third);
  CAF_CHECK(second->handle != first->handle);
  CAF_CHECK(third->handle != first->handle);
  ::close(second->ours);
  ::close(third->ours);
}

CAF_TEST(ids that stand in for nodes rest before they are used again) {
  const auto now = node_id_pool::clock::now();
  node_id_pool uut{1, 2};
  const auto first = uut.take(now);
  const auto second = uut.take(now);
  CAF_REQUIRE(first && second);
  CAF_CHECK(first->id != second->id);
  CAF_CHECK(!uut.take(now));
  uut.give_back(*second, now);
  CAF_CHECK(!uut.take(now + node_id_pool::rest_time - 1ms));
  const auto again = uut.take(now + node_id_pool::rest_time);
  CAF_REQUIRE(again);
  CAF_CHECK(again->id == second->id);
  CAF_CHECK(!uut.take(now + 2 * node_id_pool::rest_time));
}
