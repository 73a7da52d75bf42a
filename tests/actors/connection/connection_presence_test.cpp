#define CAF_SUITE connection_presence
// Clients that are present in the streams of their subscriptions.
#include "actors/connection/connection.hpp"
#include "actors/node/log.hpp"
#include "actors/node/totals.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

const std::string a = identifier_of("a");

std::string joined(const std::string& identifier, const std::string& id, const std::string& info = {}) {
  return presence_message(
      identifier, R"({"type":"join",)" + (info.empty() ? "" : R"("info":)" + info + ",") + R"("id":")" + id + "\"}");
}

std::string left(const std::string& identifier, const std::string& id) {
  return presence_message(identifier, R"({"type":"leave","id":")" + id + "\"}");
}

std::string listed(const std::string& identifier, std::size_t total, const std::string& records) {
  return presence_message(identifier, R"({"type":"info","total":)" + std::to_string(total) +
                                          (records.empty() ? "" : R"(,"records":[)" + records + "]") + "}");
}

texts warnings;

void keep_warnings(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& [key, value] : fields)
    if (key == "reason")
      line.append(" ").append(value);
  warnings.push_back(std::move(line));
}

struct fixture : connection_fixture {
  explicit fixture(node_settings how = {.streams = {.public_streams = true}}) : connection_fixture{std::move(how)} {}

  void asks(const client& who, command_type what, const std::string& identifier,
            std::optional<presence_request> presence = {}) {
    client_command command{.type = what, .identifier = identifier};
    if (presence)
      command.presence = std::make_shared<const presence_request>(std::move(*presence));
    caf::anon_send(who.actor, client_said{std::move(command)});
    consume_messages();
  }

  texts reads(const client& who) { return std::exchange(who.box->seen, {}); }

  // A client that follows the public stream `a`.
  client follower(const std::string& sid) {
    auto who = welcome(sid);
    follow(who, "a");
    return who;
  }

  void passes(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }
};

struct off_fixture : fixture {
  off_fixture() : fixture{{.streams = {.public_streams = true}, .presence = {.on = false}}} {}
};

struct no_channel_fixture : fixture {
  no_channel_fixture() : fixture{{.streams = {.public_streams = true, .presence = false}}} {}
};

struct small_fixture : fixture {
  small_fixture() : fixture{{.streams = {.public_streams = true}, .presence = {.max_members = 1, .max_info = 10}}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_presence, fixture)

CAF_TEST(those who follow a stream are told who joins and leaves by a command) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  asks(who, command_type::join, a, presence_request{.id = "me", .info = "1"});
  CAF_CHECK_EQUAL(reads(who), texts{joined(a, "me", "1")});
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "me", "1")});
  asks(other, command_type::presence, a);
  CAF_CHECK_EQUAL(reads(other), texts{listed(a, 1, R"({"info":1,"id":"me"})")});
  asks(other, command_type::presence, a, presence_request{.wants_records = false});
  CAF_CHECK_EQUAL(reads(other), texts{listed(a, 1, {})});
  asks(who, command_type::leave, a);
  CAF_CHECK_EQUAL(reads(who), texts{left(a, "me")});
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
  CAF_CHECK_EQUAL(who.box->commands_done, 3u);
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(a subscribe with a presence joins behind its confirmation) {
  const auto who = welcome("s1");
  asks(who, command_type::subscribe, a, presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who), (texts{confirm_subscription(a), joined(a, "me")}));
  asks(who, command_type::subscribe, a, presence_request{.id = "me", .info = "2"});
  CAF_CHECK_EQUAL(reads(who), texts{confirm_subscription(a)});
  asks(who, command_type::presence, a);
  CAF_CHECK_EQUAL(reads(who), texts{listed(a, 1, R"({"info":2,"id":"me"})")});
  CAF_CHECK_EQUAL(who.box->commands_done, 3u);
  asks(who, command_type::subscribe, identifier_of("b"), presence_request{.fault = "why"});
  CAF_CHECK_EQUAL(reads(who),
                  (texts{confirm_subscription(identifier_of("b")), presence_error(identifier_of("b"), "why")}));
}

CAF_TEST(commands that mean nothing are refused by name) {
  const auto who = follower("s1");
  asks(who, command_type::join, "never", presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who), texts{presence_error("never", "unknown subscription")});
  asks(who, command_type::join, a);
  CAF_CHECK_EQUAL(reads(who), texts{presence_error(a, presence_has_no_id)});
  asks(who, command_type::leave, a);
  CAF_CHECK_EQUAL(reads(who), texts{presence_error(a, "not present")});
  asks(who, command_type::join, a, presence_request{.id = "me"});
  asks(who, command_type::join, a, presence_request{.id = "you"});
  CAF_CHECK_EQUAL(reads(who), (texts{joined(a, "me"), presence_error(a, "the session is present with another id")}));
  CAF_CHECK_EQUAL(failed(), 4u);
  CAF_CHECK_EQUAL(who.box->commands_done, 6u);
}

