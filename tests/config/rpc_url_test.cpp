// The address of the application.
// Labels: hardened
#define CAF_SUITE rpc_url

#include "config/rpc_url.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

ability::rpc_url good(std::string_view text) {
  auto result = parse_rpc_url(text);
  if (auto error = std::get_if<std::string>(&result))
    CAF_FAIL(std::string{text} + ' ' + *error);
  return std::get<ability::rpc_url>(result);
}

std::string wrong(std::string_view text) {
  auto result = parse_rpc_url(text);
  auto error = std::get_if<std::string>(&result);
  return error == nullptr ? std::string{} : *error;
}

// Servers of a gRPC application.
std::string target(std::string_view text) {
  auto url = good(text);
  CAF_CHECK(url.transport == rpc_transport::grpc);
  CAF_CHECK_EQUAL(url.host, "");
  CAF_CHECK_EQUAL(url.tls, false);
  std::string servers;
  for (const auto& [name, port] : url.backends)
    servers += (servers.empty() ? "" : " ") + name + ' ' + std::to_string(port);
  return servers;
}

const std::string form =
    "must be http://host[:port][/path], https://..., host:port, grpc://host:port, dns:///name:port, "
    "grpc-list://host:port,host:port, fly://host:port,host:port, flys://... or none";

}  // namespace

CAF_TEST(nothing is no application) {
  for (const auto* text : {"", "none"})
    CAF_CHECK(good(text).transport == rpc_transport::none);
}

CAF_TEST(a host is enough for HTTP) {
  auto url = good("http://app");
  CAF_CHECK(url.transport == rpc_transport::http);
  CAF_CHECK_EQUAL(url.tls, false);
  CAF_CHECK_EQUAL(url.host, "app");
  CAF_CHECK_EQUAL(url.port, 80u);
  CAF_CHECK_EQUAL(url.path, "");
  CAF_CHECK_EQUAL(url.backends.size(), 0u);
}

CAF_TEST(HTTPS is TLS and has its own port) {
  auto url = good("https://app.example.com/_anycable");
  CAF_CHECK_EQUAL(url.tls, true);
  CAF_CHECK_EQUAL(url.port, 443u);
  CAF_CHECK_EQUAL(url.path, "/_anycable");
  CAF_CHECK_EQUAL(good("https://app:8443").port, 8443u);
}

CAF_TEST(all parts of a URL are taken) {
  auto url = good("http://10.0.0.1:9292/a/b");
  CAF_CHECK_EQUAL(url.host, "10.0.0.1");
  CAF_CHECK_EQUAL(url.port, 9292u);
  CAF_CHECK_EQUAL(url.path, "/a/b");
}

CAF_TEST(a path does not end with a slash) {
  CAF_CHECK_EQUAL(good("http://app/").path, "");
  CAF_CHECK_EQUAL(good("http://app//").path, "");
  CAF_CHECK_EQUAL(good("http://app/a/b/").path, "/a/b");
}

CAF_TEST(an IPv6 address stands in brackets) {
  auto url = good("http://[::1]:9292/x");
  CAF_CHECK_EQUAL(url.host, "::1");
  CAF_CHECK_EQUAL(url.port, 9292u);
  CAF_CHECK_EQUAL(good("https://[fe80::1]").port, 443u);
  CAF_CHECK_EQUAL(target("[::1]:50051"), "::1 50051");
}

CAF_TEST(host and port or grpc is gRPC) {
  CAF_CHECK_EQUAL(target("localhost:50051"), "localhost 50051");
  CAF_CHECK_EQUAL(target("grpc://rpc:50051"), "rpc 50051");
  CAF_CHECK_EQUAL(target("dns:///rpc.internal:50051"), "rpc.internal 50051");
}

CAF_TEST(a list may hold names and addresses of both families) {
  CAF_CHECK_EQUAL(target("grpc-list://10.0.0.1:1"), "10.0.0.1 1");
  CAF_CHECK_EQUAL(target("grpc-list://10.0.0.1:1,10.0.0.2:2"), "10.0.0.1 1 10.0.0.2 2");
  CAF_CHECK_EQUAL(target("grpc-list://[::1]:1,[::2]:2"), "::1 1 ::2 2");
  CAF_CHECK_EQUAL(target("grpc-list://a.example:1,[::1]:2,10.0.0.1:3"), "a.example 1 ::1 2 10.0.0.1 3");
}

