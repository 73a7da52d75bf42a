/// Settings of the connection to Redis.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/redis/redis_address.hpp"

namespace ability {

/// TLS settings for Redis.
struct redis_tls {
  bool on = false;
  bool verify = true;            ///< verify the server's certificate
  std::string ca_file;           ///< PEM file of the trusted authorities; empty: the system's
  std::string certificate_file;  ///< PEM chain presented to Redis; empty: none
  std::string key_file;          ///< PEM key of `certificate_file`, not encrypted
};

/// A Sentinel, which knows where the master is.
struct redis_sentinel {
  std::string host = {};
  std::uint16_t port = 26'379;
  std::string password = {};  ///< empty: no login

  friend bool operator==(const redis_sentinel&, const redis_sentinel&) = default;
};

/// Address, credentials and channel of a subscription.
struct redis_endpoint {
  std::string host = {};  ///< a name or an IP address
  std::uint16_t port = 6379;
  std::string user = {};      ///< empty: Redis' default user
  std::string password = {};  ///< if this and `user` are empty: no login
  int database = 0;           ///< selected unless 0; publications reach all databases
  std::string channel = "__anycable__";
  std::size_t max_payload = 0;  ///< bytes of one publication
  std::string path = {};        ///< socket file, instead of `host` and `port`
  redis_tls tls = {};           ///< files are read at each connect
  /// Asked for the address of the master `master_name`, instead of `host` and `port`; empty: none.
  std::vector<redis_sentinel> sentinels = {};
  std::string master_name = {};
  /// Servers of a Redis Cluster, each of which is asked for the others; empty: it is none.
  std::vector<redis_address> cluster = {};
  std::string key = {};  ///< the master of a cluster that has it is meant; empty: `host` and `port`
  /// Commands: a text of more bytes than are read is taken as nil, instead of ending the connection.
  bool passes_over_long_texts = false;
};

/// Settings of the commands to Redis, for each lane.
struct redis_pipeline_settings {
  std::size_t max_commands = 10'000;                ///< under way at a time; further ones fail
  std::size_t max_bytes = std::size_t{16} << 20;    ///< of these commands
  std::chrono::milliseconds answer_timeout{5'000};  ///< after which the connection is given up
};

/// Settings of publications that come as entries of a Redis stream.
struct redis_stream_settings {
  std::string key = "__anycable__";
  std::string group = "bx";                       ///< of consumers; each entry goes to one of them
  std::chrono::milliseconds patience{2'000};      ///< of one question for new entries
  std::chrono::milliseconds claim_after{10'000};  ///< age of an entry that its consumer has not acknowledged
  std::size_t max_pending = 1'000;                ///< entries of this node that are not acknowledged
};

/// Settings of logs in Redis.
struct redis_log_settings {
  std::string prefix = "ability";  ///< of all keys and channels, without braces
  redis_pipeline_settings pipeline = {};
};

}  // namespace ability
