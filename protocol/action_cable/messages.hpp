/// Action Cable over WebSocket text frames: what clients say and what they are told.
/// Source: docs/protocols/action-cable.md "Messages of the server", "Commands of the client".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/client/command.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The base protocol.
inline constexpr std::string_view subprotocol_json = "actioncable-v1-json";
/// The base protocol and history, presence, restoring of sessions.
inline constexpr std::string_view subprotocol_ext_json = "actioncable-v1-ext-json";
/// Offered beside the base protocol by clients that can answer pings; never chosen, as it is none by itself.
inline constexpr std::string_view subprotocol_ext_pong = "actioncable-ext-pong";

/// Reads the payload of one text or binary frame.
///
/// Keys it has no use for are ignored; of equal keys the last one counts. Half a surrogate pair in a message is U+FFFD.
///
/// Errors: `malformed_json`; `wrong_type` (not an object, or a key that is used is of another type); `missing_key`
/// (`command`, `identifier`, `data` of `message` and `whisper`); `empty_value` (`identifier`); `unknown_command`.
/// The connection can live on after each of them.
result<client_command> decode_command(std::string_view frame);

/// `{"type":"welcome","sid":...}`: the first message of an accepted connection.
std::string welcome_message(std::string_view sid);

/// Whether `text` is a welcome; if so, `"extensions":["pong"]` is in it from now on, behind all else, which tells the
/// client to answer pings by `{"command":"pong"}`.
bool add_pong_extension(std::string& text);

/// `{"type":"ping","message":...}` with a Unix time; its unit is the caller's choice, by default seconds.
std::string ping_message(std::int64_t time);

/// `{"type":"pong"}`: the answer to a client's `ping`.
std::string pong_message();

/// `{"type":"confirm_subscription","identifier":...}`.
std::string confirm_subscription(std::string_view identifier);

/// `{"type":"reject_subscription","identifier":...}`.
std::string reject_subscription(std::string_view identifier);

/// `{"type":"disconnect","reason":...,"reconnect":...}`: the last message of a connection.
std::string disconnect_message(std::string_view reason, bool reconnect);

/// `{"type":"reject_history","identifier":...}`: nothing that was missed can be sent.
std::string reject_history(std::string_view identifier);

/// `{"type":"presence","identifier":...,"message":{"type":"error","total":0}}`: nothing is known of who is there.
std::string presence_error(std::string_view identifier);

/// `{"type":"error","identifier":"","reason":...}`: a command was dropped. Clients of the protocol ignore the type;
/// they look for subscriptions by `identifier`, and @rails/actioncable fails if there is none.
std::string error_message(std::string_view reason);

/// Appends `{"identifier":...,"message":...}`, led by `"type":...` if `broadcast_type` is not empty.
///
/// With `data_is_json`, `data` is spliced in byte for byte: key order, large integers and escapes survive. REQUIRES
/// that `validate_json` accepted it. Without, `data` becomes a JSON string.
void append_broadcast(std::string& out, std::string_view identifier, std::string_view data, bool data_is_json,
                      std::string_view broadcast_type = {});

}  // namespace ability
