#include "protocol/action_cable/replies.hpp"

#include <vector>

#include "protocol/action_cable/messages.hpp"
#include "protocol/overloaded.hpp"

namespace ability {

namespace {

std::string welcome_of(const reply::welcome& it) {
  if (it.restored == nullptr)
    return welcome_message(it.sid);
  std::vector<std::string_view> identifiers;
  for (const auto& each : *it.restored)
    identifiers.push_back(each.identifier);
  return restored_message(it.sid, identifiers);
}

std::string dropped_message(const client_command& said, std::string_view why) {
  switch (said.type) {
    case command_type::history:
      return reject_history(said.identifier);
    case command_type::presence:
    case command_type::join:
    case command_type::leave:
      return presence_error(said.identifier, why);
    default:
      return {};
  }
}

}  // namespace

std::string message_of(const client_reply& what) {
  return std::visit(overloaded{[](const reply::welcome& it) { return welcome_of(it); },
                               [](const reply::transmission& it) { return std::string{it.text}; },
                               [](const reply::confirmed& it) { return confirm_subscription(it.identifier); },
                               [](const reply::rejected& it) { return reject_subscription(it.identifier); },
                               [](const reply::settled&) { return std::string{}; },    // told by the transmissions
                               [](const reply::beginning&) { return std::string{}; },  // told by each message
                               [](const reply::history& it) {
                                 return it.confirmed ? confirm_history(it.identifier, it.streams)
                                                     : reject_history(it.identifier);
                               },
                               [](const reply::members& it) { return presence_message(it.identifier, it.listing); },
                               [](const reply::dropped& it) { return dropped_message(it.command, it.why); },
                               [](const reply::throttled&) { return error_message("too_many_commands"); },
                               [](const reply::pong&) { return pong_message(); }},
                    what);
}

cable_goodbye goodbye_of(const close_reason& why) {
  switch (why.why) {
    case close_reason::kind::finished:
      return {{}, 1000, {}};
    case close_reason::kind::replaced:
      return {{}, 1000, "the session goes on at another connection"};
    case close_reason::kind::moved:
      return {{}, 1012, {}};
    case close_reason::kind::abandoned:
      return {{}, 1011, {}};
    case close_reason::kind::disconnected:
      break;
  }
  const std::uint16_t code = why.reason == disconnect_reason::too_slow ? 1013 : why.reconnect ? 1001 : 1000;
  return {disconnect_message(why.reason, why.reconnect), code, why.reason};
}

}  // namespace ability
