/// Numbers and texts as bytes, with a sum by which changed bytes are noticed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability {

/// Writes fields one behind the other.
class packed_writer {
public:
  /// One to ten bytes: seven bits in each, the lowest first; the high bit tells that more follow.
  void add(std::uint64_t number);

  /// Its size and its bytes.
  void add(std::string_view text);

  void add_flag(bool is_set) { bytes_.push_back(is_set ? '\1' : '\0'); }

  /// All fields, and 8 bytes more: their sum.
  std::string take();

private:
  std::string bytes_;
};

/// Reads them in the same order. After a fault every field is 0 or empty, and `is_good` false.
class packed_reader {
public:
  /// `bytes` outlive the reader and the texts. A wrong sum is a fault.
  explicit packed_reader(std::string_view bytes);

  std::uint64_t number();
  std::string_view text();
  bool flag();

  /// A number of items of at least one byte each: so many bytes must be left.
  std::size_t count();

  bool is_good() const noexcept { return is_good_; }

  /// True if all fields were read, without a fault.
  bool is_done() const noexcept { return is_good_ && rest_.empty(); }

private:
  std::uint64_t fail() noexcept;

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace ability
