/// A Redis server that says what a test has it say.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ability::test {

/// Slots and the port of their master.
struct slots_of_port {
  int first;
  int last;
  std::uint16_t port;
};

/// Takes any number of connections. Answers INFO, PING, CLUSTER SLOTS, subscriptions and ASKING by itself.
class scripted_redis {
public:
  using words = std::vector<std::string>;
  /// The reply to a command; none: the test gives it later, by `reply()`.
  using script = std::function<std::optional<std::string>(const std::string& command)>;

  explicit scripted_redis(boost::asio::io_context& io) : acceptor_{io, loopback()} { accept(); }
  scripted_redis(const scripted_redis&) = delete;
  scripted_redis& operator=(const scripted_redis&) = delete;

  std::uint16_t port() const { return port_; }

  /// Gives the oldest reply that was held back.
  void reply(const std::string& bytes) {
    const auto to = held_.front();
    held_.pop_front();
    write(*to, bytes);
  }

  std::size_t held() const { return held_.size(); }

  /// Says something to all connections that have subscribed.
  void say(const std::string& bytes) {
    for (const auto& each : connections_)
      if (each->has_subscribed)
        write(*each, bytes);
  }

  /// Ends all connections.
  void cut() {
    held_.clear();
    for (const auto& each : connections_)
      each->socket.close();
    connections_.clear();
  }

  /// Takes no connections any more.
  void stop() {
    cut();
    acceptor_.close();
  }

  static std::string error(const std::string& text) { return "-" + text + "\r\n"; }
  static std::string text(std::string_view what) {
    return "$" + std::to_string(what.size()) + "\r\n" + std::string{what} + "\r\n";
  }
  static std::string list(const std::vector<std::string>& items) {
    std::string all = "*" + std::to_string(items.size()) + "\r\n";
    for (const auto& each : items)
      all += each;
    return all;
  }
  static std::string number(int what) { return ":" + std::to_string(what) + "\r\n"; }

  script answers = [](const std::string&) { return std::optional<std::string>{"+OK\r\n"}; };
  std::vector<slots_of_port> slots;
  std::string subscription_error;  ///< the answer to a subscription, if not empty
  std::vector<std::string> got;    ///< commands, beside those that it answers by itself; ASKING as well
  std::vector<std::string> subscribed;

private:
  struct connection {
    boost::asio::ip::tcp::socket socket;
    std::string received = {};
    std::array<char, 4096> bytes = {};
    bool has_subscribed = false;
  };

  static boost::asio::ip::tcp::endpoint loopback() { return {boost::asio::ip::address_v4::loopback(), 0}; }

  static void write(connection& to, const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(to.socket, boost::asio::buffer(bytes), ignored);
  }

  void accept() {
    acceptor_.async_accept([this](auto ec, boost::asio::ip::tcp::socket socket) {
      if (ec)
        return;
      read(connections_.emplace_back(std::make_shared<connection>(connection{std::move(socket)})));
      accept();
    });
  }

  void read(const std::shared_ptr<connection>& from) {
    from->socket.async_read_some(boost::asio::buffer(from->bytes), [this, from](auto ec, std::size_t size) {
      if (ec)
        return;
      from->received.append(from->bytes.data(), size);
      while (const auto command = next_command(from->received))
        take(from, *command);
      if (from->socket.is_open())
        read(from);
    });
  }

  static std::optional<words> next_command(std::string& received) {
    std::size_t at = 0;
    const auto number_at = [&]() -> std::optional<std::size_t> {
      const auto end = received.find("\r\n", at);
      if (end == std::string::npos)
        return std::nullopt;
      const auto value = std::stoul(received.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    const auto count = number_at();
    if (!count)
      return std::nullopt;
    words all;
    for (std::size_t i = 0; i < *count; ++i) {
      const auto size = number_at();
      if (!size || received.size() < at + *size + 2)
        return std::nullopt;
      all.push_back(received.substr(at, *size));
      at += *size + 2;
    }
    received.erase(0, at);
    return all;
  }

  void take(const std::shared_ptr<connection>& from, const words& command) {
    const auto& verb = command.front();
    if (verb == "INFO")
      return write(*from, text("run_id:run-of-" + std::to_string(port_) + "\r\nrole:master\r\nloading:0\r\n"));
    if (verb == "PING")
      return write(*from, from->has_subscribed ? list({text("pong"), text("")}) : "+PONG\r\n");
    if (verb == "CLUSTER")
      return write(*from, map());
    if (verb.ends_with("SUBSCRIBE"))
      return subscribe(*from, command);
    std::string line;
    for (const auto& each : command)
      line += (line.empty() ? "" : " ") + each;
    got.push_back(line);
    const auto reply = verb == "ASKING" ? std::optional<std::string>{"+OK\r\n"} : answers(line);
    if (reply)
      write(*from, *reply);
    else
      held_.push_back(from);
  }

  void subscribe(connection& from, const words& command) {
    from.has_subscribed = true;
    std::string verb = command.front();
    for (auto& each : verb)
      each = static_cast<char>(each | 0x20);
    for (std::size_t i = 1; i < command.size(); ++i) {
      if (!subscription_error.empty() && !verb.starts_with("sun")) {
        write(from, error(subscription_error));
        continue;
      }
      subscribed.push_back(verb + ' ' + command[i]);
      write(from, list({text(verb), text(command[i]), number(1)}));
    }
  }

  std::string map() const {
    std::vector<std::string> ranges;
    for (const auto& each : slots)
      ranges.push_back(list({number(each.first), number(each.last), list({text("127.0.0.1"), number(each.port)})}));
    return list(ranges);
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::vector<std::shared_ptr<connection>> connections_;
  std::deque<std::shared_ptr<connection>> held_;
};

}  // namespace ability::test
