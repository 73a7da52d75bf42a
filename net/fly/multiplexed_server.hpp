/// A backend node: serves the clients of gateways, and answers the gateways' application calls.
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
  std::string secret = {};     ///< shared with the gateways; empty: gateways must be on this machine
  std::string node_name = {};  ///< told to gateways, for their logs
  listen_options listen = {};
};

struct link_registry;

/// Server for clients that connect through gateways. Each gateway keeps one link, which carries the packets of all its
/// clients. Handlers see no difference to direct clients. A lost link closes all its clients.
class multiplexed_server final : public listening_node {
public:
  /// Throws std::system_error if no thread can be started.
  explicit multiplexed_server(multiplexed_server_options options = {});

  /// Accepts links of gateways at `tcp://host:port` or `tls://host:port`; returns the address with the bound port.
  /// Errors: `wrong_value`, whose detail explains why the address is invalid or cannot be listened at; for example, an
  /// address reachable from other machines without a secret.
  result<address> listen(std::string_view where);

  /// Handler of the gateway's application calls: connect, command (subscribe and act) and disconnect. Runs as other
  /// handlers do. If it throws, the answer is an `rpc_status::error` without the exception's text. A handler for
  /// disconnect is optional.
  using app_handler = std::function<rpc_reply(const rpc_request&)>;
  void on_app_connect(app_handler f) { answer(link_command::connect, rpc_method::connect, std::move(f)); }
  void on_app_command(app_handler f) { answer(link_command::command, rpc_method::command, std::move(f)); }
  void on_app_disconnect(app_handler f) { answer(link_command::disconnect, rpc_method::disconnect, std::move(f)); }

  /// Publishes `data`, any UTF-8 text, to the followers of a stream. Sent to one gateway, which informs the others.
  /// Never waits; a refusal by the gateway is logged.
  /// Errors: `closed` (no link), `too_long`, `bad_payload` (not UTF-8).
  outcome<void> publish(std::string_view stream, std::string_view data);

  /// Sends a message to many clients. Encodes it once for each serializer among them, and sends it once for up to 255
  /// clients of a link. Skips clients that are gone, and those of a link whose queue is full
  /// (`stats().dropped_broadcasts` counts such links). Never waits.
  /// Errors: `too_long`, `bad_payload`, `not_protobuf` (for the first client concerned), `too_many`, `closed`; nothing
  /// is sent then.
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
