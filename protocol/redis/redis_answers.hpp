/// Parts of replies that users of several commands read.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// Reads a number that is not negative; false: `text` is none, or it does not fit.
template <class Number>
bool read_whole(std::string_view text, Number& into) {
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, into);
  return error == std::errc{} && end == last && into >= 0;
}

/// The same of a reply that is a text.
template <class Number>
bool read_whole(const redis_value& from, Number& into) {
  return from.is_text() && read_whole(std::string_view{from.text}, into);
}

/// The error that an error reply tells; `malformed` for any other reply.
redis_error error_of(const redis_value& answer);

}  // namespace ability
