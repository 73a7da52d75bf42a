#include "protocol/redis_log/log_commands.hpp"

#include "protocol/redis/redis_words.hpp"
#include "protocol/redis_log/log_scripts.hpp"

namespace ability {

namespace {

constexpr std::size_t usual_head = 512;            // bytes of the words beside the publication
constexpr std::size_t any_number = 1'000'000'000;  // publications

std::string hex_of(std::uint64_t epoch) {
  std::string text;
  append_epoch(text, epoch);
  return text;
}

void add_caller(redis_words& to, const log_caller& by) {
  to.add(by.writer).add(hex_of(by.fresh_epoch));
  to.add(by.known.epoch == 0 ? std::string{} : hex_of(by.known.epoch)).add(by.known.offset);
}

// The words of a reading, as the script has them.
struct part_of_log {
  std::string_view from;
  std::size_t max_bytes;
  std::size_t limit;
  bool begins;  // the log, if there is none
};

std::string reading(const log_keys& keys, const log_caller& by, const log_times& times, const part_of_log& what,
                    script_form form) {
  redis_words words{16, usual_head};
  add_script(words, read_script(), form);
  words.add(3U).add(keys.head).add(keys.log).add(keys.due);
  add_caller(words, by);
  words.add(what.from).add(times.ttl).add(times.position_ttl);
  words.add(what.max_bytes).add(what.limit).add(what.begins ? "1" : "");
  return words.take();
}

}  // namespace

std::string append_command(const log_keys& keys, const log_caller& by, const log_times& times, const log_append& what,
                           script_form form) {
  const bool has_id = !what.id_key.empty();
  redis_words words{18U + (has_id ? 1U : 0U), what.packed.size() + usual_head};
  add_script(words, append_script(), form);
  words.add(has_id ? 3U : 2U).add(keys.head).add(keys.log);
  if (has_id)
    words.add(what.id_key);
  add_caller(words, by);
  words.add(what.limit).add(times.ttl).add(times.position_ttl);
  words.add(what.sharded ? "SPUBLISH" : "PUBLISH").add(keys.channel).add(what.packed).add(what.mark);
  words.add(what.dedupe);
  words.add(what.first_tried ? std::to_string(what.first_tried->count()) : std::string{});
  return words.take();
}

std::string read_command(const log_keys& keys, const log_caller& by, const log_times& times,
                         std::optional<std::uint64_t> behind, std::size_t max_bytes, script_form form) {
  const auto from = behind ? std::to_string(*behind) : std::string{};
  return reading(keys, by, times, {from, max_bytes, any_number, true}, form);
}

std::string list_command(const log_keys& keys, const log_caller& by, const log_times& times,
                         std::optional<std::uint64_t> behind, std::size_t limit, std::size_t max_bytes,
                         script_form form) {
  const auto from = behind ? std::to_string(*behind) : std::string{"-"};
  return reading(keys, by, times, {from, max_bytes, limit, false}, form);
}

}  // namespace ability
