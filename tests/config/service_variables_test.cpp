// Labels: hardened
#define CAF_SUITE service_variables
// Variables that Kubernetes sets for Services: they are passed over where they stand for an option.
#include "config/unknown_variables.hpp"

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(service_variables_tests, options_fixture)

CAF_TEST(variables of Kubernetes for a Service are passed over) {
  const options_fixture::variables of_service{{"ABILITY_PORT", "tcp://10.96.3.4:8080"},
                                              {"ABILITY_SERVICE_HOST", "10.96.3.4"},
                                              {"ABILITY_PORT_8080_TCP", "tcp://10.96.3.4:8080"},
                                              {"ABILITY_CLUSTER_LISTEN", "tcp://10.96.3.4:7700"},
                                              {"ANYCABLE_HTTP_BROADCAST_PORT", "udp://10.96.3.5:53"}};
  CAF_CHECK_EQUAL(good({}, of_service).server.port, 8080);
  CAF_CHECK_EQUAL(good({"--port=9000"}, of_service).server.port, 9000);
  const auto said = warnings({"--port=9000"}, of_service);
  CAF_REQUIRE_EQUAL(said.size(), 3u);
  CAF_CHECK(said[0].starts_with("ABILITY_PORT is passed over, as Kubernetes sets it for a Service of that name"));
  // The other variables of the option still count.
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_PORT", "tcp://10.96.3.4:8080"}, {"PORT", "9001"}}).server.port, 9001);
  // An address is valid for an option that takes addresses.
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_FLY_LISTEN", "tcp://127.0.0.1:5555"}}).fly_listen.size(), 1u);
  CAF_CHECK_EQUAL(mistake({}, {{"ABILITY_PORT", "http://10.96.3.4"}}),
                  R"(ABILITY_PORT is "http://10.96.3.4", but must be a whole number from 0 to 65535.)");
}

CAF_TEST(variables of Kubernetes for Services of other names are passed over too) {
  const options_fixture::variables of_services{{"ABILITY_API_PORT", "tcp://10.0.0.1:80"},
                                               {"ANYCABLE_PUSHER_API_PORT", "tcp://10.0.0.1:81"},
                                               {"ABILITY_METRICS_PORT", "sctp://10.0.0.1:82"}};
  const auto said = warnings({}, of_services);
  CAF_REQUIRE_EQUAL(said.size(), 3u);
  for (const auto& each : said)
    CAF_CHECK(each.find(" is passed over, as Kubernetes sets it for a Service of that name") != std::string::npos);
  // A plain port is not passed over.
  CAF_CHECK(warnings({}, {{"ABILITY_API_PORT", "80"}}).front().find("the API is at the port of publications") !=
            std::string::npos);
}

CAF_TEST(what Kubernetes tells of a Service is known by its name and its value) {
  for (const auto* name :
       {"ABILITY_REDIS_SERVICE_HOST", "ABILITY_REDIS_SERVICE_PORT", "ABILITY_REDIS_SERVICE_PORT_HTTP",
        "ABILITY_REDIS_PORT_6379_TCP", "ABILITY_REDIS_PORT_6379_UDP_ADDR", "ABILITY_REDIS_PORT_6379_SCTP_PROTO",
        "ABILITY_REDIS_PORT_6379_TCP_PORT"})
    CAF_CHECK(is_variable_of_service(name, "1"));
  CAF_CHECK(is_variable_of_service("ABILITY_REDIS_PORT", "tcp://10.0.0.1:6379"));
  CAF_CHECK(!is_variable_of_service("ABILITY_REDIS_PORT", "6379"));
  CAF_CHECK(!is_variable_of_service("ABILITY_REDIS_URL", "tcp://10.0.0.1:6379"));
  CAF_CHECK(!is_variable_of_service("ABILITY_PORT_", ""));
  CAF_CHECK(!is_variable_of_service("ABILITY_PORT__TCP", ""));
  CAF_CHECK(!is_variable_of_service("ABILITY_HTTP_BROADCAST_PORT", "tcp"));
}

CAF_TEST_FIXTURE_SCOPE_END()
