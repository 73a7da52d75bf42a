#include "protocol/proxy/proxy_protocol.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ability {
namespace {

using namespace std::string_view_literals;

constexpr auto text_front = "PROXY "sv;
constexpr std::size_t longest_text = 107;
constexpr auto binary_front = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t binary_head = 16;

proxy_header malformed(const char* why) {
  return {.state = proxy_header_state::malformed, .size = 0, .source = {}, .complaint = why};
}

proxy_header whole(std::size_t size, std::string source) {
  return {.state = proxy_header_state::whole, .size = size, .source = std::move(source)};
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, std::string{text}.c_str(), bytes.data()) == 1;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

// Decodes the line `PROXY TCP4 source destination port port`.
proxy_header decode_text(std::string_view bytes) {
  const auto end = bytes.substr(0, longest_text).find("\r\n");
  if (end == std::string_view::npos)
    return bytes.size() < longest_text ? proxy_header{} : malformed("its line is longer than 107 bytes");
  auto line = bytes.substr(text_front.size(), end - text_front.size());
  const auto protocol = take_word(line);
  if (protocol == "UNKNOWN")
    return whole(end + 2, {});
  if (protocol != "TCP4" && protocol != "TCP6")
    return malformed("its protocol is neither TCP4, TCP6 nor UNKNOWN");
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  const auto source = take_word(line);
  const auto destination = take_word(line);
  const auto source_port = take_word(line);
  if (!is_address(family, source) || !is_address(family, destination) || !is_port(source_port) || !is_port(line))
    return malformed("its line does not hold two addresses and two ports");
  return whole(end + 2, std::string{source});
}

std::string address_text(int family, std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

// Signature, version and command, family and transport, length of the rest (big-endian), addresses, extensions.
proxy_header decode_binary(std::string_view bytes) {
  if (bytes.size() < binary_head)
    return {};
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const auto version = byte(12) >> 4;
  const auto command = byte(12) & 0x0f;
  if (version != 2 || command > 1)
    return malformed("its version or command is unknown");
  const std::size_t size = binary_head + (byte(14) << 8 | byte(15));
  if (size > max_proxy_header)
    return malformed("it is longer than 4096 bytes");
  // A proxy's own health check has no addresses, regardless of the family.
  const auto family = command == 0 ? 0 : byte(13) >> 4;
  const std::size_t addresses = family == 1 ? 12 : family == 2 ? 36 : 0;
  if (size < binary_head + addresses)
    return malformed("it is too short for its addresses");
  if (bytes.size() < size)
    return {};
  // A health check, or a client without an IP address.
  if (addresses == 0)
    return whole(size, {});
  return whole(size, address_text(family == 1 ? AF_INET : AF_INET6, bytes.substr(binary_head)));
}

bool begins_like(std::string_view bytes, std::string_view front) {
  return bytes.substr(0, front.size()) == front.substr(0, bytes.size());
}

}  // namespace

proxy_header decode_proxy_header(std::string_view bytes) {
  if (begins_like(bytes, text_front))
    return bytes.size() < text_front.size() ? proxy_header{} : decode_text(bytes);
  if (begins_like(bytes, binary_front))
    return bytes.size() < binary_front.size() ? proxy_header{} : decode_binary(bytes);
  return malformed("there is none");
}

}  // namespace ability
