#include "actors/sessions/session_record.hpp"

#include <utility>

#include "protocol/app_rpc/app_rpc_json.hpp"

namespace ability {

namespace {

// Bytes of the record, its place in the store and its allocations.
constexpr std::size_t per_record = sizeof(session_record) + 256;
constexpr std::size_t per_map_entry = 32 + 2 * sizeof(std::string);

std::size_t heap_of(const std::string& text) {
  static constexpr std::size_t inline_characters = 15;
  return text.capacity() > inline_characters ? text.capacity() + 1 : 0;
}

std::size_t heap_of(const text_map& map) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : map)
    bytes += per_map_entry + heap_of(key) + heap_of(value);
  return bytes;
}

std::size_t heap_of(const std::vector<std::string>& texts) {
  std::size_t bytes = texts.capacity() * sizeof(std::string);
  for (const auto& each : texts)
    bytes += heap_of(each);
  return bytes;
}

}  // namespace

std::string owner_of(std::string_view issuer, std::string_view subject) {
  return (std::to_string(issuer.size()) += ':').append(issuer).append(subject);
}

bool fits(const session_claim& claim, const session_credential& credential, const std::string& identity) {
  if (claim.is_checked)
    return true;
  return claim.credential == credential && (claim.identity.empty() || claim.identity == identity);
}

std::shared_ptr<const rpc_request> goodbye_of(session_record& record) {
  rpc_request call{.method = rpc_method::disconnect,
                   .sid = std::move(record.sid),
                   .identity = std::move(record.identity),
                   .env = std::move(record.env)};
  for (auto& each : record.subscriptions) {
    if (each.state != nullptr && !each.state->empty())
      call.env.subscription_state.emplace(each.identifier, encode_text_map(*each.state));
    call.subscriptions.push_back(std::move(each.identifier));
  }
  return std::make_shared<const rpc_request>(std::move(call));
}

std::size_t memory_of(const session_record& record) {
  auto bytes = per_record + heap_of(record.sid) + heap_of(record.identity) + heap_of(record.credential.who) +
               heap_of(record.credential.cookies) + heap_of(record.credential.protocol) + heap_of(record.earlier_sids) +
               heap_of(record.env.url) + heap_of(record.env.headers) + heap_of(record.env.connection_state) +
               record.subscriptions.capacity() * sizeof(session_record::subscription);
  for (const auto& each : record.subscriptions) {
    bytes += heap_of(each.identifier) + each.streams.capacity() * sizeof(kept_stream) +
             (each.state == nullptr ? 0 : sizeof(text_map) + heap_of(*each.state));
    for (const auto& stream : each.streams)
      bytes += heap_of(stream.name);
    if (each.member_of != nullptr)
      bytes += sizeof(presence_membership) + sizeof(presence_request) + heap_of(each.member_of->stream) +
               heap_of(each.member_of->as->id) + heap_of(each.member_of->as->info);
  }
  return bytes;
}

}  // namespace ability
