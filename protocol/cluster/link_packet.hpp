/// Packets of a link between two nodes: records back to back in a versioned format of our own, so that a cluster may
/// mix versions (docs/protocols/cluster.md "Packets").
///
///     packet = sequence (8 bytes) record*
///     record = kind (1 byte) length (4 bytes) body
///
/// Numbers are big-endian. A packet with a sequence other than 0 is acknowledged by it after all its records were
/// forwarded. Unknown kinds, and bytes of a body after the known ones, belong to later versions and are skipped.
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

/// Bytes at which a packet is full; its last record may exceed them.
inline constexpr std::size_t link_packet_size = 32'768;

/// Maximum bytes of a packet, without an appended acknowledgement; larger records are not sent. Leaves room for a
/// publication of 1 MiB at its origin.
inline constexpr std::size_t max_link_packet_size = (std::size_t{1} << 20) + 32'768;

// -- records, as read: all views are into the packet

/// A message for the stream's followers at the receiver.
struct publication_record {
  std::string_view stream;
  std::string_view data;
  std::string_view exclude_socket;
  std::string_view broadcast_type;
  bool data_is_json;
  bool transient;
};

/// The sender got its first follower of the stream, or lost its last one.
struct interest_record {
  std::string_view stream;
  bool followed;
};

/// The sender lost `lost` publications to `stream` on their way to the receiver. Empty `stream`: the streams are
/// unknown.
struct gap_record {
  std::string_view stream;
  std::uint64_t lost;
};

/// A remote disconnect.
struct disconnect_record {
  std::string_view identity;
  bool reconnect;
};

/// All packets up to and including this sequence were forwarded.
struct ack_record {
  std::uint64_t sequence;
};

/// The members known to the sender, including itself, as encoded by `encode_members`.
struct members_record {
  std::string_view json;
};

/// The sender has announced all interest that it had when the link was established.
struct interest_complete_record {};

/// The sender shuts down properly; nothing follows.
struct leave_record {
  std::string_view reason;
};

/// Heartbeat of the sender; carries nothing.
struct beat_record {};

using link_record = std::variant<publication_record, interest_record, gap_record, disconnect_record, ack_record,
                                 members_record, interest_complete_record, leave_record, beat_record>;

// -- writing

/// Begins a packet in `out`, which must be empty. `number` 0: it is not acknowledged.
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

/// The record of a broadcast, which it refers to.
publication_record record_of(const broadcast& message);

// -- reading

/// Iterates over the records of one packet, which must outlive it.
class link_packet_reader {
public:
  /// Errors of this and of `next`: `too_large` (a length beyond the end), `wrong_value`. The packet and the link are
  /// then unusable.
  static result<link_packet_reader> open(std::string_view packet);

  std::uint64_t number() const noexcept { return number_; }

  /// True if there is no further record.
  bool done() const noexcept { return rest_.empty(); }

  /// The next record of a known kind, or a `monostate` for an unknown kind. Not to be called when `done`.
  result<std::variant<std::monostate, link_record>> next();

private:
  link_packet_reader(std::uint64_t number, std::string_view rest) noexcept : number_{number}, rest_{rest} {}

  std::uint64_t number_;
  std::string_view rest_;
};

/// A copy of a record as a broadcast.
broadcast broadcast_of(const publication_record& record);

}  // namespace ability
