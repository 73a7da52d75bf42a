#define CAF_SUITE signed_stream
#include "protocol/auth/signed_stream.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/utf8.hpp"

using namespace ability;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view secret = "s3cret";

// printf '"chat/1"' | base64
// printf ImNoYXQvMSI= | openssl dgst -sha256 -hmac s3cret
constexpr std::string_view chat = "ImNoYXQvMSI=--7e59ca06d6e53f272b50bc22ab3f3f4dbe2202f59c26ba92a1c6921ccf3ba591";

std::string verified(std::string_view signed_name) {
  const auto name = verify_stream(signed_name, secret);
  return name ? *name : "refused: " + name.error().detail;
}

/// Any text with a valid signature.
std::string vouched(std::string_view text) { return std::string{text} + "--" + derive_key(secret, text); }

bool refused(std::string_view signed_name, errc expected, std::string_view key = secret) {
  const auto name = verify_stream(signed_name, key);
  return !name && name.error().code == expected;
}

}  // namespace

CAF_TEST(a name is signed as Rails signs it) {
  CAF_CHECK_EQUAL(sign_stream("chat/1", secret), chat);
  // node: createHmac("sha256", "s3cret").update(Buffer.from(JSON.stringify("chat:?>~")).toString("base64"))
  CAF_CHECK_EQUAL(sign_stream("chat:?>~", secret),
                  "ImNoYXQ6Pz5+Ig==--1a2cac11fb52e06b1ff13a5a244f8cbb53d6108fee094a9ef7bdbe0017efd616");
}

CAF_TEST(a signed name is read whatever its alphabet) {
  CAF_CHECK_EQUAL(verified(chat), "chat/1");
  CAF_CHECK_EQUAL(verified("ImNoYXQ6Pz5+Ig==--1a2cac11fb52e06b1ff13a5a244f8cbb53d6108fee094a9ef7bdbe0017efd616"),
                  "chat:?>~");
  CAF_CHECK_EQUAL(verified("ImNoYXQ6Pz5-Ig--743c9be6480ebe7035d2e68a4f9a27be714d6dd44c0d9b9c69a895f559964d5a"),
                  "chat:?>~");
  CAF_CHECK_EQUAL(verified(vouched("ImNoYXQ6Pz5-Ig==")), "chat:?>~");
}

CAF_TEST(the last separator counts) {
  CAF_CHECK_EQUAL(verified("Is--woAi--ee68848f03177301dcdd0ae0869695a97c7ddc83817cb87c9492091ff1afb245"),
                  "\u03fe\u0080");
  CAF_CHECK_EQUAL(verified("ImEtLWIi--28f21c8a05a825ee7174183be616f87d810b9c61d5f67e2c526fbcf042801df1"), "a--b");
  CAF_CHECK_EQUAL(verified(sign_stream("--", secret)), "--");
}

CAF_TEST(every name comes back) {
  for (const auto name : {"x"sv, "a\"b\\c"sv, "\xf0\x9f\x98\x80"sv, "a\0b"sv, "Z2lkOi8v:messages"sv, " "sv}) {
    CAF_CHECK_EQUAL(verified(sign_stream(name, secret)), name);
  }
  CAF_CHECK_EQUAL(verified(sign_stream(std::string(10'000, 'x'), secret)), std::string(10'000, 'x'));
}

CAF_TEST(another secret verifies nothing) {
  CAF_CHECK(refused(chat, errc::bad_signature, "s3cret2"));
  CAF_CHECK(refused(chat, errc::bad_signature, "S3cret"));
  CAF_CHECK(refused(chat, errc::bad_signature, ""));
  CAF_CHECK(refused(sign_stream("chat/1", "other"), errc::bad_signature));
}

CAF_TEST(an empty secret verifies not even what it signed) {
  CAF_CHECK(refused(sign_stream("chat/1", ""), errc::bad_signature, ""));
}

CAF_TEST(a name that was changed or cut anywhere is refused) {
  for (std::size_t at = 0; at < chat.size(); ++at) {
    CAF_CHECK(refused(chat.substr(0, at), errc::bad_signature));
    for (const auto bit : {0x01, 0x20, 0x80}) {
      std::string changed{chat};
      changed[at] = static_cast<char>(changed[at] ^ bit);
      CAF_CHECK(refused(changed, errc::bad_signature));
    }
  }
  CAF_CHECK(refused(std::string{chat} + "0", errc::bad_signature));
  CAF_CHECK(refused(' ' + std::string{chat}, errc::bad_signature));
}

CAF_TEST(a signature that is missing or in another form is refused) {
  for (const auto text : {""sv, "-"sv, "--"sv, "---"sv, "chat/1"sv, "ImNoYXQvMSI="sv, "ImNoYXQvMSI=--"sv,
                          "--7e59ca06d6e53f272b50bc22ab3f3f4dbe2202f59c26ba92a1c6921ccf3ba591"sv,
                          "ImNoYXQvMSI=--7E59CA06D6E53F272B50BC22AB3F3F4DBE2202F59C26BA92A1C6921CCF3BA591"sv}) {
    CAF_CHECK(refused(text, errc::bad_signature));
  }
}

CAF_TEST(behind a right signature the name must be a text) {
  CAF_CHECK(refused("IiI=--cfa51bede14196d6b45b1d4865da8a405c8f5c81a178831b80d72da0b9809260", errc::empty_value));
  CAF_CHECK(refused("MQ==--6b372b23daaaace0abdbcea708c22bf47a6f73cc68bb208db56224b9fb873128", errc::wrong_type));
  for (const auto json : {"1", "null", "true", R"(["a"])", R"({"name":"a"})", "[[\"a\"]]"}) {
    CAF_CHECK(refused(vouched(encode_base64(json)), errc::wrong_type));
  }
  for (const auto json : {"", "news", "\"news", R"("a" "b")", "\"\\ud800\"", "\"\xff\""}) {
    CAF_CHECK(refused(vouched(encode_base64(json)), errc::malformed_json));
  }
  for (const auto text : {"not base64!", "ImNoYXQvMSI= ", "ImNoY", "ImNoYXQvMSJ="}) {
    CAF_CHECK(refused(vouched(text), errc::wrong_value));
  }
}

CAF_TEST(an error quotes neither name nor signature) {
  for (const auto& text : {std::string{chat.substr(1)}, vouched("not base64!"), vouched(encode_base64("chat")),
                           std::string{"ImNoYXQvMSI="}}) {
    const auto detail = verified(text);
    CAF_CHECK(detail.starts_with("refused: "));
    CAF_CHECK(is_utf8(detail));
    for (const auto part : {"ImNo", "mNoYXQ", "chat", "not base64", "7e59", "s3cret"}) {
      CAF_CHECK(detail.find(part) == std::string::npos);
    }
  }
}
