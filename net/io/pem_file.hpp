/// Certificates and keys from PEM files. Nothing here asks for a pass phrase, or waits for ever for a pipe.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace ability::fly {

/// A small file's bytes.
struct file_text {
  std::string text;
  std::string error;  ///< why it could not be read; empty: it was
};

inline constexpr std::size_t max_file_size = std::size_t{1} << 20;  ///< bytes; a longer file is refused
inline constexpr std::chrono::seconds pipe_patience{10};            ///< until a pipe has been written and closed

/// Reads all of `path`, a file or a pipe. Blocks the calling thread, for `pipe_patience` at most.
file_text read_text_file(const std::string& path);

/// Each of these returns what is wrong with the file and the remedy where there is one, without the file's name; empty
/// if nothing is. What is encrypted is refused.

/// Has connections of `context` show the chain in `file`, own certificate first.
std::string show_chain(SSL_CTX* context, const std::string& file);

/// Has them prove it by the key in `file`. Behind `show_chain`, whose certificate it must be for.
std::string use_key(SSL_CTX* context, const std::string& file);

/// Has connections of `context` trust the authorities in `file`.
std::string trust_authorities(SSL_CTX* context, const std::string& file);

/// The first error of OpenSSL on this thread, as a phrase. Empties its queue of errors, or the next
/// connection on this thread would inherit it.
std::string first_complaint();

}  // namespace ability::fly