CAF_TEST(a subscription that ends takes the client out of the stream) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  asks(who, command_type::join, a, presence_request{.id = "me"});
  other.box->forget();
  does(who, command_type::unsubscribe, a);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(a session is one member by several subscriptions) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  const auto twin = R"({"channel":"$pubsub","stream_name":"a","n":2})";
  does(who, command_type::subscribe, twin);
  asks(who, command_type::join, a, presence_request{.id = "me"});
  asks(who, command_type::join, twin, presence_request{.id = "me"});
  other.box->forget();
  does(who, command_type::unsubscribe, a);
  CAF_CHECK_EQUAL(reads(other), texts{});
  does(who, command_type::unsubscribe, twin);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(a session that leaves by one subscription is absent by all of them) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  const auto twin = R"({"channel":"$pubsub","stream_name":"a","n":2})";
  does(who, command_type::subscribe, twin);
  asks(who, command_type::join, a, presence_request{.id = "me"});
  asks(who, command_type::join, twin, presence_request{.id = "me"});
  other.box->forget();
  asks(who, command_type::leave, a);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
  reads(who);
  asks(who, command_type::leave, twin);
  CAF_CHECK_EQUAL(reads(who), texts{presence_error(twin, "not present")});
  does(who, command_type::unsubscribe, twin);
  asks(who, command_type::join, a, presence_request{.id = "you"});
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "you")});
}

CAF_TEST(a client that is gone is present until its time is over) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  asks(who, command_type::join, a, presence_request{.id = "me"});
  other.box->forget();
  leaves(who);
  CAF_CHECK(!is_alive(who.actor));
  asks(other, command_type::presence, a);
  CAF_CHECK_EQUAL(reads(other), texts{listed(a, 1, R"({"id":"me"})")});
  passes(17s);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(a client that comes back causes no event) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  asks(who, command_type::join, a, presence_request{.id = "me"});
  other.box->forget();
  leaves(who);
  passes(10s);
  const auto again = welcome("s3");
  asks(again, command_type::subscribe, a, presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(again), texts{confirm_subscription(a)});
  passes(60s);
  CAF_CHECK_EQUAL(reads(other), texts{});
  leaves(again);
  passes(17s);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(a join that is under way when its client goes ends with its time) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  caf::anon_send(who.actor,
                 client_said{{.type = command_type::join,
                              .identifier = a,
                              .presence = std::make_shared<const presence_request>(presence_request{"me"})}});
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "me")});
  passes(17s);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(streams with members alone end with them) {
  const auto who = follower("s1");
  asks(who, command_type::join, a, presence_request{.id = "me"});
  leaves(who);
  CAF_CHECK_EQUAL(open_streams(here), 1u);
  passes(17s);
  CAF_CHECK_EQUAL(open_streams(here), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_presence_application, fixture)

CAF_TEST(the application names the stream in the state) {
  const auto who = welcome("s1");
  const auto other = follower("s2");
  joins(who, chat);
  asks(who, command_type::join, chat, presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who), texts{presence_error(chat, names_no_stream)});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .streams = {"a"}, .subscription_state = {{"$p", "a"}}});
  asks(who, command_type::join, chat, presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who), texts{joined(chat, "me")});
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "me")});
  does(who, command_type::unsubscribe, chat);
  answer(rpc_reply{.status = rpc_status::success});
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(the application has clients join and leave) {
  const auto who = welcome("s1");
  const auto other = follower("s2");
  auto reply = confirms(chat, {"x"});
  reply.subscription_state = {{"$p", "a"}};
  reply.presence = {.type = "join", .id = "me", .info = R"({"n":1})"};
  subscribes(who, chat, reply);
  CAF_CHECK_EQUAL(reads(who), (texts{confirm_subscription(chat), joined(chat, "me", R"({"n":1})")}));
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "me", R"({"n":1})")});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .presence = {.type = "leave"}});
  CAF_CHECK_EQUAL(reads(who), texts{left(chat, "me")});
  CAF_CHECK_EQUAL(failed(), 0u);
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
}

CAF_TEST(without a stream in the state it is the first one of the reply and info may be any text) {
  const auto who = welcome("s1");
  auto reply = confirms(chat, {"a", "b"});
  reply.presence = {.type = "join", .info = "not JSON"};
  subscribes(who, chat, reply);
  CAF_CHECK_EQUAL(reads(who), (texts{confirm_subscription(chat), joined(chat, "me", R"("not JSON")")}));
  asks(who, command_type::leave, chat);
  CAF_CHECK_EQUAL(reads(who), texts{left(chat, "me")});
}

