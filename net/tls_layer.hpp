/// TLS on a non-blocking socket, and the certificate that new connections get.
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ability {

/// How one non-blocking step over a socket ended.
enum class step : std::uint8_t {
  done,         ///< it moved bytes, or the handshake is complete
  want_read,    ///< again once the socket is readable
  want_write,   ///< again once the socket is writable
  end_of_file,  ///< the peer said that no more will come
  failed,       ///< the connection is of no more use
};

/// A certificate with its key. Connections keep the one they began with.
class tls_identity {
public:
  /// Loads PEM files: a chain, own certificate first, and its key. The error is a sentence that names the file and
  /// what is wrong with it.
  static boost::system::result<std::shared_ptr<const tls_identity>, std::string> load(const std::string& cert_path,
                                                                                      const std::string& key_path);

  SSL_CTX* context() const noexcept { return context_.get(); }

private:
  struct closer {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  explicit tls_identity(SSL_CTX* context) noexcept : context_{context} {}

  std::unique_ptr<SSL_CTX, closer> context_;
};

/// The TLS state of one server-side connection. Used on the thread of its socket.
class tls_layer {
public:
  /// `socket` is a non-blocking descriptor, which stays the caller's and must outlive this.
  /// Throws std::bad_alloc if there is no memory.
  tls_layer(const tls_identity& identity, int socket);

  /// One step of the handshake.
  step handshake();

  /// Reads up to `into.size()` bytes; `moved` is how many came.
  step read(std::span<char> into, std::size_t& moved);

  /// Writes some of `from`. After `want_write` or `want_read` it must be called again with the same bytes first.
  step write(std::span<const char> from, std::size_t& moved);

  /// Whether `read` has bytes already, so that the socket need not become readable.
  bool has_pending() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }

  /// Tells the peer that no more will come, as far as the socket takes it.
  void say_goodbye() noexcept;

private:
  struct closer {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  step outcome(int returned);

  std::unique_ptr<SSL, closer> ssl_;
};

}  // namespace ability
