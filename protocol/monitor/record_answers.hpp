/// Answers to monitoring programs about connections and streams, as JSON. Input: facts, output: text; units are in the
/// names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/history/stream_position.hpp"

namespace ability {

struct connection_line {
  std::string id;
  std::string identity;
  std::string transport;
  double connected_s = 0;
  std::size_t subscriptions = 0;
  std::string peer = {};                        ///< empty: unknown, like the bytes
  std::optional<std::uint64_t> bytes_in = {};   ///< none: not counted
  std::optional<std::uint64_t> bytes_out = {};  ///< none: not counted
  std::uint64_t pending_bytes = 0;
};

struct subscription_line {
  std::string identifier;
  std::vector<std::string> streams;
};

struct stream_line {
  std::string name;
  std::size_t subscribers = 0;
  std::uint64_t gaps = 0;
  std::uint64_t lost = 0;
  std::optional<stream_position> position = {};  ///< of the last publication; none: the stream keeps no log
  std::size_t kept = 0;                          ///< publications in its log
  std::size_t bytes = 0;                         ///< size of its log
};

/// One connection; `of.subscriptions` is their number. Subscriptions that do not fit are omitted, and `more` is true.
std::string encode_connection(const connection_line& of, const std::vector<subscription_line>& subscriptions);

/// One stream, and the sids of its followers.
std::string encode_stream(const stream_line& of, const std::vector<std::string>& sids, bool more);

/// A cursor after the stream `name`, cut so that a question has room for it. Of streams with the same first 8 KiB, only
/// those on one page are listed.
std::string cursor_behind(std::string_view name);

/// The answer to `connections` or `streams`: as many lines as fit.
class page_writer {
public:
  /// `what` is the JSON key of the lines.
  explicit page_writer(std::string_view what);

  /// False: no room, the line belongs to the next page. The first line always has room.
  bool add(const connection_line& line);
  bool add(const stream_line& line);

  std::size_t lines() const noexcept { return lines_; }

  /// `next` is the cursor of the next page; empty on the last one.
  std::string finish(std::string_view next, std::uint64_t total) &&;

private:
  bool append(const std::string& line);

  std::string json_;
  std::size_t lines_ = 0;
};

}  // namespace ability
