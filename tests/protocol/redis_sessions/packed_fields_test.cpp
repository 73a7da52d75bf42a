#define CAF_SUITE packed_fields
#include "protocol/redis_sessions/packed_fields.hpp"

#include <limits>
#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

constexpr auto highest = std::numeric_limits<std::uint64_t>::max();

std::string with_number(std::uint64_t number) {
  packed_writer to;
  to.add(number);
  return to.take();
}

}  // namespace

CAF_TEST(fields are read in the order in which they were written) {
  packed_writer to;
  to.add(std::uint64_t{300});
  to.add(std::string_view{"a\0b", 3});
  to.add_flag(true);
  to.add(std::string_view{});
  to.add_flag(false);
  const auto bytes = to.take();
  packed_reader from{bytes};
  CAF_CHECK_EQUAL(from.number(), 300u);
  CAF_CHECK_EQUAL(from.text(), (std::string_view{"a\0b", 3}));
  CAF_CHECK(from.flag());
  CAF_CHECK(!from.is_done());
  CAF_CHECK(from.text().empty());
  CAF_CHECK(!from.flag());
  CAF_CHECK(from.is_done());
}

CAF_TEST(numbers of any size are read back) {
  for (const auto number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{16'384},
                            highest / 2, highest - 1, highest}) {
    const auto bytes = with_number(number);
    packed_reader from{bytes};
    CAF_CHECK_EQUAL(from.number(), number);
    CAF_CHECK(from.is_done());
  }
}

CAF_TEST(what is not there is a fault and every field behind it is empty) {
  const auto bytes = with_number(7);
  packed_reader from{bytes};
  CAF_CHECK_EQUAL(from.number(), 7u);
  CAF_CHECK_EQUAL(from.number(), 0u);
  CAF_CHECK(!from.is_good());
  CAF_CHECK(from.text().empty());
  CAF_CHECK(!from.flag());
  CAF_CHECK_EQUAL(from.count(), 0u);
  CAF_CHECK(!from.is_done());
}

CAF_TEST(sizes beyond the end are faults) {
  for (const auto number : {std::uint64_t{1}, std::uint64_t{1'000'000}, highest}) {
    const auto bytes = with_number(number);
    packed_reader as_text{bytes};
    CAF_CHECK(as_text.text().empty());
    CAF_CHECK(!as_text.is_good());
    packed_reader as_count{bytes};
    CAF_CHECK_EQUAL(as_count.count(), 0u);
    CAF_CHECK(!as_count.is_good());
  }
}

CAF_TEST(a flag is 0 or 1) {
  const auto bytes = with_number(2);
  packed_reader from{bytes};
  CAF_CHECK(!from.flag());
  CAF_CHECK(!from.is_good());
}

CAF_TEST(bytes that were changed or cut are faults) {
  const auto bytes = with_number(300);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CAF_CHECK(!packed_reader{std::string_view{bytes}.substr(0, size)}.is_good());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      CAF_CHECK(!packed_reader{changed}.is_good());
    }
  CAF_CHECK(!packed_reader{bytes + 'x'}.is_good());
}
