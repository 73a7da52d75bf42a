// Publishing of a virtual client: by its schedule, independent of the outcome of earlier publications.
#include <algorithm>
#include <caf/send.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include "apps/load/clients/virtual_client.hpp"

namespace ability::load {

namespace {

constexpr const char* no_answer = "no answer to a publication";

// Spreads publishers that begin together evenly over one interval between publications.
double phase_of(std::size_t publisher) {
  static constexpr double golden = 0.618033988749895;
  const auto turns = golden * static_cast<double>(publisher);
  return turns - std::floor(turns);
}

}  // namespace

auto virtual_client::begin(const publish_step& step) -> progress {
  if (!publishing_)
    publishing_ = std::make_unique<client_publishing>();
  auto& mine = *publishing_;
  mine.step = &step;
  mine.handed_in = 0;
  mine.first_due_ns = now();
  if (step.at.per_second > 0)
    mine.first_due_ns += static_cast<std::int64_t>(phase_of(desk_->plan.groups[group_].first_publisher + number_) *
                                                   static_cast<double>(step.batch) * 1e9 / step.at.per_second);
  mine.left = step.times.value_or(std::numeric_limits<std::uint64_t>::max());
  mine.end_ns =
      step.lasting ? mine.first_due_ns + step.lasting->count() * 1'000'000 : std::numeric_limits<std::int64_t>::max();
  awaited_ = awaited::answers;
  pump();
  return awaited_ == awaited::nothing && !finished_ ? progress::done : progress::waits;
}

void virtual_client::pump() {
  auto& mine = *publishing_;
  const auto& step = *mine.step;
  const auto time = now();
  if (!mine.unanswered.empty() && time - mine.unanswered.front().sent_ns >= patience_ns) {
    give_up_answers(no_answer);
    return;
  }

  const auto at_a_time = step.at.per_second > 0 ? max_unanswered : 1;
  const auto period_ns = step.at.per_second > 0 ? static_cast<double>(step.batch) * 1e9 / step.at.per_second : 0;
  std::int64_t due = time;
  while (mine.left > 0 && mine.unanswered.size() < at_a_time) {
    if (step.at.per_second > 0)
      due = mine.first_due_ns + static_cast<std::int64_t>(period_ns * static_cast<double>(mine.handed_in));
    if (due >= mine.end_ns)
      mine.left = 0;
    else if (due > time)
      break;
    else
      hand_in(due);
  }
  if (mine.left == 0 && mine.unanswered.empty()) {
    mine.step = nullptr;
    done(awaited::answers);
    return;
  }
  auto look_again = std::numeric_limits<std::int64_t>::max();
  if (!mine.unanswered.empty())
    look_again = mine.unanswered.front().sent_ns + patience_ns;
  if (mine.left > 0 && mine.unanswered.size() < at_a_time)
    look_again = std::min(look_again, due);
  wait_until(look_again);
}

void virtual_client::hand_in(std::int64_t due_ns) {
  auto& mine = *publishing_;
  const auto& step = *mine.step;
  if (!mine.link || mine.by != step.by) {
    const auto number = ++mine.link_number;
    mine.by = step.by;
    mine.link = desk_->net.open_publisher(step.by, desk_->plan.groups[group_].first_publisher + number_,
                                          [to = virtual_client_actor{self_}, number](publish_news news) {
                                            caf::anon_send(to, publish_told{number, std::move(news)});
                                          });
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(std::max<std::size_t>(step.batch, 1), mine.left));
  const auto publisher = static_cast<std::uint32_t>(desk_->plan.groups[group_].first_publisher + number_);
  std::vector<load_message> batch(count);
  const auto sent = now();
  for (auto& each : batch) {
    const auto stream = next_stream(step.to);
    const auto number = desk_->streams.take(stream, sent);
    mine.taken.push_back({stream, number});
    each.stream = desk_->streams.name_of(stream);
    append_message(each.json, desk_->plan.run, {stream, publisher, number, due_ns, sent}, step.bytes);
  }
  mine.unanswered.push_back({due_ns, sent, count});
  mine.left -= count;
  ++mine.handed_in;
  desk_->counts.lateness.record(sent - due_ns, count);
  mine.link->publish(std::move(batch));
}

std::uint32_t virtual_client::next_stream(const stream_choice& choice) {
  const auto streams = desk_->streams.streams_of(choice.set);
  switch (choice.how) {
    case pick::own:
      return desk_->streams.index_of(choice.set, number_ % streams);
    case pick::each:
      return desk_->streams.index_of(choice.set, turn_++ % streams);
    case pick::random:
      break;
  }
  return desk_->streams.index_of(choice.set, std::uniform_int_distribution<std::size_t>{0, streams - 1}(rng_));
}

void virtual_client::on_answer(const publish_news& news) {
  auto& mine = *publishing_;
  for (std::size_t i = 0; i < news.batches && !mine.unanswered.empty(); ++i) {
    const auto batch = mine.unanswered.front();
    mine.unanswered.pop_front();
    const auto end = mine.taken.begin() + static_cast<std::ptrdiff_t>(batch.count);
    if (news.accepted) {
      desk_->count(tally::published, batch.count);
      desk_->counts.publish.record(news.at_ns - batch.due_ns, batch.count);
    } else {
      desk_->count(tally::refused, batch.count);
      for (auto each = mine.taken.begin(); each != end; ++each)
        desk_->streams.refuse(each->stream, each->number);
    }
    mine.taken.erase(mine.taken.begin(), end);
  }
  if (!news.accepted)
    met(news.why);
  mine.silences = !news.accepted && (news.why == "timed out" || news.why == no_answer) ? mine.silences + 1 : 0;
  if (awaited_ != awaited::answers)
    return;
  if (!halting_ && mine.silences >= max_silences) {
    give_up_publishing(news.why);
    return;
  }
  if (!halting_)
    pump();
  else if (mine.unanswered.empty())
    finish();
}

// Gives up the rest of the step, which would be due long before it could be sent.
void virtual_client::give_up_publishing(const std::string& why) {
  auto& mine = *publishing_;
  const auto& step = *mine.step;
  if (step.times) {
    desk_->count(tally::refused, mine.left);
  } else if (step.at.per_second > 0) {
    const auto lasts_s = static_cast<double>(mine.end_ns - mine.first_due_ns) / 1e9;
    const auto batches =
        static_cast<std::uint64_t>(std::ceil(lasts_s * step.at.per_second / static_cast<double>(step.batch)));
    desk_->count(tally::refused, (batches - std::min(batches, mine.handed_in)) * step.batch);
  }
  mine.left = 0;
  fail("gave up publishing: " + why);
}

void virtual_client::give_up_answers(const std::string& why) {
  auto& mine = *publishing_;
  mine.link.reset();
  ++mine.link_number;
  on_answer(publish_news{now(), mine.unanswered.size(), false, why});
}

}  // namespace ability::load
