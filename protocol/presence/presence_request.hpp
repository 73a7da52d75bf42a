/// A client's statement about its presence, or its question about the members of a stream.
/// Source: docs/reliable-streams.md "Presence".
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// The key `presence` of `subscribe`, `join` and `leave`, or the key `data` of `presence`.
struct presence_request {
  std::string id = {};        ///< names the member; empty: see `fault`
  std::string info = {};      ///< the member's JSON, byte for byte; empty: none
  std::string_view fault{};   ///< why nobody can join by it, a constant; empty: one can
  bool wants_records = true;  ///< of the question: false asks for the number of members alone
};

/// Why a `join` without the key `presence` is refused.
inline constexpr std::string_view presence_has_no_id = R"("presence" must be an object with an "id")";

/// Reads `{"id":"ID","info":ANY}`. A number as `id` stands for its text; `info` is optional, and null is none. Never
/// fails: `fault` tells why nobody can join by it.
presence_request read_presence_request(std::string_view json);

/// Reads `{"return_records":false}`; anything else asks for the records.
presence_request read_presence_question(std::string_view json);

}  // namespace ability
