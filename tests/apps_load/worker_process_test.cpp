#define CAF_SUITE worker_process

#include "apps/load/run/worker_process.hpp"

#include <unistd.h>

#include <caf/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace ability::load;

namespace {

// All news of the worker until its end.
std::vector<part_news> all_news(worker_process& worker) {
  std::vector<part_news> all;
  for (int i = 0; i < 500; ++i) {
    auto some = worker.take_news();
    if (!some)
      return all;
    for (auto& each : *some)
      all.push_back(std::move(each));
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CAF_FAIL("the process does not end");
  return all;
}

}  // namespace

CAF_TEST(a worker that throws ends and says why) {
  const auto parent = ::getpid();
  worker_process failing{[](int) { throw std::runtime_error{"no more threads"}; }};
  if (::getpid() != parent)
    ::_exit(7);  // the worker continued in its parent's code
  const auto told = all_news(failing);
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_REQUIRE_EQUAL(told[0].report.notes.size(), 1u);
  CAF_CHECK_EQUAL(told[0].report.notes[0], "A process of the generator failed: no more threads.");
  CAF_CHECK_EQUAL(told[0].report.processes, 0u);

  worker_process odd{[](int) { throw 5; }};
  if (::getpid() != parent)
    ::_exit(7);
  CAF_CHECK(all_news(odd).empty());
}

CAF_TEST(the note of several workers is one) {
  run_report report;
  for (int i = 0; i < 2; ++i) {
    worker_process failing{[](int) { throw std::runtime_error{"no more threads"}; }};
    for (const auto& each : all_news(failing))
      merge(report, each.report);
  }
  CAF_CHECK_EQUAL(report.notes.size(), 1u);
}
