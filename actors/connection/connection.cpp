#include "actors/connection/connection.hpp"

#include <algorithm>
#include <caf/delegated.hpp>
#include <caf/send.hpp>
#include <cstdlib>
#include <functional>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/prefetch.hpp"

namespace ability {

namespace {

// Bytes of a client session that sending touches; prefetched ahead of use.
constexpr std::size_t session_bytes = 128;

// Bound on the bytes of names in a connection's description; larger than any reply can carry.
constexpr std::size_t max_described = 1'000'000;

// The identity of a client that may connect without authentication: its session id.
std::string public_identity(const std::string& sid) { return R"({"sid":")" + sid + R"("})"; }

// Stands in for the client of a connection that ends.
class no_client final : public client_session {
public:
  const wire_format& accept(std::string_view, time_point) override {
    std::abort();
  }  // an ending connection admits no client
  void refuse(refusal, const std::vector<std::string>&) override {}
  bool push(frames_ptr, std::uint64_t) override { return false; }
  void tell(const client_reply&) override {}
  void command_done() override {}
  void close(const close_reason&) override {}
  client_facts describe() const override { return {.transport = "closed"}; }
  void prefetch_parts() const noexcept override {}
};

const std::shared_ptr<client_session>& nobody() {
  static const std::shared_ptr<client_session> one = std::make_shared<no_client>();
  return one;
}

std::string_view peer_of(const text_map& headers) {
  const auto found = headers.find("REMOTE_ADDR");
  return found == headers.end() ? std::string_view{"-"} : std::string_view{found->second};
}

refusal_reason token_fault(errc code) noexcept {
  switch (code) {
    case errc::expired:
      return refusal_reason::token_expired;
    case errc::not_yet_valid:
      return refusal_reason::token_not_yet_valid;
    case errc::bad_signature:
      return refusal_reason::token_signature;
    default:
      return refusal_reason::token_malformed;
  }
}

std::size_t hash_of(const std::string& identity) { return std::hash<std::string>{}(identity); }

}  // namespace

connection_state::~connection_state() {
  if (client_ != nullptr)
    client_->close({});
  end_entering();
  // An actor destroyed for lack of references is in no record, and must not create references to itself.
  if (self_->ctrl()->strong_refs == 0)
    return;
  if (is_in())
    tell_application();
  if (is_in() && !leaving_)
    report(home_->here, event_kind::disconnected, sid_, "failed");
  for (const auto& old : subscriptions_)
    leave(old);
  if (is_in()) {
    home_->counters.connections_closed.add();
    caf::anon_send(home_->registry, connection_closed{connection_actor{self_}, hash_of(identity_), sid_});
  }
}

void connection_state::start(lane_home& home, std::shared_ptr<client_session> client, std::string sid) {
  home_ = &home;
  client_ = std::move(client);
  sid_ = std::move(sid);
}

connection_actor::behavior_type connection_state::make_behavior() {
  return {
      // First, as CAF tries the handlers in this order. "Delegated" tells CAF that there is no response to prepare.
      [this](const deliver& delivery) -> caf::delegated<void> {
        hand_out(delivery.frames);
        return {};
      },
      [this](const start_handshake& order) { authenticate(order); },
      [this](client_said& said) { enqueue(std::move(said.command)); },
      [this](const client_gone& why) { quit_when_answered(why.reason); },
      [this](const disconnect_client& why) { say_goodbye(why); },
      [this](const describe_connection& question) { return describe(question.with_subscriptions); },
  };
}

void connection_state::prefetch_parts() const noexcept { prefetch(client_.get(), session_bytes); }

void connection_state::prefetch_parts_of_parts() const noexcept { client_->prefetch_parts(); }

// -- handshake ---

void connection_state::authenticate(const start_handshake& order) {
  if (std::exchange(asked_in_, true))
    return;
  const auto& here = home_->here;
  const auto& settings = home_->settings;
  const auto& request = *order.request;
  if (here.app_server)
    application_ = std::make_unique<application_view>(application_view{{request.url, request.headers, {}, {}}});
  if (settings.tokens != nullptr && (!request.token.empty() || settings.token_required))
    authenticate_by_token(order.request);
  else if (settings.public_access && !settings.token_required)
    let_in(public_identity(sid_));
  else if (here.app_server && !settings.token_required)
    authenticate_by_application();
  else
    refuse_stranger(request);
}

void connection_state::refuse_stranger(const client_handshake& request) {
  note_refusal(*home_, refusal_reason::client_unauthorized, peer_of(request.headers),
               "nothing lets it in: see --rpc-host, --jwt-secret, --noauth and --public");
  refuse(refusal::unauthorized);
}

void connection_state::authenticate_by_token(const std::shared_ptr<const client_handshake>& request) {
  const auto& keys = *home_->settings.tokens;
  if (home_->here.token_source && lacks_key(request->token, keys))
    look_for_key(request);
  else
    judge_token(*request, keys);
}

// Waits for a fetch of the keys, which may have changed at their source.
void connection_state::look_for_key(const std::shared_ptr<const client_handshake>& request) {
  static constexpr std::chrono::seconds patience{10};  // longer than an attempt takes
  const auto answered = [this, request](const token_keys_found* found) {
    end_entering();
    const bool no_answer = found == nullptr || found->keys == nullptr;
    if (leaving_) {
      self_->quit();
    } else if (no_answer || (!found->certain && lacks_key(request->token, *found->keys))) {
      note_refusal(*home_, refusal_reason::client_unavailable, peer_of(request->headers),
                   "no keys of tokens could be fetched so far: see --jwt-jwks");
      refuse(refusal::unavailable);
    } else {
      judge_token(*request, *found->keys);
    }
  };
  entering_ = true;
  home_->counters.entering.add();
  self_->request(home_->here.token_source, patience, find_token_key{})
      .then([answered](const token_keys_found& found) { answered(&found); },
            [answered](const caf::error&) { answered(nullptr); });
}

void connection_state::judge_token(const client_handshake& request, const token_keys& keys) {
  const auto claims = verify_token(request.token, keys, std::chrono::system_clock::now(), home_->settings.token_leeway);
  if (!claims) {
    note_refusal(*home_, request.token.empty() ? refusal_reason::token_missing : token_fault(claims.error().code),
                 peer_of(request.headers), claims.error().detail);
    count_refusal(*home_, refusal_reason::client_token);
    refuse(claims.error().code == errc::expired ? refusal::token_expired : refusal::unauthorized);
    return;
  }
  let_in(claims->identity, claims->expires ? client_session::time_point{std::chrono::seconds{*claims->expires}}
                                           : client_session::time_point::max());
}

void connection_state::authenticate_by_application() {
  application_->was_asked = true;
  entering_ = true;
  home_->counters.entering.add();
  ask({.method = rpc_method::connect, .sid = sid_, .env = application_->env},
      [this](rpc_outcome& outcome) { handle_connect(outcome); });
}

void connection_state::handle_connect(rpc_outcome& outcome) {
  auto* reply = std::get_if<rpc_reply>(&outcome);
  end_entering();
  if (leaving_) {
    leave_unseen(reply);
    return;
  }
  if (reply == nullptr || reply->status == rpc_status::error) {
    note_refusal(*home_, refusal_reason::client_unavailable, peer_of(application_->env.headers),
                 reply == nullptr ? std::get<rpc_error>(outcome).detail : reply->error_message);
    refuse(refusal::unavailable);
    return;
  }
  if (reply->status == rpc_status::failure) {
    note_refusal(*home_, refusal_reason::client_application, peer_of(application_->env.headers),
                 "the application does not let it in");
    refuse(refusal::unauthorized, reply->transmissions);
    return;
  }
  merge_state(application_->env.connection_state, reply->connection_state);
  enter(reply->identity.empty() ? public_identity(sid_) : std::move(reply->identity));
  transmit(reply->transmissions);
}

void connection_state::end_entering() {
  if (std::exchange(entering_, false))
    home_->counters.entering.sub();
}

// The application has admitted a client that had left meanwhile: tells it that the client has left.
void connection_state::leave_unseen(rpc_reply* reply) {
  if (reply != nullptr && reply->status == rpc_status::success) {
    merge_state(application_->env.connection_state, reply->connection_state);
    identity_ = reply->identity.empty() ? public_identity(sid_) : std::move(reply->identity);
    tell_application();
    identity_.clear();  // it was never admitted
  }
  self_->quit();
}

void connection_state::let_in(std::string identity, client_session::time_point expires) {
  enter(std::move(identity), expires);
  client_->tell(reply::welcome{sid_});
}

void connection_state::enter(std::string identity, client_session::time_point expires) {
  identity_ = std::move(identity);
  since_ = std::chrono::steady_clock::now();
  home_->counters.connections_opened.add();
  caf::anon_send(home_->registry, connection_opened{connection_actor{self_}, hash_of(identity_), sid_});
  report(home_->here, event_kind::connected, sid_, identity_);
  format_ = &client_->accept(identity_, expires);
}

void connection_state::refuse(refusal why, const std::vector<std::string>& farewells) {
  home_->counters.failed_auths.add();
  client_->refuse(why, farewells);
  self_->quit();
}

// -- sending and closing ---

void connection_state::hand_out(const batch_ptr& frames) {
  frames->claim();
  if (format_->reuses_keys() && !is_followed(*frames)) {
    home_->counters.dropped_closed.add(frames->count);
    return;
  }
  if (std::ranges::find(frames->exclusions, sid_, &batch::exclusion::sid) == frames->exclusions.end()) {
    push(frames->bytes, frames->count);
    return;
  }
  std::string rest;
  std::size_t from = 0;
  auto count = frames->count;
  for (const auto& excluded : frames->exclusions) {
    if (excluded.sid != sid_)
      continue;
    rest.append(*frames->bytes, from, excluded.offset - from);
    from = excluded.offset + excluded.size;
    --count;
  }
  rest.append(*frames->bytes, from);
  home_->counters.excluded.add(frames->count - count);
  if (count > 0)
    push(std::make_shared<const std::string>(std::move(rest)), count);
}

// Drops frames of an old stream whose key the client has given to another one: it could not tell them apart.
bool connection_state::is_followed(const batch& frames) const {
  return std::ranges::any_of(subscriptions_, [&](const auto& by) {
    return key_of(by) == frames.key &&
           std::ranges::any_of(by.streams, [&](const auto& each) { return *each.stream == *frames.stream; });
  });
}

void connection_state::push(frames_ptr frames, std::uint64_t count) {
  auto& counters = home_->counters;
  (client_->push(std::move(frames), count) ? counters.delivered : counters.dropped_closed).add(count);
}

void connection_state::say_goodbye(const disconnect_client& why) {
  if (!why.identity.empty() && why.identity != identity_)
    return;
  client_->close({close_reason::kind::disconnected, why.reason, why.reconnect});
  stop_listening(why.reason);
}

void connection_state::finish() {
  client_->close({close_reason::kind::finished});
  stop_listening("application");
}

void connection_state::stop_listening(std::string_view reason) {
  waiting_.clear();
  quit_when_answered(reason);
}

// Commands received before the end are handled, but for subscribes not sent to the application yet. A call under way
// ends before the application is told of the client's end; a connection being admitted waits for its answer.
void connection_state::quit_when_answered(std::string_view reason) {
  if (!std::exchange(leaving_, true) && is_in())
    report(home_->here, event_kind::disconnected, sid_, reason);
  std::exchange(client_, nobody())->close({});  // frees the socket's memory now
  std::erase_if(waiting_, [](const auto& each) { return each.type == command_type::subscribe; });
  if (entering_ || (question_ != nullptr && question_->request.command == "subscribe"))
    question_ = nullptr;
  if (!entering_ && (!is_in() || (!busy_ && waiting_.empty())))
    self_->quit();
}

// -- description ---

connection_facts connection_state::describe(bool with_subscriptions) const {
  auto client = client_->describe();
  connection_facts facts{sid_, identity_, std::string{client.transport}, since_, subscriptions_.size(), {}};
  facts.traffic = std::move(client.traffic);
  std::size_t bytes = 0;
  for (auto each = subscriptions_.begin(); with_subscriptions && each != subscriptions_.end() && bytes < max_described;
       ++each) {
    auto& told = facts.subscriptions.emplace_back();
    told.identifier = each->identifier;
    bytes += each->identifier.size();
    for (auto stream = each->streams.begin(); stream != each->streams.end() && bytes < max_described; ++stream) {
      told.streams.push_back(*stream->stream);
      bytes += stream->stream->size();
    }
  }
  return facts;
}

connection_actor spawn_connection(lane_home& home, std::shared_ptr<client_session> client, std::string sid) {
  return spawn_on<connection_actor, connection_state>(home.here.system, home.runs_on, home, std::move(client),
                                                      std::move(sid));
}

}  // namespace ability
