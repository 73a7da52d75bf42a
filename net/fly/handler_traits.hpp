/// Argument and result types of handlers, derived from the handler's type.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "net/fly/context.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/serialize.hpp"

namespace ability::fly {

/// Result and arguments of a callable with one signature; unknown for others, such as generic lambdas.
template <class F>
struct signature {
  static constexpr bool known = false;
};
template <class R, class... A>
struct signature<R(A...)> {
  static constexpr bool known = true;
  using result = R;
  using arguments = std::tuple<A...>;
};
template <class R, class... A>
struct signature<R (*)(A...)> : signature<R(A...)> {};
template <class R, class... A>
struct signature<R (*)(A...) noexcept> : signature<R(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...)> : signature<R(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const> : signature<R(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) noexcept> : signature<R(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const noexcept> : signature<R(A...)> {};
template <class F>
requires requires { &F::operator(); }
struct signature<F> : signature<decltype(&F::operator())> {};

/// Kinds of arguments of a handler.
enum class argument : std::uint8_t { context, packet, buffer, message, wrong };

template <class A>
constexpr argument kind_of() {
  using bare = std::remove_cvref_t<A>;
  constexpr bool writable = std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>;
  if constexpr (std::is_same_v<bare, context>)
    return argument::context;
  else if constexpr (!writable && std::is_same_v<bare, packet>)
    return argument::packet;
  else if constexpr (!writable && std::is_same_v<bare, std::span<const std::byte>>)
    return argument::buffer;
  else if constexpr (!writable && decodable<bare>)
    return argument::message;
  else
    return argument::wrong;
}

/// The message type of a handler's arguments; std::monostate if there is none.
template <class Arguments>
struct message_of;
template <>
struct message_of<std::tuple<>> {
  using type = std::monostate;
};
template <class A, class... Rest>
struct message_of<std::tuple<A, Rest...>> {
  using type =
      typename std::conditional_t<kind_of<A>() == argument::message, std::type_identity<std::remove_cvref_t<A>>,
                                  message_of<std::tuple<Rest...>>>::type;
};

/// Result type of a handler, without `awaitable` around it.
template <class R>
struct awaited {
  static constexpr bool is_awaitable = false;
  using type = R;
};
template <class R, class Executor>
struct awaited<boost::asio::awaitable<R, Executor>> {
  static constexpr bool is_awaitable = true;
  using type = R;
};

template <class R>
inline constexpr bool is_answer_v =
    std::is_void_v<R> || std::is_same_v<R, remote_error> || std::is_same_v<R, error_code> || encodable<R>;
template <class R>
inline constexpr bool is_answer_v<outcome<R>> = std::is_void_v<R> || encodable<R>;

template <class Arguments>
inline constexpr bool are_arguments_v = false;
template <class... A>
inline constexpr bool are_arguments_v<std::tuple<A...>> = [] {
  constexpr auto times = []([[maybe_unused]] argument which) { return (0 + ... + (kind_of<A>() == which ? 1 : 0)); };
  return times(argument::wrong) == 0 && times(argument::context) <= 1 && times(argument::packet) <= 1 &&
         times(argument::buffer) <= 1 && times(argument::message) <= 1;
}();

/// True if `F` is a handler.
template <class F>
constexpr bool is_handler() {
  using shape = signature<std::decay_t<F>>;
  if constexpr (shape::known)
    return are_arguments_v<typename shape::arguments> && is_answer_v<typename awaited<typename shape::result>::type>;
  else
    return false;
}

template <class F>
inline constexpr bool is_handler_v = is_handler<F>();

}  // namespace ability::fly
