/// The beginning of a BASP message, as written by CAF 0.17.6. Internal to `protocol/basp/`.
/// Source: caf::io::basp::header and caf::message of CAF 0.17.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability::basp {

/// BASP version in a server handshake.
inline constexpr std::uint64_t version = 3;

enum class operation : std::uint8_t {
  server_handshake = 0,
  client_handshake = 1,
  direct_message = 2,
  routed_message = 3,
  monitor_message = 4,
  down_message = 5,
  heartbeat = 6,
};

/// The operation with its article, for a fault's `detail`: "a heartbeat".
std::string describe(operation which);

/// Flag of a direct message to an actor with a name instead of an id.
inline constexpr std::uint8_t named_receiver = 0x01;

/// Flag of a repeated client handshake, which selects this connection.
inline constexpr std::uint8_t select_connection = 0x02;

/// The 32-byte header of each message.
struct message_head {
  basp::operation operation;
  bool padded;  ///< its padding is not zero
  std::uint8_t flags;
  std::uint32_t payload_size;
  std::uint64_t data;  ///< the version in a handshake, the id in a message
  std::uint64_t source_actor;
  std::uint64_t dest_actor;
};

/// REQUIRES that `bytes` begin with a whole header.
message_head read_head(std::string_view bytes) noexcept;

/// Sets the payload's size in bytes in the header at `at`.
void write_payload_size(std::string& out, std::size_t at, std::size_t size) noexcept;

// -- ids of messages

inline constexpr std::uint64_t answer_bit = 0x8000'0000'0000'0000;

inline bool is_answer(std::uint64_t id) noexcept { return (id & answer_bit) != 0; }

/// True if an answer is expected.
inline bool is_request(std::uint64_t id) noexcept { return !is_answer(id) && (id & 0x0fff'ffff'ffff'ffff) != 0; }

/// True if a mailbox treats it as part of a CAF stream. CAF then reads any content as one.
inline bool is_of_stream(std::uint64_t id) noexcept { return (id & 0x2000'0000'0000'0000) != 0; }

// -- contents of messages

/// Payload bytes that `look_at` needs, as far as there are so many.
inline constexpr std::size_t content_prefix = 64;

/// Bytes of an error's code and its category's atom; its context follows.
inline constexpr std::size_t error_size = 9;

/// An empty message; also used as the context of an error.
inline constexpr std::string_view nothing{"\0\0\x03@<>", 6};

enum class content : std::uint8_t {
  texts,  ///< up to 8 strings, or nothing
  error,  ///< one error with complete code and category
  other,
};

/// Description of a payload's beginning.
struct look {
  basp::content content;
  std::size_t size;  ///< bytes before the content
};

look look_at(std::string_view payload) noexcept;

}  // namespace ability::basp
