#include "protocol/cluster/handshake.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "protocol/auth/secret.hpp"
#include "protocol/cluster/member_json.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t max_code = 32;
constexpr std::size_t max_message = 256;

ordered_json to_json(const hello& what) {
  return {{"type", "hello"},
          {"oldest", what.oldest},
          {"newest", what.newest},
          {"node", to_json(what.who)},
          {"nonce", what.nonce}};
}

ordered_json to_json(const challenge& what) {
  return {{"type", "challenge"}, {"version", what.version}, {"node", to_json(what.who)}, {"nonce", what.nonce}};
}

ordered_json to_json(const proof& what) { return {{"type", "proof"}, {"proof", what.proof}}; }

ordered_json to_json(const welcome& what) { return {{"type", "welcome"}, {"proof", what.proof}}; }

ordered_json to_json(const refusal_of_node& what) {
  return {{"type", "refusal"}, {"code", what.code}, {"message", utf8_prefix(to_utf8(what.message), max_message)}};
}

std::uint16_t version_at(object_reader& reader, const char* key) {
  return static_cast<std::uint16_t>(reader.number(key, std::numeric_limits<std::uint16_t>::max()));
}

hello read_hello(object_reader& reader) {
  hello found;
  found.oldest = version_at(reader, "oldest");
  found.newest = version_at(reader, "newest");
  if (found.oldest > found.newest)
    reader.refuse(errc::wrong_value, "newest", "no less than \"oldest\"", std::to_string(found.newest));
  found.who = reader.nested("node", read_member);
  found.nonce = reader.hex("nonce");
  return found;
}

challenge read_challenge(object_reader& reader) {
  challenge found;
  found.version = version_at(reader, "version");
  found.who = reader.nested("node", read_member);
  found.nonce = reader.hex("nonce");
  return found;
}

// The sender has proved nothing yet, and the text goes to a log.
refusal_of_node read_refusal(object_reader& reader) {
  refusal_of_node found{reader.text("code"), reader.text("message")};
  if (found.code.empty() || found.code.size() > max_code ||
      found.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos)
    reader.refuse(errc::wrong_value, "code", "a word", excerpt(found.code));
  found.message.resize(utf8_prefix(found.message, max_message).size());
  std::ranges::replace_if(
      found.message, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return found;
}

}  // namespace

std::string encode_handshake_message(const handshake_message& what) {
  const auto text = std::visit([](const auto& each) { return to_text(to_json(each)); }, what);
  unsigned char size[handshake_header_size];
  boost::endian::store_big_u32(size, static_cast<std::uint32_t>(text.size()));
  return std::string(reinterpret_cast<const char*>(size), sizeof size) + text;
}

result<handshake_message> decode_handshake_message(std::string_view text) {
  if (text.size() > max_handshake_size)
    return fault{errc::too_large, "a greeting of " + std::to_string(text.size()) + " bytes"};
  if (const auto valid = validate_json(text); !valid)
    return valid.error();
  // Parentheses: braces would make it an array of one.
  const auto object = json::parse(text, nullptr, false);
  if (object.is_discarded())
    return fault{errc::malformed_json, "a greeting holds half a surrogate pair, or a number out of range"};
  object_reader reader{object, ""};
  const auto type = reader.text("type");
  handshake_message found;
  if (type == "hello")
    found = read_hello(reader);
  else if (type == "challenge")
    found = read_challenge(reader);
  else if (type == "proof")
    found = proof{reader.text("proof")};
  else if (type == "welcome")
    found = welcome{reader.text("proof")};
  else if (type == "refusal")
    found = read_refusal(reader);
  else
    reader.refuse(errc::unknown_command, "type", "hello, challenge, proof, welcome or refusal", excerpt(type));
  if (reader.failed())
    return reader.failure();
  return found;
}

std::string handshake_proof(std::string_view secret, bool of_dialler, const hello& dialler, const challenge& acceptor) {
  std::string text = of_dialler ? "cluster dialler" : "cluster acceptor";
  // Includes the versions, so that no node in between can force an older one.
  for (const auto version : {dialler.oldest, dialler.newest, acceptor.version})
    text.append(" ").append(std::to_string(version));
  // Includes sizes, so that different fields never form the same text.
  for (const auto* each : {&dialler.nonce, &dialler.who.uuid, &acceptor.nonce, &acceptor.who.uuid})
    text.append(" ").append(std::to_string(each->size())).append(" ").append(*each);
  return derive_key(secret, text);
}

}  // namespace ability
