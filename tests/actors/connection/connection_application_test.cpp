// Labels: hardened
#define CAF_SUITE connection_application
// Calls of a connection about subscriptions, and the effects of the application's replies.
#include "actors/connection/connection.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

struct fixture : connection_fixture {
  fixture() : connection_fixture{{.streams = {.public_streams = true}, .max_subscriptions = 3}} {}
};

std::string no_presence(const std::string& identifier) { return presence_error(identifier, names_no_stream); }

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_application_subscribe, fixture)

CAF_TEST(the application is asked about a channel of its own) {
  const auto who = welcome("s1");
  does(who, command_type::subscribe, chat, "ignored by nobody");
  CAF_REQUIRE_EQUAL(transport->made.size(), 2u);
  CAF_CHECK(asked().method == rpc_method::command);
  CAF_CHECK_EQUAL(asked().command, "subscribe");
  CAF_CHECK_EQUAL(asked().identifier, chat);
  CAF_CHECK_EQUAL(asked().identity, "me");
  CAF_CHECK_EQUAL(asked().sid, "s1");
  CAF_CHECK_EQUAL(asked().env.url, "http://localhost/cable");
  CAF_CHECK_EQUAL(asked().env.headers, (text_map{{"cookie", "a=b"}}));
  CAF_CHECK_EQUAL(asked().env.subscription_state, text_map{});
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 0u);
}

CAF_TEST(what the application transmits comes untouched and in order) {
  const auto who = welcome("s1");
  subscribes(who, chat,
             rpc_reply{.status = rpc_status::success, .transmissions = {"{\"b\":1, \"a\":2}", "", "not even JSON"}});
  CAF_CHECK_EQUAL(who.box->seen, (texts{"{\"b\":1, \"a\":2}", "", "not even JSON"}));
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(all streams are followed before anything is transmitted) {
  const auto who = welcome("s1");
  who.box->on_text = [this](std::string_view) {
    for (const auto* stream : {"a", "b", "c"})
      publish(stream, "1");
  };
  subscribes(who, chat, confirms(chat, {"a", "b", "c"}));
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(chat), message_for(chat, "1"), message_for(chat, "1"),
                                        message_for(chat, "1")}));
}

CAF_TEST(a stream that is named twice is followed once and an empty name is none) {
  const auto who = welcome("s1");
  joins(who, chat, {"a", "", "a", "b", "a"});
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 2u);
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
  CAF_CHECK_EQUAL(hears(who, "b", "2"), texts{message_for(chat, "2")});
}

CAF_TEST(two subscriptions may follow one stream) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  joins(who, news, {"a"});
  auto heard = hears(who, "a", "1");
  std::ranges::sort(heard);
  CAF_CHECK_EQUAL(heard, (texts{message_for(chat, "1"), message_for(news, "1")}));
}

CAF_TEST(a refusal that says nothing is told by us) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::failure, .streams = {"a"}});
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(chat)});
  CAF_CHECK_EQUAL(failed(), 1u);
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
}

CAF_TEST(a refusal that says something is told by the application) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::failure, .transmissions = {"no", "really"}});
  CAF_CHECK_EQUAL(who.box->seen, (texts{"no", "really"}));
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
}

CAF_TEST(who was refused has no subscription and may try again) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::failure});
  does(who, command_type::unsubscribe, chat);
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
  CAF_CHECK_EQUAL(failed(), 3u);
  who.box->forget();
  joins(who, chat, {"a"});
}

CAF_TEST(an application that fails rejects whatever it transmits) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::error, .transmissions = {"half"}, .streams = {"a"}});
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(chat)});
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
}

CAF_TEST(an application that cannot be asked rejects and the connection lives on) {
  const auto who = welcome("s1");
  for (const auto why : failures) {
    subscribes(who, chat, rpc_error{why, {}});
    CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(chat)});
    who.box->forget();
  }
  CAF_CHECK_EQUAL(failed(), failures.size());
  CAF_CHECK_EQUAL(who.box->commands_done, failures.size());
  joins(who, chat);
}

CAF_TEST(the application is not asked twice about one subscription) {
  const auto who = welcome("s1");
  joins(who, chat);
  does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
  CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(chat)});
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(a subscribe that is repeated before the answer is part of the question) {
  const auto who = welcome("s1");
  does(who, command_type::subscribe, chat);
  for (int repeated = 0; repeated < 20; ++repeated)
    does(who, command_type::subscribe, chat);
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
  CAF_CHECK_EQUAL(who.box->commands_done, 20u);
  answer(confirms(chat, {"a"}));
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(chat), confirm_subscription(chat)}));
  CAF_CHECK_EQUAL(who.box->commands_done, 21u);
  CAF_CHECK_EQUAL(failed(), 0u);
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success});
  CAF_CHECK_EQUAL(who.box->seen, texts{});
}

