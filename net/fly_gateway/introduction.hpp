/// The first packet of a FlyRPC client, and the answer to it.
/// Source: docs/protocols/flyrpc.md "Helo".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/lane/lane_context.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/fly/helo.hpp"

namespace ability {

/// A client that says no Helo has an empty one.
struct introduction {
  fly::helo_request helo = {};
  std::optional<std::uint8_t> sequence = {};  ///< of its Helo, if that is unanswered
  bool is_asked = false;                      ///< the actor was asked to accept the client
  std::string said = {};                      ///< its Helo as received, where it may come again
  std::string answer = {};                    ///< the answer to it

  /// Adds the Helo's headers and token to those of the connection.
  void add_to(client_handshake& known, const edge_settings& settings) const;

  /// The buffer of the Helo that the gateway says to a backend for the client.
  std::string for_backend(std::string_view sid, std::string_view identity) const;
};

}  // namespace ability
