// Labels: threads
#define CAF_SUITE accepted_broadcast
#include "actors/broadcast/accepted_broadcast.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

broadcast_ptr accept(ingress_gate& gate, std::size_t bytes = 1) {
  return std::make_shared<accepted_broadcast>(broadcast{.stream = "s", .data = std::string(bytes, 'x')}, gate,
                                              accepted_broadcast::time_point{});
}

std::vector<broadcast_ptr> accept_many(ingress_gate& gate, std::size_t count) {
  std::vector<broadcast_ptr> all;
  while (all.size() < count)
    all.push_back(accept(gate));
  return all;
}

}  // namespace

CAF_TEST(a broadcast is pending until the last reference to it is gone) {
  ingress_gate gate{10, 1'000};
  auto first = accept(gate);
  auto second = first;
  CAF_CHECK_EQUAL(gate.pending(), 1u);
  first = nullptr;
  CAF_CHECK_EQUAL(gate.pending(), 1u);
  second = nullptr;
  CAF_CHECK_EQUAL(gate.pending(), 0u);
}

CAF_TEST(the gate is full at its bound of broadcasts) {
  ingress_gate gate{3, 1'000};
  auto all = accept_many(gate, 2);
  CAF_CHECK(!gate.full());
  all.push_back(accept(gate));
  CAF_CHECK(gate.full());
  all.pop_back();
  CAF_CHECK(!gate.full());
}

CAF_TEST(the gate is full at its bound of bytes) {
  ingress_gate gate{100, 1'000};
  const auto first = accept(gate, 999);
  CAF_CHECK(!gate.full());
  {
    const auto second = accept(gate, 1);
    CAF_CHECK(gate.full());
  }
  CAF_CHECK(!gate.full());
}

CAF_TEST(a waiter is called once when half of the broadcasts are done) {
  ingress_gate gate{6, 1'000};
  auto all = accept_many(gate, 6);
  auto calls = 0;
  gate.when_open(&gate, [&] { ++calls; });
  all.resize(4);
  CAF_CHECK_EQUAL(calls, 0);
  all.resize(3);
  CAF_CHECK_EQUAL(calls, 1);
  all.clear();
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST(a waiter is called once when half of the bytes are done) {
  ingress_gate gate{100, 1'000};
  auto large = accept(gate, 600);
  const auto small = accept(gate, 400);
  auto calls = 0;
  gate.when_open(&gate, [&] { ++calls; });
  CAF_CHECK_EQUAL(calls, 0);
  large = nullptr;
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST(a waiter is called at once if half is free already) {
  ingress_gate gate{6, 1'000};
  const auto all = accept_many(gate, 3);
  auto calls = 0;
  gate.when_open(&gate, [&] { ++calls; });
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST(what a waiter sets replaces what it set before) {
  ingress_gate gate{2, 1'000};
  auto all = accept_many(gate, 2);
  auto first = 0;
  auto second = 0;
  gate.when_open(&gate, [&] { ++first; });
  gate.when_open(&gate, [&] { ++second; });
  all.clear();
  CAF_CHECK_EQUAL(first, 0);
  CAF_CHECK_EQUAL(second, 1);
}

CAF_TEST(all waiters are called) {
  ingress_gate gate{2, 1'000};
  auto all = accept_many(gate, 2);
  auto first = 0;
  auto second = 0;
  gate.when_open(&first, [&] { ++first; });
  gate.when_open(&second, [&] { ++second; });
  gate.when_open(&second, [&] { second += 10; });
  all.clear();
  CAF_CHECK_EQUAL(first, 1);
  CAF_CHECK_EQUAL(second, 10);
}

CAF_TEST(a waiter may wait again when it is called) {
  ingress_gate gate{2, 1'000};
  auto calls = 0;
  std::vector<broadcast_ptr> more;
  auto all = accept_many(gate, 2);
  gate.when_open(&gate, [&] {
    ++calls;
    more = accept_many(gate, 2);
    gate.when_open(&gate, [&] { ++calls; });
  });
  all.pop_back();
  CAF_CHECK_EQUAL(calls, 1);
  all.clear();
  more.clear();
  CAF_CHECK_EQUAL(calls, 2);
}

CAF_TEST(a waiter for emptiness is called once when nothing is pending) {
  ingress_gate gate{6, 1'000};
  auto all = accept_many(gate, 6);
  auto opened = 0;
  auto emptied = 0;
  gate.when_empty(&emptied, [&] { ++emptied; });
  gate.when_open(&opened, [&] { ++opened; });
  all.resize(3);
  CAF_CHECK_EQUAL(opened, 1);
  all.resize(1);
  CAF_CHECK_EQUAL(emptied, 0);
  all.clear();
  CAF_CHECK_EQUAL(emptied, 1);
  all.push_back(accept(gate));
  all.clear();
  CAF_CHECK_EQUAL(emptied, 1);
  gate.when_empty(&emptied, [&] { ++emptied; });
  CAF_CHECK_EQUAL(emptied, 2);
}

CAF_TEST(a waiter that is forgotten is not called) {
  ingress_gate gate{2, 1'000};
  auto all = accept_many(gate, 2);
  auto calls = 0;
  gate.when_empty(&calls, [&] { ++calls; });
  gate.forget(&calls);
  all.clear();
  CAF_CHECK_EQUAL(calls, 0);
}

CAF_TEST(no waiter is forgotten while other threads finish broadcasts) {
  ingress_gate gate{8, 1'000};
  std::atomic<std::size_t> calls{0};
  constexpr std::size_t rounds = 2'000;
  for (std::size_t i = 0; i < rounds; ++i) {
    auto all = accept_many(gate, 8);
    std::jthread other{[mine = std::move(all)]() mutable {
      while (!mine.empty())
        mine.pop_back();
    }};
    gate.when_open(&gate, [&] { ++calls; });
  }
  CAF_CHECK_EQUAL(calls.load(), rounds);
  CAF_CHECK_EQUAL(gate.pending(), 0u);
}

CAF_TEST(no waiter for emptiness is forgotten while other threads finish broadcasts) {
  ingress_gate gate{8, 1'000};
  std::atomic<std::size_t> calls{0};
  constexpr std::size_t rounds = 2'000;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::vector<std::jthread> others;
    for (auto thread = 0; thread < 2; ++thread)
      others.emplace_back([mine = accept_many(gate, 4)]() mutable {
        while (!mine.empty())
          mine.pop_back();
      });
    gate.when_empty(&gate, [&] { ++calls; });
  }
  CAF_CHECK_EQUAL(calls.load(), rounds);
}