CAF_TEST(a refusal answers a repeated subscribe too) {
  const auto who = welcome("s1");
  for (const auto& outcome :
       {rpc_outcome{rpc_reply{.status = rpc_status::failure}}, rpc_outcome{rpc_error{rpc_failure::timed_out, {}}}}) {
    const auto calls = transport->made.size();
    does(who, command_type::subscribe, chat);
    does(who, command_type::subscribe, chat);
    answer(outcome);
    CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(chat)});
    CAF_CHECK_EQUAL(transport->made.size(), calls + 1);
    who.box->forget();
  }
  joins(who, chat);
}

CAF_TEST(a subscribe behind an unsubscribe is no repetition) {
  const auto who = welcome("s1");
  does(who, command_type::subscribe, chat);
  does(who, command_type::unsubscribe, chat);
  does(who, command_type::subscribe, chat);
  does(who, command_type::subscribe, news);
  answer(confirms(chat));
  answer(rpc_reply{.status = rpc_status::success});
  answer(confirms(chat));
  answer(confirms(news));
  CAF_CHECK_EQUAL(who.box->seen,
                  (texts{confirm_subscription(chat), confirm_subscription(chat), confirm_subscription(news)}));
  CAF_CHECK_EQUAL(transport->made.size(), 5u);
}

CAF_TEST(history and presence are refused by name) {
  const auto who = welcome("s1");
  joins(who, chat);
  for (const auto& [command, expected] :
       {std::pair{command_type::history, reject_history(chat)}, std::pair{command_type::presence, no_presence(chat)},
        std::pair{command_type::join, no_presence(chat)}, std::pair{command_type::leave, no_presence(chat)}}) {
    does(who, command, chat);
    CAF_CHECK_EQUAL(std::exchange(who.box->seen, {}), texts{expected});
  }
  CAF_CHECK_EQUAL(failed(), 3u);
  CAF_CHECK_EQUAL(transport->made.size(), 2u);
}

CAF_TEST(history and presence that a subscribe asks for come behind its confirmation) {
  const auto who = welcome("s1");
  // The channel has no streams, so nothing of it was missed; the public stream keeps no log.
  for (const auto& [identifier, expected] : {std::pair{chat, confirm_history(chat, {})},
                                             std::pair{identifier_of("a"), reject_history(identifier_of("a"))}}) {
    client_command asks{.type = command_type::subscribe, .identifier = identifier};
    asks.history = std::make_shared<const history_request>(history_request{.is_valid = true, .since = 1});
    asks.presence = std::make_shared<const presence_request>(presence_request{.id = "me"});
    caf::anon_send(who.actor, client_said{asks});
    consume_messages();
    if (transport->open() > 0)
      answer(confirms(identifier));
    CAF_CHECK_EQUAL(
        std::exchange(who.box->seen, {}),
        (texts{confirm_subscription(identifier), expected,
               identifier == chat ? no_presence(chat) : presence_message(identifier, R"({"type":"join","id":"me"})")}));
  }
  client_command asks{.type = command_type::subscribe, .identifier = news};
  asks.history = std::make_shared<const history_request>(history_request{.is_valid = true, .since = 1});
  caf::anon_send(who.actor, client_said{asks});
  consume_messages();
  answer(rpc_reply{.status = rpc_status::failure});
  CAF_CHECK_EQUAL(std::exchange(who.box->seen, {}), texts{reject_subscription(news)});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success});
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(failed(), 2u);
}

CAF_TEST(the application is not asked about one subscription too many) {
  const auto who = welcome("s1");
  for (const auto* identifier : {"1", "2", "3"})
    joins(who, identifier);
  does(who, command_type::subscribe, "4");
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription("4")});
  CAF_CHECK_EQUAL(transport->made.size(), 4u);
}

CAF_TEST(the application is not asked about public streams) {
  const auto who = welcome("s1");
  follow(who, "a");
  does(who, command_type::message, identifier_of("a"), "x");
  does(who, command_type::unsubscribe, identifier_of("a"));
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_message, fixture)

