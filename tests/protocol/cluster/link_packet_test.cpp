#define CAF_SUITE cluster_link_packet
#include "protocol/cluster/link_packet.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

using unknown = std::monostate;

template <class Record>
std::string packet_of(const Record& what, std::uint64_t number = 0) {
  std::string out;
  begin_packet(out, number);
  append_record(out, what);
  return out;
}

// The only record of a packet.
template <class Record>
Record only(std::string_view packet) {
  auto reader = link_packet_reader::open(packet);
  CAF_REQUIRE(reader.has_value());
  CAF_REQUIRE(!reader->done());
  const auto found = reader->next();
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(reader->done());
  CAF_REQUIRE(std::holds_alternative<link_record>(*found));
  CAF_REQUIRE(std::holds_alternative<Record>(std::get<link_record>(*found)));
  return std::get<Record>(std::get<link_record>(*found));
}

errc why_not(std::string_view packet) {
  auto reader = link_packet_reader::open(packet);
  if (!reader)
    return reader.error().code;
  while (!reader->done()) {
    const auto found = reader->next();
    if (!found) {
      CAF_CHECK(!found.error().detail.empty());
      return found.error().code;
    }
  }
  return errc{};
}

template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

const publication_record small{
    .stream = "s", .data = "hi", .exclude_socket = {}, .broadcast_type = {}, .data_is_json = false, .transient = false};
const publication_record whole{.stream = "chat",
                               .data = R"({"a":1})",
                               .exclude_socket = "sid",
                               .broadcast_type = "whisper",
                               .data_is_json = true,
                               .transient = true};

const std::string no_number(8, '\0');

// A packet with one record of each kind.
std::string one_of_each() {
  std::string out;
  begin_packet(out, 7);
  append_record(out, small);
  append_record(out, whole);
  append_record(out, interest_record{"chat", true});
  append_record(out, gap_record{"chat", 3});
  append_record(out, disconnect_record{"user", true});
  append_record(out, ack_record{9});
  append_record(out, members_record{"[]"});
  append_record(out, interest_complete_record{});
  append_record(out, leave_record{"bye"});
  append_record(out, beat_record{});
  return out;
}

}  // namespace

CAF_TEST(packets are the golden bytes) {
  CAF_CHECK_EQUAL(packet_of(small, 0x0102030405060708), bytes("\1\2\3\4\5\6\7\x08"
                                                              "\1\0\0\0\x0c\0\0\0\0\1s\0\0\0\2hi"));
  CAF_CHECK_EQUAL(packet_of(whole), no_number + bytes("\1\0\0\0\x26\x0f"
                                                      "\0\0\0\4chat\0\0\0\7{\"a\":1}\0\0\0\3sid\0\0\0\7whisper"));
  CAF_CHECK_EQUAL(packet_of(interest_record{"s", true}), no_number + bytes("\2\0\0\0\6\1\0\0\0\1s"));
  CAF_CHECK_EQUAL(packet_of(interest_record{"s", false}), no_number + bytes("\2\0\0\0\6\0\0\0\0\1s"));
  CAF_CHECK_EQUAL(packet_of(gap_record{"s", 0x0102}), no_number + bytes("\3\0\0\0\x0d\0\0\0\0\0\0\1\2\0\0\0\1s"));
  CAF_CHECK_EQUAL(packet_of(disconnect_record{"u", true}), no_number + bytes("\4\0\0\0\6\1\0\0\0\1u"));
  CAF_CHECK_EQUAL(packet_of(disconnect_record{"u", false}), no_number + bytes("\4\0\0\0\6\0\0\0\0\1u"));
  CAF_CHECK_EQUAL(packet_of(ack_record{0x0102030405060708}), no_number + bytes("\5\0\0\0\x08\1\2\3\4\5\6\7\x08"));
  CAF_CHECK_EQUAL(packet_of(members_record{"[]"}), no_number + bytes("\6\0\0\0\6\0\0\0\2[]"));
  CAF_CHECK_EQUAL(packet_of(interest_complete_record{}), no_number + bytes("\7\0\0\0\0"));
  CAF_CHECK_EQUAL(packet_of(leave_record{"x"}), no_number + bytes("\x08\0\0\0\5\0\0\0\1x"));
  CAF_CHECK_EQUAL(packet_of(beat_record{}), no_number + bytes("\x09\0\0\0\0"));
}

