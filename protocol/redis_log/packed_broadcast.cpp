#include "protocol/redis_log/packed_broadcast.hpp"

#include <charconv>

namespace ability {

namespace {

constexpr char version = '1';
constexpr char json = 'j';
constexpr char text = 't';

// Takes a size and its colon from `rest`.
std::optional<std::size_t> take_size(std::string_view& rest) {
  std::size_t size = 0;
  const auto* const last = rest.data() + rest.size();
  const auto [end, error] = std::from_chars(rest.data(), last, size);
  if (error != std::errc{} || end == last || *end != ':')
    return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  return size;
}

}  // namespace

std::string pack_broadcast(const broadcast& message) {
  std::string packed{version, message.data_is_json ? json : text};
  packed.reserve(message.data.size() + message.exclude_socket.size() + message.broadcast_type.size() + 16);
  packed.append(std::to_string(message.exclude_socket.size())).append(":");
  packed.append(std::to_string(message.broadcast_type.size())).append(":");
  packed.append(message.exclude_socket).append(message.broadcast_type).append(message.data);
  return packed;
}

std::optional<broadcast> unpack_broadcast(std::string_view stream, std::string_view packed) {
  if (packed.size() < 2 || packed[0] != version || (packed[1] != json && packed[1] != text))
    return std::nullopt;
  auto rest = packed.substr(2);
  const auto sid_size = take_size(rest);
  const auto type_size = sid_size ? take_size(rest) : std::nullopt;
  if (!type_size || *sid_size > rest.size() || *type_size > rest.size() - *sid_size)
    return std::nullopt;
  broadcast message;
  message.stream = stream;
  message.data_is_json = packed[1] == json;
  message.exclude_socket = rest.substr(0, *sid_size);
  message.broadcast_type = rest.substr(*sid_size, *type_size);
  message.data = rest.substr(*sid_size + *type_size);
  return message;
}

}  // namespace ability
