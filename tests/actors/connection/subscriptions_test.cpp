// Labels: hardened
#define CAF_SUITE subscriptions
// Subscriptions without the actors of their streams.
#include "actors/connection/subscriptions.hpp"

#include "protocol/action_cable/formats.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

// Names its subscriptions by their tags, which a client may use again.
class tagged_format final : public wire_format {
public:
  constexpr tagged_format() noexcept : wire_format{{.reuses_keys = true}} {}

  std::string key(std::string_view, std::uint32_t tag) const override { return std::to_string(tag); }
  bool append(std::string&, std::string_view, const broadcast&, const std::optional<stream_position>&) const override {
    return true;
  }
};

struct fixture {
  subscriptions uut;
  node_settings how{
      .max_subscriptions = 3, .max_stream_subscriptions = 1, .max_connection_streams = 3, .max_identifier_bytes = 10};
  lane_counters counters;
  std::atomic<std::uint64_t> unclaimed{0};

  fixture() { uut.use(action_cable_json()); }

  // A subscription that follows `streams`; an application gave them if `of_application`.
  subscriptions::entry& add(std::string identifier, const texts& streams = {}, bool of_application = true) {
    auto& added = uut.add(std::move(identifier), static_cast<std::uint32_t>(uut.size() + 1));
    if (of_application)
      added.state = std::make_unique<text_map>();
    for (const auto& each : streams)
      added.streams.push_back({std::make_shared<const std::string>(each), {}, 0});
    return added;
  }

  // Returns the streams that are to be followed, in the order in which they are asked for.
  texts plan(const std::string& identifier, const texts& streams) {
    auto& by = *uut.find(identifier);
    kept_out = uut.plan(by, streams, how, counters);
    if (by.pending == nullptr)
      return {};
    CAF_CHECK_EQUAL(by.pending->unasked, by.pending->streams.size());
    CAF_CHECK(by.pending->kept_out == kept_out);
    texts all{by.pending->streams.rbegin(), by.pending->streams.rend()};
    by.pending = nullptr;
    return all;
  }

  std::uint64_t hits(limit which) const { return counters.limit_hits[static_cast<std::size_t>(which)].get(); }

  bool is_addressed(std::string key, const std::string& stream) {
    batch frames{unclaimed};
    frames.key = std::move(key);
    frames.stream = std::make_shared<const std::string>(stream);
    return uut.is_addressed_by(frames);
  }

