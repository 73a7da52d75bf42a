#include "protocol/cluster/link_packet.hpp"

#include <boost/endian/conversion.hpp>
#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

namespace ability {

namespace {

namespace endian = boost::endian;

// Kinds on the wire: never reuse a number. A text is its size in four bytes and its bytes; flags are one byte, other
// numbers eight bytes.
enum class kind : std::uint8_t {
  publication = 1,  // flags, stream, data, then exclude_socket and broadcast_type as flagged
  interest = 2,     // flags, stream
  gap = 3,          // lost, stream
  disconnect = 4,   // flags, identity
  ack = 5,          // sequence
  members = 6,      // JSON as a text
  interest_complete = 7,
  leave = 8,  // reason
  beat = 9,
};

// Bits of a publication's first byte. The last two announce the texts after the data.
constexpr std::uint8_t data_is_json = 0x01;
constexpr std::uint8_t is_transient = 0x02;
constexpr std::uint8_t has_exclude_socket = 0x04;
constexpr std::uint8_t has_broadcast_type = 0x08;

constexpr std::uint8_t is_followed = 0x01;
constexpr std::uint8_t may_reconnect = 0x01;

constexpr std::size_t record_header_size = 5;
constexpr std::size_t text_header_size = 4;

const unsigned char* octets(const char* bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes); }

unsigned char* octets(char* bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes); }

// -- writing

std::size_t size_of(std::string_view text) noexcept { return text_header_size + text.size(); }

/// Allocates one record at once, and fills it.
class record_writer {
public:
  record_writer(std::string& packet, kind what, std::size_t body_size) {
    assert(body_size <= std::numeric_limits<std::uint32_t>::max());
    const auto at = packet.size();
    packet.resize(at + record_header_size + body_size);
    place_ = packet.data() + at;
    put(static_cast<std::uint8_t>(what));
    put_size(body_size);
  }

  void put(std::uint8_t value) noexcept { *place_++ = static_cast<char>(value); }

  void put(std::uint64_t value) noexcept {
    endian::store_big_u64(octets(place_), value);
    place_ += sizeof value;
  }

  void put(std::string_view text) noexcept {
    put_size(text.size());
    if (!text.empty())
      std::memcpy(place_, text.data(), text.size());
    place_ += text.size();
  }

private:
  void put_size(std::size_t value) noexcept {
    endian::store_big_u32(octets(place_), static_cast<std::uint32_t>(value));
    place_ += text_header_size;
  }

  char* place_;
};

// -- reading

/// Reads fields of a body. A read beyond its end returns an empty value, and `failure` reports it.
class body_reader {
public:
  explicit body_reader(std::string_view body) noexcept : rest_{body} {}

  std::uint8_t byte() noexcept { return static_cast<std::uint8_t>(fits(1) ? *take(1) : 0); }

  std::uint64_t number() noexcept {
    constexpr std::size_t size = sizeof(std::uint64_t);
    return fits(size) ? endian::load_big_u64(octets(take(size))) : 0;
  }

  std::string_view text() noexcept {
    if (!fits(text_header_size))
      return {};
    const std::size_t size = endian::load_big_u32(octets(take(text_header_size)));
    if (size > rest_.size()) {
      too_large_ = true;
      return {};
    }
    return {take(size), size};
  }

  /// A text that must not be empty.
  std::string_view name() noexcept {
    const auto found = text();
    nameless_ = nameless_ || found.empty();
    return found;
  }

  bool failed() const noexcept { return cut_ || too_large_ || nameless_; }

  fault failure(kind what) const {
    const auto where = "a record of kind " + std::to_string(static_cast<int>(what));
    if (too_large_)
      return {errc::too_large, where + " holds a text that goes beyond its end"};
    return {errc::wrong_value, where + (cut_ ? " is cut short" : " holds an empty name")};
  }

private:
  bool fits(std::size_t size) noexcept {
    cut_ = cut_ || rest_.size() < size;
    return !cut_;
  }

  const char* take(std::size_t size) noexcept {
    const auto* at = rest_.data();
    rest_.remove_prefix(size);
    return at;
  }

  std::string_view rest_;
  bool cut_ = false;
  bool too_large_ = false;
  bool nameless_ = false;
};

void read(body_reader& body, publication_record& into) noexcept {
  const auto flags = body.byte();
  into.stream = body.name();
  into.data = body.text();
  into.data_is_json = (flags & data_is_json) != 0;
  into.transient = (flags & is_transient) != 0;
  if ((flags & has_exclude_socket) != 0)
    into.exclude_socket = body.text();
  if ((flags & has_broadcast_type) != 0)
    into.broadcast_type = body.text();
}

void read(body_reader& body, interest_record& into) noexcept {
  into.followed = (body.byte() & is_followed) != 0;
  into.stream = body.name();
}

void read(body_reader& body, gap_record& into) noexcept {
  into.lost = body.number();
  into.stream = body.text();
}

void read(body_reader& body, disconnect_record& into) noexcept {
  into.reconnect = (body.byte() & may_reconnect) != 0;
  into.identity = body.name();
}

void read(body_reader& body, ack_record& into) noexcept { into.sequence = body.number(); }

void read(body_reader& body, members_record& into) noexcept { into.json = body.text(); }

void read(body_reader& body, leave_record& into) noexcept { into.reason = body.text(); }

