/// The token_source actor: the token keys of the node, of which some are fetched from a URL and may change there.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/auth/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/auth/jwt.hpp"

namespace ability {

/// Fetches a JWK Set. `net/` implements it, tests fake it. Called on the actor's lane.
class key_set_link {
public:
  virtual ~key_set_link() = default;

  /// Calls `done` once, within a bounded time, on any thread, with the text or the reason of the failure.
  virtual void fetch(const key_set_place& from, std::function<void(result<std::string>)> done) = 0;

  /// Cancels a fetch that is under way. No call follows.
  virtual void stop() = 0;
};

/// A function that receives the keys that replace the present ones. Called on the actor's lane.
using publish_keys = std::function<void(std::shared_ptr<const token_keys>)>;

/// Keeps the last fetched key set until a newer one arrives, for any length of time. Fetches periodically, and when a
/// token names an unknown key; at most once every `least_pause` in total.
class token_source_state {
public:
  static constexpr const char* name = "ability.token_source";
  static constexpr std::chrono::seconds least_pause{10};  ///< minimum time between two attempts
  static constexpr std::chrono::seconds longest_pause{
      300};  ///< maximum pause after failed attempts; the pause doubles up to this

  explicit token_source_state(token_source_actor::pointer self) : self_{self} {}
  token_source_state(const token_source_state&) = delete;
  token_source_state& operator=(const token_source_state&) = delete;
  ~token_source_state();

  void start(node& here, std::shared_ptr<key_set_link> link, publish_keys publish);
  token_source_actor::behavior_type make_behavior();

private:
  using promise = caf::typed_response_promise<token_keys_found>;

  void use(const use_token_keys& order);
  promise look(find_token_key);
  void fetch();
  void take(const key_set_fetched& news);
  void fail(const std::string& why);
  void fetch_again(std::chrono::milliseconds delay);
  void publish();
  void answer_all();
  token_keys_found found() const { return {keys_, place_ == nullptr || fetched_ != nullptr}; }

  token_source_actor::pointer self_;
  node* here_ = nullptr;
  std::shared_ptr<key_set_link> link_;
  publish_keys publish_;
  std::shared_ptr<const token_keys> fixed_;     // keys from the settings; may be null
  std::shared_ptr<const key_set_place> place_;  // null: nothing is fetched
  std::chrono::milliseconds refresh_{};
  std::shared_ptr<const token_keys> fetched_;  // null: none yet
  std::shared_ptr<const token_keys> keys_;     // fixed and fetched keys; null if there are none
  std::vector<promise> waiting_;               // promises for the attempt under way, one per waiting handshake
  caf::actor_clock::time_point attempted_{};
  bool attempted_once_ = false;
  bool fetching_ = false;
  std::uint64_t attempt_ = 0;  // timers and answers with another number are ignored
  unsigned failures_ = 0;      // consecutive
};

/// Spawns the actor on `home`, which is null in tests.
token_source_actor spawn_token_source(node& here, lane* home, std::shared_ptr<key_set_link> link, publish_keys publish);

}  // namespace ability
