/// The transport of calls by HTTP, against a server whose answers a test writes. Define CAF_SUITE before.
#pragma once

#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "caf/test/unit_test.hpp"
#include "net/app/http_app_transport.hpp"
#include "tests/net/app/fake_app_server.hpp"

namespace ability::test {

using namespace std::chrono_literals;

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

inline const std::string yes = R"({"status":1})";

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline std::string chunk(const std::string& text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

inline constexpr std::string_view chunked_head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

// Outcome of a call: the status of the answer, or the reason of the failure.
struct ending {
  std::string what = "nothing";
  std::string detail;
  std::size_t times = 0;
};

struct fixture {
  using answer_ptr = std::shared_ptr<ending>;

  asio::io_context io;
  std::optional<fake_app_server> server;
  std::shared_ptr<http_app_transport> uut;

  fixture() {
    server.emplace(io);
    scope(endpoint());
  }
  ~fixture() {
    uut->stop();
    uut.reset();
    io.poll();
  }

  http_app_endpoint endpoint() const {
    http_app_endpoint where;
    where.host = "127.0.0.1";
    where.port = server->port();
    where.path = "/_anycable";
    where.secret = "s3cret";
    where.max_reply = 1'000;
    return where;
  }

  void scope(const http_app_endpoint& where) {
    if (uut)
      uut->stop();
    uut = std::make_shared<http_app_transport>(io, where);
  }

  void serve(fake_app_server::reaction_function react) { server->react = std::move(react); }

  // Gives the same answer to all requests.
  void serve(std::string bytes, app_reaction::ending then = app_reaction::keep) {
    serve([=](const app_request&) { return app_reaction{bytes, then}; });
  }

  template <class Predicate>
  bool run_until(Predicate reached) {
    const auto deadline = clock::now() + 15s;
    while (!reached() && clock::now() < deadline) {
      io.restart();
      io.run_one_for(100ms);
    }
    return reached();
  }

  answer_ptr begin(rpc_request request = {.sid = "s1"}, std::chrono::milliseconds timeout = 10s) {
    auto slot = std::make_shared<ending>();
    uut->call(std::make_shared<const rpc_request>(std::move(request)), timeout, [slot](rpc_outcome outcome) {
      ++slot->times;
      if (const auto* error = std::get_if<rpc_error>(&outcome)) {
        slot->what = name_of(error->why);
        slot->detail = error->detail;
      } else {
        slot->what = name_of(std::get<rpc_reply>(outcome).status);
        slot->detail = std::get<rpc_reply>(outcome).identity;
      }
    });
    return slot;
  }

  ending end(const answer_ptr& slot) {
    run_until([&] { return slot->times > 0; });
    io.poll();
    CAF_CHECK_EQUAL(slot->times, 1u);
    return *slot;
  }

  ending call(rpc_request request = {.sid = "s1"}, std::chrono::milliseconds timeout = 10s) {
    return end(begin(std::move(request), timeout));
  }
};

// Certificates for `localhost`, generated for the test.
struct tls_fixture : fixture {
  std::filesystem::path folder;
  asio::ssl::context server_tls{asio::ssl::context::tls_server};

  tls_fixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_tls_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder = pattern;
    make("app");
    make("other");
    server_tls.use_certificate_file(file("app.pem"), asio::ssl::context::pem);
    server_tls.use_private_key_file(file("app.key"), asio::ssl::context::pem);
    uut->stop();
    io.poll();
    server.emplace(io, &server_tls);
    scope(secure("app.pem"));
  }
  ~tls_fixture() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }

  void make(const std::string& name) const {
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=DNS:localhost -keyout " +
        file(name + ".key") + " -out " + file(name + ".pem") + " 2>/dev/null";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("openssl makes no certificate");
  }

  http_app_endpoint secure(const std::string& trusted) const {
    auto where = endpoint();
    where.tls = true;
    where.host = "localhost";
    where.ca_file = file(trusted);
    return where;
  }
};

}  // namespace ability::test
