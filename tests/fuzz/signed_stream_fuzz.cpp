#include "protocol/auth/signed_stream.hpp"

#include "protocol/auth/secret.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

/// Input: a client's name of a stream; the same bytes are also tested as the signed text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view secret = "s3cret";
  const auto text = as_text(data, size);
  const auto given = verify_stream(text, secret);
  if (given) {
    hold(text.ends_with("--" + derive_key(secret, text.substr(0, text.rfind("--")))), "a name is signed");
  } else {
    hold(is_utf8(given.error().detail), "a detail can be shown");
  }
  const auto name = verify_stream(std::string{text} + "--" + derive_key(secret, text), secret);
  if (name) {
    hold(!name->empty() && is_utf8(*name), "a stream has a name");
    const auto again = verify_stream(sign_stream(*name, secret), secret);
    hold(again && *again == *name, "a name comes back");
  } else {
    hold(name.error().code != errc::bad_signature, "a right signature matches");
    hold(is_utf8(name.error().detail), "a detail can be shown");
  }
  if (const auto bytes = decode_base64(text)) {
    const auto standard = encode_base64(*bytes);
    const auto url = encode_base64url(*bytes);
    hold(text == standard || text == url || text == standard.substr(0, url.size()) ||
             text == url + standard.substr(url.size()),
         "bytes have one text in each form");
  }
  return 0;
}
