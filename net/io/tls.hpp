/// TLS on a non-blocking socket, at either end.
#pragma once

#include <openssl/ssl.h>

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ability::fly {

/// The result of one non-blocking step over a socket.
enum class step : std::uint8_t {
  done,         ///< bytes were moved, or the handshake is complete
  want_read,    ///< repeat once the socket is readable
  want_write,   ///< repeat once the socket is writable
  end_of_file,  ///< the peer sends no more
  failed,       ///< the connection is unusable
};

/// Configuration shared by the connections of one client or listener: TLS 1.2 or later, certificates, trusted
/// authorities. `for_peers` is stricter.
class tls_context {
public:
  /// A context, or a sentence with the file and its error.
  using load_result = boost::system::result<std::shared_ptr<const tls_context>, std::string>;

  /// Trusts the authorities in the PEM file `ca_file`, or the system's if that is empty. Without `verify` any
  /// certificate is accepted.
  static load_result for_client(const std::string& ca_file, bool verify);

  /// Presents the chain in the PEM file `certificate_file`, own certificate first.
  static load_result for_server(const std::string& certificate_file, const std::string& key_file);

  /// For programs that trust one authority, at either end: TLS 1.3 only, and both must present a chain to an authority
  /// in the PEM file `ca_file`. An extended key usage is enforced, if present: `serverAuth` for the accepting end,
  /// `clientAuth` for the dialling one.
  static load_result for_peers(const std::string& certificate_file, const std::string& key_file,
                               const std::string& ca_file);

  SSL_CTX* native() const noexcept { return context_.get(); }

private:
  struct closer {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  explicit tls_context(const SSL_METHOD* method);

  std::unique_ptr<SSL_CTX, closer> context_;
};

/// Skips the check of the name in a peer's certificate, not that of its signature: for `for_peers`.
struct any_name_t {};
inline constexpr any_name_t any_name{};

/// `tls_session::complaint()` of a handshake in which the peer closed the connection without an alert.
inline constexpr std::string_view closed_in_handshake = "the connection was closed";

/// The TLS state of one connection. `socket`, here and below, is a non-blocking descriptor owned by the caller, which
/// outlives this. Writing to it raises no signal.
class tls_session {
public:
  /// The server's side. Throws std::bad_alloc.
  tls_session(const tls_context& context, int socket);

  /// The client's side: the certificate must be for `host`, a name or an IP address. Throws std::bad_alloc.
  tls_session(const tls_context& context, int socket, const std::string& host);

  /// The client's side, for any name in the certificate. Throws std::bad_alloc.
  tls_session(const tls_context& context, int socket, any_name_t);

  /// One step of the handshake.
  step handshake();

  /// The reason, for the log, why the handshake or a later step failed. A client may learn only after its handshake
  /// that the server rejects its certificate.
  const std::string& complaint() const noexcept { return complaint_; }

  /// Reads up to `into.size()` bytes; `moved` is the number read.
  step read(std::span<char> into, std::size_t& moved);

  /// Writes some of `from`. After `want_write` or `want_read`, the next call must begin with the same bytes.
  step write(std::span<const char> from, std::size_t& moved);

  /// True if `read` has bytes without waiting for the socket.
  bool has_pending() const noexcept { return SSL_pending(ssl_.get()) > 0; }

  /// Sends the end of the output (close_notify), if the socket accepts it.
  void say_goodbye() noexcept;

private:
  struct closer {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  step outcome(int returned);

  std::unique_ptr<SSL, closer> ssl_;
  std::string complaint_;
};

}  // namespace ability::fly
