/// Messages about the members of a stream, as JSON: the key `message` of Action Cable's messages of type `presence`,
/// and the answer of the API. Source: docs/reliable-streams.md "Presence".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ability {

/// `{"type":"join","info":...,"id":...}`, without `info` if it is empty. `info` is JSON, inserted byte for byte.
std::string presence_joined(std::string_view id, std::string_view info);

/// `{"type":"leave","id":...}`.
std::string presence_left(std::string_view id);

/// `{"type":"info","total":...}`: the number of members alone.
std::string presence_total(std::size_t total);

/// Adds `{"info":...,"id":...}` to the key `records` of the object `listing`, which `presence_total` began.
void append_presence_record(std::string& listing, std::string_view id, std::string_view info);

/// Bytes of a record beside its id and its info.
inline constexpr std::size_t presence_record_bytes = 18;

}  // namespace ability
