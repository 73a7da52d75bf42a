#include "net/io/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <new>
#include <utility>

#include "net/io/pem_file.hpp"

namespace ability::fly {

namespace {

// -- a BIO over a socket: OpenSSL's own lets SIGPIPE kill a program that does not ignore it ---

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int write_bio(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const auto put = ::send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (put < 0 && (errno == EAGAIN || errno == EINTR))
    BIO_set_retry_write(bio);
  return static_cast<int>(put);
}

int read_bio(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    BIO_set_retry_read(bio);
  if (got == 0)
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control_bio(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF)
    return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* make_bio(int socket) {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "flyrpc socket");
    if (made != nullptr) {
      BIO_meth_set_write(made, write_bio);
      BIO_meth_set_read(made, read_bio);
      BIO_meth_set_ctrl(made, control_bio);
    }
    return made;
  }();
  auto* bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr)
    throw std::bad_alloc{};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a pointer is all that a BIO keeps of ours
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

// -- files, with their names ---

std::string show(SSL_CTX* context, const std::string& certificate_file, const std::string& key_file) {
  if (auto why = show_chain(context, certificate_file); !why.empty())
    return "certificate " + certificate_file + ": " + why;
  auto why = use_key(context, key_file);
  return why.empty() ? why : "key " + key_file + ": " + why;
}

std::string trust(SSL_CTX* context, const std::string& file) {
  auto why = trust_authorities(context, file);
  return why.empty() ? why : "certificates of authorities " + file + ": " + why;
}

}  // namespace

// -- context ---

tls_context::tls_context(const SSL_METHOD* method) : context_{SSL_CTX_new(method)} {
  ERR_clear_error();
  if (context_ == nullptr)
    throw std::bad_alloc{};
  SSL_CTX_set_min_proto_version(native(), TLS1_2_VERSION);
  // Packets show by themselves if they were cut off, so accept a peer that ends without close_notify.
  SSL_CTX_set_options(native(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections release their buffers; partial writes let a flush continue where the socket stopped.
  SSL_CTX_set_mode(native(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

tls_context::load_result tls_context::for_client(const std::string& ca_file, bool verify) {
  std::shared_ptr<const tls_context> made{new tls_context{TLS_client_method()}};
  if (!verify)
    return made;
  SSL_CTX_set_verify(made->native(), SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty() && SSL_CTX_set_default_verify_paths(made->native()) != 1)
    return "certificates of the system's authorities: " + first_complaint();
  if (!ca_file.empty())
    if (auto complaint = trust(made->native(), ca_file); !complaint.empty())
      return complaint;
  return made;
}

tls_context::load_result tls_context::for_server(const std::string& certificate_file, const std::string& key_file) {
  std::shared_ptr<const tls_context> made{new tls_context{TLS_server_method()}};
  // TLS 1.2 only with forward secrecy and without CBC: browsers since 2014 support it.
  SSL_CTX_set_cipher_list(made->native(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  if (auto complaint = show(made->native(), certificate_file, key_file); !complaint.empty())
    return complaint;
  return made;
}

tls_context::load_result tls_context::for_peers(const std::string& certificate_file, const std::string& key_file,
                                                const std::string& ca_file) {
  std::shared_ptr<const tls_context> made{new tls_context{TLS_method()}};
  auto* const native = made->native();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  if (auto complaint = show(made->native(), certificate_file, key_file); !complaint.empty())
    return complaint;
  if (auto complaint = trust(native, ca_file); !complaint.empty())
    return complaint;
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // No resumption: each connection must authenticate, and no ticket may replace that.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  return made;
}

// -- session ---

tls_session::tls_session(const tls_context& context, int socket) : ssl_{SSL_new(context.native())} {
  if (ssl_ == nullptr)
    throw std::bad_alloc{};
  auto* bio = make_bio(socket);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

tls_session::tls_session(const tls_context& context, int socket, const std::string& host)
    : tls_session{context, socket} {
  SSL_set_connect_state(ssl_.get());
  boost::system::error_code is_name;
  boost::asio::ip::make_address(host, is_name);
  if (is_name) {
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    SSL_set1_host(ssl_.get(), host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
  }
}

tls_session::tls_session(const tls_context& context, int socket, any_name_t) : tls_session{context, socket} {
  SSL_set_connect_state(ssl_.get());
}

step tls_session::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  const auto result = SSL_get_error(ssl_.get(), returned);
  complaint_ = result == SSL_ERROR_SSL ? first_complaint() : std::string{closed_in_handshake};
  if (const auto verdict = SSL_get_verify_result(ssl_.get()); result == SSL_ERROR_SSL && verdict != X509_V_OK)
    complaint_ = std::string{"the certificate is not trusted: "} + X509_verify_cert_error_string(verdict);
  if (returned > 0)
    complaint_.clear();
  return outcome(returned);
}

step tls_session::read(std::span<char> into, std::size_t& moved) {
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
  moved = got > 0 ? static_cast<std::size_t>(got) : 0;
  return outcome(got);
}

step tls_session::write(std::span<const char> from, std::size_t& moved) {
  ERR_clear_error();
  const int put = SSL_write(ssl_.get(), from.data(), static_cast<int>(std::min<std::size_t>(from.size(), INT_MAX)));
  moved = put > 0 ? static_cast<std::size_t>(put) : 0;
  return outcome(put);
}

void tls_session::say_goodbye() noexcept {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

step tls_session::outcome(int returned) {
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
      if (ERR_peek_error() != 0)
        complaint_ = first_complaint();
      return step::failed;
  }
}

}  // namespace ability::fly
