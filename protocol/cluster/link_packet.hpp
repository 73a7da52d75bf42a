/// The packets of a link between two nodes: records back to back in versioned bytes of our own, so that versions can be
/// mixed in a cluster (docs/protocols/cluster.md "Packets").
///
///     packet = sequence (8 bytes) record*
///     record = kind (1 byte) length (4 bytes) body
///
/// Numbers are big-endian. A packet with a sequence other than 0 is acknowledged, by its number, once all of it has
/// been handed on. Unknown kinds, and what a body holds behind what is known, are for later versions and are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/publication/publication.hpp"
#include "protocol/result.hpp"

namespace ability {

inline constexpr std::size_t link_packet_header_size = 8;

/// The size at which a packet is full: one record may take it beyond.
inline constexpr std::size_t link_packet_size = 32'768;

/// No packet is larger, but for an acknowledgement that is appended to it. What takes more does not cross: with room
/// for a publication that takes 1 MiB where it came from.
inline constexpr std::size_t max_link_packet_size = (std::size_t{1} << 20) + 32'768;

// -- records, as they are read: all views are into the packet
// ----------------------------------------------------------

/// A message for everyone on the receiver who follows the stream.
struct publication_record {
  std::string_view stream;
  std::string_view data;
  std::string_view exclude_socket;
  std::string_view broadcast_type;
  bool data_is_json;
  bool transient;
};

/// The sender has its first follower of the stream, or has lost its last one.
struct interest_record {
  std::string_view stream;
  bool followed;
};

/// The sender lost `lost` publications to `stream` on their way to the receiver. An empty stream: of streams it does
/// not know.
struct gap_record {
  std::string_view stream;
  std::uint64_t lost;
};

/// A remote disconnect.
struct disconnect_record {
  std::string_view identity;
  bool reconnect;
};

/// All packets up to and with this sequence were handed on.
struct ack_record {
  std::uint64_t sequence;
};

/// The members that the sender knows, itself included, as `encode_members` makes them.
struct members_record {
  std::string_view json;
};

/// All interest that the sender had when the link came up has been told.
struct interest_complete_record {};

/// The sender leaves the cluster in good order; nothing comes behind this.
struct leave_record {
  std::string_view reason;
};

/// Proves that the sender lives; carries nothing.
struct beat_record {};

using link_record = std::variant<publication_record, interest_record, gap_record, disconnect_record, ack_record,
                                 members_record, interest_complete_record, leave_record, beat_record>;

// -- writing
// -------------------------------------------------------------------------------------------------------------

/// Begins a packet in `out`, which must be empty. `number` is 0 for one that is not to be acknowledged.
void begin_packet(std::string& out, std::uint64_t number);

/// Sets the number of a packet that was begun.
void number_packet(std::string& packet, std::uint64_t number);

void append_record(std::string& packet, const publication_record& what);
void append_record(std::string& packet, const interest_record& what);
void append_record(std::string& packet, const gap_record& what);
void append_record(std::string& packet, const disconnect_record& what);
void append_record(std::string& packet, const ack_record& what);
void append_record(std::string& packet, const members_record& what);
void append_record(std::string& packet, interest_complete_record what);
void append_record(std::string& packet, const leave_record& what);
void append_record(std::string& packet, beat_record what);

/// The record of a broadcast, viewing it.
publication_record record_of(const broadcast& message);

// -- reading
// -------------------------------------------------------------------------------------------------------------

/// Walks over the records of one packet, which outlives it.
class link_packet_reader {
public:
  /// Errors of this and of `next`: `too_large` (a length beyond the end), `wrong_value`. The packet, and with it the
  /// link, is of no more use then.
  static result<link_packet_reader> open(std::string_view packet);

  std::uint64_t number() const noexcept { return number_; }

  /// Whether there is no further record.
  bool done() const noexcept { return rest_.empty(); }

  /// The next record of a kind that is known; nothing (a `monostate`) for one that is not. Not to be called when
  /// `done`.
  result<std::variant<std::monostate, link_record>> next();

private:
  link_packet_reader(std::uint64_t number, std::string_view rest) noexcept : number_{number}, rest_{rest} {}

  std::uint64_t number_;
  std::string_view rest_;
};

/// The broadcast that a record stands for, with its own memory.
broadcast broadcast_of(const publication_record& record);

}  // namespace ability
