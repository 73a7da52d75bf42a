/// Ids of publications, by which a repetition is known.
/// Source: docs/protocols/publications.md "Ids".
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ability {

/// Most bytes of an id as a publisher gives it. Those of a batch's elements have a place behind it.
inline constexpr std::size_t max_publication_id = 128;

/// The form of an id, for messages.
inline constexpr std::string_view publication_id_form = "a string of 1 to 128 bytes without control characters";

/// True if `id` has that form.
constexpr bool is_publication_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= max_publication_id &&
         std::ranges::none_of(id, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// The key by which a publication with an id is remembered, however long its names are: SHA-256 of stream and id, so
/// that no client can choose a stream whose publications pass for repetitions of another one's.
using publication_key = std::array<unsigned char, 32>;

publication_key key_of(std::string_view stream, std::string_view id);

}  // namespace ability
