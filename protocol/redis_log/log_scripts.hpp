/// The scripts by which Redis keeps the log of a stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/redis/redis_words.hpp"

namespace ability {

/// A script, and the digest by which a server that has run it once is asked for it.
struct log_script {
  explicit log_script(std::string code);

  std::string text;
  std::string digest;  ///< 40 hex digits
};

/// The ways to name a script. `digest` is shorter, and fails with `no_script` if the server does not have it.
enum class script_form : std::uint8_t { digest, text };

/// Adds the two words that begin a call of a script.
void add_script(redis_words& to, const log_script& script, script_form form);

/// Appends a publication, drops old ones, renews the times to live and tells the followers.
const log_script& append_script();

/// Reads the position and publications behind an offset; begins the log if there is none.
const log_script& read_script();

}  // namespace ability
