/// Channels whose identifier names the stream by itself, so that no application has to be asked.
/// Source: docs/protocols/action-cable.md "Channels that name their stream".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Which of these channels there are. A secret that is empty verifies nothing.
struct stream_channel_settings {
  bool public_streams = false;          ///< `$pubsub` takes `stream_name`, so everyone can follow every stream
  bool whisper_signed = false;          ///< clients may whisper on signed streams of `$pubsub`
  std::string streams_secret = {};      ///< for `signed_stream_name` of `$pubsub`
  bool turbo = false;                   ///< there is `Turbo::StreamsChannel`
  std::string turbo_secret = {};        ///< empty = `streams_secret`
  bool cable_ready = false;             ///< there is `CableReady::Stream`
  std::string cable_ready_secret = {};  ///< empty = `streams_secret`
};

/// What such an identifier names.
struct named_stream {
  std::string stream;
  bool whisper = false;  ///< clients may whisper on it
};

/// The stream that `identifier` names, or why its subscription is to be rejected; nullopt if the application decides.
///
/// `{"channel":"$pubsub","signed_stream_name":"..."}`, of both names the signed one counts;
/// `{"channel":"$pubsub","stream_name":"..."}`; `{"channel":"Turbo::StreamsChannel","signed_stream_name":"..."}`;
/// `{"channel":"CableReady::Stream","identifier":"..."}`. `$pubsub` never goes to the application, the others do where
/// they are off. Text that is no JSON object, or has no `channel` that is a string, is for the application too.
///
/// Errors: `missing_key`, `wrong_type`, `empty_value` (the name); `wrong_value` (public streams are off, or there is no
/// secret for signed ones); all of `verify_stream`. Throws what `derive_key` throws.
std::optional<result<named_stream>> named_stream_of(std::string_view identifier,
                                                    const stream_channel_settings& settings);

}  // namespace ability
