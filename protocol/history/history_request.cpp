#include "protocol/history/history_request.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <utility>

#include "protocol/json/json_visitor.hpp"

namespace ability {

namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || last != end)
    return std::nullopt;
  return value;
}

// A whole number in any form that clients send. The value may be an object, whose members follow: a 64-bit number of
// the JavaScript library long, two signed halves.
class number_reader {
public:
  void begin(const json_value& value) {
    *this = {};
    kind_ = value.kind;
    if (kind_ == json_kind::number)
      value_ = whole_number<std::uint64_t>(value.raw);
    else if (kind_ == json_kind::string)
      value_ = whole_number<std::uint64_t>(value.text());
  }

  void member(std::string_view key, const json_value& value) {
    if (key == "low")
      low_ = half_of(value);
    else if (key == "high")
      high_ = half_of(value);
    else if (key == "unsigned")
      is_unsigned_ = value.flag;
  }

  // None: another value.
  std::optional<std::uint64_t> read() const {
    if (kind_ != json_kind::object)
      return value_;
    if (!low_ || !high_ || (*high_ > std::numeric_limits<std::int32_t>::max() && !is_unsigned_))  // negative
      return std::nullopt;
    return std::uint64_t{*high_} << 32 | *low_;
  }

private:
  static std::optional<std::uint32_t> half_of(const json_value& value) {
    const auto read = value.kind == json_kind::number ? whole_number<std::int64_t>(value.raw) : std::nullopt;
    if (!read || *read < std::numeric_limits<std::int32_t>::min() || *read > std::numeric_limits<std::uint32_t>::max())
      return std::nullopt;
    return static_cast<std::uint32_t>(*read);
  }

  json_kind kind_ = json_kind::absent;
  std::optional<std::uint64_t> value_;
  std::optional<std::uint32_t> low_;
  std::optional<std::uint32_t> high_;
  bool is_unsigned_ = false;
};

// Fills a request without a document: clients that come back send one each. Depth 1 is a key of the request, 2 the name
// of a stream, 3 a key of its position, 4 a half of its offset.
class request_reader final : public json_visitor {
public:
  void on_value(std::size_t depth, std::string_view key, const json_value& value) override {
    if (depth == 0) {
      root_ = value.kind;
    } else if (depth == 1) {
      in_ = root_ != json_kind::object ? part::other
            : key == "since"           ? part::since
            : key == "streams"         ? part::streams
                                       : part::other;
      if (in_ == part::since)
        begin_since(value);
      else if (in_ == part::streams)
        begin_streams(value);
    } else if (in_ == part::since && depth == 2) {
      since_.member(key, value);
    } else if (in_ == part::streams && streams_ == json_kind::object) {
      read_stream(depth, key, value);
    }
  }

  void on_end(std::size_t depth, std::string_view) override {
    if (in_ == part::streams && streams_ == json_kind::object && depth == 2)
      end_position();
  }

  history_request finish() && {
    if (root_ != json_kind::object)
      return {};
    if (is_given(since_kind_)) {
      made_.since = time();
      if (!made_.since)
        return {};
      if (*made_.since == 0)
        made_.since.reset();  // clients that have no time send 0
    }
    made_.is_valid = is_given(streams_) ? streams_ == json_kind::object : made_.since.has_value();
    return std::move(made_);
  }

private:
  enum class part : std::uint8_t { other, since, streams };

  static bool is_given(json_kind kind) noexcept { return kind != json_kind::absent && kind != json_kind::null; }

  void begin_since(const json_value& value) {
    since_kind_ = value.kind;
    since_.begin(value);
    // Fractions are cut off: the request then asks for more, not for less.
    fraction_ = value.kind == json_kind::number && !since_.read() ? value.number() : 0;
  }

  void begin_streams(const json_value& value) {
    streams_ = value.kind;
    made_.streams.clear();
  }

  void read_stream(std::size_t depth, std::string_view key, const json_value& value) {
    if (depth == 2) {
      made_.streams.push_back({std::string{key}, std::nullopt});
      position_ = value.kind;
      epoch_.reset();
      offset_ = {};
    } else if (depth == 3 && position_ == json_kind::object) {
      in_offset_ = key == "offset";
      if (in_offset_)
        offset_.begin(value);
      else if (key == "epoch")
        epoch_ = value.kind == json_kind::string ? read_epoch(value.text()) : std::nullopt;
    } else if (depth == 4 && in_offset_) {
      offset_.member(key, value);
    }
  }

  void end_position() {
    if (const auto offset = offset_.read(); epoch_ && offset)
      made_.streams.back().at = stream_position{*epoch_, *offset};
  }

  // A Unix time in whole seconds.
  std::optional<std::int64_t> time() const {
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()} / 1'000;
    if (const auto number = since_.read())
      return static_cast<std::int64_t>(std::min(*number, most));
    return fraction_ > 0 && fraction_ < static_cast<double>(most) ? std::optional{static_cast<std::int64_t>(fraction_)}
                                                                  : std::nullopt;
  }

  history_request made_;
  json_kind root_ = json_kind::absent;
  part in_ = part::other;
  json_kind since_kind_ = json_kind::absent;
  number_reader since_;
  double fraction_ = 0;
  json_kind streams_ = json_kind::absent;
  json_kind position_ = json_kind::absent;
  std::optional<std::uint64_t> epoch_;
  number_reader offset_;
  bool in_offset_ = false;
};

}  // namespace

// The last of equal names counts.
const history_request::known_stream* history_request::find(std::string_view stream) const noexcept {
  const auto all = streams | std::views::reverse;
  const auto found = std::ranges::find(all, stream, &known_stream::stream);
  return found == all.end() ? nullptr : &*found;
}

const stream_position* history_request::find_unnamed(std::uint64_t epoch) const noexcept {
  const auto found = std::ranges::find(unnamed, epoch, &stream_position::epoch);
  return found == unnamed.end() ? nullptr : &*found;
}

history_request read_history_request(std::string_view text) {
  request_reader reader;
  if (!visit_json(text, reader))
    return {};
  return std::move(reader).finish();
}

}  // namespace ability
