/// What applications publish, over HTTP and Redis alike.
/// Source: docs/protocols/publications.md "Format".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/result.hpp"

namespace ability {

/// A message for everyone who follows a stream.
struct broadcast {
  std::string stream = {};          ///< never empty
  std::string data = {};            ///< as it came, byte for byte
  bool data_is_json = false;        ///< whether `data` may be spliced into JSON, found out once
  std::string exclude_socket = {};  ///< sid of the one connection that does not get it; empty: all do
  std::string broadcast_type = {};  ///< becomes `type` of the client's message; empty: none
  bool transient = false;           ///< not kept in history
};

/// An order to close every connection that has an identity.
struct remote_disconnect {
  std::string identifier = {};  ///< connection identifiers, compared byte for byte; never empty
  bool reconnect = true;        ///< whether the clients may come back
};

/// One body: broadcasts in their order, at least one, or a command.
using publication = std::variant<std::vector<broadcast>, remote_disconnect>;

/// How many broadcasts one batch may hold.
inline constexpr std::size_t max_batch = 10'000;

/// Reads one body: a broadcast, an array of broadcasts, or a command.
///
///     {"stream":"s","data":"...","meta":{"exclude_socket":"...","broadcast_type":"...","transient":true}}
///     [{"stream":"s","data":{"any":"JSON value"}},...]
///     {"command":"disconnect","payload":{"identifier":"...","reconnect":true}}
///
/// `data` is any JSON value, which is the message; if it is a string, the JSON which that holds is, or else the string.
/// `meta`, all within it and `reconnect` are optional and may be null; `reconnect` is true by default. Unknown keys are
/// ignored; of equal keys the last one counts. A batch is taken as a whole or not at all.
///
/// Errors: `malformed_json` (JSON in a text, too), `wrong_type`, `missing_key`, `empty_value` (also of an empty batch),
/// `unknown_command`, `wrong_value` (a command within a batch), `too_large` (over `max_batch`). Their `detail` says
/// where, counted from 0, and what was found: `publication 3: "stream" must be a non-empty string, found a number`.
result<publication> decode_publication(std::string_view body);

}  // namespace ability
