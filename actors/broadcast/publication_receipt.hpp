/// The receipt of a publication: the positions that its broadcasts got.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/history/stream_position.hpp"

namespace ability {

/// Travels with the broadcasts of one publication whose publisher waits for their positions. Streams tell them; once
/// the last stream has released the receipt, also one that has failed, the publisher is told.
class publication_receipt {
public:
  /// In the order of the broadcasts; none: that one is in no log.
  using positions = std::vector<std::optional<stream_position>>;

  /// `done` is called once, on any thread.
  publication_receipt(std::size_t broadcasts, std::function<void(positions)> done)
      : positions_(broadcasts), done_{std::move(done)} {}
  publication_receipt(const publication_receipt&) = delete;
  publication_receipt& operator=(const publication_receipt&) = delete;
  ~publication_receipt() { done_(std::move(positions_)); }

  /// Tells the position of the broadcast at `place`, on the thread of its stream, at most once.
  void tell(std::size_t place, std::optional<stream_position> at) noexcept { positions_[place] = at; }

private:
  positions positions_;
  std::function<void(positions)> done_;
};

}  // namespace ability
