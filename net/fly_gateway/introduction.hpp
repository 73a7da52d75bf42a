/// The first packet of a FlyRPC client, and the answer to it.
/// Source: docs/protocols/flyrpc.md "Helo".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/lane/lane_context.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/fly/helo.hpp"

namespace ability {

/// A client that says no Helo has an empty one.
struct introduction {
  fly::helo_request helo = {};
  std::optional<std::uint8_t> sequence = {};    ///< of its Helo, if that is unanswered
  bool is_asked = false;                        ///< the actor was asked to accept the client
  std::string said = {};                        ///< its Helo as received, where it may come again
  std::string answer = {};                      ///< the answer to it
  std::optional<fly::helo_reply> granted = {};  ///< the answer, but for the restored session
  bool awaits_session = false;                  ///< an earlier session is being restored
  std::optional<std::vector<std::uint16_t>> restored =
      {};  ///< aliases of its subscriptions; none: there is no such session

  /// Adds the Helo's headers and token to those of the connection.
  void add_to(client_handshake& known, const edge_settings& settings) const;

  /// Makes the answer, of at most `most` bytes if that can be, once all is known that it tells. Returns aliases that it
  /// has no room for.
  std::vector<std::uint16_t> make_answer(std::size_t most);

  /// The buffer of the Helo that the gateway says to a backend for the client.
  std::string for_backend(std::string_view sid, std::string_view identity) const;
};

}  // namespace ability
