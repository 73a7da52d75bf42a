#include "tests/bench/publisher.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/bench/wire.hpp"

namespace ability::load {

void publisher::send(const std::string& encoded, std::size_t messages) {
  unanswered_ += answers_to(messages);
  send_all(socket_.get(), encoded);
}

void publisher::on_readable() {
  char bytes[16 * 1024];
  const auto n = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (n == 0)
    throw std::runtime_error{"the server closed the publisher's connection"};
  if (n < 0)
    return;
  input_.append(bytes, static_cast<std::size_t>(n));
  unanswered_ -= std::min(unanswered_, take_answers(input_));
}

void publisher::settle() {
  while (!settled()) {
    pollfd wait{socket_.get(), POLLIN, 0};
    throw_if_interrupted();
    if (::poll(&wait, 1, 10'000) == 0)
      throw std::runtime_error{"a publication was not answered within 10 s"};
    on_readable();
  }
}

std::string action_cable_payload(std::string_view message, const std::string& stream) {
  return R"({"identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\")" + stream + R"(\"}","message":)" +
         std::string{message} + "}";
}

std::string bare_publisher::encode(const std::vector<std::string>& messages) const {
  std::string frames;
  for (const auto& message : messages)
    frames += server_frame(action_cable_payload(message));
  const auto size = static_cast<std::uint32_t>(frames.size());
  return std::string{reinterpret_cast<const char*>(&size), sizeof size} + frames;
}

std::size_t bare_publisher::take_answers(std::string& input) {
  std::size_t answers = 0;
  for (std::uint64_t ns = 0; input.size() >= sizeof ns; ++answers) {
    std::memcpy(&ns, input.data(), sizeof ns);
    input.erase(0, sizeof ns);
    loop_ns_.push_back(static_cast<double>(ns));
  }
  return answers;
}

std::string http_publisher::request(std::string_view body) const {
  return "POST " + path_ + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

std::string http_publisher::encode(const std::vector<std::string>& messages) const {
  std::string out;
  if (kind_ == body::raw) {
    for (const auto& message : messages)
      out += request(message);
    return out;
  }
  auto publications = nlohmann::json::array();
  for (const auto& message : messages)
    publications.push_back({{"stream", "s"}, {"data", message}});
  return request(messages.size() == 1 ? publications.front().dump() : publications.dump());
}

std::string http_publisher::encode_one(const publication& one) const {
  return request(nlohmann::json{{"stream", one.stream}, {"data", one.message}}.dump());
}

std::string http_publisher::encode_array(const std::vector<publication>& publications) const {
  auto all = nlohmann::json::array();
  for (const auto& each : publications)
    all.push_back({{"stream", each.stream}, {"data", each.message}});
  return request(all.dump());
}

std::size_t http_publisher::take_answers(std::string& input) {
  std::size_t answers = 0;
  for (;; ++answers) {
    const auto end = input.find("\r\n\r\n");
    if (end == std::string::npos)
      return answers;
    auto head = input.substr(0, end + 2);
    if (!head.starts_with("HTTP/1.1 2"))
      throw std::runtime_error{"a message was refused: " + head.substr(0, head.find('\r'))};
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::string_view name = "\r\ncontent-length:";
    const auto length = head.find(name);
    const auto body = length == std::string::npos ? 0 : std::stoul(head.substr(length + name.size()));
    if (input.size() < end + 4 + body)
      return answers;
    input.erase(0, end + 4 + body);
  }
}

nats_publisher::nats_publisher(std::uint16_t port) : publisher{port} {
  send_all(fd(), "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
}

std::string nats_publisher::encode(const std::vector<std::string>& messages) const {
  std::string out;
  for (const auto& message : messages)
    out += "PUB s " + std::to_string(message.size()) + "\r\n" + message + "\r\n";
  return out;
}

std::size_t nats_publisher::take_answers(std::string& input) {
  if (input.find("-ERR") != std::string::npos)
    throw std::runtime_error{"a message was refused: " + input};
  if (input.find("PING\r\n") != std::string::npos)
    send_all(fd(), "PONG\r\n");
  input.clear();
  return 0;
}

std::string mqtt_connect() {
  using namespace std::string_literals;
  return "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"s;
}

std::string mqtt_publish(const std::string& message) {
  std::string packet{'\x30'};
  auto left = message.size() + 3;
  for (; left > 127; left >>= 7)
    packet += static_cast<char>(0x80 | (left & 0x7f));
  packet += static_cast<char>(left);
  return packet + '\0' + '\1' + 's' + message;
}

mqtt_publisher::mqtt_publisher(std::uint16_t port) : publisher{port} { send_all(fd(), mqtt_connect()); }

std::string mqtt_publisher::encode(const std::vector<std::string>& messages) const {
  std::string out;
  for (const auto& message : messages)
    out += mqtt_publish(message);
  return out;
}

std::size_t mqtt_publisher::take_answers(std::string& input) {
  input.clear();
  return 0;
}

uws_publisher::uws_publisher(std::uint16_t port) : publisher{port} {
  send_all(fd(),
           "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
               std::string{handshake_key} + "\r\n\r\n");
  char answer[1024];
  if (::recv(fd(), answer, sizeof answer, 0) <= 0)
    throw std::runtime_error{"the server refused the publisher"};
}

std::string uws_publisher::encode(const std::vector<std::string>& messages) const {
  std::string out;
  for (const auto& message : messages)
    out += client_frame("=s " + action_cable_payload(message), frame_kind::text);
  return out;
}

std::size_t uws_publisher::take_answers(std::string& input) {
  input.clear();
  return 0;
}

}  // namespace ability::load
