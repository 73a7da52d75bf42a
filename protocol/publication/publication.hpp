/// Publications of applications, over HTTP and Redis.
/// Source: docs/protocols/publications.md "Format".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/result.hpp"

namespace ability {

/// A message for all followers of a stream.
struct broadcast {
  std::string stream = {};          ///< never empty
  std::string data = {};            ///< as received, byte for byte
  bool data_is_json = false;        ///< `data` may be inserted into JSON unchanged; determined once
  std::string exclude_socket = {};  ///< sid of the one connection that does not receive it; empty: none
  std::string broadcast_type = {};  ///< `type` of the client's message; empty: none
  bool transient = false;           ///< not kept in history
  std::string id = {};              ///< a second publication with it is a repetition; empty: none
};

/// A command to close every connection with an identity.
struct remote_disconnect {
  std::string identifier = {};  ///< connection identifiers, compared byte for byte; never empty
  bool reconnect = true;        ///< the clients may reconnect
};

/// One body: broadcasts in order, at least one, or a command.
using publication = std::variant<std::vector<broadcast>, remote_disconnect>;

/// Maximum broadcasts of one batch.
inline constexpr std::size_t max_batch = 10'000;

/// Reads one body: a broadcast, an array of broadcasts, or a command.
///
///     {"stream":"s","data":"...","meta":{"exclude_socket":"...","broadcast_type":"...","transient":true,"id":"..."}}
///     [{"stream":"s","data":{"any":"JSON value"}},...]
///     {"command":"disconnect","payload":{"identifier":"...","reconnect":true}}
///
/// `data` is any JSON value, which becomes the message. If it is a string, the message is the JSON in the string, or
/// else the string itself. `meta`, its keys and `reconnect` are optional and may be null; `reconnect` defaults to true.
/// Unknown keys are ignored; the last of equal keys counts. A batch is accepted as a whole or not at all.
///
/// `id` is that of a broadcast without one of its own; of element 3 of a batch it is `id#3`. Empty: none.
///
/// Errors: `malformed_json` (also of JSON in a string), `wrong_type`, `missing_key`, `empty_value` (also of an empty
/// batch), `unknown_command`, `wrong_value` (a command within a batch, an id that is none), `too_large` (over
/// `max_batch`). Their `detail` has the position, from 0, and the value:
/// `publication 3: "stream" must be a non-empty string, found a number`.
result<publication> decode_publication(std::string_view body, std::string_view id = {});

/// True if `body`, which holds a publication, is an array.
bool is_batch(std::string_view body) noexcept;

}  // namespace ability