CAF_TEST(a message goes to the application with its data) {
  const auto who = welcome("s1");
  joins(who, chat);
  does(who, command_type::message, chat, R"({"action":"speak"})");
  CAF_CHECK_EQUAL(asked().command, "message");
  CAF_CHECK_EQUAL(asked().identifier, chat);
  CAF_CHECK_EQUAL(asked().data, R"({"action":"speak"})");
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
  answer(rpc_reply{.status = rpc_status::success, .transmissions = {"one", "two"}});
  CAF_CHECK_EQUAL(who.box->seen, (texts{"one", "two"}));
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(a message for an unknown subscription goes nowhere) {
  const auto who = welcome("s1");
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK_EQUAL(failed(), 1u);
  CAF_CHECK_EQUAL(who.box->commands_done, 1u);
}

CAF_TEST(a message can begin and end streams) {
  const auto who = welcome("s1");
  joins(who, chat, {"a", "b"});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .streams = {"c"}, .stopped_streams = {"a", "unknown"}});
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
  CAF_CHECK_EQUAL(hears(who, "b", "2"), texts{message_for(chat, "2")});
  CAF_CHECK_EQUAL(hears(who, "c", "3"), texts{message_for(chat, "3")});
}

CAF_TEST(a message can end all streams of its subscription but of no other) {
  const auto who = welcome("s1");
  joins(who, chat, {"a", "b"});
  joins(who, news, {"a"});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .streams = {"c"}, .stop_streams = true});
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(news, "1")});
  CAF_CHECK_EQUAL(hears(who, "b", "2"), texts{});
  CAF_CHECK_EQUAL(hears(who, "c", "3"), texts{message_for(chat, "3")});
}

CAF_TEST(a stream that is stopped and begun at once is followed once) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  for (const bool all : {true, false}) {
    does(who, command_type::message, chat, "x");
    answer(rpc_reply{.status = rpc_status::success, .streams = {"a"}, .stopped_streams = {"a"}, .stop_streams = all});
    CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
  }
}

CAF_TEST(an application that fails changes nothing and is counted) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::error,
                   .transmissions = {"half"},
                   .streams = {"b"},
                   .stop_streams = true,
                   .connection_state = {{"k", "v"}}});
  for (const auto why : failures) {
    does(who, command_type::message, chat, "x");
    CAF_CHECK_EQUAL(asked().env.connection_state, text_map{});
    answer(why);
  }
  CAF_CHECK_EQUAL(who.box->seen, texts{});
  CAF_CHECK_EQUAL(failed(), failures.size() + 1);
  CAF_CHECK_EQUAL(who.box->commands_done, failures.size() + 2);
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
  CAF_CHECK_EQUAL(hears(who, "b", "2"), texts{});
}

CAF_TEST(what an application does although it refuses a message is done) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::failure, .transmissions = {"no"}, .stop_streams = true});
  CAF_CHECK_EQUAL(who.box->seen, texts{"no"});
  CAF_CHECK_EQUAL(failed(), 1u);
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_application_unsubscribe, fixture)

CAF_TEST(the application is told of who unsubscribes) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  does(who, command_type::unsubscribe, chat);
  CAF_CHECK_EQUAL(asked().command, "unsubscribe");
  CAF_CHECK_EQUAL(asked().identifier, chat);
  answer(rpc_reply{.status = rpc_status::success, .transmissions = {"bye"}});
  CAF_CHECK_EQUAL(who.box->seen, texts{"bye"});
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
  CAF_CHECK_EQUAL(who.box->commands_done, 2u);
  CAF_CHECK_EQUAL(failed(), 0u);
}

CAF_TEST(who unsubscribes leaves whatever the application says) {
  std::vector<rpc_outcome> outcomes{rpc_reply{}, rpc_reply{.status = rpc_status::failure},
                                    rpc_reply{.status = rpc_status::success, .streams = {"b"}}};
  for (const auto why : failures)
    outcomes.emplace_back(rpc_error{why, {}});
  const auto who = welcome("s1");
  for (const auto& outcome : outcomes) {
    joins(who, chat, {"a"});
    does(who, command_type::unsubscribe, chat);
    answer(outcome);
    CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{});
    CAF_CHECK_EQUAL(hears(who, "b", "1"), texts{});
  }
  CAF_CHECK_EQUAL(failed(), outcomes.size() - 1);
  CAF_CHECK_EQUAL(who.box->commands_done, 2 * outcomes.size());
}

CAF_TEST(a subscription that was left begins anew) {
  const auto who = welcome("s1");
  subscribes(who, chat, rpc_reply{.status = rpc_status::success, .subscription_state = {{"k", "v"}}});
  does(who, command_type::unsubscribe, chat);
  answer(success());
  subscribes(who, chat, success());
  does(who, command_type::message, chat, "x");
  CAF_CHECK_EQUAL(asked().env.subscription_state, text_map{});
}

CAF_TEST_FIXTURE_SCOPE_END()
