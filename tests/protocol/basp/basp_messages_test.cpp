#define CAF_SUITE cluster_basp_messages
#include "protocol/basp/basp_filter.hpp"

#include <algorithm>

#include "caf/test/unit_test.hpp"
#include "tests/protocol/basp/basp_ends.hpp"

using namespace ability;
using namespace ability::basp_ends;

CAF_TEST(texts for an admitted actor pass) {
  ends here;
  std::string types;
  for (int count = 0; count <= 8; ++count, types += "+@str") {
    const auto bytes = message({direct, plain, theirs, ours}, typed("@<>" + types) + std::string(count, '\0'));
    CAF_CHECK(here.in(bytes) == bytes);
  }
  const auto unit = message({direct, plain, theirs, ours}, typed("@<>+@unit"));
  CAF_CHECK(here.in(unit) == unit);
  const auto urgent = message({direct, 0, theirs, ours}, one_text);
  CAF_CHECK(here.in(urgent) == urgent);
  const auto by_nobody = message({direct, plain, 0, ours}, one_text);
  CAF_CHECK(here.in(by_nobody) == by_nobody);
  CAF_CHECK_EQUAL(here.filter.messages_in(), 12u);
  CAF_CHECK_EQUAL(here.filter.dropped(), 0u);
}

CAF_TEST(messages of other types are dropped) {
  ends here;
  for (const auto* name : {"@<>+@exit", "@<>+@down", "@<>+@error", "@<>+@atom", "@<>+@strvec", "@<>+@str+@atom",
                           "@<>+@atom+@str", "@<>+@str+", "@<>+@st", "@<>+@str@str", "@<>@str", "@<>+", "@<", "",
                           "+@str", "@<>+@str+@unit", "@<>+@STR", "@<>+@str+@str+@str+@str+@str+@str+@str+@str+@str"})
    CAF_CHECK(here.drops(message({direct, plain, theirs, ours}, typed(name) + std::string(100, '\0'))));
  CAF_CHECK(here.drops(message({direct, plain, theirs, ours}, an_error + no_context)));  // it would end the actor
  for (const auto& payload : {"\1"s + one_text, "\0\1\0"s + typed("@<>"), "\0\0\1"s + typed("@<>"), "\0"s, "\0\0\0"s,
                              "\0\0\0\3"s, "\0\0\0\3@<"s, "\0\0\0\x83\0@<>"s, "\0\0\0\xff@<>"s, "\0\0\0\x08@<>+@st"s})
    CAF_CHECK(here.drops(message({direct, plain, theirs, ours}, payload)));
  CAF_CHECK_EQUAL(here.filter.messages_in(), 0u);
}

CAF_TEST(messages to others are dropped) {
  ends here;
  CAF_CHECK(here.drops(message({direct, plain, theirs, ours + 1}, one_text)));
  CAF_CHECK(here.drops(message({direct, plain, theirs, ours + 1}, std::string(max_payload, '\0'))));
  CAF_CHECK(here.drops(message({routed, plain, theirs, ours}, program_id + server_id + one_text)));
  here.filter.admit(ours + 1);
  here.filter.admit(ours + 1);
  const auto bytes = message({direct, plain, theirs, ours + 1}, one_text);
  CAF_CHECK(here.in(bytes + text_message()) == bytes + text_message());
}

CAF_TEST(what is for a named actor is dropped and not counted) {
  ends here;
  const head spawn_server{.operation = direct, .data = plain, .source = 7, .dest = ours, .flags = 1};
  CAF_CHECK(here.in(message(spawn_server, one_text) + text_message()) == text_message());
  CAF_CHECK_EQUAL(here.filter.dropped(), 0u);
  CAF_CHECK(here.go(message(spawn_server, one_text) + text_message()) == text_message());
}

CAF_TEST(what CAF would take for a part of a stream is dropped) {
  ends here;
  here.go(message({direct, plain | 1, ours, theirs}, one_text));
  for (const std::uint64_t category : {2, 3})
    for (const std::uint64_t other_bits : {std::uint64_t{0}, std::uint64_t{1}, answer, answer | 1})
      CAF_CHECK(here.drops(message({direct, category << 60 | other_bits, theirs, ours}, one_text)));
}

CAF_TEST(large messages stream through) {
  ends here;
  const auto whole = message({direct, plain, theirs, ours}, one_text + std::string(max_payload - one_text.size(), 'x'));
  const auto dropped = message({direct, plain, theirs, ours + 1}, std::string(max_payload, 'x'));
  constexpr std::size_t step = 10'000;
  std::string inbound;
  std::string outbound;
  std::string nothing;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    CAF_REQUIRE(here.filter.take_inbound(std::string_view{whole}.substr(at, step), inbound).has_value());
    CAF_REQUIRE(here.filter.take_outbound(std::string_view{whole}.substr(at, step), outbound).has_value());
    // The filter holds nothing back.
    const auto given = std::min(at + step, whole.size());
    CAF_CHECK_EQUAL(inbound.size(), given);
    CAF_CHECK_EQUAL(outbound.size(), given);
  }
  CAF_CHECK(inbound == whole && outbound == whole);
  for (std::size_t at = 0; at < dropped.size(); at += step)
    CAF_REQUIRE(here.filter.take_inbound(std::string_view{dropped}.substr(at, step), nothing).has_value());
  CAF_CHECK(nothing.empty());
  CAF_CHECK(here.in(text_message()) == text_message());
}

