#include "tests/bench/returning_crowd.hpp"

#include <stdexcept>

#include "tests/bench/scrape.hpp"
#include "tests/bench/send_calls.hpp"

namespace ability::load {

namespace {

constexpr std::size_t first_missed = 1'000'000;  // its number
constexpr int give_up_ms = 10'000;

}  // namespace

returning_crowd::returning_crowd(const programs& where, comeback how, const return_plan& plan)
    : how_{how}, plan_{plan}, server_{server_kind::abilityd, asks_application(where)} {
  learn();
  await_metric(server_, "ability_clients_num", 0);
  if (how_ == comeback::restored)
    await_metric(server_, "ability_sessions_num", static_cast<double>(plan_.clients));
  std::vector<std::string> streams;
  for (std::size_t i = 0; i < known_.size(); ++i)
    streams.push_back(stream_of(i));
  publish_to_all(server_, streams, first_missed, plan_.missed);
  calls_before_ = calls_now();
  back_ = std::make_unique<ws_clients>(returning_script());
}

programs returning_crowd::asks_application(const programs& where) {
  if (how_ != comeback::restored)
    return where;
  application_.emplace(where, 0, "auto");
  return application_->asks();
}

std::string returning_crowd::stream_of(std::size_t client) const {
  return plan_.own_streams ? "room/" + std::to_string(client) : "s";
}

// The first life of the clients: what they know when they are cut off.
void returning_crowd::learn() {
  sids_.resize(plan_.clients);
  known_.resize(plan_.own_streams ? plan_.clients : 1);
  auto script = patient_script(server_, true, [this](std::size_t i) { return std::vector{stream_of(i)}; });
  script.accepted = [this](std::size_t i, const std::string& text) { sids_[i] = sid_in(text); };
  ws_clients first{script};
  first.connect(plan_.clients);
  first.start_counting(ws_clients::by_frame);
  std::vector<std::string> texts(plan_.clients);
  first.listen([&](std::size_t i, std::string_view piece) { texts[i] += piece; });
  std::vector<std::string> streams;
  for (std::size_t i = 0; i < known_.size(); ++i)
    streams.push_back(stream_of(i));
  publish_to_all(server_, streams, 0, 1);
  if (!first.run_until([&] { return first.delivered() >= plan_.clients; }, give_up_ms))
    throw std::runtime_error{"deliveries were lost"};
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const auto at = last_position(texts[i]);
    if (!at)
      throw std::runtime_error{"no position in " + texts[i].substr(0, 300)};
    known_[i] = *at;
  }
}

client_script returning_crowd::returning_script() {
  auto script =
      patient_script(server_, how_ != comeback::base, [this](std::size_t i) { return std::vector{stream_of(i)}; });
  script.accepted = [this](std::size_t i, const std::string& text) { check(i, text); };
  if (how_ == comeback::base || how_ == comeback::plain)
    return script;
  script.ready = "_history\"";  // of confirm_history or reject_history
  script.subscribe_each = [this](std::size_t i) {
    const auto* const command = how_ == comeback::restored ? "history" : "subscribe";
    return std::vector{
        command_about(command, stream_of(i), history_key(stream_of(i), known_[plan_.own_streams ? i : 0]))};
  };
  if (how_ == comeback::restored)
    script.path_of = [this](std::size_t i) { return "/cable?sid=" + sids_[i]; };
  return script;
}

void returning_crowd::check(std::size_t client, const std::string& text) {
  const auto numbers = numbers_in(text);
  const bool asks = how_ == comeback::with_history || how_ == comeback::restored;
  bool is_right = numbers.size() == (asks ? plan_.missed : 0);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    is_right = is_right && numbers[i] == first_missed + i;
  is_right = is_right && (!asks || text.find("confirm_history") != std::string::npos) &&
             (how_ != comeback::restored || text.find(R"("restored":true)") != std::string::npos);
  if (!is_right && fault_.empty())
    fault_ = "client " + std::to_string(client) + " was told: " + text.substr(0, 600);
}

return_cost returning_crowd::come_back(std::size_t count, std::size_t at_once) {
  const auto cpu = server_.process().cpu_ns();
  const auto start = now_ns();
  back_->connect(count, at_once);
  const auto wall = static_cast<double>(now_ns() - start);
  if (!fault_.empty())
    throw std::runtime_error{fault_};
  return {static_cast<double>(server_.process().cpu_ns() - cpu) / 1e3 / static_cast<double>(count), wall / 1e6};
}

double returning_crowd::sends_per_client(std::size_t count) {
  send_calls calls{server_.process()};
  come_back(count, 1);
  return static_cast<double>(calls.finish()) / static_cast<double>(count);
}

double returning_crowd::application_calls() const { return calls_now() - calls_before_; }

double returning_crowd::calls_now() const {
  return application_ ? scrape(server_.port(), "ability_rpc_call_total") : 0;
}

}  // namespace ability::load