void read(body_reader&, interest_complete_record&) noexcept {}

void read(body_reader&, beat_record&) noexcept {}

}  // namespace

void begin_packet(std::string& out, std::uint64_t number) {
  assert(out.empty());
  out.resize(link_packet_header_size);
  number_packet(out, number);
}

void number_packet(std::string& packet, std::uint64_t number) {
  assert(packet.size() >= link_packet_header_size);
  endian::store_big_u64(octets(packet.data()), number);
}

void append_record(std::string& packet, const publication_record& what) {
  const bool excludes = !what.exclude_socket.empty();
  const bool has_type = !what.broadcast_type.empty();
  const auto size = 1 + size_of(what.stream) + size_of(what.data) + (excludes ? size_of(what.exclude_socket) : 0) +
                    (has_type ? size_of(what.broadcast_type) : 0);
  record_writer body{packet, kind::publication, size};
  body.put(static_cast<std::uint8_t>((what.data_is_json ? data_is_json : 0) | (what.transient ? is_transient : 0) |
                                     (excludes ? has_exclude_socket : 0) | (has_type ? has_broadcast_type : 0)));
  body.put(what.stream);
  body.put(what.data);
  if (excludes)
    body.put(what.exclude_socket);
  if (has_type)
    body.put(what.broadcast_type);
}

void append_record(std::string& packet, const interest_record& what) {
  record_writer body{packet, kind::interest, 1 + size_of(what.stream)};
  body.put(what.followed ? is_followed : std::uint8_t{0});
  body.put(what.stream);
}

void append_record(std::string& packet, const gap_record& what) {
  record_writer body{packet, kind::gap, sizeof what.lost + size_of(what.stream)};
  body.put(what.lost);
  body.put(what.stream);
}

void append_record(std::string& packet, const disconnect_record& what) {
  record_writer body{packet, kind::disconnect, 1 + size_of(what.identity)};
  body.put(what.reconnect ? may_reconnect : std::uint8_t{0});
  body.put(what.identity);
}

void append_record(std::string& packet, const ack_record& what) {
  record_writer{packet, kind::ack, sizeof what.sequence}.put(what.sequence);
}

void append_record(std::string& packet, const members_record& what) {
  record_writer{packet, kind::members, size_of(what.json)}.put(what.json);
}

void append_record(std::string& packet, interest_complete_record) { record_writer{packet, kind::interest_complete, 0}; }

void append_record(std::string& packet, const leave_record& what) {
  record_writer{packet, kind::leave, size_of(what.reason)}.put(what.reason);
}

void append_record(std::string& packet, beat_record) { record_writer{packet, kind::beat, 0}; }

publication_record record_of(const broadcast& message) {
  return {.stream = message.stream,
          .data = message.data,
          .exclude_socket = message.exclude_socket,
          .broadcast_type = message.broadcast_type,
          .data_is_json = message.data_is_json,
          .transient = message.transient};
}

result<link_packet_reader> link_packet_reader::open(std::string_view packet) {
  if (packet.size() < link_packet_header_size)
    return fault{errc::wrong_value, "a packet of " + std::to_string(packet.size()) + " bytes has no number"};
  return link_packet_reader{endian::load_big_u64(octets(packet.data())), packet.substr(link_packet_header_size)};
}

result<std::variant<std::monostate, link_record>> link_packet_reader::next() {
  if (rest_.size() < record_header_size)
    return fault{errc::wrong_value, "a packet ends within the head of a record"};
  const auto what = static_cast<kind>(rest_.front());
  const std::size_t size = endian::load_big_u32(octets(rest_.data() + 1));
  rest_.remove_prefix(record_header_size);
  if (size > rest_.size())
    return fault{errc::too_large,
                 "a record of " + std::to_string(size) + " bytes where its packet has " + std::to_string(rest_.size())};
  body_reader body{rest_.substr(0, size)};
  rest_.remove_prefix(size);
  // Constructed in the result: copying a new record costs more than reading it.
  result<std::variant<std::monostate, link_record>> found;
  const auto read_as = [&]<class Record>(std::in_place_type_t<Record>) {
    read(body, found->emplace<link_record>().emplace<Record>());
  };
  switch (what) {
    case kind::publication:
      read_as(std::in_place_type<publication_record>);
      break;
    case kind::interest:
      read_as(std::in_place_type<interest_record>);
      break;
    case kind::gap:
      read_as(std::in_place_type<gap_record>);
      break;
    case kind::disconnect:
      read_as(std::in_place_type<disconnect_record>);
      break;
    case kind::ack:
      read_as(std::in_place_type<ack_record>);
      break;
    case kind::members:
      read_as(std::in_place_type<members_record>);
      break;
    case kind::interest_complete:
      read_as(std::in_place_type<interest_complete_record>);
      break;
    case kind::leave:
      read_as(std::in_place_type<leave_record>);
      break;
    case kind::beat:
      read_as(std::in_place_type<beat_record>);
      break;
  }
  if (body.failed())
    found = body.failure(what);
  return found;
}

broadcast broadcast_of(const publication_record& record) {
  return {.stream = std::string{record.stream},
          .data = std::string{record.data},
          .data_is_json = record.data_is_json,
          .exclude_socket = std::string{record.exclude_socket},
          .broadcast_type = std::string{record.broadcast_type},
          .transient = record.transient};
}

}  // namespace ability
