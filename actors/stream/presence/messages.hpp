/// The messages about the members of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/local_message.hpp"
#include "actors/stream/presence/member_list.hpp"
#include "protocol/presence/presence_request.hpp"
#include "protocol/presence/shared_members.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// A session joins or leaves a stream, or asks who is there. Answered by `presence_answer`.
struct presence_call {
  using local_message = void;
  enum class kind : std::uint8_t { join, leave, list };

  kind what;
  std::string stream;
  std::string sid;  ///< of the session; of `list` empty: the program that asks takes an answer of any size
  std::shared_ptr<const presence_request> said = {};  ///< of `join` never null, and without a fault
};

/// The outcome of a `presence_call`.
struct presence_answer {
  using local_message = void;
  std::string_view refusal = {};                    ///< why nothing was done, a constant; empty: done
  std::shared_ptr<const std::string> listing = {};  ///< answer to `list`, see `presence_total`; else null
};

/// The session has ended without leaving. It stays a member for `--presence-ttl`.
struct member_gone {
  using local_message = void;
  std::string stream;
  std::string sid;
};

/// Ask the stream for its members, and call `then` with its answer, or with null if the stream failed.
struct read_members {
  using local_message = void;
  std::string stream;
  std::function<void(const presence_answer*)> then;
};

/// Describe the members of the stream, at most `limit` of them.
struct describe_presence {
  using local_message = void;
  std::string name;  ///< used by the directory
  std::size_t limit;
};

struct presence_facts {
  using local_message = void;
  std::size_t total = 0;                   ///< members
  std::size_t sessions = 0;                ///< of all members
  std::vector<member_facts> members = {};  ///< the first ones, in the order of their ids
  std::string_view refusal = {};           ///< why they cannot be told, a constant; empty: they are
};

/// Sessions that did not come back may be due to leave, or shared members are to be looked after.
struct members_due {
  using local_message = void;
};

// -- members that are shared with other nodes -----------------------------------------------------------------------

/// The answer to `presence_store::apply()`: one result for each order.
struct members_answered {
  using local_message = void;
  redis_result<members_applied> outcome;
};

/// The answer to `presence_store::list()`.
struct members_listed {
  using local_message = void;
  redis_result<members_content> outcome;
};

/// Members of the stream have come or left, in this order, at any node.
struct member_news {
  using local_message = void;
  std::vector<member_event> events;
};

}  // namespace ability