CAF_TEST(what comes in one piece passes as if it came in many) {
  std::string all;
  for (int i = 0; i < 3; ++i)
    all += text_message() + message({direct, plain, theirs, 99}, one_text) + message({heartbeat}) +
           message({monitor, 0, 0, ours}, program_id + server_id) +
           message({down, 0, theirs}, program_id + server_id + an_error.substr(14) + "context") +
           message({direct, plain, theirs, ours}, one_text + std::string(200, 'x'));
  ends whole;
  const auto expected = whole.in(all);
  CAF_CHECK(!expected.empty());
  for (std::size_t at = 0; at <= all.size(); ++at) {
    ends here;
    const auto front = here.in(all.substr(0, at));
    CAF_CHECK(front + here.in(all.substr(at)) == expected);
    CAF_CHECK_EQUAL(here.filter.dropped(), whole.filter.dropped());
  }
}

CAF_TEST(a peer may have only so many actors that send) {
  ends here;
  const auto by = [](std::uint64_t source) { return message({direct, plain, source, ours}, one_text); };
  for (std::uint64_t source = 1; source <= max_basp_sources; ++source)
    CAF_REQUIRE(here.in(by(source)) == by(source));
  CAF_CHECK(here.drops(by(max_basp_sources + 1)));
  CAF_CHECK(here.in(by(1)) == by(1));
  CAF_CHECK(here.in(by(0)) == by(0));
  CAF_CHECK(!here.in(message({down, 0, 5}, program_id + server_id + an_error.substr(14) + no_context)).empty());
  CAF_CHECK(here.in(by(max_basp_sources + 1)) == by(max_basp_sources + 1));
  CAF_CHECK(here.drops(by(max_basp_sources + 2)));
}

// -- answers

CAF_TEST(an answer passes once and only if it was asked for) {
  ends here;
  const auto reply = message({direct, answer | plain | 1, theirs, ours}, one_text);
  CAF_CHECK(here.drops(reply));
  const auto question = message({direct, plain | 1, ours, theirs}, one_text);
  CAF_CHECK(here.go(question) == question);
  CAF_CHECK(here.drops(message({direct, answer | plain | 2, theirs, ours}, one_text)));
  here.filter.admit(ours + 1);
  CAF_CHECK(here.drops(message({direct, answer | plain | 1, theirs, ours + 1}, one_text)));
  CAF_CHECK(here.in(reply) == reply);
  CAF_CHECK(here.drops(reply));
  here.go(message({direct, plain, ours, theirs}, one_text));  // not a question
  CAF_CHECK(here.drops(message({direct, answer | plain, theirs, ours}, one_text)));
}

CAF_TEST(an answer is text or an error without its context or nothing) {
  ends here;
  const auto answered = [&here](const std::string& payload) {
    here.go(message({direct, plain | 1, ours, theirs}, one_text));
    const auto mark = message({heartbeat});
    const auto out = here.in(message({direct, answer | plain | 1, theirs, ours}, payload) + mark);
    CAF_CHECK(out.ends_with(mark));
    return out.substr(0, out.size() - mark.size());
  };
  const auto reply = [](const std::string& payload) {
    return message({direct, answer | plain | 1, theirs, ours}, payload);
  };
  CAF_CHECK(answered(one_text) == reply(one_text));
  CAF_CHECK(answered(typed("@<>")) == reply(typed("@<>")));
  CAF_CHECK(answered(an_error + no_context) == reply(an_error + no_context));
  CAF_CHECK(answered(an_error + typed("@<>+@strvec").substr(1) + std::string(5'000, '\xff')) ==
            reply(an_error + no_context));
  CAF_CHECK(answered(an_error) == reply(an_error + no_context));
  CAF_CHECK(answered(an_error.substr(0, an_error.size() - 1)) == reply(typed("@<>")));
  CAF_CHECK(answered(typed("@<>+@i32") + "1234") == reply(typed("@<>")));
  CAF_CHECK(answered(typed("@<>+@exit") + std::string(5'000, 'x')) == reply(typed("@<>")));
  CAF_CHECK(answered("x") == reply(typed("@<>")));
  CAF_CHECK_EQUAL(here.filter.messages_in(), 9u);
  CAF_CHECK_EQUAL(here.filter.dropped(), 0u);
}

CAF_TEST(of many questions without an answer the oldest are forgotten) {
  ends here;
  const auto reply = [](std::uint64_t number) {
    return message({direct, answer | plain | number, theirs, ours}, one_text);
  };
  for (std::uint64_t number = 1; number <= 258; ++number)
    here.go(message({direct, plain | number, ours, theirs}, one_text));
  CAF_CHECK(here.drops(reply(1)));
  CAF_CHECK(here.drops(reply(2)));
  CAF_CHECK(here.in(reply(3)) == reply(3));
  CAF_CHECK(here.in(reply(258)) == reply(258));
}
