#include "protocol/redis_sessions/session_commands.hpp"

#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <span>

#include "protocol/redis/redis_words.hpp"
#include "protocol/text/hex.hpp"

namespace ability {

namespace {

constexpr std::string_view version = "1";
constexpr std::string_view no_owner = "----------------";
constexpr std::size_t keys_of_script = 6;
constexpr std::size_t usual_word = 64;  // bytes

std::string text_of(std::chrono::milliseconds time) { return std::to_string(time.count()); }

std::string record_of(const packed_session& what, std::string_view owner) {
  std::string record;
  record.reserve(version.size() + 1 + owner.size() + 2 * session_digest_size + what.body.size());
  return record.append(version)
      .append(what.is_owed ? "d" : "-")
      .append(owner)
      .append(what.credential)
      .append(what.identity)
      .append(what.body);
}

session_command run(session_script which, const session_caller& by, std::initializer_list<std::string_view> behind) {
  const auto& keys = by.keys;
  session_command made{which, {keys.records, keys.due, keys.owed, keys.of, keys.nodes, keys.moved}};
  made.words.reserve(keys_of_script + 3 + behind.size());
  made.words.emplace_back(by.node);
  made.words.push_back(text_of(by.ttl));
  made.words.push_back(text_of(by.lease));
  made.words.insert(made.words.end(), behind.begin(), behind.end());
  return made;
}

}  // namespace

std::string session_digest(std::string_view of) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(of.data(), of.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return to_hex(std::span{digest}.first<session_digest_size / 2>());
}

std::string session_command::bytes(script_form form) const {
  std::size_t size = script_of(script).text.size();
  for (const auto& each : words)
    size += each.size();
  redis_words made{3 + words.size(), size + usual_word};
  add_script(made, script_of(script), form);
  made.add(std::uint64_t{keys_of_script});
  for (const auto& each : words)
    made.add(each);
  return made.take();
}

session_command keep_command(const session_caller& by, const packed_session& what, bool is_repeat) {
  return run(session_script::keep, by, {what.sid, record_of(what, no_owner), is_repeat ? "1" : "0"});
}

session_command release_command(const session_caller& by, std::string_view sid) {
  return run(session_script::keep, by, {sid, {}, "1"});
}

session_command take_command(const session_caller& by, std::string_view sid, std::string_view credential,
                             std::string_view identity, bool sharded) {
  return run(session_script::take, by, {sid, credential, identity, sharded ? "SPUBLISH" : "PUBLISH", by.keys.channels});
}

session_command owe_command(const session_caller& by, std::string_view sid, const packed_session* what,
                            std::string_view replaced) {
  return run(session_script::owe, by, {sid, what == nullptr ? std::string{} : record_of(*what, by.node), replaced});
}

session_command settle_command(const session_caller& by, std::string_view sid) {
  return run(session_script::settle, by, {sid});
}

session_command renew_command(const session_caller& by) {
  return run(session_script::renew, by, {std::to_string(session_batch)});
}

session_command reap_command(const session_caller& by, bool can_tell, std::chrono::milliseconds telling) {
  return run(
      session_script::reap, by,
      {std::to_string(session_batch), std::to_string(session_batch_bytes), text_of(telling), can_tell ? "1" : "0"});
}

session_command end_of_command(const session_caller& by, std::string_view identity, std::string_view behind,
                               std::size_t most) {
  return run(session_script::end_of, by, {identity, behind, std::to_string(most)});
}

}  // namespace ability
