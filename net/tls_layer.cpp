#include "net/tls_layer.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <climits>
#include <new>

namespace ability {

namespace {

// What OpenSSL complained about last; takes the queue with it, or the next connection on this thread inherits it.
std::string last_complaint() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

}  // namespace

boost::system::result<std::shared_ptr<const tls_identity>, std::string> tls_identity::load(
    const std::string& cert_path, const std::string& key_path) {
  std::shared_ptr<const tls_identity> identity{new tls_identity{SSL_CTX_new(TLS_server_method())}};
  auto* context = identity->context();
  if (context == nullptr)
    throw std::bad_alloc{};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections give their buffers back; partial writes let a flush go on where the socket stopped taking.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context, cert_path.c_str()) != 1)
    return "certificate " + cert_path + ": " + last_complaint();
  if (SSL_CTX_use_PrivateKey_file(context, key_path.c_str(), SSL_FILETYPE_PEM) != 1)
    return "key " + key_path + ": " + last_complaint();
  if (SSL_CTX_check_private_key(context) != 1)
    return "key " + key_path + " does not belong to certificate " + cert_path;
  return identity;
}

tls_layer::tls_layer(const tls_identity& identity, int socket) : ssl_{SSL_new(identity.context())} {
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), socket) != 1)
    throw std::bad_alloc{};
  SSL_set_accept_state(ssl_.get());
}

step tls_layer::handshake() { return outcome(SSL_do_handshake(ssl_.get())); }

step tls_layer::read(std::span<char> into, std::size_t& moved) {
  const int got = SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
  moved = got > 0 ? static_cast<std::size_t>(got) : 0;
  return outcome(got);
}

step tls_layer::write(std::span<const char> from, std::size_t& moved) {
  const int put = SSL_write(ssl_.get(), from.data(), static_cast<int>(std::min<std::size_t>(from.size(), INT_MAX)));
  moved = put > 0 ? static_cast<std::size_t>(put) : 0;
  return outcome(put);
}

void tls_layer::say_goodbye() noexcept {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

step tls_layer::outcome(int returned) {
  if (returned > 0)
    return step::done;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return step::want_read;
    case SSL_ERROR_WANT_WRITE:
      return step::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return step::end_of_file;
    default:
      ERR_clear_error();
      return step::failed;
  }
}

}  // namespace ability