CAF_TEST(records come back) {
  for (const auto& each : {small, whole}) {
    const auto packet = packet_of(each);
    const auto back = only<publication_record>(packet);
    CAF_CHECK_EQUAL(back.stream, each.stream);
    CAF_CHECK_EQUAL(back.data, each.data);
    CAF_CHECK_EQUAL(back.exclude_socket, each.exclude_socket);
    CAF_CHECK_EQUAL(back.broadcast_type, each.broadcast_type);
    CAF_CHECK_EQUAL(back.data_is_json, each.data_is_json);
    CAF_CHECK_EQUAL(back.transient, each.transient);
  }
  for (const bool flag : {false, true}) {
    const auto interest = packet_of(interest_record{"chat", flag});
    CAF_CHECK_EQUAL(only<interest_record>(interest).stream, "chat");
    CAF_CHECK_EQUAL(only<interest_record>(interest).followed, flag);
    const auto disconnect = packet_of(disconnect_record{"user", flag});
    CAF_CHECK_EQUAL(only<disconnect_record>(disconnect).identity, "user");
    CAF_CHECK_EQUAL(only<disconnect_record>(disconnect).reconnect, flag);
  }
  const auto gap = packet_of(gap_record{"", 1ull << 63});
  CAF_CHECK_EQUAL(only<gap_record>(gap).stream, "");
  CAF_CHECK(only<gap_record>(gap).lost == 1ull << 63);
  CAF_CHECK_EQUAL(only<ack_record>(packet_of(ack_record{77})).sequence, 77u);
  const auto members = packet_of(members_record{"[1]"});
  CAF_CHECK_EQUAL(only<members_record>(members).json, "[1]");
  const auto leave = packet_of(leave_record{"bye"});
  CAF_CHECK_EQUAL(only<leave_record>(leave).reason, "bye");
  only<interest_complete_record>(packet_of(interest_complete_record{}));
  only<beat_record>(packet_of(beat_record{}));
}

CAF_TEST(each way of telling a publication comes back) {
  for (int bits = 0; bits < 16; ++bits) {
    const publication_record what{.stream = "s",
                                  .data = "",
                                  .exclude_socket = (bits & 1) != 0 ? "sid" : "",
                                  .broadcast_type = (bits & 2) != 0 ? "type" : "",
                                  .data_is_json = (bits & 4) != 0,
                                  .transient = (bits & 8) != 0};
    const auto packet = packet_of(what);
    const auto back = only<publication_record>(packet);
    CAF_CHECK_EQUAL(back.exclude_socket, what.exclude_socket);
    CAF_CHECK_EQUAL(back.broadcast_type, what.broadcast_type);
    CAF_CHECK_EQUAL(back.data_is_json, what.data_is_json);
    CAF_CHECK_EQUAL(back.transient, what.transient);
  }
}

