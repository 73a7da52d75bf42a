#include "protocol/basp/basp_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace ability::basp {

namespace {

enum class field : std::uint8_t { any, zero, set, ours };

constexpr bool permits(field wanted, std::uint64_t value) noexcept {
  switch (wanted) {
    case field::zero:
      return value == 0;
    case field::set:
      return value != 0;
    case field::ours:
      return value == version;
    default:
      return true;
  }
}

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t by_settings = unlimited - 1;  // `max_payload`
constexpr std::size_t max_down_size = 1'024;
constexpr std::size_t min_down_size = monitor_size + error_size;

// Texts of the faults of a payload's size, of `data` and of an actor.
struct faults {
  const char* size;
  const char* data;
  const char* actor;
};

constexpr faults of_handshake{"is of no such size", "is of another version", "is of an actor"};
constexpr faults of_content{"has no content or is for nobody", "", "has no content or is for nobody"};
constexpr faults of_form{"is of another form", "is of another form", "is of another form"};

struct rule {
  operation which;
  std::uint8_t flags;  // permitted; a repeated handshake has others
  struct {
    std::size_t least;
    std::size_t most;
    std::size_t limit;   // a larger one is `too_large`
    std::size_t wanted;  // needed to decide, as far as there are so many
  } payload;             // bytes
  struct {
    field data;
    field source;
    field dest;
  } fields;
  faults texts;
};

using enum operation;
using enum field;

// clang-format off
constexpr std::array<rule, 7> inbound_rules{{
  // operation, flags, {least, most, limit, wanted}, {data, source, dest}, faults
  {server_handshake, 0, {id_size, unlimited, max_basp_handshake, max_basp_handshake}, {ours, zero, zero}, of_handshake},
  {client_handshake, 0, {id_size, id_size, max_basp_handshake, id_size},              {zero, zero, zero}, of_handshake},
  {direct_message, named_receiver, {1, unlimited, by_settings, content_prefix},       {any, any, set},    of_content},
  {routed_message,   0, {1, unlimited, by_settings, 0},                               {any, any, set},    of_content},
  {monitor_message,  0, {monitor_size, monitor_size, unlimited, monitor_size},        {zero, zero, any},  of_form},
  {down_message,     0, {min_down_size, unlimited, max_down_size, min_down_size},     {zero, set, zero},  of_form},
  {heartbeat,        0, {0, 0, unlimited, 0},                                         {zero, zero, zero}, of_form},
}};
// clang-format on

}  // namespace

fault wrong(const message_head& head, const char* what) {
  return {errc::wrong_value, describe(head.operation) + ' ' + what};
}

result<std::size_t> check_inbound(const message_head& head, bool repeated_handshake, std::size_t max_payload) {
  const auto* const row = std::ranges::find(inbound_rules, head.operation, &rule::which);
  if (row == inbound_rules.end())
    return wrong(head, head.flags == 0 ? "is none" : "has unknown flags");
  if (repeated_handshake ? head.flags != select_connection : (head.flags & ~row->flags) != 0)
    return wrong(head, "has unknown flags");
  if (head.payload_size > (row->payload.limit == by_settings ? max_payload : row->payload.limit))
    return fault{errc::too_large, describe(head.operation) + " has " + std::to_string(head.payload_size) + " bytes"};
  if (head.payload_size < row->payload.least || head.payload_size > row->payload.most)
    return wrong(head, row->texts.size);
  if (!permits(row->fields.data, head.data))
    return wrong(head, row->texts.data);
  if (!permits(row->fields.source, head.source_actor) || !permits(row->fields.dest, head.dest_actor))
    return wrong(head, row->texts.actor);
  return std::min<std::size_t>(head.payload_size, row->payload.wanted);
}

}  // namespace ability::basp
