// Ways by which publications come from Redis.
#define CAF_SUITE broadcast_adapters

#include <chrono>

#include "caf/test/unit_test.hpp"
#include "config/publication_options.hpp"
#include "options_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture : options_fixture {
  // `c` if the channel is read, `s` if the stream is.
  std::string reads(std::vector<std::string> args) {
    args.emplace_back("--redis-url=redis://a");
    const auto given = good(args);
    return std::string{reads_redis_channel(given) ? "c" : ""} + (reads_redis_stream(given) ? "s" : "");
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(broadcast_adapter_tests, fixture)

CAF_TEST(the channel is read unless others are named) {
  CAF_CHECK_EQUAL(reads({}), "c");
  CAF_CHECK_EQUAL(reads({"--broadcast-adapter=http"}), "");
  CAF_CHECK_EQUAL(reads({"--broadcast-adapter=http,redis"}), "c");
  CAF_CHECK_EQUAL(reads({"--broadcast_adapter=redisx"}), "s");
  CAF_CHECK_EQUAL(reads({"--broadcast-adapter=http,redisx,redis"}), "cs");
  CAF_CHECK_EQUAL(reads({"--broker=redis"}), "");
  CAF_CHECK_EQUAL(reads({"--broker=redis", "--broadcast-adapter=http,redisx"}), "s");
  CAF_CHECK(!reads_redis_channel(good({})));
  CAF_CHECK(!reads_redis_stream(good({"--broadcast-adapter=redisx"})));
}

CAF_TEST(the variables of AnyCable name the ways and the stream) {
  const auto given = good({}, {{"ANYCABLE_BROADCAST_ADAPTER", "http, redisx"},
                               {"ANYCABLE_REDISX_STREAM", "news"},
                               {"ANYCABLE_REDISX_GROUP", "nodes"},
                               {"ANYCABLE_REDISX_READ_BLOCK_MILLISECONDS", "1500"},
                               {"REDIS_URL", "redis://a"}});
  CAF_CHECK(reads_redis_stream(given));
  CAF_CHECK_EQUAL(given.node.redis_stream.key, "news");
  CAF_CHECK_EQUAL(given.node.redis_stream.group, "nodes");
  CAF_CHECK(given.node.redis_stream.patience == 1'500ms);
  const redis_stream_settings defaults;
  CAF_CHECK_EQUAL(defaults.key, "__anycable__");
  CAF_CHECK_EQUAL(defaults.group, "bx");
}

CAF_TEST(a file of AnyCable names them) {
  write(R"(
broadcast_adapters = ["http", "redisx"]

[redis]
url = "redis://a"

[redis_stream_broadcast]
stream = "news"
group = "nodes"
stream_read_block_milliseconds = 1500
)");
  const auto given = good({});
  CAF_CHECK(reads_redis_stream(given));
  CAF_CHECK_EQUAL(given.node.redis_stream.key, "news");
  CAF_CHECK(given.node.redis_stream.patience == 1'500ms);
}

CAF_TEST(what is no way is refused) {
  CAF_CHECK(mistake({"--broadcast-adapter=http,mqtt"}).find("must be http, redis or redisx") != std::string::npos);
  CAF_CHECK(!mistake({"--redisx-max-pending=0"}).empty());
  CAF_CHECK(!mistake({"--redisx-read-block-milliseconds=0"}).empty());
  CAF_CHECK(!mistake({"--redisx-stream="}).empty());
}

CAF_TEST(nats is passed over with a warning) {
  const auto given = parse({"--broadcast-adapter=nats"});
  CAF_REQUIRE_EQUAL(given.warnings.size(), 1u);
  CAF_CHECK_EQUAL(given.warnings[0].origin, "--broadcast-adapter");
}

CAF_TEST(Sentinels are asked for the server of a stream) {
  const std::vector<std::string> sentinels{"--redis-sentinels=a:1", "--redis-url=redis://main"};
  const auto with = [&](const std::string& adapters) {
    auto args = sentinels;
    args.push_back("--broadcast-adapter=" + adapters);
    return args;
  };
  CAF_CHECK_EQUAL(good(with("redisx")).redis_sentinels.size(), 1u);
  CAF_CHECK(mistake(with("redis")).find("without --broker redis or --broadcast-adapter redisx") != std::string::npos);
  CAF_CHECK(mistake(with("redis,redisx")).find("leave redis out") != std::string::npos);
}

CAF_TEST(a stream may be in a Redis Cluster and a channel may not ) {
  const auto with = [](const std::string& adapters) {
    return std::vector<std::string>{"--redis-url=redis+cluster://a,b", "--broadcast-adapter=" + adapters};
  };
  CAF_CHECK(reads_redis_stream(good(with("http,redisx"))));
  for (const auto* wrong : {"redis", "redis,redisx", "http"})
    CAF_CHECK(mistake(with(wrong)).find("any of a cluster will do: redis://HOST.") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
