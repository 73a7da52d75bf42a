#include "tests/bench/fly_callers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>

#include "net/fly/client.hpp"
#include "tests/bench/posix.hpp"

namespace ability::load {

namespace {

using tcp = boost::asio::ip::tcp;
constexpr std::chrono::seconds patience{20};

class fly_caller final : public echo_caller {
public:
  fly_caller(boost::asio::io_context& io, std::uint16_t port)
      : echo_caller{io}, client_{"tcp://127.0.0.1:" + std::to_string(port), options(io)} {
    const auto deadline = now_ns() + 10'000'000'000;
    while (!connect(io)) {
      if (now_ns() > deadline)
        throw std::runtime_error{"FlyRPC: " + why_};
      sleep_ms(20);
    }
  }

private:
  static fly::client_options options(boost::asio::io_context& io) {
    fly::client_options out;
    out.io = &io;
    out.workers = 0;
    return out;
  }

  void call() override {
    client_.call<fly::raw>(1, fly::raw{message_}, [this](const fly::outcome<fly::raw>& reply) {
      if (reply)
        returned(reply->bytes);
      else
        failed(to_string(reply.error()));
    });
  }

  bool connect(boost::asio::io_context& io) {
    why_ = "no answer";
    client_.connect([this, &io](const fly::outcome<void>& result) {
      why_ = result ? "" : to_string(result.error());
      io.stop();
    });
    io.restart();
    io.run_for(patience);
    throw_if_interrupted();
    return why_.empty();
  }

  std::string why_;
  fly::client client_;
};

class length_caller final : public echo_caller {
public:
  length_caller(boost::asio::io_context& io, std::uint16_t port, bare_style style) : echo_caller{io} {
    tcp::socket socket{io};
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    over_ = std::make_shared<connection>(std::move(socket), style, on_answer{this});
    over_->start();
  }

private:
  struct on_answer {
    length_caller* of;
    template <class From>
    void operator()(From&, std::string_view answer) const {
      of->returned(answer);
    }
  };
  using connection = bare_echo<on_answer>;

  void call() override { over_->queue(message_); }
  void flush() override { over_->flush(); }

  std::shared_ptr<connection> over_;
};

}  // namespace

void echo_caller::run(std::size_t calls, std::size_t in_flight) {
  to_begin_ = to_return_ = calls;
  one_at_a_time_ = in_flight == 1;
  if (one_at_a_time_)
    latencies_.reserve(latencies_.size() + calls);
  io_.restart();
  boost::asio::steady_timer watch{io_, patience};
  watch.async_wait([this](boost::system::error_code error) {
    if (!error)
      failed("a call did not return");
  });
  boost::asio::post(io_, [this, in_flight] {
    begun_at_ = now_ns();
    for (std::size_t i = 0; i < in_flight && to_begin_ > 0; ++i, --to_begin_)
      call();
    flush();
  });
  io_.run();
  throw_if_interrupted();
  if (!error_.empty())
    throw std::runtime_error{error_};
}

void echo_caller::returned(std::string_view answer) {
  if (one_at_a_time_) {
    const auto now = now_ns();
    latencies_.push_back(static_cast<float>(now - begun_at_));
    begun_at_ = now;
  }
  if (answer.size() != echo_bytes) {
    failed("the echo is " + std::to_string(answer.size()) + " bytes long");
  } else if (--to_return_ == 0) {
    io_.stop();
  } else if (to_begin_ > 0) {
    --to_begin_;
    call();
  }
}

void echo_caller::failed(const std::string& why) {
  error_ = why;
  io_.stop();
}

std::unique_ptr<echo_caller> call_by_fly(boost::asio::io_context& io, std::uint16_t port) {
  return std::make_unique<fly_caller>(io, port);
}

std::unique_ptr<echo_caller> call_by_length(boost::asio::io_context& io, std::uint16_t port, bare_style style) {
  return std::make_unique<length_caller>(io, port, style);
}

}  // namespace ability::load
