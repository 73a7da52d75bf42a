/// A client and a server over real sockets, with threads of their own.
#pragma once

#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "caf/test/unit_test.hpp"
#include "net/fly/client.hpp"
#include "net/fly/server.hpp"

namespace ability::fly {

struct client_fixture {
  server_options serving;
  client_options calling;
  std::optional<server> to;
  std::optional<client> from;

  ~client_fixture() {
    from.reset();
    to.reset();
  }

  /// A server with some handlers, and a client that is connected to it.
  client& connect(std::string_view where = "tcp://127.0.0.1:0") {
    to.emplace(serving);
    to->on_message(1, [](int x) { return x + 1; });
    to->on_message(2, [] {});
    to->on_message(3, [](context& c, int x) -> outcome<int> { return c.call<int>(3, x); });
    to->on_message(4, [](context& c) { c.close("bye"); });
    to->on_message(5, [](context& c, int x) -> boost::asio::awaitable<outcome<int>> {
      co_return co_await c.call<int>(3, x, boost::asio::use_awaitable);
    });
    to->on_message(6, [](const std::string& x) { return x; });
    const auto local = to->listen(where);
    if (!local)
      CAF_FAIL(local.error().detail);
    from.emplace(to_string(*local), calling);
    from->on_message(3, [](int x) { return 10 * x; });
    const auto connected = from->connect();
    if (!connected)
      CAF_FAIL(to_string(connected.error()));
    return *from;
  }
};

}  // namespace ability::fly