CAF_TEST(records come in their order) {
  const auto packet = one_of_each();
  auto reader = link_packet_reader::open(packet);
  CAF_REQUIRE(reader.has_value());
  CAF_CHECK_EQUAL(reader->number(), 7u);
  std::vector<std::size_t> kinds;
  while (!reader->done()) {
    const auto found = reader->next();
    CAF_REQUIRE(found.has_value() && std::holds_alternative<link_record>(*found));
    kinds.push_back(std::get<link_record>(*found).index());
  }
  CAF_CHECK(kinds == (std::vector<std::size_t>{0, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

CAF_TEST(a packet gets its number late) {
  auto packet = packet_of(beat_record{});
  number_packet(packet, 5);
  CAF_CHECK_EQUAL(packet, packet_of(beat_record{}, 5));
  CAF_CHECK_EQUAL(link_packet_reader::open(packet)->number(), 5u);
}

CAF_TEST(a packet may be empty) {
  std::string packet;
  begin_packet(packet, 1);
  CAF_CHECK_EQUAL(packet.size(), link_packet_header_size);
  CAF_CHECK(link_packet_reader::open(packet)->done());
}

CAF_TEST(truncated at any byte a packet is refused or holds fewer records) {
  const auto packet = one_of_each();
  std::size_t whole_ones = 0;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const std::string cut = packet.substr(0, size);  // its own memory: a sanitizer detects reading past it
    auto reader = link_packet_reader::open(cut);
    if (size < link_packet_header_size) {
      CAF_CHECK(reader.has_error());
      continue;
    }
    CAF_REQUIRE(reader.has_value());
    std::size_t read = 0;
    bool failed = false;
    while (!failed && !reader->done()) {
      failed = reader->next().has_error();
      read += failed ? 0 : 1;
    }
    CAF_CHECK(read < 10);
    whole_ones += failed ? 0 : 1;
  }
  CAF_CHECK_EQUAL(whole_ones, 10u);  // cuts between any two records, and before the first
}

CAF_TEST(a body that is too short for its fields is refused) {
  const auto packet = one_of_each();
  auto reader = link_packet_reader::open(packet);
  for (std::size_t at = link_packet_header_size; at < packet.size();) {
    const auto size = static_cast<unsigned char>(packet[at + 4]);
    for (unsigned char shorter = 0; shorter < size; ++shorter) {
      auto body = no_number + packet.substr(at, 5 + shorter);
      body[link_packet_header_size + 4] = static_cast<char>(shorter);
      CAF_CHECK(why_not(body) == errc::wrong_value || why_not(body) == errc::too_large);
    }
    at += 5 + size;
  }
}

CAF_TEST(what is wrong is named) {
  CAF_CHECK(why_not("1234567") == errc::wrong_value);
  CAF_CHECK(why_not(no_number + bytes("\x09\0\0\0")) == errc::wrong_value);
  CAF_CHECK(why_not(no_number + bytes("\x09\0\0\0\1")) == errc::too_large);
  CAF_CHECK(why_not(no_number + bytes("\x09\xff\xff\xff\xff")) == errc::too_large);
  CAF_CHECK(why_not(no_number + bytes("\5\0\0\0\7\1\2\3\4\5\6\7")) == errc::wrong_value);
  CAF_CHECK(why_not(no_number + bytes("\2\0\0\0\6\1\0\0\0\2s")) == errc::too_large);
  CAF_CHECK(why_not(no_number + bytes("\2\0\0\0\6\1\xff\xff\xff\xffs")) == errc::too_large);
  CAF_CHECK(why_not(packet_of(interest_record{"", true})) == errc::wrong_value);
  CAF_CHECK(why_not(packet_of(disconnect_record{"", true})) == errc::wrong_value);
  auto nameless = small;
  nameless.stream = "";
  CAF_CHECK(why_not(packet_of(nameless)) == errc::wrong_value);
}

CAF_TEST(kinds that are not known are skipped) {
  for (const int kind : {0, 10, 127, 128, 255}) {
    auto packet = no_number;
    packet += static_cast<char>(kind);
    packet += bytes("\0\0\0\3abc");
    append_record(packet, ack_record{3});
    auto reader = link_packet_reader::open(packet);
    const auto first = reader->next();
    CAF_REQUIRE(first.has_value());
    CAF_CHECK(std::holds_alternative<unknown>(*first));
    const auto second = reader->next();
    CAF_REQUIRE(second.has_value());
    CAF_CHECK_EQUAL(std::get<ack_record>(std::get<link_record>(*second)).sequence, 3u);
    CAF_CHECK(reader->done());
  }
}

CAF_TEST(what bodies hold behind what is known is skipped) {
  const auto packet = one_of_each();
  std::string longer = packet.substr(0, link_packet_header_size);
  for (std::size_t at = link_packet_header_size; at < packet.size();) {
    const auto size = static_cast<unsigned char>(packet[at + 4]);
    auto record = packet.substr(at, 5 + size) + "later";
    record[4] = static_cast<char>(size + 5);
    longer += record;
    at += 5 + size;
  }
  auto reader = link_packet_reader::open(longer);
  std::string again;
  begin_packet(again, reader->number());
  while (!reader->done()) {
    const auto found = reader->next();
    CAF_REQUIRE(found.has_value());
    std::visit([&again](const auto& each) { append_record(again, each); }, std::get<link_record>(*found));
  }
  CAF_CHECK_EQUAL(again, packet);
}

CAF_TEST(flags that are not known are ignored) {
  const auto packet = no_number + bytes("\1\0\0\0\x0c\xf1\0\0\0\1s\0\0\0\2hi");
  const auto back = only<publication_record>(packet);
  CAF_CHECK_EQUAL(back.data, "hi");
  CAF_CHECK(back.data_is_json && !back.transient);
}

CAF_TEST(what is read views the packet) {
  const auto packet = packet_of(whole);
  const auto back = only<publication_record>(packet);
  for (const auto text : {back.stream, back.data, back.exclude_socket, back.broadcast_type})
    CAF_CHECK(text.data() > packet.data() && text.data() + text.size() <= packet.data() + packet.size());
}

CAF_TEST(a broadcast comes back) {
  const broadcast message{.stream = "chat",
                          .data = std::string("\0\xff", 2),
                          .data_is_json = true,
                          .exclude_socket = "sid",
                          .broadcast_type = "type",
                          .transient = true};
  const auto packet = packet_of(record_of(message));
  const auto back = broadcast_of(only<publication_record>(packet));
  CAF_CHECK_EQUAL(back.stream, message.stream);
  CAF_CHECK(back.data == message.data);
  CAF_CHECK_EQUAL(back.data_is_json, true);
  CAF_CHECK_EQUAL(back.exclude_socket, message.exclude_socket);
  CAF_CHECK_EQUAL(back.broadcast_type, message.broadcast_type);
  CAF_CHECK_EQUAL(back.transient, true);
}

CAF_TEST(a large publication comes back) {
  const std::string data(1'000'000, 'x');
  auto large = small;
  large.data = data;
  const auto packet = packet_of(large);
  CAF_CHECK(only<publication_record>(packet).data == data);
}
