#include "protocol/history/history_request.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <ranges>

namespace ability {

namespace {

using nlohmann::json;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || last != end)
    return std::nullopt;
  return value;
}

// A 64-bit number of the JavaScript library long: two signed halves.
std::optional<std::uint64_t> long_number(const json& value) {
  const auto low = value.find("low");
  const auto high = value.find("high");
  const auto is_half = [&](auto half) {
    return half != value.end() && half->is_number_integer() &&
           half->template get<std::int64_t>() >= std::numeric_limits<std::int32_t>::min() &&
           half->template get<std::int64_t>() <= std::numeric_limits<std::uint32_t>::max();
  };
  if (!is_half(low) || !is_half(high))
    return std::nullopt;
  const auto word = [](const json& half) { return static_cast<std::uint32_t>(half.get<std::int64_t>()); };
  const auto is_unsigned = value.find("unsigned");
  if (word(*high) > std::numeric_limits<std::int32_t>::max() &&
      (is_unsigned == value.end() || *is_unsigned != json(true)))
    return std::nullopt;  // negative
  return std::uint64_t{word(*high)} << 32 | word(*low);
}

// A whole number in any form that clients send; none: another value.
std::optional<std::uint64_t> number_of(const json& value) {
  if (value.is_number_unsigned())
    return value.get<std::uint64_t>();
  if (value.is_string())
    return whole_number(value.get_ref<const std::string&>());
  if (value.is_object())
    return long_number(value);
  return std::nullopt;
}

std::optional<stream_position> position_of(const json& value) {
  if (!value.is_object())
    return std::nullopt;
  const auto epoch = value.find("epoch");
  const auto offset = value.find("offset");
  if (epoch == value.end() || offset == value.end() || !epoch->is_string())
    return std::nullopt;
  const auto read = read_epoch(epoch->get_ref<const std::string&>());
  const auto number = number_of(*offset);
  if (!read || !number)
    return std::nullopt;
  return stream_position{*read, *number};
}

// A Unix time in whole seconds. Fractions are cut off: the request then asks for more, not for less.
std::optional<std::int64_t> time_of(const json& value) {
  constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()} / 1'000;
  if (value.is_number_float())
    return value.get<double>() > 0 && value.get<double>() < static_cast<double>(most)
               ? std::optional{static_cast<std::int64_t>(value.get<double>())}
               : std::nullopt;
  const auto number = number_of(value);
  return number ? std::optional{static_cast<std::int64_t>(std::min(*number, most))} : std::nullopt;
}

bool is_given(const json& from, json::const_iterator found) { return found != from.end() && !found->is_null(); }

}  // namespace

const history_request::known_stream* history_request::find(std::string_view stream) const noexcept {
  const auto found = std::ranges::find(streams, stream, &known_stream::stream);
  return found == streams.end() ? nullptr : &*found;
}

const stream_position* history_request::find_unnamed(std::uint64_t epoch) const noexcept {
  const auto found = std::ranges::find(unnamed, epoch, &stream_position::epoch);
  return found == unnamed.end() ? nullptr : &*found;
}

history_request read_history_request(std::string_view text) {
  history_request out;
  const auto read = json::parse(text, nullptr, false);
  if (!read.is_object())
    return out;
  const auto since = read.find("since");
  if (is_given(read, since)) {
    out.since = time_of(*since);
    if (!out.since)
      return out;
    if (*out.since == 0)
      out.since.reset();  // clients that have no time send 0
  }
  const auto streams = read.find("streams");
  if (!is_given(read, streams)) {
    out.is_valid = out.since.has_value();
    return out;
  }
  if (!streams->is_object())
    return out;
  out.is_valid = true;
  out.streams.reserve(streams->size());
  for (const auto& [name, value] : streams->items())
    out.streams.push_back({name, position_of(value)});
  return out;
}

}  // namespace ability
