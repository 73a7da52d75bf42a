/// A publish link, and its server, whose replies a test writes byte for byte.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/apps_load/network_fixture.hpp"

namespace ability::load::test {

struct publish_fixture : network_fixture {
  std::unique_ptr<publish_link> link;

  void open(publish_by by, target where = {}) {
    if (by == publish_by::http)
      where.http = {"http://" + server.authority() + "/_broadcast"};
    else if (where.redis.empty())
      where.redis = "redis://" + server.authority();
    reach_for(where);
    link = net->open_publisher(by, 0, settling());
  }

  ~publish_fixture() { link = nullptr; }

  auto& there() { return *server.all.back(); }

  void publish(std::vector<load_message> batch) { link->publish(std::move(batch)); }
  void publish(int number) { publish({{"s", std::to_string(number)}}); }

  // Number of settled batches.
  std::size_t count() const {
    std::size_t all = 0;
    for (const auto& each : settled)
      all += each.batches;
    return all;
  }
  bool settles(std::size_t batches) {
    return run_until([this, batches] { return count() >= batches; }) && count() == batches;
  }

  // Bodies of all complete requests so far.
  std::vector<std::string> bodies() {
    std::vector<std::string> out;
    for (const auto& each : server.all) {
      std::string_view left = each->received;
      for (;;) {
        const auto head = left.find("\r\n\r\n");
        if (head == std::string_view::npos)
          break;
        const auto field = left.find("Content-Length: ");
        const auto size = std::strtoul(left.data() + field + 16, nullptr, 10);
        if (left.size() < head + 4 + size)
          break;
        out.emplace_back(left.substr(head + 4, size));
        left.remove_prefix(head + 4 + size);
      }
    }
    return out;
  }

  // Replies to each request with `answer` of its number, in order.
  void answer_http(std::function<std::string(std::size_t)> answer) {
    server.on_bytes = [this, answer = std::move(answer), done = std::size_t{0}](auto& from) mutable {
      for (const auto all = bodies().size(); done < all; ++done)
        if (const auto text = answer(done); !text.empty())
          from.send(text);
    };
  }
};

inline const std::string created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
inline const std::string busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater";

}  // namespace ability::load::test
