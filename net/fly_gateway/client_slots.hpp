/// The places of clients on one link to a backend.
/// Source: docs/protocols/flyrpc.md "Frames".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/fly/mux.hpp"

namespace ability {

class backend_client;

/// By client id. An id that was closed here is taken again only after the backend has closed it, too.
class client_slots {
public:
  /// The number of ids; one is the link's own.
  static constexpr std::size_t max_places = 65'536;

  /// Begins a new link: only the link's own id is in use.
  void open();

  /// A place for a client; nullopt if all are in use.
  std::optional<fly::client_id> take(backend_client& client);

  /// The client at an id; null if there is none, or it was closed here.
  backend_client* find(fly::client_id id) const noexcept { return id < places_.size() ? places_[id].client : nullptr; }

  /// Closes a client here. False if there is none.
  bool close(fly::client_id id) noexcept;

  /// Handles the close of an id by the backend: frees it. Returns its client, null if that was closed here.
  backend_client* free(fly::client_id id);

  /// Begins a frame from the backend.
  void begin_frame() noexcept { ++frames_; }

  /// True if the id exists and is named for the first time in this frame.
  bool is_new_target(fly::client_id id) noexcept;

  /// One more than the highest id in use so far.
  std::size_t size() const noexcept { return places_.size(); }

  /// Empties the table and returns its clients.
  std::vector<backend_client*> clear();

private:
  struct place {
    backend_client* client = nullptr;
    bool taken = false;       // by a client, or by one closed here that the backend has yet to close
    std::uint32_t frame = 0;  // the last one that named it
  };

  std::vector<place> places_;
  std::vector<fly::client_id> free_;
  std::uint32_t frames_ = 0;
};

}  // namespace ability
