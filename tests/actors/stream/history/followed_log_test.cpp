#define CAF_SUITE followed_log
#include "actors/stream/history/followed_log.hpp"

#include <string>
#include <utility>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

constexpr std::uint64_t epoch = 0xA;
constexpr std::uint64_t other = 0xB;

// The log in Redis; publication N has the data N.
log_content content(std::uint64_t last, std::uint64_t first, std::uint64_t behind, std::uint64_t of = epoch,
                    std::vector<log_ancestor> ancestors = {}, std::size_t most = 1'000) {
  log_content made{.at = {of, last}, .first = first, .ancestors = std::move(ancestors)};
  for (auto offset = std::max(first, behind + 1); offset <= last && made.entries.size() < most; ++offset)
    made.entries.push_back({.offset = offset, .message = {.stream = "s", .data = std::to_string(offset)}});
  return made;
}

struct fixture {
  ingress_gate gate{1'000, 1'000'000};
  followed_log uut;
  std::string last_sent = {};

  // The messages that followers are sent, those that only the copy gets in brackets, `|` where the copy begins anew,
  // `!` for a gap, `?N` if it is to be read behind N, `~` if soon.
  static std::string text_of(const followed_log::changes& made) {
    std::string text;
    if (made.begin)
      text += '|' + std::to_string(made.begin->at.offset) + ' ';
    if (made.has_gap)
      text += '!';
    for (const auto& each : made.entries)
      text += each.is_new ? std::to_string(each.offset) + ' ' : '(' + std::to_string(each.offset) + ") ";
    if (made.read_behind)
      text += '?' + std::to_string(*made.read_behind);
    if (made.check_soon)
      text += '~';
    return text;
  }

  std::string read(log_content what, std::uint64_t behind) {
    return text_of(uut.take_content(std::move(what), behind));
  }

  std::string news(std::uint64_t offset, bool is_own = false, std::uint64_t of = epoch) {
    broadcast message{.stream = "s", .data = std::to_string(offset)};
    return text_of(uut.take_news(
        {of, offset}, 0,
        std::make_shared<accepted_broadcast>(std::move(message), gate, accepted_broadcast::time_point{}), is_own));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(followed_log_tests, fixture)

CAF_TEST(nothing is handed out before the log was read) {
  CAF_CHECK(!uut.is_whole());
  CAF_CHECK_EQUAL(uut.read_behind(), 0U);
  CAF_CHECK_EQUAL(news(4), "");
  CAF_CHECK_EQUAL(read(content(4, 3, 0), 0), "|2 (3) (4) ");
  CAF_CHECK(uut.is_whole());
  CAF_CHECK(uut.at() == (stream_position{epoch, 4}));
  CAF_CHECK_EQUAL(news(5), "5 ");
  CAF_CHECK_EQUAL(uut.read_behind(), 5U);
}

CAF_TEST(news that came while the log was read are handed out behind it) {
  CAF_CHECK_EQUAL(news(2), "");
  CAF_CHECK_EQUAL(news(3), "");
  CAF_CHECK_EQUAL(read(content(2, 1, 0), 0), "|0 (1) (2) 3 ");
}

CAF_TEST(an empty log begins at its position) {
  CAF_CHECK_EQUAL(read(content(0, 1, 0), 0), "|0 ");
  CAF_CHECK_EQUAL(news(1), "1 ");
  fixture idle;
  CAF_CHECK_EQUAL(idle.read(content(7, 8, 0), 0), "|7 ");
  CAF_CHECK_EQUAL(idle.news(8), "8 ");
}

CAF_TEST(a publication is handed out once) {
  read(content(0, 1, 0), 0);
  CAF_CHECK_EQUAL(news(1, true), "1 ");
  CAF_CHECK_EQUAL(news(1), "");
  CAF_CHECK_EQUAL(read(content(1, 1, 0), 0), "");
}

CAF_TEST(an answer that has overtaken others waits for them) {
  read(content(0, 1, 0), 0);
  CAF_CHECK_EQUAL(news(3, true), "~");
  CAF_CHECK(uut.lacks_some());
  CAF_CHECK_EQUAL(news(1), "1 ");
  CAF_CHECK_EQUAL(news(2), "2 3 ");
  CAF_CHECK(!uut.lacks_some());
  CAF_CHECK_EQUAL(news(3), "");
}

CAF_TEST(lost news are read) {
  read(content(0, 1, 0), 0);
  news(1);
  CAF_CHECK_EQUAL(news(4), "?1");
  CAF_CHECK_EQUAL(read(content(5, 1, 1), 1), "2 3 4 5 ");
  CAF_CHECK_EQUAL(news(5), "");
  CAF_CHECK_EQUAL(news(6), "6 ");
}

CAF_TEST(lost news are found by the position alone) {
  read(content(2, 1, 0), 0);
  CAF_CHECK_EQUAL(read(content(3, 1, 2), 2), "3 ");
  CAF_CHECK_EQUAL(read(content(3, 1, 3), 3), "");
}

CAF_TEST(what the log has lost is a gap) {
  read(content(2, 1, 0), 0);
  CAF_CHECK_EQUAL(read(content(9, 8, 2), 2), "|7 !8 9 ");
  CAF_CHECK_EQUAL(news(10), "10 ");
  CAF_CHECK_EQUAL(read(content(12, 13, 10), 10), "|12 !");
}

CAF_TEST(a long log is read in parts) {
  CAF_CHECK_EQUAL(read(content(5, 1, 0, epoch, {}, 2), 0), "|0 (1) (2) ?2");
  CAF_CHECK(!uut.is_whole());
  CAF_CHECK_EQUAL(uut.read_behind(), 2U);
  CAF_CHECK_EQUAL(news(6), "");
  CAF_CHECK_EQUAL(read(content(6, 1, 2, epoch, {}, 2), 2), "(3) (4) ?4");
  CAF_CHECK_EQUAL(read(content(6, 1, 4), 4), "(5) 6 ");
  CAF_CHECK(uut.is_whole());
}

CAF_TEST(a long gap is read in parts) {
  read(content(0, 1, 0), 0);
  CAF_CHECK_EQUAL(news(6), "?0");
  CAF_CHECK_EQUAL(read(content(6, 1, 0, epoch, {}, 3), 0), "1 2 3 ?3");
  CAF_CHECK_EQUAL(read(content(6, 1, 3), 3), "4 5 6 ");
}

CAF_TEST(a new epoch that knows the earlier one goes on) {
  read(content(5, 1, 0), 0);
  CAF_CHECK_EQUAL(news(6, false, other), "?5");
  CAF_CHECK_EQUAL(read(content(6, 1, 5, other, {{epoch, 5}}), 5), "?0");
  CAF_CHECK_EQUAL(read(content(6, 1, 0, other, {{epoch, 5}}), 0), "|0 (1) (2) (3) (4) (5) 6 ");
  CAF_CHECK(uut.at() == (stream_position{other, 6}));
  CAF_CHECK_EQUAL(news(6, false, other), "");
  CAF_CHECK_EQUAL(news(7, false, other), "7 ");
}

CAF_TEST(what a failover has lost is not waited for and its offsets come again) {
  read(content(5, 1, 0), 0);
  news(6);
  news(7);  // the new master has not got 6 and 7
  CAF_CHECK_EQUAL(read(content(6, 1, 7, other, {{epoch, 5}}), 7), "?0");
  CAF_CHECK_EQUAL(read(content(6, 1, 0, other, {{epoch, 5}}), 0), "|0 (1) (2) (3) (4) (5) 6 ");
}

CAF_TEST(a log that begins anew may have lost some) {
  read(content(5, 1, 0), 0);
  CAF_CHECK_EQUAL(read(content(2, 1, 5, other), 5), "!?0");
  CAF_CHECK_EQUAL(read(content(2, 1, 0, other), 0), "|0 1 2 ");
  CAF_CHECK_EQUAL(news(3, false, other), "3 ");
}

CAF_TEST(a new epoch that has lost what nobody was sent is a gap) {
  read(content(5, 1, 0), 0);
  read(content(9, 8, 5, other, {{epoch, 6}}), 5);
  CAF_CHECK_EQUAL(read(content(9, 8, 0, other, {{epoch, 6}}), 0), "|7 !8 9 ");
}

CAF_TEST(a log is read again without repetitions for followers) {
  read(content(2, 1, 0), 0);
  news(3);
  uut.reload();
  CAF_CHECK(!uut.is_whole());
  CAF_CHECK_EQUAL(uut.read_behind(), 0U);
  CAF_CHECK_EQUAL(news(4), "");
  CAF_CHECK_EQUAL(read(content(3, 1, 0), 0), "|0 (1) (2) (3) 4 ");
}

CAF_TEST(an epoch that changes twice while it is read) {
  read(content(5, 1, 0), 0);
  CAF_CHECK_EQUAL(read(content(7, 1, 5, other, {{epoch, 5}}), 5), "?0");
  CAF_CHECK_EQUAL(read(content(7, 1, 0, 0xC, {{other, 6}, {epoch, 5}}), 0), "|0 (1) (2) (3) (4) (5) 6 7 ");
}

CAF_TEST(a log that is as it was some epochs ago is not handed out again) {
  read(content(2, 1, 0), 0);
  read(content(2, 1, 2, other, {{epoch, 2}}), 2);
  read(content(2, 1, 0, other, {{epoch, 2}}), 0);
  CAF_CHECK_EQUAL(news(3, false, other), "3 ");
  CAF_CHECK_EQUAL(news(4, false, other), "4 ");
  // Redis has started with what it saved before it knew of `other`.
  CAF_CHECK_EQUAL(read(content(2, 1, 4, 0xC, {{epoch, 2}}), 4), "!?0");
  CAF_CHECK_EQUAL(read(content(2, 1, 0, 0xC, {{epoch, 2}}), 0), "|0 (1) (2) ");
  CAF_CHECK_EQUAL(news(3, false, 0xC), "3 ");
  // It is put back to `epoch` itself, with more than was known of it, and then to one of which nobody knows.
  CAF_CHECK_EQUAL(read(content(5, 1, 3), 3), "!?0");
  CAF_CHECK_EQUAL(read(content(5, 1, 0), 0), "|0 (1) (2) 3 4 5 ");
  CAF_CHECK_EQUAL(read(content(2, 1, 5, 0xD), 5), "!?0");
  CAF_CHECK_EQUAL(read(content(2, 1, 0, 0xD), 0), "|0 1 2 ");
}

CAF_TEST(news of another epoch than that of the log are waited for once) {
  read(content(1, 1, 0), 0);
  CAF_CHECK_EQUAL(news(7, false, other), "?1");
  CAF_CHECK_EQUAL(read(content(1, 1, 1), 1), "");
  CAF_CHECK(!uut.lacks_some());
  CAF_CHECK_EQUAL(news(2), "2 ");
  CAF_CHECK_EQUAL(news(2, false, other), "?2");
  CAF_CHECK_EQUAL(read(content(2, 1, 2, other, {{epoch, 1}}), 2), "?0");
  CAF_CHECK_EQUAL(read(content(2, 1, 0, other, {{epoch, 1}}), 0), "|0 (1) 2 ");
}

CAF_TEST(news that come too early are bounded) {
  read(content(0, 1, 0), 0);
  for (std::uint64_t offset = 2; offset < 3'000; ++offset)
    news(offset);
  const auto made = uut.take_content(content(2'999, 1, 0, epoch, {}, 10), 0);
  CAF_CHECK_EQUAL(made.entries.size(), followed_log::max_early + 1);
  CAF_CHECK(made.read_behind == 1'025);
}

CAF_TEST_FIXTURE_SCOPE_END()
