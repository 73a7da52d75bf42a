#include "protocol/redis_sessions/packed_fields.hpp"

#include <utility>

namespace ability {

namespace {

constexpr std::size_t sum_size = 8;
constexpr unsigned bits_of_byte = 7;
constexpr std::uint64_t more_follow = 0x80;

// FNV-1a: another byte at one place is always another sum.
std::uint64_t sum_of(std::string_view bytes) {
  std::uint64_t sum = 0xCBF29CE484222325;
  for (const char each : bytes)
    sum = (sum ^ static_cast<unsigned char>(each)) * 0x100000001B3;
  return sum;
}

void append_sum(std::string& to, std::uint64_t sum) {
  for (std::size_t i = 0; i < sum_size; ++i, sum >>= 8U)
    to.push_back(static_cast<char>(sum & 0xFFU));
}

}  // namespace

void packed_writer::add(std::uint64_t number) {
  for (; number >= more_follow; number >>= bits_of_byte)
    bytes_.push_back(static_cast<char>((number & (more_follow - 1)) | more_follow));
  bytes_.push_back(static_cast<char>(number));
}

void packed_writer::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  bytes_.append(text);
}

std::string packed_writer::take() {
  append_sum(bytes_, sum_of(bytes_));
  return std::move(bytes_);
}

packed_reader::packed_reader(std::string_view bytes) {
  if (bytes.size() < sum_size) {
    fail();
    return;
  }
  rest_ = bytes.substr(0, bytes.size() - sum_size);
  std::string sum;
  append_sum(sum, sum_of(rest_));
  if (bytes.substr(rest_.size()) != sum)
    fail();
}

std::uint64_t packed_reader::fail() noexcept {
  is_good_ = false;
  rest_ = {};
  return 0;
}

std::uint64_t packed_reader::number() {
  std::uint64_t read = 0;
  for (unsigned shift = 0;; shift += bits_of_byte) {
    if (rest_.empty() || shift >= 64)
      return fail();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const auto part = byte & (more_follow - 1);
    if (part << shift >> shift != part)
      return fail();
    read |= part << shift;
    if ((byte & more_follow) == 0)
      return read;
  }
}

std::string_view packed_reader::text() {
  const auto size = number();
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const auto read = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return read;
}

bool packed_reader::flag() {
  const auto read = number();
  return read <= 1 ? read == 1 : fail() != 0;
}

std::size_t packed_reader::count() {
  const auto read = number();
  return read <= rest_.size() ? read : fail();
}

}  // namespace ability
