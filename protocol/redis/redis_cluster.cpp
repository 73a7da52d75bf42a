#include "protocol/redis/redis_cluster.hpp"

#include <array>
#include <limits>
#include <utility>

#include "protocol/redis/redis_answers.hpp"

namespace ability {

namespace {

constexpr std::size_t longest_host = 255;
constexpr unsigned bits_of_byte = 8;

// CRC-16/XMODEM, as the specification has it.
constexpr std::array<std::uint16_t, 256> crc_table = [] {
  constexpr unsigned polynomial = 0x1021;
  constexpr unsigned highest = 0x8000;
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << bits_of_byte;
    for (unsigned bit = 0; bit < bits_of_byte; ++bit)
      crc = (crc & highest) != 0 ? (crc << 1U) ^ polynomial : crc << 1U;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

std::string_view tag_of(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open == std::string_view::npos)
    return key;
  const auto close = key.find('}', open + 1);
  return close == std::string_view::npos || close == open + 1 ? key : key.substr(open + 1, close - open - 1);
}

bool read_slot(const redis_value& from, std::uint16_t& into) {
  if (!from.is_number() || from.number < 0 || from.number >= static_cast<std::int64_t>(redis_slots))
    return false;
  into = static_cast<std::uint16_t>(from.number);
  return true;
}

// False: it is no host. `?` stands for one that is not known, and nothing for the one that was asked.
bool read_host(std::string_view text, const redis_address& asked, redis_address& into) {
  if (text == "?" || text.size() > longest_host)
    return false;
  into.host = text.empty() ? asked.host : text;
  return true;
}

bool read_master(const redis_value& from, const redis_address& asked, redis_address& into) {
  if (!from.is_list() || from.items.size() < 2 || !from.items[1].is_number())
    return false;
  const auto& host = from.items[0];
  const auto port = from.items[1].number;
  if ((!host.is_text() && host.what != redis_value::kind::nil) || port <= 0 ||
      port > std::numeric_limits<std::uint16_t>::max())
    return false;
  into.port = static_cast<std::uint16_t>(port);
  return read_host(host.text, asked, into);
}

// Cuts `text` at the first space.
std::string_view cut_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const auto first = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return first;
}

}  // namespace

std::uint16_t redis_slot_of(std::string_view key) noexcept {
  unsigned crc = 0;
  for (const char c : tag_of(key))
    crc =
        ((crc << bits_of_byte) ^ crc_table[((crc >> bits_of_byte) ^ static_cast<unsigned char>(c)) & 0xFFU]) & 0xFFFFU;
  return static_cast<std::uint16_t>(crc % redis_slots);
}

std::optional<std::vector<redis_slot_range>> read_slot_map(const redis_value& answer, const redis_address& asked) {
  if (!answer.is_list())
    return std::nullopt;
  std::vector<redis_slot_range> map;
  for (const auto& each : answer.items) {
    redis_slot_range range;
    if (!each.is_list() || each.items.size() < 3 || !read_slot(each.items[0], range.first) ||
        !read_slot(each.items[1], range.last) || range.last < range.first)
      return std::nullopt;
    // A master without a known address is left out: its slots are not served.
    if (read_master(each.items[2], asked, range.master))
      map.push_back(std::move(range));
  }
  return map;
}

std::optional<redis_redirect> read_redirect(std::string_view error, const redis_address& asked) {
  redis_redirect read;
  const auto kind = cut_word(error);
  read.is_ask = kind == "ASK";
  if ((!read.is_ask && kind != "MOVED") || !read_whole(cut_word(error), read.slot) || read.slot >= redis_slots)
    return std::nullopt;
  // An IPv6 address has no brackets here.
  const auto address = cut_word(error);
  const auto colon = address.rfind(':');
  redis_address to;
  if (colon == std::string_view::npos || !read_whole(address.substr(colon + 1), to.port) || to.port == 0)
    return std::nullopt;
  if (read_host(address.substr(0, colon), asked, to))
    read.to = std::move(to);
  return read;
}

bool is_try_again(std::string_view error) noexcept { return error.starts_with("TRYAGAIN"); }

}  // namespace ability
