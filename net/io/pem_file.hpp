/// Certificates and keys from PEM files. Never prompts for a pass phrase, nor waits without limit for a pipe.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace ability::fly {

/// The content of a small file.
struct file_text {
  std::string text;
  std::string error;  ///< the reason why it could not be read; empty: success
};

inline constexpr std::size_t max_file_size = std::size_t{1} << 20;  ///< bytes; a longer file is refused
inline constexpr std::chrono::seconds pipe_patience{10};            ///< until a pipe must be written and closed

/// Reads all of `path`, a file or a pipe. Blocks the calling thread, for at most `pipe_patience`.
file_text read_text_file(const std::string& path);

/// Each function below returns the error, and the remedy if there is one, without the file's name; empty on success.
/// Encrypted files are refused.

/// Makes connections of `context` present the chain in `file`, own certificate first.
std::string show_chain(SSL_CTX* context, const std::string& file);

/// Makes them use the key in `file`. Call after `show_chain`; the key must match its certificate.
std::string use_key(SSL_CTX* context, const std::string& file);

/// Makes connections of `context` trust the authorities in `file`.
std::string trust_authorities(SSL_CTX* context, const std::string& file);

/// Returns OpenSSL's first error on this thread, as a phrase. Clears its error queue, so that the next connection on
/// this thread does not inherit it.
std::string first_complaint();

}  // namespace ability::fly
