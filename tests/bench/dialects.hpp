// What the clients and the publisher of each server say, and what its clients then get.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/publisher.hpp"
#include "tests/bench/ws_clients.hpp"

namespace ability::load {

enum class server_kind { bare, abilityd, uws, nats, nchan, centrifuge, mosquitto };

/// As it stands in the tables and in `--servers`.
std::string name_of(server_kind kind);

/// Which streams client number `i` follows.
using streams_of_client = std::function<std::vector<std::string>(std::size_t i)>;

/// For clients that all follow the stream `s`.
client_script script_of(server_kind kind, std::uint16_t port);
/// For clients that follow streams of their own; Nchan takes one for each, the bare server none.
client_script script_of(server_kind kind, std::uint16_t port, const streams_of_client& streams_of);

/// Connects a publisher to the stream `s`.
std::unique_ptr<publisher> connect_publisher_of(server_kind kind, std::uint16_t port);

/// What a client that follows `s` gets for `message`: the payload bytes, whatever frames they come in.
std::string payload_of(server_kind kind, const std::string& message);

}  // namespace ability::load
