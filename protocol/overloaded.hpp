/// Combines several function objects into one, for `std::visit`.
#pragma once

namespace ability {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace ability
