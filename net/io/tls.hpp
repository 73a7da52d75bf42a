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

/// How one non-blocking step over a socket ended.
enum class step : std::uint8_t {
  done,         ///< it moved bytes, or the handshake is complete
  want_read,    ///< again once the socket is readable
  want_write,   ///< again once the socket is writable
  end_of_file,  ///< no more will come
  failed,       ///< the connection is of no more use
};

/// What connections of one client or listener have in common: TLS 1.2 or later, certificates, whom to trust.
/// `for_peers` asks for more.
class tls_context {
public:
  /// A context, or a sentence that names the file and what is wrong with it.
  using load_result = boost::system::result<std::shared_ptr<const tls_context>, std::string>;

  /// Trusts the authorities in the PEM file `ca_file`, or the system's if that is empty. Without `verify` any
  /// certificate is taken.
  static load_result for_client(const std::string& ca_file, bool verify);

  /// Shows the chain in the PEM file `certificate_file`, own certificate first.
  static load_result for_server(const std::string& certificate_file, const std::string& key_file);

  /// For programs that know each other by one authority, at either end: TLS 1.3 only, each shows its chain, and whoever
  /// shows none that leads to an authority in the PEM file `ca_file` is not let in. What a certificate may be used for
  /// counts, if it says so: `serverAuth` where it was dialled, `clientAuth` where it dials.
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

/// Tells that the name in a peer's certificate does not matter, only who has signed it: for `for_peers`.
struct any_name_t {};
inline constexpr any_name_t any_name{};

/// `tls_session::complaint()` of a handshake in which the peer closed the connection without saying why.
inline constexpr std::string_view closed_in_handshake = "the connection was closed";

/// The TLS state of one connection. `socket`, here and below, is a non-blocking descriptor, which stays the caller's
/// and outlives this. Writing to it raises no signal.
class tls_session {
public:
  /// The server's side. Throws std::bad_alloc if there is no memory.
  tls_session(const tls_context& context, int socket);

  /// The client's side: the certificate must be for `host`, a name or an IP address. Throws std::bad_alloc if there is
  /// no memory.
  tls_session(const tls_context& context, int socket, const std::string& host);

  /// The client's side, whatever name the certificate has. Throws std::bad_alloc if there is no memory.
  tls_session(const tls_context& context, int socket, any_name_t);

  /// One step of the handshake.
  step handshake();

  /// Why the handshake, or a step behind it, failed, fit for a log. A client may learn only behind its handshake that
  /// the server did not take its certificate.
  const std::string& complaint() const noexcept { return complaint_; }

  /// Reads up to `into.size()` bytes; `moved` is how many came.
  step read(std::span<char> into, std::size_t& moved);

  /// Writes some of `from`. After `want_write` or `want_read` it must be called again with the same bytes first.
  step write(std::span<const char> from, std::size_t& moved);

  /// Whether `read` has bytes already, so that the socket need not become readable.
  bool has_pending() const noexcept { return SSL_pending(ssl_.get()) > 0; }

  /// Tells the peer that no more will come, as far as the socket takes it.
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