CAF_TEST(an unknown form is refused with all there are) {
  for (const auto* text :
       {"app", "ftp://app:1", "grpcs://app:1", "HTTP://app", "localhost:50051/path", "grpc://app", "/app", ":50051",
        "none:", "unix:/run/app.sock", "://app:1", "grpc://", "app:1:2", "u@app:1"})
    CAF_CHECK_EQUAL(wrong(text), form);
}

CAF_TEST(a name to resolve stands behind three slashes) {
  for (const auto* text : {"dns://app:1", "dns://8.8.8.8/app:1", "dns:///app", "dns:///", "dns://", "dns:////app:1"})
    CAF_CHECK_EQUAL(wrong(text), form);
}

CAF_TEST(a wrong host or port of a URL is refused with the rule) {
  for (const auto* text :
       {"http://", "http:///path", "http://:80", "http://app:", "http://app:0", "http://app:65536", "http://app:x",
        "http://app:-1", "http://app:80x/path", "http://user:pw@app", "http://u@app", "http://[::1", "http://[]:80",
        "http://[::1]80", "http://app:99999999999999999999", "http://?a", "http://app:8 0"})
    CAF_CHECK(wrong(text).starts_with(form + ", where "));
  CAF_CHECK_EQUAL(wrong("http://app:0"), form + ", where the host is not empty and the port a number from 1 to 65535");
}

CAF_TEST(nothing follows the path) {
  for (const auto* text : {"http://app/a?b=c", "http://app/#x", "https://app/?"})
    CAF_CHECK_EQUAL(wrong(text), form + ", where nothing follows the path");
}

CAF_TEST(spaces and control characters are refused) {
  using namespace std::string_view_literals;
  for (const auto text : {"http://a b"sv, "http://app/\n"sv, " none"sv, "app:1\t"sv, "http://a\0b"sv, "http://a\x7f"sv})
    CAF_CHECK_EQUAL(wrong(text), form + ", where no space or control character stands");
}

CAF_TEST(a list with something else than addresses and ports is refused) {
  for (const auto* text : {"grpc-list://", "grpc-list://10.0.0.1", "grpc-list://10.0.0.1:1,", "grpc-list://,10.0.0.1:1",
                           "grpc-list://10.0.0.1:1,10.0.0.2", "grpc-list://10.0.0.1:1/x"})
    CAF_CHECK_EQUAL(wrong(text), form + ", where the list holds addresses with ports");
}

CAF_TEST(no phrase shows a password) {
  for (const auto* text : {"http://user:hunter2@app", "grpc://user:hunter2@app:1", "https://hunter2@app/"})
    CAF_CHECK_EQUAL(wrong(text).find("hunter2"), std::string::npos);
}

CAF_TEST(a FlyRPC application is one or more backends) {
  const auto one = good("fly://127.0.0.1:7000");
  CAF_CHECK(one.transport == rpc_transport::fly);
  CAF_CHECK(!one.tls);
  CAF_REQUIRE_EQUAL(one.backends.size(), 1u);
  CAF_CHECK_EQUAL(one.backends[0].host, "127.0.0.1");
  CAF_CHECK_EQUAL(one.backends[0].port, 7000u);
  const auto two = good("flys://a.example:1,[::1]:2");
  CAF_CHECK(two.tls);
  CAF_REQUIRE_EQUAL(two.backends.size(), 2u);
  CAF_CHECK_EQUAL(two.backends[1].host, "::1");
}

CAF_TEST(a list of backends without a port is refused) {
  for (const auto* text : {"fly://", "fly://a", "fly://a:1,", "fly://a:1,b", "fly://a:0", "fly://a:1/path"})
    CAF_CHECK(std::holds_alternative<std::string>(parse_rpc_url(text)));
}