CAF_TEST(the order of the application comes before that of the client) {
  const auto who = welcome("s1");
  asks(who, command_type::subscribe, chat, presence_request{.id = "other"});
  auto reply = confirms(chat, {"a"});
  reply.presence = {.type = "join", .id = "me"};
  answer(reply);
  CAF_CHECK_EQUAL(reads(who), (texts{confirm_subscription(chat), joined(chat, "me"),
                                     presence_error(chat, "the session is present with another id")}));
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
}

CAF_TEST(mistakes of the application are counted and logged and not told) {
  warnings.clear();
  set_log(keep_warnings, log_level::warn);
  const auto who = welcome("s1");
  joins(who, chat);
  for (const auto& wrong : {rpc_presence{.type = "join", .id = "me"}, rpc_presence{.type = "leave"},
                            rpc_presence{.type = "stay", .id = "me"}}) {
    does(who, command_type::message, chat, "x");
    answer(rpc_reply{.status = rpc_status::success, .presence = wrong});
  }
  set_log(nullptr, log_level::info);
  CAF_CHECK_EQUAL(failed(), 3u);
  CAF_CHECK_EQUAL(reads(who), texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 4u);
  CAF_CHECK_EQUAL(warnings, texts(3, "presence refused " + std::string{names_no_stream}));
}

CAF_TEST(an order to disconnect is obeyed behind the join) {
  const auto who = welcome("s1");
  const auto other = follower("s2");
  auto reply = confirms(chat, {"a"});
  reply.presence = {.type = "join", .id = "me"};
  reply.disconnect = true;
  subscribes(who, chat, reply);
  CAF_CHECK(who.box->closed.has_value());
  CAF_CHECK_EQUAL(reads(other), texts{joined(a, "me")});
  passes(17s);
  CAF_CHECK_EQUAL(reads(other), texts{left(a, "me")});
}

CAF_TEST(a stream that the state names anew is joined and the old one left) {
  const auto who = welcome("s1");
  const auto other = follower("s2");
  follow(other, "b");
  auto reply = confirms(chat, {"a", "b"});
  reply.subscription_state = {{"$p", "a"}};
  reply.presence = {.type = "join", .id = "me"};
  subscribes(who, chat, reply);
  other.box->forget();
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{
      .status = rpc_status::success, .subscription_state = {{"$p", "b"}}, .presence = {.type = "join", .id = "me"}});
  const auto told = reads(other);
  CAF_CHECK_EQUAL(told.size(), 2u);
  CAF_CHECK(std::ranges::count(told, left(a, "me")) == 1);
  CAF_CHECK(std::ranges::count(told, joined(identifier_of("b"), "me")) == 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_presence_off, off_fixture)

CAF_TEST(where presence is off each command is told so) {
  const auto who = follower("s1");
  for (const auto what : {command_type::join, command_type::leave, command_type::presence}) {
    asks(who, what, a, presence_request{.id = "me"});
    CAF_CHECK_EQUAL(reads(who), texts{presence_error(a, "presence is off")});
  }
  asks(who, command_type::subscribe, identifier_of("b"), presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who), (texts{confirm_subscription(identifier_of("b")),
                                     presence_error(identifier_of("b"), "presence is off")}));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_presence_no_channel, no_channel_fixture)

CAF_TEST(streams that clients name can be without presence) {
  const auto who = follower("s1");
  asks(who, command_type::join, a, presence_request{.id = "me"});
  CAF_CHECK_EQUAL(reads(who),
                  texts{presence_error(a, "no presence here: it needs the channel $pubsub, and --streams-presence")});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_presence_small, small_fixture)

CAF_TEST(what is too long or too much is refused by name and counted) {
  const auto who = follower("s1");
  const auto other = follower("s2");
  asks(who, command_type::join, a, presence_request{.id = "12345", .info = "123456"});
  CAF_CHECK_EQUAL(reads(who),
                  texts{presence_error(a, "the id and the info of a member are too long (--presence-max-info)")});
  asks(who, command_type::join, a, presence_request{.id = "12345", .info = "12345"});
  CAF_CHECK_EQUAL(reads(who), texts{joined(a, "12345", "12345")});
  other.box->forget();
  asks(other, command_type::join, a, presence_request{.id = "2"});
  CAF_CHECK_EQUAL(reads(other), texts{presence_error(a, "too many members (--presence-max-members)")});
  leaves(other);
  const auto& hits = here.lanes.front()->counters.limit_hits;
  CAF_CHECK_EQUAL(hits[static_cast<std::size_t>(limit::presence_info)].get(), 1u);
  CAF_CHECK_EQUAL(hits[static_cast<std::size_t>(limit::presence_members)].get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
