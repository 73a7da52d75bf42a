/// What a monitoring program is answered about connections and streams, as JSON. Facts in, text out: units are in the
/// names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

struct connection_line {
  std::string id;
  std::string identity;
  std::string transport;
  double connected_s = 0;
  std::size_t subscriptions = 0;
  std::string peer = {};                        ///< empty: not known, nor are the bytes
  std::optional<std::uint64_t> bytes_in = {};   ///< none: nobody counts them
  std::optional<std::uint64_t> bytes_out = {};  ///< the same
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
};

/// One connection, `of.subscriptions` being how many it has. Those that do not fit are left out, and `more` is true.
std::string encode_connection(const connection_line& of, const std::vector<subscription_line>& subscriptions);

/// One stream, and the sids of connections that follow it.
std::string encode_stream(const stream_line& of, const std::vector<std::string>& sids, bool more);

/// A cursor behind the stream `name`, which need not be taken in whole: a question has room for it, whatever it is made
/// of. Of streams that begin with the same 8 KiB only those on one page are listed.
std::string cursor_behind(std::string_view name);

/// The answer to `connections` or `streams`: one line after the other, as many as fit.
class page_writer {
public:
  /// `what` is the key of the lines.
  explicit page_writer(std::string_view what);

  /// False: there is no room, the line belongs to the next page. The first always has room.
  bool add(const connection_line& line);
  bool add(const stream_line& line);

  std::size_t lines() const noexcept { return lines_; }

  /// `next` is the cursor of the next page, empty if this is the last one.
  std::string finish(std::string_view next, std::uint64_t total) &&;

private:
  bool append(const std::string& line);

  std::string json_;
  std::size_t lines_ = 0;
};

}  // namespace ability
