/// One HTTP or HTTPS POST.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>

namespace ability {

/// A POST request: address and body.
struct post_order {
  std::string url;              ///< `http://host[:port][/path]`, or `https://`
  std::string bearer_key = {};  ///< empty: no key is sent
  std::string body = {};
  std::string ca_file = {};  ///< PEM file of trusted authorities; empty: the system's
  std::chrono::milliseconds timeout{10'000};
};

/// Parts of the reply.
struct post_answer {
  unsigned status = 0;
  std::string body = {};
  std::string position =
      {};  ///< `Ability-Position`: the place of the publication in the log of its stream, if it has one
};

/// Blocks until the reply was received, for `timeout` at most.
///
/// Errors: a phrase with the URL and the reason; it holds no secret.
boost::system::result<post_answer, std::string> post(const post_order& order);

}  // namespace ability
