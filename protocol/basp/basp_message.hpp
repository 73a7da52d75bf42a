/// The front of a BASP message, as CAF 0.17.6 writes it. Internal to `protocol/basp/`.
/// Source: caf::io::basp::header and caf::message of CAF 0.17.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability::basp {

/// The version of BASP that a server handshake names.
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

/// With its article, for a fault's `detail`: "a heartbeat".
std::string describe(operation which);

/// A direct message is for the actor with a name, not for one with an id.
inline constexpr std::uint8_t named_receiver = 0x01;

/// A client handshake comes again, for the connection is the one to be used.
inline constexpr std::uint8_t select_connection = 0x02;

/// The 32 bytes that each message begins with.
struct message_head {
  basp::operation operation;
  bool padded;  ///< with anything but zeros
  std::uint8_t flags;
  std::uint32_t payload_size;
  std::uint64_t data;  ///< of a handshake the version, of a message its id
  std::uint64_t source_actor;
  std::uint64_t dest_actor;
};

/// REQUIRES that `bytes` begin with a whole header.
message_head read_head(std::string_view bytes) noexcept;

/// Sets the payload's size in the header at `at`.
void write_payload_size(std::string& out, std::size_t at, std::size_t size) noexcept;

// -- ids of messages
// ---------------------------------------------------------------------------------------------------

inline constexpr std::uint64_t answer_bit = 0x8000'0000'0000'0000;

inline bool is_answer(std::uint64_t id) noexcept { return (id & answer_bit) != 0; }

/// Whether an answer is wanted.
inline bool is_request(std::uint64_t id) noexcept { return !is_answer(id) && (id & 0x0fff'ffff'ffff'ffff) != 0; }

/// Whether a mailbox takes it for part of one of CAF's streams. It then reads the content as one, whatever it is.
inline bool is_of_stream(std::uint64_t id) noexcept { return (id & 0x2000'0000'0000'0000) != 0; }

// -- what messages hold
// ------------------------------------------------------------------------------------------------

/// How much of a payload `look_at` needs, if there is as much.
inline constexpr std::size_t content_prefix = 64;

/// An error's code and the atom of its category; its context follows.
inline constexpr std::size_t error_size = 9;

/// A message that holds nothing; also as the context of an error.
inline constexpr std::string_view nothing{"\0\0\x03@<>", 6};

enum class content : std::uint8_t {
  texts,  ///< up to 8 strings, or nothing
  error,  ///< one error, whose code and category are whole
  other,
};

/// What a payload says of itself.
struct look {
  basp::content content;
  std::size_t size;  ///< of what stands before the content
};

look look_at(std::string_view payload) noexcept;

}  // namespace ability::basp
