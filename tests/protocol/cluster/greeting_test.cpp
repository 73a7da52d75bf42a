#define CAF_SUITE cluster_greeting
#include "protocol/cluster/handshake.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

const member red{"0123456789abcdef0123456789abcdef", "red", "10.0.0.1:7700", 5};
const member blue{"ffffffffffffffffffffffffffffffff", "blue", "10.0.0.2:7700", 6};
const std::string nonce(32, 'a');
const std::string other_nonce(32, 'b');

const hello dialler{.oldest = 1, .newest = 2, .who = red, .nonce = nonce};
const challenge acceptor{.version = 2, .who = blue, .nonce = other_nonce};

// The JSON of each greeting.
const std::vector<std::pair<handshake_message, std::string>> golden{
    {dialler, R"({"type":"hello","oldest":1,"newest":2,"node":{"uuid":"0123456789abcdef0123456789abcdef","name":"red",)"
              R"("address":"10.0.0.1:7700","started":5},"nonce":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"},
    {acceptor, R"({"type":"challenge","version":2,"node":{"uuid":"ffffffffffffffffffffffffffffffff","name":"blue",)"
               R"("address":"10.0.0.2:7700","started":6},"nonce":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"})"},
    {proof{"p"}, R"({"type":"proof","proof":"p"})"},
    {welcome{"w"}, R"({"type":"welcome","proof":"w"})"},
    {refusal_of_node{"wrong_secret", "No."}, R"({"type":"refusal","code":"wrong_secret","message":"No."})"},
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  CAF_REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

fault refused(std::string_view json) {
  const auto found = decode_handshake_message(json);
  CAF_REQUIRE(found.has_error());
  return found.error();
}

refusal_of_node refusal(std::string_view code, std::string_view message) {
  const auto found = decode_handshake_message(R"({"type":"refusal","code":")" + std::string{code} + R"(","message":")" +
                                              std::string{message} + R"("})");
  CAF_REQUIRE(found.has_value());
  return std::get<refusal_of_node>(*found);
}

}  // namespace

CAF_TEST(greetings are the golden bytes) {
  for (const auto& [what, json] : golden) {
    const auto size = json.size();
    const std::string header{0, 0, static_cast<char>(size >> 8), static_cast<char>(size)};
    CAF_CHECK_EQUAL(encode_handshake_message(what), header + json);
  }
}

CAF_TEST(greetings come back) {
  for (const auto& [what, json] : golden) {
    const auto back = decode_handshake_message(json);
    CAF_REQUIRE(back.has_value());
    CAF_CHECK_EQUAL(back->index(), what.index());
    CAF_CHECK_EQUAL(encode_handshake_message(*back), encode_handshake_message(what));
  }
}

CAF_TEST(a hello speaks the versions of this build unless told otherwise) {
  const hello mine{.who = red, .nonce = nonce};
  CAF_CHECK_EQUAL(mine.oldest, oldest_link_version);
  CAF_CHECK_EQUAL(mine.newest, newest_link_version);
}

CAF_TEST(the magic is no header of BASP) {
  CAF_CHECK(static_cast<unsigned char>(handshake_magic.front()) > 6);
  CAF_CHECK(handshake_magic.size() < 32);
}

CAF_TEST(keys that are not known are ignored) {
  for (const auto& [what, json] : golden) {
    const auto back = decode_handshake_message(replaced(json, "{\"type\"", R"({"later":{"type":[]},"type")"));
    CAF_REQUIRE(back.has_value());
    CAF_CHECK_EQUAL(encode_handshake_message(*back), encode_handshake_message(what));
  }
}

CAF_TEST(truncated at any byte there is no greeting) {
  for (const auto& [what, json] : golden)
    for (std::size_t size = 0; size < json.size(); ++size)
      CAF_CHECK(decode_handshake_message(json.substr(0, size)).has_error());
}

CAF_TEST(each key must be there) {
  for (const auto& [what, json] : golden)
    for (const std::string_view key : {"type", "oldest", "newest", "node", "nonce", "version", "proof", "code",
                                       "message", "uuid", "name", "address", "started"}) {
      const auto quoted = '"' + std::string{key} + "\":";
      if (json.find(quoted) != std::string::npos) {
        const auto why = refused(replaced(json, quoted, "\"x\":"));
        CAF_CHECK(why.code == errc::missing_key);
        CAF_CHECK(why.detail.find('"' + std::string{key} + '"') != std::string::npos);
      }
    }
}

