/// One POST by HTTP or HTTPS.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>

namespace ability {

/// A request by POST: address and body.
struct post_order {
  std::string url;              ///< `http://host[:port][/path]`, or `https://`
  std::string bearer_key = {};  ///< empty: none is sent
  std::string body = {};
  std::string ca_file = {};  ///< PEM file of the authorities to trust; empty: the system's
  std::chrono::milliseconds timeout{10'000};
};

/// The answer.
struct post_answer {
  unsigned status = 0;
  std::string body = {};
};

/// Blocks until the answer has come, at most for `timeout`.
///
/// Errors: a phrase that names the URL and says what went wrong; it holds no secret.
boost::system::result<post_answer, std::string> post(const post_order& order);

}  // namespace ability
