/// A command that may have to be sent more than once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "net/redis/redis_server_info.hpp"
#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"
#include "protocol/redis_log/log_scripts.hpp"

namespace ability {

/// The circumstances of an attempt.
struct redis_attempt {
  bool is_repeat = false;                  ///< an earlier one may have been run, as its answer was lost
  script_form form = script_form::digest;  ///< `text` once a server does not know the script by its digest
};

/// Made by a user of `redis_servers`, which keeps it until it is answered. Its keys have all one hash tag.
class redis_order {
public:
  redis_order() = default;
  redis_order(const redis_order&) = delete;
  redis_order& operator=(const redis_order&) = delete;
  virtual ~redis_order() = default;

  /// The command for this server.
  virtual std::string command(const redis_server_info& server, const redis_attempt& how) = 0;

  /// Takes the reply, which may be an error of the server; or the reason why none came. Called once.
  virtual void answered(redis_result<redis_value> reply, const redis_attempt& last) = 0;

  /// True if an attempt whose answer was lost may be followed by another one.
  virtual bool may_repeat() const { return false; }

  /// Bytes that it takes while it waits, about.
  virtual std::size_t size() const { return sizeof(redis_order); }

private:
  friend class redis_servers;

  std::uint16_t slot_ = 0;
  std::uint64_t number_ = 0;  // orders of one slot are run by number
  std::chrono::steady_clock::time_point begun_ = {};
  redis_attempt how_ = {};
  int redirects_ = 0;
  bool has_waited_ = false;
  redis_error last_error_ = {redis_failure::away};
};

}  // namespace ability
