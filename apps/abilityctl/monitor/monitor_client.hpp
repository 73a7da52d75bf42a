// A monitoring client: attached to one node, it asks, commands and follows the node's feed.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityctl/cli/node_address.hpp"
#include "apps/abilityctl/cli/tls_files.hpp"

namespace ability {

/// JSON that keeps the node's order of keys.
using json = nlohmann::ordered_json;

/// Reason for a missing answer.
struct trouble {
  /// The node's own code, like `not_found`; or `unreachable`, `silent` (no answer in time), `gone` (the connection
  /// ended), `malformed` (the answer is invalid).
  std::string code;
  std::string sentence;  ///< without a full stop; names the error, the node and a remedy; printable
};

template <class T>
using answer = boost::system::result<T, trouble>;

/// Parameters of attaching to a node.
struct attach_options {
  std::vector<std::string> secrets = {};  ///< for the login, tried in turn, two at most; empty: no login
  tls_files tls = {};
  std::chrono::milliseconds timeout{5'000};  ///< for connecting, for each login, and for each answer
  bool has_options = true;                   ///< `--secret` and `--timeout` exist and may be named as a remedy
};

/// An item of the feed, or the reason why there is none.
struct feed_item {
  enum class what : std::uint8_t { snapshot, events, unknown, silence, end, stopped };
  what kind;
  json data = {};  ///< snapshot or events
};

/// One connection to one node. It has an actor system of its own, so that a dial that hangs in CAF delays no other
/// one. Used on the thread that attached, except `stop`.
class monitor_client {
public:
  /// Connects and logs in. The timeout applies to the connection and to each login.
  static answer<std::unique_ptr<monitor_client>> attach(const node_address& where, const attach_options& how);

  monitor_client(const monitor_client&) = delete;
  monitor_client& operator=(const monitor_client&) = delete;
  ~monitor_client();

  /// Returns the node's answer, an object; the node's errors are returned as `trouble`.
  answer<json> ask(const std::string& verb, const json& arguments = json::object());

  /// Returns the next item of the feed that `watch` has requested. Items are acknowledged when they are returned; a
  /// node disconnects a watcher that acknowledges nothing.
  feed_item next(std::chrono::milliseconds timeout);

  /// Makes the current or next call of `next` return `stopped`. Any thread.
  void stop() noexcept;

  const node_address& address() const noexcept { return where_; }

private:
  struct attachment;
  std::optional<trouble> log_in();
  monitor_client(node_address where, const attach_options& how, std::unique_ptr<attachment> made);

  node_address where_;
  attach_options how_;
  std::unique_ptr<attachment> attached_;
};

/// True if CAF's threads hang and cannot be ended, so that the process has to end without its destructors.
bool threads_hang() noexcept;

/// Makes `threads_hang` true.
void let_threads_hang() noexcept;

}  // namespace ability