CAF_TEST(what is wrong is named) {
  CAF_CHECK(refused("").code == errc::malformed_json);
  CAF_CHECK(refused("[]").code == errc::wrong_type);
  CAF_CHECK(refused(R"({"type":7})").code == errc::wrong_type);
  CAF_CHECK(refused(R"({"type":"goodbye"})").code == errc::unknown_command);
  CAF_CHECK(refused(R"({"type":"proof","proof":[]})").code == errc::wrong_type);
  const auto& mine = golden.front().second;
  CAF_CHECK(refused(replaced(mine, "\"oldest\":1", "\"oldest\":3")).code == errc::wrong_value);
  CAF_CHECK(refused(replaced(mine, "\"newest\":2", "\"newest\":65536")).code == errc::wrong_value);
  CAF_CHECK(refused(replaced(mine, "\"newest\":2", "\"newest\":-2")).code == errc::wrong_type);
  CAF_CHECK(refused(replaced(mine, "\"newest\":2", "\"newest\":\"2\"")).code == errc::wrong_type);
  CAF_CHECK(refused(replaced(mine, nonce, nonce + "a")).code == errc::wrong_value);
  CAF_CHECK(refused(replaced(mine, nonce, std::string(32, 'A'))).code == errc::wrong_value);
  CAF_CHECK(refused(replaced(mine, "0123456789abcdef", "0123456789abcdeg")).code == errc::wrong_value);
  CAF_CHECK_EQUAL(refused(replaced(mine, "\"started\":5", "\"started\":{}")).detail,
                  "node: \"started\" must be a whole number, found an object");
  CAF_CHECK(refused(R"({"type":"refusal","code":"","message":""})").code == errc::wrong_value);
  CAF_CHECK(refused(R"({"type":"refusal","code":"a\nb","message":""})").code == errc::wrong_value);
  CAF_CHECK(refused(R"({"type":"refusal","code":")" + std::string(33, 'a') + R"(","message":""})").code ==
            errc::wrong_value);
}

CAF_TEST(a greeting is bounded) {
  const auto of_size = [](std::size_t size) {
    const std::string head = R"({"type":"proof","proof":"p","x":")";
    return head + std::string(size - head.size() - 2, 'x') + "\"}";
  };
  CAF_CHECK(decode_handshake_message(of_size(max_handshake_size)).has_value());
  CAF_CHECK(refused(of_size(max_handshake_size + 1)).code == errc::too_large);
  CAF_CHECK(refused(std::string(max_handshake_size, '[')).code == errc::malformed_json);
}

CAF_TEST(a refusal is fit for a log) {
  CAF_CHECK_EQUAL(refusal("full", R"(a\r\nb\u0000c\u007f\u001b[0m)").message, "a  b c  [0m");
  CAF_CHECK_EQUAL(refusal("full", std::string(300, 'x')).message.size(), 256u);
  std::string umlauts = "x";
  for (int i = 0; i < 200; ++i)
    umlauts += "\u00e4";
  CAF_CHECK_EQUAL(refusal("full", umlauts).message, umlauts.substr(0, 255));
  const auto back = decode_handshake_message(
      encode_handshake_message(refusal_of_node{"full", std::string(100'000, '\xe4')}).substr(4));
  CAF_CHECK_EQUAL(std::get<refusal_of_node>(back.value()).message.size(), 256u);
}

// Generated by openssl dgst from the text that handshake.cpp describes.
CAF_TEST(proofs are the golden ones) {
  CAF_CHECK_EQUAL(handshake_proof("secret", true, dialler, acceptor),
                  "fc41f6654b91ad15ee29010571aaa909042f42f60c19547e145810b2d7f9f875");
  CAF_CHECK_EQUAL(handshake_proof("secret", false, dialler, acceptor),
                  "b00328a8b2719c76637f73fc7aba5b07040a7d41fae17845a50fecbebba085c3");
}

CAF_TEST(a proof depends on all that goes into it) {
  const auto proof = handshake_proof("secret", true, dialler, acceptor);
  CAF_CHECK_EQUAL(proof.size(), 64u);
  CAF_CHECK_EQUAL(proof, handshake_proof("secret", true, dialler, acceptor));
  CAF_CHECK_NOT_EQUAL(proof, handshake_proof("Secret", true, dialler, acceptor));
  CAF_CHECK_NOT_EQUAL(proof, handshake_proof("secret", false, dialler, acceptor));
  const auto differs = [&](auto change) {
    auto here = dialler;
    auto there = acceptor;
    change(here, there);
    return proof != handshake_proof("secret", true, here, there);
  };
  CAF_CHECK(differs([](auto& here, auto&) { here.oldest = 2; }));
  CAF_CHECK(differs([](auto& here, auto&) { here.newest = 3; }));
  CAF_CHECK(differs([](auto& here, auto&) { here.nonce[0] = 'c'; }));
  CAF_CHECK(differs([](auto& here, auto&) { here.who.uuid[0] = 'c'; }));
  CAF_CHECK(differs([](auto&, auto& there) { there.version = 1; }));
  CAF_CHECK(differs([](auto&, auto& there) { there.nonce[0] = 'c'; }));
  CAF_CHECK(differs([](auto&, auto& there) { there.who.uuid[0] = 'c'; }));
  CAF_CHECK(differs([](auto& here, auto& there) { std::swap(here.nonce, there.nonce); }));
  CAF_CHECK(differs([](auto& here, auto& there) { std::swap(here.who, there.who); }));
}
