/// The ids of the last publications to the streams of one directory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "protocol/history/stream_position.hpp"
#include "protocol/publication/publication.hpp"
#include "protocol/publication/publication_id.hpp"

namespace ability {

/// The first publication with an id. Used on one lane: its stream tells the position, repetitions are answered with it.
struct first_publication {
  std::optional<stream_position> at = {};  ///< none: it is in no log, or its stream has yet to see it
};

/// Tells repetitions: a publisher that got no answer publishes again with the same id. Bounded in number and in time,
/// which begins with the first publication: the oldest id goes first. An id takes about 150 bytes.
class publication_ids {
public:
  using time_point = std::chrono::steady_clock::time_point;

  publication_ids(std::size_t most, std::chrono::milliseconds ttl) : most_{most}, ttl_{ttl} {}

  struct noted {
    std::shared_ptr<first_publication> first;
    bool is_repeat;
    std::size_t forgotten = 0;  ///< ids, as there are too many
  };

  /// Notes the id of a publication to `message.stream`. REQUIRES that it has one.
  noted note(const broadcast& message, time_point now);

  std::size_t size() const noexcept { return by_key_.size(); }

private:
  struct key_hash {
    std::size_t operator()(const publication_key& key) const noexcept {
      std::size_t part = 0;
      std::memcpy(&part, key.data(), sizeof part);
      return part;
    }
  };
  struct age {
    const publication_key* key;  // in `by_key_`
    time_point since;
  };

  void forget_oldest();

  std::size_t most_;
  std::chrono::milliseconds ttl_;
  std::unordered_map<publication_key, std::shared_ptr<first_publication>, key_hash> by_key_;
  std::deque<age> ages_;  // the oldest one first
};

}  // namespace ability
