// Labels: hardened
#define CAF_SUITE restore_history
// The streams of sessions that came back, and what was published to them meanwhile.
#include "actors/connection/resumption.hpp"

#include "tests/actors/sessions/sessions_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(restore_history_tests, restore_fixture)

CAF_TEST(a subscription whose stream takes no more identifiers is rejected when its history is asked for) {
  leave_behind("s1");
  pass(1ms);
  here.lanes.front()->settings.max_stream_identifiers = 1;
  const auto other = enters("o1");
  joins(other, news, {"a"});
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(back.box->seen, texts{reject_subscription(chat)});
  CAF_CHECK_EQUAL(hears(back, "b", "1"), texts{reject_subscription(chat)});
}

CAF_TEST(what was published meanwhile comes before the confirmation and live data after it) {
  leave_behind("s1");
  publish("a", "1");
  publish("b", "2");
  publish("a", "3");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  publish("a", "4");
  consume_messages();
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1", {chat})});
  back.box->forget();
  asks_history(back, chat);
  auto data = data_of(back, "a", "5");
  CAF_REQUIRE_EQUAL(data.size(), 6u);
  CAF_CHECK_EQUAL(data[4], R"("confirm_history")");
  CAF_CHECK_EQUAL(data[5], "5");
  data.resize(4);
  std::erase(data, "2");
  CAF_CHECK_EQUAL(data, (texts{"1", "3", "4"}));
}

CAF_TEST(a stream that the request does not name begins where the session did) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  CAF_CHECK_EQUAL(data_of(who, "a", "1"), texts{"1"});
  leaves(who);
  publish("a", "2");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "3"), (texts{"1", "2", R"("confirm_history")", "3"}));
  leaves(back);
  const auto again = comes("n2", {.back_to = "n1"});
  again.box->forget();
  asks_history(again, chat);
  CAF_CHECK_EQUAL(data_of(again, "a", "4"), (texts{"1", "2", "3", R"("confirm_history")", "4"}));
}

CAF_TEST(a client that does not ask for its history is told that it may have missed something and goes on) {
  leave_behind("s1");
  publish("a", "1");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  pass(history_awaited - 1ms);
  CAF_CHECK_EQUAL(back.box->seen, texts{});
  pass(1ms);
  CAF_CHECK_EQUAL(back.box->seen, texts{reject_history(chat)});
  back.box->forget();
  CAF_CHECK_EQUAL(data_of(back, "a", "2"), texts{"2"});
}

CAF_TEST(each client that does not ask for its history has its own time and those close together share a timer) {
  leave_behind("s1");
  const auto other = enters("s2");
  joins(other, chat, {"a"});
  leaves(other);
  publish("a", "1");
  const auto first = comes("n1", {.back_to = "s1"});
  first.box->forget();
  pass(10ms);
  const auto second = comes("n2", {.back_to = "s2"});
  second.box->forget();
  pass(history_awaited - 10ms);
  CAF_CHECK_EQUAL(first.box->seen, texts{reject_history(chat)});
  CAF_CHECK_EQUAL(second.box->seen, texts{});
  pass(sessions_state::shortest_pause);
  CAF_CHECK_EQUAL(second.box->seen, texts{reject_history(chat)});
}

CAF_TEST(a client with positions is told of a restored subscription by its tag) {
  const auto who = enters("s1");
  caf::anon_send(who.actor, client_said{{.type = command_type::subscribe, .identifier = chat, .tag = 42}});
  consume_messages();
  answer(confirms(chat, {"a"}));
  CAF_REQUIRE_EQUAL(who.box->begins.size(), 1u);
  const auto began = who.box->begins[0].streams.at(0).at;
  publish("a", "1");
  consume_messages();
  leaves(who);
  publish("a", "2");
  consume_messages();
  auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->restored_tags, std::vector<std::uint32_t>{42});
  pass(history_awaited);
  CAF_REQUIRE_EQUAL(back.box->begins.size(), 1u);
  CAF_CHECK_EQUAL(back.box->begins[0].tag, 42u);
  CAF_CHECK(back.box->begins[0].completes == false);
  CAF_CHECK_EQUAL(back.box->begins[0].streams.at(0).at.offset, 2u);
  leaves(back);
  back = comes("n2", {.back_to = "n1"});
  back.box->forget();
  client_command asks{.type = command_type::history, .identifier = chat, .tag = 43};
  asks.history =
      std::make_shared<const history_request>(history_request{.is_valid = true, .unnamed = {{began.epoch, 1}}});
  caf::anon_send(back.actor, client_said{std::move(asks)});
  consume_messages();
  CAF_CHECK_EQUAL(data_of(back, "a", "3"), (texts{"2", R"("confirm_history")", "3"}));
  CAF_CHECK_EQUAL(back.box->begins.at(0).tag, 43u);
  CAF_CHECK(back.box->begins[0].completes == true);
  CAF_CHECK(back.box->begins[0].streams.at(0).at == (stream_position{began.epoch, 1}));
}

