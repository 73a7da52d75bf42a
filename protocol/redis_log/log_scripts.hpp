/// The scripts by which Redis keeps the log of a stream.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// A script, and the digest by which a server that has run it once is asked for it.
struct log_script {
  explicit log_script(std::string code);

  std::string text;
  std::string digest;  ///< 40 hex digits
};

/// Appends a publication, drops old ones, renews the times to live and tells the followers.
const log_script& append_script();

/// Reads the position and publications behind an offset; begins the log if there is none.
const log_script& read_script();

}  // namespace ability
