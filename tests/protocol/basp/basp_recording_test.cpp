#define CAF_SUITE cluster_basp_recording
#include <algorithm>

#include "caf/test/unit_test.hpp"
#include "protocol/basp/basp_filter.hpp"
#include "tests/protocol/basp/basp_recording.hpp"

using namespace ability;
using namespace ability::recording;

namespace {

using side = basp_filter::side;

// One end with its filter. Its CAF knows the other end by `other`.
struct place {
  place(end which, char letter)
      : is_server{which == end::server},
        real_other{is_server ? program_id : server_id},
        other{stand_in(letter)},
        filter{is_server ? side::accepted : side::dialled, as_id(other), 1'000'000} {
    for (const std::uint64_t actor : {6, 8, 9})
      if (is_server == (actor == 6))
        filter.admit(actor);
  }

  // Passes `bytes` in pieces of `step` bytes.
  std::string inbound(std::string_view bytes, std::size_t step) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
      CAF_CHECK(filter.take_inbound(bytes.substr(0, step), out).has_value());
    return out;
  }

  std::string outbound(std::string_view bytes, std::size_t step) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
      CAF_CHECK(filter.take_outbound(bytes.substr(0, step), out).has_value());
    return out;
  }

  bool is_server;
  std::string real_other;
  std::string other;
  basp_filter filter;
};

// Bytes that the receiving CAF gets.
std::string arriving(const message& what, const place& to) {
  const auto bytes = bytes_of(what.hex);
  switch (what.fate) {
    case fate::pass:
      return replaced(bytes, to.real_other, to.other);
    case fate::cut:
      return cut(bytes);
    default:
      return "";
  }
}

// Bytes that the sending CAF writes; it knows the other end by another id.
std::string leaving(const message& what, const place& from) {
  return replaced(bytes_of(what.hex), from.real_other, from.other);
}

bool is_routed(const message& what) { return std::string_view{what.hex}.starts_with("03"); }

// True if a filter keeps the message from leaving.
bool stays(const message& what) { return what.fate == fate::named || is_routed(what); }

void require_same(const std::string& out, const std::string& expected, const message& what) {
  if (out != expected)
    CAF_FAIL(what.what);
}

// Replays the recorded exchange with a filter at one end.
void attach(end which, std::size_t step) {
  place here{which, 'x'};
  std::uint64_t dropped = 0;
  std::uint64_t passed = 0;
  for (const auto& each : messages) {
    if (each.from == which) {
      require_same(here.outbound(leaving(each, here), step), stays(each) ? "" : bytes_of(each.hex), each);
      continue;
    }
    require_same(here.inbound(bytes_of(each.hex), step), arriving(each, here), each);
    dropped += each.fate == fate::drop ? 1 : 0;
    const bool is_message = std::string_view{each.hex}.starts_with("02");
    passed += is_message && (each.fate == fate::pass || each.fate == fate::cut) ? 1 : 0;
  }
  CAF_CHECK(here.filter.established());
  CAF_CHECK_EQUAL(here.filter.dropped(), dropped);
  CAF_CHECK_EQUAL(here.filter.messages_in(), passed);
}

constexpr std::size_t steps[] = {1, 2, 3, 31, 32, 33, 64, 95, 96, 97, 1'000};

}  // namespace

CAF_TEST(a stock program attaches to a node) {
  for (const auto step : steps)
    attach(end::server, step);
}

CAF_TEST(a node attaches to a stock server) {
  for (const auto step : steps)
    attach(end::program, step);
}

CAF_TEST(a node attaches to a node) {
  for (const auto step : steps) {
    place server{end::server, 'x'};
    place program{end::program, 'y'};
    for (const auto& each : messages) {
      auto& from = each.from == end::server ? server : program;
      auto& to = each.from == end::server ? program : server;
      const auto wire = from.outbound(leaving(each, from), step);
      require_same(to.inbound(wire, step), stays(each) ? "" : arriving(each, to), each);
    }
    CAF_CHECK(server.filter.established() && program.filter.established());
  }
}

CAF_TEST(neither CAF sees the real id of the other) {
  place server{end::server, 'x'};
  place program{end::program, 'y'};
  for (const auto& each : messages) {
    auto& from = each.from == end::server ? server : program;
    auto& to = each.from == end::server ? program : server;
    CAF_CHECK(to.inbound(from.outbound(leaving(each, from), 1'000), 1'000).find(to.real_other) == std::string::npos);
  }
}

CAF_TEST(cut anywhere nothing passes that is not decided) {
  for (const auto& each : messages) {
    const auto whole = bytes_of(each.hex);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      place here{each.from == end::server ? end::program : end::server, 'x'};
      for (const auto& before : messages) {
        if (&before == &each)
          break;
        if (before.from == each.from)
          here.inbound(bytes_of(before.hex), 1'000);
        else
          here.outbound(leaving(before, here), 1'000);
      }
      const auto out = here.inbound(whole.substr(0, size), 1'000);
      // No recorded message is so large that a part of it passes before the rest has arrived.
      CAF_CHECK(size > 95 || out.empty());
      CAF_CHECK(arriving(each, here).starts_with(out));
    }
  }
}
