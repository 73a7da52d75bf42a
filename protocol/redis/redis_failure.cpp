#include "protocol/redis/redis_failure.hpp"

namespace ability {

namespace {

struct word_of {
  std::string_view word;
  redis_failure why;
};

constexpr std::array<word_of, 16> words{{{"OOM", redis_failure::out_of_memory},
                                         {"READONLY", redis_failure::read_only},
                                         {"LOADING", redis_failure::loading},
                                         {"NOSCRIPT", redis_failure::no_script},
                                         {"NOPERM", redis_failure::denied},
                                         {"NOAUTH", redis_failure::denied},
                                         {"WRONGPASS", redis_failure::denied},
                                         {"MOVED", redis_failure::moved},
                                         {"ASK", redis_failure::moved},
                                         {"TRYAGAIN", redis_failure::moved},
                                         {"CLUSTERDOWN", redis_failure::cluster_down},
                                         {"MASTERDOWN", redis_failure::cluster_down},
                                         {"BUSY", redis_failure::busy},
                                         {"NOREPLICAS", redis_failure::no_replicas},
                                         {"MISCONF", redis_failure::disk},
                                         {"UNKILLABLE", redis_failure::busy}}};

// Words in the texts of errors that Redis 6.2 reports from within a script.
constexpr std::array<word_of, 5> inner_words{{{"-OOM ", redis_failure::out_of_memory},
                                              {"-READONLY ", redis_failure::read_only},
                                              {"-NOREPLICAS ", redis_failure::no_replicas},
                                              {"-MISCONF ", redis_failure::disk},
                                              {"-NOPERM ", redis_failure::denied}}};

}  // namespace

redis_failure redis_failure_of(std::string_view text) noexcept {
  const auto first = text.substr(0, text.find(' '));
  for (const auto& each : words)
    if (first == each.word)
      return each.why;
  for (const auto& each : inner_words)
    if (text.find(each.word) != std::string_view::npos)
      return each.why;
  // Rights that a script lacks: "ERR The user executing the script can't run this command or subcommand", or "... can't
  // publish to the channel mentioned in the command", or "... can't access at least one of the keys mentioned ...".
  return text.find("user executing the script can't ") != std::string_view::npos ? redis_failure::denied
                                                                                 : redis_failure::other;
}

}  // namespace ability
