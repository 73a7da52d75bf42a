/// A server for FlyRPC clients.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <string_view>
#include <utility>

#include "net/fly/node.hpp"

namespace ability::fly {

struct server_options : node_options {
  fly::admission admission = {};
  listen_options listen = {};  ///< `profile` is replaced by that of `node_options`
};

/// A server, listening at any number of addresses.
///
///     fly::server server;
///     server.on_message(1, [](const point& p) { return point{p.y, p.x}; });
///     if (auto where = server.listen("tcp://127.0.0.1:5555"); !where)
///       return fail(where.error().detail);
///     server.run();
class server final : public listening_node {
public:
  /// Throws std::system_error if no thread can be started.
  explicit server(server_options options = {})
      : listening_node{options, std::move(options.admission), std::move(options.listen)} {}

  /// Accepts clients at an address such as `tcp://127.0.0.1:5555`, see `parse_address`; returns it with the bound port.
  /// Errors: `wrong_value`, whose detail explains why the address is invalid or cannot be listened at.
  result<address> listen(std::string_view where) { return listen_to_clients(where); }
};

}  // namespace ability::fly