  std::optional<limit> kept_out;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(subscriptions_tests, fixture)

CAF_TEST(a subscription is found by its identifier) {
  add("a").tag = 7;
  add("b");
  CAF_REQUIRE(uut.find("a") != nullptr);
  CAF_CHECK_EQUAL(uut.find("a")->tag, 7u);
  CAF_CHECK(uut.find("") == nullptr);
  CAF_CHECK(uut.find("A") == nullptr);
}

CAF_TEST(all are listed with their streams in the order in which they came) {
  add("b", {"one", "two"});
  add("a");
  texts found;
  for (const auto& each : uut) {
    found.push_back(each.identifier);
    for (const auto& stream : each.streams)
      found.push_back("  " + *stream.stream);
  }
  CAF_CHECK_EQUAL(found, (texts{"b", "  one", "  two", "a"}));
}

CAF_TEST(a description counts all and names them if asked to) {
  add("a", {"one", "two"});
  add("b", {"one"});
  connection_facts facts;
  uut.describe(facts, false);
  CAF_CHECK_EQUAL(facts.subscription_count, 2u);
  CAF_CHECK(facts.subscriptions.empty());
  uut.describe(facts, true);
  CAF_REQUIRE_EQUAL(facts.subscriptions.size(), 2u);
  CAF_CHECK_EQUAL(facts.subscriptions[0].identifier, "a");
  CAF_CHECK_EQUAL(facts.subscriptions[0].streams, (texts{"one", "two"}));
  CAF_CHECK_EQUAL(facts.subscriptions[1].streams, texts{"one"});
}

CAF_TEST(subscriptions are bounded in number and in the bytes of their identifiers) {
  CAF_CHECK(!uut.limit_for("0123456789", how));
  CAF_CHECK(uut.limit_for("0123456789a", how) == limit::identifier_bytes);
  add("01234");
  CAF_CHECK(!uut.limit_for("56789", how));
  CAF_CHECK(uut.limit_for("56789a", how) == limit::identifier_bytes);
  add("5");
  add("6");
  CAF_CHECK(uut.limit_for("7", how) == limit::subscriptions);
}

CAF_TEST(streams are wanted once and in their order unless they are followed or have no name) {
  add("a", {"one"});
  CAF_CHECK_EQUAL(plan("a", {"two", "", "one", "three", "two"}), (texts{"two", "three"}));
  CAF_CHECK(!kept_out);
  CAF_CHECK_EQUAL(plan("a", {"one"}), texts{});
  CAF_CHECK(!kept_out);
}

CAF_TEST(streams of the application are bounded over all subscriptions) {
  add("a", {"one"});
  add("b", {"two"});
  CAF_CHECK_EQUAL(plan("a", {"three", "four", "five"}), texts{"three"});
  CAF_CHECK(kept_out == limit::connection_streams);
  CAF_CHECK_EQUAL(hits(limit::connection_streams), 2u);
}

CAF_TEST(a stream that the client names does not count as one of the application) {
  how.max_stream_subscriptions = 10;
  add("a", {"one", "two", "three"});
  add("b", {}, false);
  CAF_CHECK_EQUAL(plan("b", {"four"}), texts{"four"});
  add("c", {"five"}, false);
  CAF_CHECK_EQUAL(plan("a", {"six"}), texts{});
  CAF_CHECK(kept_out == limit::connection_streams);
}

CAF_TEST(subscriptions to one stream are bounded and other streams are not kept out) {
  add("a", {"one"});
  add("b");
  CAF_CHECK_EQUAL(plan("b", {"one", "two"}), texts{"two"});
  CAF_CHECK(kept_out == limit::stream_subscriptions);
  CAF_CHECK_EQUAL(hits(limit::stream_subscriptions), 1u);
  how.max_stream_subscriptions = 2;
  CAF_CHECK_EQUAL(plan("b", {"one", "two"}), (texts{"one", "two"}));
}

CAF_TEST(every limit has words for the client and streams name the option) {
  for (const auto each : {limit::subscriptions, limit::identifier_bytes, limit::stream_subscriptions,
                          limit::stream_identifiers, limit::connection_streams})
    CAF_CHECK(!subscriptions::words_for(each).what.empty());
  CAF_CHECK_EQUAL(subscriptions::words_for(limit::connection_streams).option, "--max-connection-streams");
  CAF_CHECK_EQUAL(subscriptions::words_for(limit::stream_subscriptions).option, "--max-stream-subscriptions");
  CAF_CHECK_EQUAL(subscriptions::words_for(limit::stream_identifiers).option, "--max-stream-identifiers");
}

CAF_TEST(whispers go to the first stream that the client named if they are allowed) {
  auto& uut = add("a", {"one", "two"}, false);
  CAF_CHECK(uut.whisper_stream() == nullptr);
  uut.may_whisper = true;
  CAF_REQUIRE(uut.whisper_stream() != nullptr);
  CAF_CHECK_EQUAL(*uut.whisper_stream(), "one");
  uut.streams.clear();
  CAF_CHECK(uut.whisper_stream() == nullptr);
}

CAF_TEST(whispers go to the stream that the application stored) {
  auto& uut = add("a", {"one"});
  uut.may_whisper = true;
  CAF_CHECK(uut.whisper_stream() == nullptr);
  uut.state->emplace("$w", "two");
  CAF_REQUIRE(uut.whisper_stream() != nullptr);
  CAF_CHECK_EQUAL(*uut.whisper_stream(), "two");
}

CAF_TEST(frames of an old stream are told apart only where keys are used again) {
  CAF_CHECK(is_addressed("a", "one"));
  static constexpr tagged_format tagged;
  uut.use(tagged);
  add("a", {"one"});  // its key is 1
  CAF_CHECK(is_addressed("1", "one"));
  CAF_CHECK(!is_addressed("1", "two"));
  CAF_CHECK(!is_addressed("2", "one"));
}

CAF_TEST_FIXTURE_SCOPE_END()
