/// A backend node: serves the clients of gateways, and answers what gateways ask the application.
/// Source: docs/protocols/flyrpc.md "Link between a gateway and a backend", "Library".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/fly/node.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/fly/mux.hpp"

namespace ability::fly {

struct multiplexed_server_options : node_options {
  std::string secret = {};     ///< shared with the gateways; without one, they can only be on this machine
  std::string node_name = {};  ///< told to gateways, for their logs
  listen_options listen = {};
};

struct link_registry;

/// A gateway keeps a link to it, and all its clients' packets travel there. Handlers do not see a difference to clients
/// that connect directly. When a link is lost all its clients are closed.
class multiplexed_server final : public listening_node {
public:
  /// Throws std::system_error if there is no thread to be had.
  explicit multiplexed_server(multiplexed_server_options options = {});

  /// Accepts links of gateways at `tcp://host:port` or `tls://host:port`; returns the address with its port.
  /// Errors: `wrong_value`, whose detail says what is wrong with the address, or why one cannot listen there; among
  /// others, that there is no secret and the address can be reached from other machines.
  result<address> listen(std::string_view where);

  /// What clients ask the application by way of the gateway: to connect, to subscribe and act, and that they are gone.
  /// Runs as handlers do. If it throws, the answer is an `rpc_status::error` without its text.
  /// That clients are gone need not be handled.
  using app_handler = std::function<rpc_reply(const rpc_request&)>;
  void on_app_connect(app_handler f) { answer(link_command::connect, rpc_method::connect, std::move(f)); }
  void on_app_command(app_handler f) { answer(link_command::command, rpc_method::command, std::move(f)); }
  void on_app_disconnect(app_handler f) { answer(link_command::disconnect, rpc_method::disconnect, std::move(f)); }

  /// Publishes `data`, a JSON text or any other, to the followers of a stream. Goes to one gateway, which tells the
  /// others. Never waits; that the gateway refuses it is logged.
  /// Errors: `closed` (there is no link), `too_long`, `bad_payload` (not UTF-8).
  outcome<void> publish(std::string_view stream, std::string_view data);

  /// Sends a message to many clients. It is encoded once for each serializer among them, and travels once for up to 255
  /// clients of a link. Clients that are gone are passed over, and so are those of a link on which too much waits to
  /// leave
  /// (`stats().dropped_broadcasts` counts those links). Never waits.
  /// Errors: `too_long`, `bad_payload`, `not_protobuf`, for the first client that it concerns, `too_many`, `closed`;
  /// nothing is sent then.
  template <encodable Message>
  outcome<void> broadcast(std::span<const context> to, std::uint16_t command, const Message& message) {
    return broadcast_by(to, command, [&message](serializer how) { return encode_message(how, message); });
  }

private:
  void answer(std::uint16_t command, rpc_method method, app_handler f);
  outcome<void> broadcast_by(std::span<const context> to, std::uint16_t command,
                             const std::function<outcome<encoded>(serializer)>& encode);

  const std::shared_ptr<link_registry> links_;
};

}  // namespace ability::fly
