/// A handler of packets, made of any callable.
/// Source: docs/protocols/flyrpc.md "Library".
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "net/fly/context.hpp"
#include "net/fly/handler_traits.hpp"
#include "net/fly/peer/invocation.hpp"

namespace ability::fly {

/// Turns the result of a handler into the answer to send.
template <class R>
answer answer_of(serializer how, const R& result) {
  if constexpr (std::is_same_v<R, remote_error>) {
    if (result.code == 0)
      return std::optional<encoded>{};
    return result;
  } else if constexpr (std::is_same_v<R, error_code>) {
    return remote_error{result};
  } else {
    auto bytes = encode_message(how, result);
    if (!bytes)
      return bytes.error();
    return std::optional{std::move(*bytes)};
  }
}
template <class R>
answer answer_of(serializer how, const outcome<R>& result) {
  if (!result)
    return result.error();
  if constexpr (std::is_void_v<R>)
    return std::optional<encoded>{};
  else
    return answer_of(how, *result);
}

/// A user's callable, called with the arguments it declares.
template <class F>
class typed_handler {
public:
  using shape = signature<F>;
  using message = typename message_of<typename shape::arguments>::type;
  using result = awaited<typename shape::result>;

  explicit typed_handler(F f) : f_{std::move(f)} {}

  /// Errors: the reason why the message cannot be read.
  static outcome<message> read(const invocation& in) {
    if constexpr (std::is_same_v<message, std::monostate>)
      return message{};
    else
      return decode_message<message>(in.payload());
  }

  typename shape::result call(const invocation& in, context& with, message& what) {
    return apply(in, with, what, static_cast<typename shape::arguments*>(nullptr));
  }

  answer answer_to(const invocation& in, message& what) {
    context with{in.from()};
    if constexpr (std::is_void_v<typename shape::result>) {
      call(in, with, what);
      return std::optional<encoded>{};
    } else {
      return answer_of(in.payload().how, call(in, with, what));
    }
  }

private:
  template <class... A>
  typename shape::result apply(const invocation& in, context& with, message& what, std::tuple<A...>*) {
    return f_(pick<A>(in, with, what)...);
  }

  template <class A>
  static decltype(auto) pick(const invocation& in, context& with, message& what) {
    constexpr auto kind = kind_of<A>();
    if constexpr (kind == argument::context)
      return with;
    else if constexpr (kind == argument::packet)
      return static_cast<const packet&>(in.packet());
    else if constexpr (kind == argument::buffer)
      return std::as_bytes(std::span{in.packet().buffer});
    else if constexpr (std::is_lvalue_reference_v<A>)
      return static_cast<const message&>(what);
    else
      return static_cast<message&&>(what);
  }

  F f_;
};

/// Runs a handler that is a coroutine. The frame of this coroutine owns everything the handler refers to.
template <class F>
boost::asio::awaitable<void> run_coroutine(std::shared_ptr<typed_handler<F>> of, invocation in, context with,
                                           typename typed_handler<F>::message what) {
  try {
    if constexpr (std::is_void_v<typename typed_handler<F>::result::type>) {
      co_await of->call(in, with, what);
      in.finish(std::optional<encoded>{});
    } else {
      auto result = co_await of->call(in, with, what);
      in.finish(answer_of(in.payload().how, result));
    }
  } catch (const std::exception& why) {
    in.panicked(why.what());
  } catch (...) {
    in.panicked("something that is no std::exception");
  }
}

/// The handler that `on_message` stores for `f`.
template <class F>
packet_handler make_handler(F f) {
  static_assert(
      is_handler_v<F>,
      "A handler takes any of fly::context&, const fly::packet&, std::span<const std::byte> and one message of "
      "yours (T or const T&; T has from_json, or is a protobuf message), each at most once. It returns nothing, "
      "a message (to_json, or protobuf), fly::raw, fly::outcome of these, fly::remote_error, fly::error_code, or "
      "boost::asio::awaitable of any of these. It has one signature: no auto parameters.");
  if constexpr (is_handler_v<F>) {
    return [of = std::make_shared<typed_handler<F>>(std::move(f))](invocation& in) {
      try {
        auto what = of->read(in);
        if (!what)
          return in.finish(what.error());
        if constexpr (typed_handler<F>::result::is_awaitable) {
          in.own();
          const auto where = in.executor();
          context with{in.from()};
          boost::asio::co_spawn(where, run_coroutine<F>(of, std::move(in), std::move(with), std::move(*what)),
                                boost::asio::detached);
        } else {
          in.finish(of->answer_to(in, *what));
        }
      } catch (const std::exception& why) {
        in.panicked(why.what());
      } catch (...) {
        in.panicked("something that is no std::exception");
      }
    };
  }
}

}  // namespace ability::fly
