/// Completion of calls: by an Asio completion handler, or by waiting.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "net/fly/peer/peer.hpp"

namespace ability::fly {

/// Types that a reply can be read as; `void` accepts any reply.
template <class Reply>
concept readable = std::is_void_v<Reply> || decodable<Reply>;

template <readable Reply>
outcome<Reply> read_reply(const outcome<payload>& reply) {
  if (!reply)
    return reply.error();
  if constexpr (std::is_void_v<Reply>)
    return {};
  else
    return decode_message<Reply>(*reply);
}

/// Passes the result of `Read` to a completion handler on its executor; by default on the event loop.
template <class Read, class Handler>
class handler_waiter final : public waiter {
public:
  handler_waiter(Read read, Handler handler)
      : read_{std::move(read)}, handler_{std::move(handler)}, work_{executor_of(handler_)} {}

  void done(outcome<payload> reply) override {
    boost::asio::dispatch(work_.get_executor(), completion(read_(std::move(reply))));
  }
  void refuse(remote_error why) override { boost::asio::post(work_.get_executor(), completion(read_(std::move(why)))); }

private:
  static auto executor_of(const Handler& handler) {
    return boost::asio::get_associated_executor(handler, boost::asio::system_executor{});
  }

  template <class Result>
  auto completion(Result result) {
    return [handler = std::move(handler_), result = std::move(result)]() mutable {
      std::move(handler)(std::move(result));
    };
  }

  Read read_;
  Handler handler_;
  boost::asio::executor_work_guard<decltype(executor_of(std::declval<Handler>()))> work_;
};

/// Meeting point of a waiting thread and the event loop. Shared, as the thread may give up first.
template <class Result>
class rendezvous {
public:
  void put(Result result) {
    const std::lock_guard lock{mutex_};
    result_ = std::move(result);
    there_.notify_one();
  }

  /// Errors: `timeout`, if the event loop does not even report that the time has passed.
  Result wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock{mutex_};
    constexpr std::chrono::milliseconds most = std::chrono::hours{24 * 365};
    constexpr std::chrono::seconds slack{1};
    if (!there_.wait_for(lock, std::min(timeout, most) + slack, [this] { return result_.has_value(); }))
      return remote_error{error_code::timeout, "the event loop does not run"};
    return std::move(*result_);
  }

private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<Result> result_;
};

/// Begins an operation whose end an Asio token awaits. Calls `begin(peer&, waiter_ptr)`; `read` converts an
/// `outcome<payload>` to the token's `outcome<T>`. Terminal and partial cancellation end the operation.
template <class T, class Read, class Begin, class Token>
auto initiate(std::shared_ptr<peer> over, Read read, Begin begin, Token&& token) {
  return boost::asio::async_initiate<Token, void(outcome<T>)>(
      [](auto handler, const std::shared_ptr<peer>& over, Read read, Begin begin) {
        std::uint64_t id = 0;
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
          id = over->new_id();
          slot.assign([weak = std::weak_ptr{over}, id](boost::asio::cancellation_type type) {
            constexpr auto ends = boost::asio::cancellation_type::terminal | boost::asio::cancellation_type::partial;
            if (const auto over = weak.lock(); over && (type & ends) != boost::asio::cancellation_type::none)
              over->cancel(id);
          });
        }
        waiter_ptr who = std::make_unique<handler_waiter<Read, decltype(handler)>>(std::move(read), std::move(handler));
        who->id = id;
        begin(*over, std::move(who));
      },
      token, std::move(over), std::move(read), std::move(begin));
}

/// Like `initiate`, but waits. Fails with `would_block` on the event loop's thread.
template <class T, class Read, class Begin>
outcome<T> wait_for(const std::shared_ptr<peer>& over, Read read, Begin&& begin, std::chrono::milliseconds timeout) {
  if (over->is_on_loop())
    return remote_error{error_code::would_block,
                        "this would wait for itself on the event loop's thread; give it a completion token, or the "
                        "handlers workers"};
  auto meeting = std::make_shared<rendezvous<outcome<T>>>();
  auto put = [meeting](outcome<T> result) { meeting->put(std::move(result)); };
  std::forward<Begin>(begin)(*over,
                             std::make_unique<handler_waiter<Read, decltype(put)>>(std::move(read), std::move(put)));
  return meeting->wait(timeout);
}

}  // namespace ability::fly
