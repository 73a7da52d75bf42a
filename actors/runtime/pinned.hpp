/// Actors that always run on one lane.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/runtime/lane.hpp"
#include "actors/runtime/prefetch.hpp"

namespace ability {

/// An actor with interface `Handle` and state `State`, all of whose messages run on its home lane.
///
/// `State` is constructed with the actor's pointer, then `start(args...)` gets what `spawn_on` was given, then
/// `make_behavior()` is called on the home lane before the first message. It is destroyed when the actor ends. It may
/// have `prefetch_parts()` and `prefetch_parts_of_parts()`, see `prefetchable`.
template <class Handle, class State>
class pinned final : public Handle::template stateful_base<State>, private prefetchable {
  using super = typename Handle::template stateful_base<State>;

public:
  template <class... Ts>
  pinned(caf::actor_config& config, lane* home, Ts&&... args) : super(config), home_{home} {
    this->state.start(std::forward<Ts>(args)...);
  }

  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* sender) override {
    // An ended actor may outlive its lane: CAF's clock holds it until its last timer.
    auto* const home = this->mailbox().closed() ? nullptr : home_;
    const bool on_home = home != nullptr && home->on_own_thread();
    if (on_home)
      home->announce(this);
    super::enqueue(std::move(message), home != nullptr ? home : sender);
    if (on_home)
      home->announce(nullptr);
  }

protected:
  typename super::behavior_type make_behavior() override { return this->state.make_behavior(); }

private:
  void prefetch_parts() noexcept override {
    if (this->has_behavior())
      prefetch(&this->bhvr_stack().back(), sizeof(caf::behavior));
    if constexpr (requires { this->state.prefetch_parts(); })
      this->state.prefetch_parts();
  }

  void prefetch_parts_of_parts() noexcept override {
    static constexpr std::size_t handlers = 320;  // bytes, for a connection
    if (this->has_behavior())
      prefetch(this->bhvr_stack().back().as_behavior_impl().get(), handlers);
    if constexpr (requires { this->state.prefetch_parts_of_parts(); })
      this->state.prefetch_parts_of_parts();
  }

  lane* home_;
};

/// Spawns an actor pinned to `home`. Without a home (in tests) CAF's scheduler runs it.
/// `home` must outlive the actor.
template <class Handle, class State, class... Ts>
Handle spawn_on(caf::actor_system& system, lane* home, Ts&&... args) {
  caf::actor_config config{home};
  return system.spawn_impl<pinned<Handle, State>, caf::no_spawn_options>(config, home, std::forward<Ts>(args)...);
}

/// Prefetches the mailbox of `actor`, which may be null, before a message is sent to it.
template <class Handle>
void prefetch_actor(const Handle& actor) noexcept {
  static constexpr std::size_t mailbox_end =
      640;  // bytes: the control block, and CAF's part of the actor that sending touches
  if (actor)
    prefetch(caf::actor_cast<caf::actor_control_block*>(actor), mailbox_end);
}

}  // namespace ability
