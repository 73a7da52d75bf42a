/// The two ends of a BASP connection with a filter between, and messages made for them.
#pragma once

#include <boost/endian/conversion.hpp>

#include "caf/test/unit_test.hpp"
#include "protocol/basp/basp_filter.hpp"
#include "tests/protocol/basp/basp_recording.hpp"

namespace ability::basp_ends {

using namespace std::string_literals;
using recording::as_id;
using recording::program_id;
using recording::server_id;
using recording::stand_in;

using side = basp_filter::side;

enum operation { server_handshake, client_handshake, direct, routed, monitor, down, heartbeat };

inline constexpr std::size_t max_payload = 100'000;
inline constexpr std::uint64_t ours = 6;    // the admitted actor
inline constexpr std::uint64_t theirs = 8;  // the actor that sends to it
inline constexpr std::uint64_t plain = 1ull << 60;
inline constexpr std::uint64_t answer = 1ull << 63;

struct head {
  int operation;
  std::uint64_t data = 0;
  std::uint64_t source = 0;
  std::uint64_t dest = 0;
  int flags = 0;
  std::size_t size = 0;  // bytes of a payload that does not follow
  int padding = 0;
};

inline std::string message(const head& what, std::string_view payload = "") {
  std::string out(basp_header_size, '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  at[0] = static_cast<unsigned char>(what.operation);
  at[1] = static_cast<unsigned char>(what.padding >> 8);
  at[2] = static_cast<unsigned char>(what.padding);
  at[3] = static_cast<unsigned char>(what.flags);
  const auto size = what.size != 0 ? what.size : payload.size();
  boost::endian::store_big_u32(at + 4, static_cast<std::uint32_t>(size));
  boost::endian::store_big_u64(at + 8, what.data);
  boost::endian::store_big_u64(at + 16, what.source);
  boost::endian::store_big_u64(at + 24, what.dest);
  return out.append(payload);
}

inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts)
    out.append(part);
  return out;
}

// First bytes of a message of this type.
inline std::string typed(const std::string& name) { return "\0\0\0"s + static_cast<char>(name.size()) + name; }

inline const std::string one_text = typed("@<>+@str") + "\5hello";
inline const std::string an_error = typed("@<>+@error") + "\1\0\0\0\xfe\x3e\xe3\x9a\xb2"s;
inline const std::string no_context = "\0\0\3@<>"s;

inline std::string text_message() { return message({direct, plain, theirs, ours}, one_text); }

inline std::string client_hello(int flags = 0) {
  return message({.operation = client_handshake, .flags = flags}, program_id);
}

inline std::string server_hello() { return message({server_handshake, 3}, server_id + "app ids and so on"); }

// A filter, and the bytes that it has passed to its CAF.
struct ends {
  explicit ends(side which = side::accepted, bool greeted = true)
      : filter{which, as_id(stand_in('x')), max_payload},
        peer{which == side::accepted ? program_id : server_id},
        own{which == side::accepted ? server_id : program_id} {
    filter.admit(ours);
    if (greeted) {
      CAF_REQUIRE(filter.take_outbound(which == side::accepted ? server_hello() : client_hello(), out).has_value());
      CAF_REQUIRE(filter.take_inbound(which == side::accepted ? client_hello() : server_hello(), out).has_value());
      CAF_REQUIRE(filter.established());
    }
  }

  std::string in(const std::string& bytes) {
    out.clear();
    const auto taken = filter.take_inbound(bytes, out);
    CAF_CHECK(taken.has_value());
    return out;
  }

  std::string go(const std::string& bytes) {
    out.clear();
    CAF_CHECK(filter.take_outbound(bytes, out).has_value());
    return out;
  }

  // True if the message is dropped and counted, and the one behind it still passes.
  bool drops(const std::string& bytes) {
    const auto before = filter.dropped();
    const auto mark = message({heartbeat});
    return in(bytes + mark) == mark && filter.dropped() == before + 1;
  }

  basp_filter filter;
  std::string peer;
  std::string own;
  std::string out;
};

inline errc refused(const std::string& bytes, ends from = ends{}) {
  std::string out;
  const auto taken = from.filter.take_inbound(bytes, out);
  CAF_CHECK(out.empty());
  CAF_REQUIRE(taken.has_error());
  CAF_CHECK(!taken.error().detail.empty());
  return taken.error().code;
}

inline errc defect(const std::string& bytes, ends from = ends{}) {
  std::string out;
  const auto taken = from.filter.take_outbound(bytes, out);
  CAF_REQUIRE(taken.has_error());
  return taken.error().code;
}

inline ends new_ends(side which) { return ends{which, false}; }

}  // namespace ability::basp_ends
