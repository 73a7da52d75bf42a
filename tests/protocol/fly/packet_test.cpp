#define CAF_SUITE fly_packet
#include "protocol/fly/packet.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability::fly;

namespace {

std::string bytes_of(const std::vector<int>& numbers) {
  std::string out;
  for (const auto number : numbers)
    out += static_cast<char>(number);
  return out;
}

std::string encoded(const packet& what, profile how = profile::normal) {
  std::string out;
  append_packet(out, what, how);
  return out;
}

bool same(const packet& a, const packet& b) {
  return a.type == b.type && a.options == b.options && a.command == b.command && a.sequence == b.sequence &&
         a.buffer == b.buffer;
}

constexpr auto rpc = subtype::rpc;
constexpr std::uint8_t resp_error = rpc_option::resp | rpc_option::error;

// docs/protocols/flyrpc.md "Packet".
const std::vector<std::pair<packet, std::string>> golden{
    {{rpc, 0, 0x0102, 3, "hi"}, bytes_of({0xc0, 1, 2, 3, 0, 2, 0x68, 0x69})},
    {{rpc, rpc_option::resp, 0x0102, 3, ""}, bytes_of({0xc1, 1, 2, 3, 0, 0})},
    {{rpc, resp_error, 0x0102, 3, {"\0\0\x27\x10", 4}}, bytes_of({0xc3, 1, 2, 3, 0, 4, 0, 0, 0x27, 0x10})},
    {{subtype::ping, ping_option::ping, 0, 1, {"\0\0", 2}}, bytes_of({0x81, 0, 0, 1, 0, 2, 0, 0})},
    {{subtype::ping, ping_option::pong, 0, 1, {"\0\0", 2}}, bytes_of({0x82, 0, 0, 1, 0, 2, 0, 0})},
};

std::string golden_stream() {
  std::string all;
  for (const auto& [what, bytes] : golden)
    all += bytes;
  return all;
}

}  // namespace

CAF_TEST(packets are the golden bytes) {
  for (const auto& [what, bytes] : golden) {
    CAF_CHECK_EQUAL(encoded(what), bytes);
    const auto read = whole_packet(bytes);
    CAF_REQUIRE(read.has_value());
    CAF_CHECK(same(*read, what));
  }
}

CAF_TEST(every flag byte command and sequence comes back) {
  for (int flag = 0; flag < 256; ++flag) {
    const auto bytes = bytes_of({flag, 0xff, 0x80, 0xfe, 0, 1, 0x7f});
    const auto read = whole_packet(bytes);
    CAF_REQUIRE(read.has_value());
    CAF_CHECK_EQUAL(static_cast<int>(read->type), flag & 0xc0);
    CAF_CHECK_EQUAL(read->options, flag & 0x3f);
    CAF_CHECK_EQUAL(read->command, 0xff80);
    CAF_CHECK_EQUAL(read->sequence, 0xfe);
    CAF_CHECK_EQUAL(encoded(*read), bytes);
  }
}

CAF_TEST(truncated at any byte there is no packet) {
  for (const auto& [what, bytes] : golden)
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAF_CHECK(!first_packet(bytes.substr(0, size)));
      CAF_CHECK(!whole_packet(bytes.substr(0, size)));
    }
}

CAF_TEST(a datagram whose length lies is none) {
  const auto& bytes = golden.front().second;
  CAF_CHECK(!whole_packet(bytes + "x"));
  CAF_CHECK(first_packet(bytes + "x"));
  auto longer = bytes;
  longer[5] = 3;
  CAF_CHECK(!whole_packet(longer));
  longer[5] = 1;
  CAF_CHECK(!whole_packet(longer));
}

CAF_TEST(the largest buffer fits) {
  const std::string most(max_buffer, 'x');
  const auto bytes = encoded({rpc, 0, 1, 2, most});
  CAF_CHECK_EQUAL(bytes.size(), max_packet);
  const auto read = whole_packet(bytes);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(read->buffer == most);
}

CAF_TEST(a stream is put together from any two pieces) {
  const auto all = golden_stream();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    packet_reader reader;
    std::size_t seen = 0;
    const auto check = [&](const packet& found) {
      CAF_REQUIRE(seen < golden.size());
      CAF_CHECK(same(found, golden[seen].first));
      ++seen;
      return true;
    };
    reader.feed(std::string_view{all}.substr(0, cut), check);
    reader.feed(std::string_view{all}.substr(cut), check);
    CAF_CHECK_EQUAL(seen, golden.size());
    CAF_CHECK(reader.between_packets());
  }
}

CAF_TEST(a stream is put together from single bytes) {
  packet_reader reader;
  std::size_t seen = 0;
  const auto all = golden_stream();
  for (const char& byte : all)
    reader.feed({&byte, 1}, [&](const packet& found) { return same(found, golden[seen++].first); });
  CAF_CHECK_EQUAL(seen, golden.size());
  CAF_CHECK(reader.between_packets());
  reader.feed("\xc0", [](const packet&) { return true; });
  CAF_CHECK(!reader.between_packets());
}

CAF_TEST(a reader stops when it is told to) {
  packet_reader reader;
  std::size_t seen = 0;
  reader.feed(golden_stream(), [&](const packet&) { return ++seen < 2; });
  CAF_CHECK_EQUAL(seen, 2u);
}

// docs/protocols/flyrpc.md "Profile legacy", bytes that the first Go implementation sent.
CAF_TEST(the legacy profile is that of upstream) {
  const auto request = bytes_of({0xb1, 1, 2, 3, 0, 2, 0x68, 0x69});
  const auto reply = bytes_of({0xb2, 0, 2, 9, 0, 0});
  const auto not_found = bytes_of({0xb6, 0, 0x63, 9, 0, 4, 0, 0, 0x27, 0x10});
  CAF_CHECK_EQUAL(encoded({rpc, 0, 0x0102, 3, "hi"}, profile::legacy), request);
  CAF_CHECK_EQUAL(encoded({rpc, rpc_option::resp, 2, 9, ""}, profile::legacy), reply);
  CAF_CHECK_EQUAL(encoded({rpc, resp_error, 0x63, 9, {"\0\0\x27\x10", 4}}, profile::legacy), not_found);
  CAF_CHECK(same(whole_packet(request, profile::legacy).value(), {rpc, 0, 0x0102, 3, "hi"}));
  CAF_CHECK(same(whole_packet(reply, profile::legacy).value(), {rpc, rpc_option::resp, 2, 9, ""}));
  CAF_CHECK(whole_packet(not_found, profile::legacy)->options == resp_error);
  const auto& ping = golden[3];
  CAF_CHECK_EQUAL(encoded(ping.first, profile::legacy), ping.second);
  CAF_CHECK(same(whole_packet(ping.second, profile::legacy).value(), ping.first));
}

CAF_TEST(a legacy peer shows) {
  CAF_CHECK(looks_legacy(whole_packet(bytes_of({0xb1, 1, 2, 3, 0, 0})).value()));
  for (const auto& [what, bytes] : golden)
    CAF_CHECK(!looks_legacy(what));
}
