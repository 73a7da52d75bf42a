/// A session without a connection, and the proof that a client must give to get it back.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/presence/presence_request.hpp"

namespace ability {

/// Credential by which a client was admitted. It comes back only by an equal one.
struct session_credential {
  bool by_token = false;
  std::string who = {};       ///< `owner_of` the token, or the header Origin
  std::string cookies = {};   ///< digest of the cookies that bind the session; empty: none do
  std::string protocol = {};  ///< of the client: only it can read what is kept of subscriptions

  bool operator==(const session_credential&) const = default;
};

/// Issuer and subject of a token as one text, different for all pairs of them.
std::string owner_of(std::string_view issuer, std::string_view subject);

/// A client's demand for an earlier session.
struct session_claim {
  std::string sid;
  session_credential credential;
  std::string identity;     ///< of the client's token; empty: the session's is taken
  bool is_checked = false;  ///< another node has found that it fits
};

/// A stream that a subscription of a session follows.
struct kept_stream {
  std::string name;
  stream_position began = {};  ///< where the session began to follow it; epoch 0: it keeps no log
};

/// A stream in which a client is present by a subscription.
struct presence_membership {
  std::string stream;
  std::shared_ptr<const presence_request> as;  ///< the join that made it; never null
};

/// All that is kept of a session while it has no connection.
struct session_record {
  using time_point = std::chrono::steady_clock::time_point;

  struct subscription {
    std::string identifier;
    std::uint32_t tag = 0;
    bool may_whisper = false;  // these three in the place that is left behind the tag
    bool may_be_present = false;
    bool confirmed = false;  ///< the client knows that it exists; only then it is restored
    std::vector<kept_stream> streams = {};
    std::unique_ptr<text_map> state = {};  ///< the application's state of it; null: the application was not asked
    std::unique_ptr<presence_membership> member_of = {};  ///< null: the client is not present by it
  };

  std::string sid;
  std::string identity;
  session_credential credential;
  std::vector<std::string> earlier_sids = {};  ///< sids that it was restored from, latest last
  std::vector<subscription> subscriptions = {};
  rpc_env env = {};              ///< for the application; without states of subscriptions
  bool was_asked = false;        ///< the application knows of the session
  bool owes_disconnect = false;  ///< the application is to be told of its end
  bool may_be_shared = false;    ///< nodes that share sessions may have it, as an answer was lost
  time_point ended = {};         ///< end of the connection; set by the sessions actor
};

using session_ptr = std::shared_ptr<session_record>;

/// True if a session with this credential and identity belongs to the client with this claim.
bool fits(const session_claim& claim, const session_credential& credential, const std::string& identity);

/// The call that tells the application of the end. `record` is of no use afterwards.
std::shared_ptr<const rpc_request> goodbye_of(session_record& record);

/// Approximate memory of a record, in bytes.
std::size_t memory_of(const session_record& record);

}  // namespace ability
