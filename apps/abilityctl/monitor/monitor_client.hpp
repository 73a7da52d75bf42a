// A monitoring actor: attached to one node, it asks, commands and follows the node's feed.
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

/// Keeps the order of keys that the node has.
using json = nlohmann::ordered_json;

/// Why there is no answer.
struct trouble {
  /// The node's own, like `not_found`; or `unreachable`, `silent` (no answer in time), `gone` (the connection ended),
  /// `malformed` (what came is no answer).
  std::string code;
  std::string sentence;  ///< without a full stop: what, of which node, and what may help; printable
};

template <class T>
using answer = boost::system::result<T, trouble>;

/// How to attach.
struct attach_options {
  std::vector<std::string> secrets = {};  ///< for the login, tried in turn, two at most; empty: there is no login
  tls_files tls = {};
  std::chrono::milliseconds timeout{5'000};  ///< for attaching, and for each answer
  bool has_options = true;                   ///< `--secret` and `--timeout`, that may be named as a remedy
};

/// Something of the feed, or why there is nothing.
struct feed_item {
  enum class what : std::uint8_t { snapshot, events, unknown, silence, end, stopped };
  what kind;
  json data = {};  ///< of a snapshot or events
};

/// One connection to one node, with an actor system of its own: a dial that hangs in CAF holds up no other. To be used
/// by the thread that attached, but for `stop`.
class monitor_client {
public:
  /// Connects and logs in. Takes no more than the timeout for the one, and for each login.
  static answer<std::unique_ptr<monitor_client>> attach(const node_address& where, const attach_options& how);

  monitor_client(const monitor_client&) = delete;
  monitor_client& operator=(const monitor_client&) = delete;
  ~monitor_client();

  /// The node's answer, which is an object; its errors are `trouble`.
  answer<json> ask(const std::string& verb, const json& arguments = json::object());

  /// The next item of the feed that was asked for by `watch`. What is not taken is not acknowledged: a node drops a
  /// watcher that takes nothing.
  feed_item next(std::chrono::milliseconds timeout);

  /// Has `next` give `stopped`, now or when it is called. Any thread.
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

/// Whether threads of CAF hang where nothing can end them, so that the process has to end without its destructors.
bool threads_hang() noexcept;

/// Says so.
void let_threads_hang() noexcept;

}  // namespace ability
