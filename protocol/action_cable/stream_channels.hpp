/// Channels whose identifier names the stream, so that the application need not be asked.
/// Source: docs/protocols/action-cable.md "Channels that name their stream".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Enables these channels. An empty secret verifies nothing.
struct stream_channel_settings {
  bool public_streams = false;          ///< `$pubsub` accepts `stream_name`: every client can follow every stream
  bool presence = true;                 ///< clients may be present in streams of `$pubsub`
  bool whisper_signed = false;          ///< clients may whisper on signed streams of `$pubsub`
  std::string streams_secret = {};      ///< for `signed_stream_name` of `$pubsub`
  bool turbo = false;                   ///< enables `Turbo::StreamsChannel`
  std::string turbo_secret = {};        ///< empty = `streams_secret`
  bool cable_ready = false;             ///< enables `CableReady::Stream`
  std::string cable_ready_secret = {};  ///< empty = `streams_secret`
};

/// The stream that an identifier names.
struct named_stream {
  std::string stream;
  bool whisper = false;   ///< clients may whisper on it
  bool presence = false;  ///< clients may be present in it
};

/// The stream named by `identifier`, or the reason to reject the subscription; nullopt if the application decides.
///
/// `{"channel":"$pubsub","signed_stream_name":"..."}` (takes precedence over `stream_name`);
/// `{"channel":"$pubsub","stream_name":"..."}`; `{"channel":"Turbo::StreamsChannel","signed_stream_name":"..."}`;
/// `{"channel":"CableReady::Stream","identifier":"..."}`. The application decides on other identifiers, and on disabled
/// channels except `$pubsub`. Other identifiers include text that is not a JSON object or has no string `channel`.
///
/// Errors: `missing_key`, `wrong_type`, `empty_value` (the name); `wrong_value` (public streams are off, or there is no
/// secret for signed ones); all of `verify_stream`. Throws like `derive_key`.
std::optional<result<named_stream>> named_stream_of(std::string_view identifier,
                                                    const stream_channel_settings& settings);

}  // namespace ability