CAF_TEST(a session whose history was not asked for before it left has its streams still) {
  leave_behind("s1");
  leaves(comes("n1", {.back_to = "s1"}));
  publish("a", "1");
  consume_messages();
  const auto back = comes("n2", {.back_to = "n1"});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "b", "2"), (texts{"1", R"("confirm_history")", "2"}));
}

CAF_TEST(streams that the application stops before the history are not followed) {
  leave_behind("s1");
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  does(back, command_type::message, chat, "{}");
  answer(rpc_reply{.status = rpc_status::success, .stopped_streams = {"a"}});
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), texts{R"("confirm_history")"});
  CAF_CHECK_EQUAL(data_of(back, "b", "1"), texts{"1"});
}

CAF_TEST(a stream that the application adds while the client is away begins there) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  does(who, command_type::message, chat, "{}");
  leaves(who);
  answer(rpc_reply{.status = rpc_status::success, .streams = {"b"}});
  CAF_CHECK_EQUAL(kept(), 1u);
  publish("b", "1");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "b", "2"), (texts{"1", R"("confirm_history")", "2"}));
}

CAF_TEST(a subscription that its client was not told of does not come back) {
  const auto who = enters("s1");
  says(who, command_type::subscribe, identifier_of("a"));
  leaves(who);
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(back.box->seen, texts{restored("n1")});
}

CAF_TEST(a stream that the application adds before the history takes nothing from the others) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  leaves(who);
  publish("a", "1");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  does(back, command_type::message, chat, "{}");
  answer(rpc_reply{.status = rpc_status::success, .streams = {"b"}});
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "a", "2"), (texts{"1", R"("confirm_history")", "2"}));
  CAF_CHECK_EQUAL(data_of(back, "b", "3"), texts{"3"});
}

CAF_TEST(what was refused because of another stream is sent when it is asked for alone) {
  here.lanes.front()->settings.history.rules = {{.pattern = "off", .is_off = true}};
  const auto first = enters("s1");
  joins(first, news, {"a"});
  publish("a", "1");
  consume_messages();
  const auto began = ask<stream_facts>(here.directory_of("a"), describe_stream{"a", 0}).at.value();
  const auto who = enters("s2");
  joins(who, chat, {"a", "off"});
  const history_request::known_stream from{"a", stream_position{began.epoch, 0}};
  asks_history(who, chat, {.is_valid = true, .since = 1, .streams = {from}});
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_history(chat)});
  who.box->forget();
  asks_history(who, chat, {.is_valid = true, .streams = {from}});
  CAF_CHECK_EQUAL(data_of(who, "a", "2"), (texts{"1", R"("confirm_history")", "2"}));
  asks_history(who, chat, {.is_valid = true, .streams = {from}});
  CAF_CHECK_EQUAL(data_of(who, "a", "3"), (texts{R"("confirm_history")", "3"}));
}

CAF_TEST(all streams that the application adds while the client is away are followed when it is back) {
  const auto who = enters("s1");
  joins(who, chat, {"a"});
  for (int i = 0; i < 3; ++i)
    does(who, command_type::message, chat, "{}");
  leaves(who);
  answer(rpc_reply{.status = rpc_status::success, .streams = {"b", "c"}});
  answer(rpc_reply{.status = rpc_status::success, .streams = {"d", "b"}});
  answer(rpc_reply{.status = rpc_status::success, .stopped_streams = {"c"}});
  CAF_REQUIRE_EQUAL(kept(), 1u);
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  asks_history(back, chat);
  CAF_CHECK_EQUAL(data_of(back, "b", "1"), (texts{R"("confirm_history")", "1"}));
  CAF_CHECK_EQUAL(data_of(back, "c", "2"), texts{});
  CAF_CHECK_EQUAL(data_of(back, "d", "3"), texts{"3"});
}

CAF_TEST(a client may whisper before it asks for its history) {
  const auto identifier = identifier_of("w");
  const auto who = enters("s1");
  does(who, command_type::subscribe, identifier);
  const auto other = enters("o1");
  does(other, command_type::subscribe, identifier);
  other.box->forget();
  leaves(who);
  const auto back = comes("n1", {.back_to = "s1"});
  client_command whispers{.type = command_type::whisper, .identifier = identifier, .data = "1", .data_is_json = true};
  caf::anon_send(back.actor, client_said{std::move(whispers)});
  consume_messages();
  CAF_REQUIRE_EQUAL(other.box->seen.size(), 1u);
  CAF_CHECK_EQUAL(nlohmann::json::parse(other.box->seen.front())["message"].dump(), "1");
}

CAF_TEST(streams without a log are followed before the welcome) {
  here.lanes.front()->settings.history.rules = {{.pattern = "a", .is_off = true}};
  leave_behind("s1");
  const auto back = comes("n1", {.back_to = "s1"});
  back.box->forget();
  CAF_CHECK_EQUAL(data_of(back, "a", "1"), texts{"1"});
  CAF_CHECK_EQUAL(data_of(back, "b", "2"), texts{});
}

CAF_TEST_FIXTURE_SCOPE_END()
