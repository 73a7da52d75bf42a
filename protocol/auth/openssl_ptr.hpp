/// Duties of OpenSSL's callers: freeing the objects that it makes, and keeping its queue of errors clean. For sources
/// only: no installed header includes it.
#pragma once

#include <openssl/err.h>

#include <memory>

namespace ability {

/// Calls `Free` where a deleter is wanted.
template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* made) const noexcept {
    Free(made);
  }
};

/// Owns what OpenSSL made.
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

/// Forgets at its end the errors that OpenSSL had while it lived: the thread's queue of them is shared with TLS, which
/// takes what it finds there for its own.
class openssl_error_scope {
public:
  openssl_error_scope() noexcept { ERR_set_mark(); }
  ~openssl_error_scope() { ERR_pop_to_mark(); }
  openssl_error_scope(const openssl_error_scope&) = delete;
  openssl_error_scope& operator=(const openssl_error_scope&) = delete;
};

}  // namespace ability
