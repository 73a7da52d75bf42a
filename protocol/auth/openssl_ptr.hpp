/// Helpers for OpenSSL: free its objects, and keep its error queue clean. For sources only: no installed header
/// includes this.
#pragma once

#include <openssl/err.h>

#include <memory>

namespace ability {

/// Deleter that calls `Free`.
template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* made) const noexcept {
    Free(made);
  }
};

/// Owner of an OpenSSL object.
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

/// Discards OpenSSL errors raised during its lifetime. The thread's error queue is shared with TLS, which would take
/// leftover errors for its own.
class openssl_error_scope {
public:
  openssl_error_scope() noexcept { ERR_set_mark(); }
  ~openssl_error_scope() { ERR_pop_to_mark(); }
  openssl_error_scope(const openssl_error_scope&) = delete;
  openssl_error_scope& operator=(const openssl_error_scope&) = delete;
};

}  // namespace ability
