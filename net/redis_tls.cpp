#include "net/redis_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <system_error>

namespace ability {

namespace {

// An encrypted key would have OpenSSL ask at the terminal, and the lane wait for an answer.
int refuse_pass_phrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string first_complaint() {
  const auto code = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code))
    return std::system_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

}  // namespace

fly::tls_context::load_result load_redis_tls(const redis_tls& how) {
  auto made = fly::tls_context::for_client(how.ca_file, how.verify);
  if (!made || how.certificate_file.empty())
    return made;
  auto* const context = (*made)->native();
  ERR_clear_error();
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_pass_phrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  if (SSL_CTX_use_certificate_chain_file(context, how.certificate_file.c_str()) != 1)
    return "certificate " + how.certificate_file + ": " + first_complaint();
  if (SSL_CTX_use_PrivateKey_file(context, how.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const auto complaint = first_complaint();
    return "key " + how.key_file + ": " + (asked ? "the key is encrypted" : complaint);
  }
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  return made;
}

}  // namespace ability
