#include "apps/abilityctl/cli/tls_files.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "net/io/descriptor.hpp"
#include "net/io/pem_file.hpp"

namespace ability {
namespace {

struct context_free {
  void operator()(SSL_CTX* made) const noexcept { SSL_CTX_free(made); }
};
struct session_free {
  void operator()(SSL* made) const noexcept { SSL_free(made); }
};
struct addresses_free {
  void operator()(addrinfo* made) const noexcept { ::freeaddrinfo(made); }
};

std::string message_of(int error) { return std::generic_category().message(error); }

/// The first error of OpenSSL in readable form.
std::string tls_error(const std::string& otherwise) {
  const auto code = ERR_peek_error();
  if (code == 0)
    return otherwise;
  if (ERR_SYSTEM_ERROR(code))
    return message_of(ERR_GET_REASON(code));
  const auto* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : otherwise;
}

/// Returns a TLS context with the files, or their error. CAF loads the files again; files for which it would ask for
/// a pass phrase are refused here.
std::pair<std::unique_ptr<SSL_CTX, context_free>, std::string> context_of(const tls_files& files) {
  std::unique_ptr<SSL_CTX, context_free> made{SSL_CTX_new(TLS_client_method())};
  std::string wrong;
  const auto expect = [&](const char* option, const std::string& file, auto load) {
    if (!wrong.empty())
      return;
    if (const auto why = load(made.get(), file); !why.empty())
      wrong = files.options + option + ' ' + file + ": " + why;
  };
  expect("cert", files.certificate, fly::show_chain);
  expect("key", files.key, fly::use_key);
  expect("ca", files.authorities, fly::trust_authorities);
  SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
  return {std::move(made), std::move(wrong)};
}

/// Returns a connected blocking socket, or the reason why there is none.
std::pair<fly::descriptor, std::string> connect_to(const node_address& where, std::chrono::milliseconds limit) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
      error != 0)
    return {fly::descriptor{-1}, "the name cannot be resolved (" + std::string{::gai_strerror(error)} + "); check it"};
  const std::unique_ptr<addrinfo, addresses_free> owner{found};
  std::string reason = "it has no address";
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    fly::descriptor socket{
        ::socket(each->ai_family, each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, each->ai_protocol)};
    int error = 0;
    if (::connect(socket.get(), each->ai_addr, each->ai_addrlen) != 0)
      error = errno;
    if (error == EINPROGRESS) {
      pollfd ready{socket.get(), POLLOUT, 0};
      socklen_t size = sizeof error;
      if (::poll(&ready, 1, static_cast<int>(limit.count())) == 0)
        error = ETIMEDOUT;
      else
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) {
      ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
      return {std::move(socket), std::string{}};
    }
    reason = message_of(error);
    reason.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(reason.front())));
    reason += "; is abilityd running with --monitor-listen or --cluster-listen?";
  }
  return {fly::descriptor{-1}, std::move(reason)};
}

const char* const not_a_monitor = "it closed the connection before it said who it is";

/// Returns the reason why the handshake fails. A missing certificate is reported only after the handshake.
std::string reason_of_failed_handshake(SSL_CTX* context, const tls_files& files, int socket,
                                       std::chrono::milliseconds limit) {
  const timeval patience{.tv_sec = limit.count() / 1'000, .tv_usec = limit.count() % 1'000 * 1'000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::unique_ptr<SSL, session_free> session{SSL_new(context)};
  SSL_set_fd(session.get(), socket);
  ERR_clear_error();
  char byte = 0;
  if (SSL_connect(session.get()) == 1) {
    SSL_read(session.get(), &byte, 1);
    return "it refuses the TLS connection: " + tls_error(not_a_monitor) + "; check that its --cluster-ca signed " +
           files.options + "cert";
  }
  if (const auto verdict = SSL_get_verify_result(session.get()); verdict != X509_V_OK)
    return "its certificate is not trusted: " + std::string{X509_verify_cert_error_string(verdict)} + "; check that " +
           files.options + "ca signed it";
  const auto why = tls_error(not_a_monitor);
  return why == not_a_monitor || why == "wrong version number"
             ? "it does not speak TLS; leave out " + files.option_names()
             : "the TLS handshake failed: " + why;
}

}  // namespace

std::optional<std::string> fault_of(const tls_files& files) {
  if (!files.any())
    return {};
  if (files.certificate.empty() || files.key.empty() || files.authorities.empty())
    return files.option_names() + " go together";
  auto [context, wrong] = context_of(files);
  return wrong.empty() ? std::nullopt : std::optional{std::move(wrong)};
}

std::string reason_of_failed_dial(const node_address& where, const tls_files& files, std::chrono::milliseconds limit) {
  const auto [socket, reason] = connect_to(where, limit);
  if (!reason.empty())
    return reason;
  if (!files.any())
    return std::string{not_a_monitor} + "; if it speaks TLS give " + files.option_names();
  const auto [context, wrong] = context_of(files);
  return wrong.empty() ? reason_of_failed_handshake(context.get(), files, socket.get(), limit) : wrong;
}

}  // namespace ability
