// Messages of the clients and the publisher of each server, and the messages that its clients then receive.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/publisher.hpp"
#include "tests/bench/ws_clients.hpp"

namespace ability::load {

enum class server_kind { bare, abilityd, uws, nats, nchan, centrifuge, mosquitto };

/// Name in the tables and in `--servers`.
std::string name_of(server_kind kind);

/// Streams that client number `i` follows.
using streams_of_client = std::function<std::vector<std::string>(std::size_t i)>;

/// Script for clients that all follow the stream `s`.
client_script script_of(server_kind kind, std::uint16_t port);
/// Script for clients with streams of their own; Nchan takes one for each, the bare server none.
client_script script_of(server_kind kind, std::uint16_t port, const streams_of_client& streams_of);

/// Connects a publisher to the stream `s`.
std::unique_ptr<publisher> connect_publisher_of(server_kind kind, std::uint16_t port);

/// Payload bytes that a client that follows `s` receives for `message`, without frame headers.
std::string payload_of(server_kind kind, const std::string& message);

}  // namespace ability::load
