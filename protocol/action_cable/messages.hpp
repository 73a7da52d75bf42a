/// Action Cable over WebSocket text frames: commands of the client and messages of the server.
/// Source: docs/protocols/action-cable.md "Messages of the server", "Commands of the client".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/client/command.hpp"
#include "protocol/client/reply.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The base protocol.
inline constexpr std::string_view subprotocol_json = "actioncable-v1-json";
/// The base protocol with history, presence and session restoring.
inline constexpr std::string_view subprotocol_ext_json = "actioncable-v1-ext-json";
/// Offered in addition by clients that can answer pings; never selected, as it is not a subprotocol by itself.
inline constexpr std::string_view subprotocol_ext_pong = "actioncable-ext-pong";

/// Reads the payload of one text or binary frame.
///
/// Unused keys are ignored; the last of equal keys counts. A lone surrogate in a message becomes U+FFFD.
///
/// Errors: `malformed_json`; `wrong_type` (not an object, or a key that is used is of another type); `missing_key`
/// (`command`, `identifier`, `data` of `message` and `whisper`); `empty_value` (`identifier`); `unknown_command`.
/// The connection may continue after each of them.
result<client_command> decode_command(std::string_view frame);

/// `{"type":"welcome","sid":...}`: the first message of an accepted connection.
std::string welcome_message(std::string_view sid);

/// `{"type":"welcome","sid":...,"restored":true,"restored_ids":[...]}`: the same of a session that came back with these
/// subscriptions.
std::string restored_message(std::string_view sid, std::span<const std::string_view> identifiers);

/// True if `text` is a welcome. Adds `"extensions":["pong"]` as its last key, unless it has that key: the client then
/// answers pings by `{"command":"pong"}`.
bool add_pong_extension(std::string& text);

/// True if `text` is a welcome. Adds `"sid":...` as its last key, unless it has that key and it is not null: the client
/// can then ask for its session.
bool add_sid(std::string& text, std::string_view sid);

/// `{"type":"ping","message":...}` with a Unix time in a unit of the caller's choice, by default seconds.
std::string ping_message(std::int64_t time);

/// `{"type":"pong"}`: the answer to a client's `ping`.
std::string pong_message();

/// `{"type":"confirm_subscription","identifier":...}`.
std::string confirm_subscription(std::string_view identifier);

/// `{"type":"reject_subscription","identifier":...}`.
std::string reject_subscription(std::string_view identifier);

/// `{"type":"disconnect","reason":...,"reconnect":...}`: the last message of a connection.
std::string disconnect_message(std::string_view reason, bool reconnect);

/// `{"type":"confirm_history","identifier":...,"positions":{"STREAM":{"epoch":...,"offset":...}}}`: all missed messages
/// precede. Clients ignore the positions, which AnyCable does not send.
std::string confirm_history(std::string_view identifier, std::span<const reply::known_stream> positions);

/// `{"type":"reject_history","identifier":...}`: missed messages cannot be sent, and none was.
std::string reject_history(std::string_view identifier);

/// `{"type":"presence","identifier":...,"message":...}`; `message` is JSON.
std::string presence_message(std::string_view identifier, std::string_view message);

/// The same with the message `{"type":"error","total":0,"reason":...}`: a command was dropped. Clients ignore the
/// reason, which AnyCable does not send.
std::string presence_error(std::string_view identifier, std::string_view why);

/// `{"type":"error","identifier":"","reason":...}`: a command was dropped. Clients ignore the type, but look up
/// subscriptions by `identifier`; @rails/actioncable fails without one.
std::string error_message(std::string_view reason);

/// Appends `{"identifier":...,"message":...}`, preceded by `"type":...` if `broadcast_type` is not empty.
///
/// With `data_is_json`, `data` is inserted byte for byte: key order, large integers and escapes survive. REQUIRES that
/// `validate_json` accepted it. Otherwise `data` becomes a JSON string.
void append_broadcast(std::string& out, std::string_view identifier, std::string_view data, bool data_is_json,
                      std::string_view broadcast_type = {});

/// Adds `"stream_id":...,"epoch":...,"offset":...` to the object that `append_broadcast` appended last.
void append_position(std::string& out, std::string_view stream, const stream_position& at);

}  // namespace ability
