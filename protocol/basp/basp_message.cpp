#include "protocol/basp/basp_message.hpp"

#include <boost/endian/conversion.hpp>

namespace ability::basp {

namespace {

namespace endian = boost::endian;

constexpr std::size_t size_at = 4;

constexpr std::string_view text_type = "+@str";
constexpr std::size_t max_texts = 8;

// Offset of the type name: after no stages, no type number, and the name's size.
constexpr std::size_t name_at = 4;

static_assert(content_prefix >= name_at + nothing.size() + max_texts * text_type.size());

bool are_texts(std::string_view types) noexcept {
  if (types.size() > max_texts * text_type.size())
    return false;
  while (types.starts_with(text_type))
    types.remove_prefix(text_type.size());
  return types.empty();
}

}  // namespace

std::string describe(operation which) {
  switch (which) {
    case operation::server_handshake:
      return "a server handshake";
    case operation::client_handshake:
      return "a client handshake";
    case operation::direct_message:
      return "a message";
    case operation::routed_message:
      return "a routed message";
    case operation::monitor_message:
      return "a monitor message";
    case operation::down_message:
      return "a down message";
    case operation::heartbeat:
      return "a heartbeat";
  }
  return "operation " + std::to_string(static_cast<int>(which));
}

message_head read_head(std::string_view bytes) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  return {.operation = static_cast<basp::operation>(at[0]),
          .padded = at[1] != 0 || at[2] != 0,
          .flags = at[3],
          .payload_size = endian::load_big_u32(at + size_at),
          .data = endian::load_big_u64(at + 8),
          .source_actor = endian::load_big_u64(at + 16),
          .dest_actor = endian::load_big_u64(at + 24)};
}

void write_payload_size(std::string& out, std::size_t at, std::size_t size) noexcept {
  endian::store_big_u32(reinterpret_cast<unsigned char*>(out.data()) + at + size_at, static_cast<std::uint32_t>(size));
}

look look_at(std::string_view payload) noexcept {
  constexpr look other{content::other, 0};
  if (payload.size() < name_at || !payload.starts_with(std::string_view{"\0\0\0", name_at - 1}))
    return other;
  // CAF writes sizes in groups of seven bits. A size of two groups belongs to none of these names.
  const auto name = payload.substr(name_at, static_cast<std::uint8_t>(payload[name_at - 1]));
  if (name.size() != static_cast<std::uint8_t>(payload[name_at - 1]) || !name.starts_with("@<>"))
    return other;
  const auto types = name.substr(3);
  const auto size = name_at + name.size();
  if (are_texts(types) || types == "+@unit")
    return {content::texts, size};
  if (types == "+@error" && payload.size() >= size + error_size)
    return {content::error, size};
  return other;
}

}  // namespace ability::basp
