#define CAF_SUITE fly_mux
#include "protocol/fly/mux.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/fly/packet.hpp"

using namespace ability::fly;

namespace {

using ids = std::vector<client_id>;

std::string frames(const ids& targets, std::string_view buffer) {
  std::string out;
  append_frames(out, targets, buffer);
  return out;
}

ids targets_of(const mux_frame& frame) { return {frame.targets.begin(), frame.targets.end()}; }

// Buffers of the frames in `bytes` that are addressed to `whom`.
std::vector<std::string> brought(std::string_view bytes, client_id whom) {
  std::vector<std::string> all;
  while (const auto frame = first_frame(bytes)) {
    if (std::find(frame->targets.begin(), frame->targets.end(), whom) != frame->targets.end())
      all.emplace_back(frame->buffer);
    bytes.remove_prefix(frame->size);
  }
  CAF_CHECK(bytes.empty());
  return all;
}

}  // namespace

CAF_TEST(a frame is these bytes) {
  CAF_CHECK_EQUAL(frames({1, 0x0203}, "hi"), (std::string{"\x02\x00\x01\x02\x03\x00\x02hi", 9}));
  CAF_CHECK_EQUAL(frames({7}, ""), (std::string{"\x01\x00\x07\x00\x00", 5}));
}

CAF_TEST(a frame comes back) {
  const ids some{0, 1, 255, 256, 65'535};
  const auto bytes = frames(some, "buffer");
  const auto more = bytes + "more";
  const auto frame = first_frame(more);
  CAF_REQUIRE(frame.has_value());
  CAF_CHECK_EQUAL(targets_of(*frame), some);
  CAF_CHECK_EQUAL(frame->buffer, "buffer");
  CAF_CHECK_EQUAL(frame->size, bytes.size());
}

CAF_TEST(truncated at any byte there is no frame) {
  const auto bytes = frames({1, 2, 3}, "buffer");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CAF_CHECK(!first_frame(bytes.substr(0, size)));
  CAF_CHECK_EQUAL(frame_size(bytes.substr(0, 9)), bytes.size());
  CAF_CHECK_EQUAL(frame_size(bytes.substr(0, 8)), 0u);
}

CAF_TEST(a frame for nobody is read) {
  const std::string bytes{"\x00\x00\x01x", 4};
  const auto frame = first_frame(bytes);
  CAF_REQUIRE(frame.has_value());
  CAF_CHECK_EQUAL(frame->targets.size(), 0u);
  CAF_CHECK_EQUAL(frame->buffer, "x");
  CAF_CHECK_EQUAL(frames({}, "x"), "");
}

CAF_TEST(many targets and long buffers take several frames) {
  ids many;
  for (client_id id = 1; id <= 600; ++id)
    many.push_back(id);
  const std::string buffer = std::string(65'535, 'a') + std::string(65'535, 'b') + "c";
  const auto bytes = frames(many, buffer);
  for (const client_id whom : {1, 255, 256, 510, 511, 600}) {
    std::string whole;
    for (const auto& piece : brought(bytes, whom)) {
      CAF_CHECK(!piece.empty());  // an empty frame would close the client
      whole += piece;
    }
    CAF_CHECK(whole == buffer);
  }
  CAF_CHECK(brought(bytes, 601).empty());
  CAF_CHECK_EQUAL(brought(frames(many, std::string(65'535, 'a')), 600).size(), 1u);
}

CAF_TEST(what one client gets together is one frame) {
  std::string out = "before";
  const auto at = out.size();
  append_frames(out, std::array<client_id, 1>{7}, "ab");
  CAF_CHECK(extend_frame(out, at, 7, "cd", 4));
  std::string one = "before";
  append_frames(one, std::array<client_id, 1>{7}, "abcd");
  CAF_CHECK_EQUAL(out, one);
}

CAF_TEST(a frame is not extended by what is not for its client alone) {
  const auto refused = [](std::span<const client_id> targets, std::string_view first, std::size_t at, client_id target,
                          std::string_view more, std::size_t most = max_buffer) {
    std::string out;
    append_frames(out, targets, first);
    const auto before = out;
    return !extend_frame(out, at, target, more, most) && out == before;
  };
  const std::array<client_id, 1> one{7};
  CAF_CHECK(refused(one, "ab", 0, 8, "c"));
  CAF_CHECK(refused(std::array<client_id, 2>{7, 8}, "ab", 0, 7, "c"));
  CAF_CHECK(refused(one, "", 0, 7, "c"));
  CAF_CHECK(refused(one, "ab", 0, 7, ""));
  CAF_CHECK(refused(one, "ab", 0, 7, "c", 2));
  CAF_CHECK(refused(one, std::string(65'535, 'x'), 0, 7, "c"));
  CAF_CHECK(refused(one, "ab", 1, 7, "c"));
  CAF_CHECK(refused(one, "ab", 7, 7, "c"));
  CAF_CHECK(refused(one, "ab", 1'000, 7, "c"));
}
