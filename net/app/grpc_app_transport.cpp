#include "net/app/grpc_app_transport.hpp"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include "anycable.grpc.pb.h"
#include "net/app/grpc_servers.hpp"

namespace ability {

namespace {

anycable::Env to_proto(const rpc_env& env) {
  anycable::Env out;
  out.set_url(env.url);
  out.mutable_headers()->insert(env.headers.begin(), env.headers.end());
  out.mutable_cstate()->insert(env.connection_state.begin(), env.connection_state.end());
  out.mutable_istate()->insert(env.subscription_state.begin(), env.subscription_state.end());
  return out;
}

rpc_status status_of(anycable::Status status) {
  switch (status) {
    case anycable::SUCCESS:
      return rpc_status::success;
    case anycable::FAILURE:
      return rpc_status::failure;
    default:
      return rpc_status::error;
  }
}

std::vector<std::string> to_vector(const google::protobuf::RepeatedPtrField<std::string>& from) {
  return {from.begin(), from.end()};
}

template <class Response>
rpc_reply reply_of(const Response& from) {
  rpc_reply reply;
  reply.status = status_of(from.status());
  reply.error_message = from.error_msg();
  if constexpr (!std::is_same_v<Response, anycable::DisconnectResponse>) {
    reply.transmissions = to_vector(from.transmissions());
    reply.connection_state = {from.env().cstate().begin(), from.env().cstate().end()};
    reply.subscription_state = {from.env().istate().begin(), from.env().istate().end()};
  }
  if constexpr (std::is_same_v<Response, anycable::ConnectionResponse>)
    reply.identity = from.identifiers();
  if constexpr (std::is_same_v<Response, anycable::CommandResponse>) {
    reply.streams = to_vector(from.streams());
    reply.stopped_streams = to_vector(from.stopped_streams());
    reply.stop_streams = from.stop_streams();
    reply.disconnect = from.disconnect();
    reply.presence = {from.presence().type(), from.presence().id(), from.presence().info()};
  }
  return reply;
}

// Matches the error text, as gRPC has no code for this failure. Other failures may come after the call was sent.
bool was_not_connected(const grpc::Status& status) {
  return status.error_message().find("failed to connect") != std::string::npos;
}

// A server that does not speak HTTP/2 yields the error `OK`, an HTTP/1.1 status or a timeout: explain these.
std::string explained(const std::string& server, const grpc::Status& status) {
  const auto& told = status.error_message();
  const auto says = [&](const char* text) { return told.find(text) != std::string::npos; };
  if (was_not_connected(status) && (says("last error: OK") || says("http1.x") || says("SETTINGS")))
    return server + " takes connections, but does not answer in HTTP/2 as gRPC does: a wrong port, an HTTP server " +
           "(--rpc-host http://...), or TLS (--rpc-enable-tls)?";
  return server + ": " + told;
}

// `repeatable`: the application may receive the call twice without harm.
rpc_error error_of(const std::string& server, const grpc::Status& status, bool repeatable) {
  const auto why = [&] {
    switch (status.error_code()) {
      case grpc::StatusCode::UNAVAILABLE:
        return repeatable || was_not_connected(status) ? rpc_failure::unavailable : rpc_failure::broken;
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        // gRPC's code also for a reply over our limit; a retry would get the same reply.
        return status.error_message().find("larger than max") == std::string::npos ? rpc_failure::exhausted
                                                                                   : rpc_failure::broken;
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        return rpc_failure::timed_out;
      case grpc::StatusCode::UNAUTHENTICATED:
      case grpc::StatusCode::PERMISSION_DENIED:
        return rpc_failure::unauthorized;
      case grpc::StatusCode::INVALID_ARGUMENT:
        return rpc_failure::invalid;
      default:
        return rpc_failure::broken;
    }
  }();
  return {why, explained(server, status)};
}

// Callbacks run on gRPC's own threads.
class grpc_app_transport final : public app_transport {
public:
  grpc_app_transport(boost::asio::io_context& io, const grpc_app_endpoint& where)
      : servers_{std::make_shared<grpc_servers>(io, where)} {}

  ~grpc_app_transport() override { stop(); }

  void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
            std::function<void(rpc_outcome)> done) override {
    switch (request->method) {
      case rpc_method::connect: {
        anycable::ConnectionRequest question;
        *question.mutable_env() = to_proto(request->env);
        start<anycable::ConnectionResponse>(
            *request, timeout, std::move(question), std::move(done),
            [](auto& stub, auto&&... args) { stub.async()->Connect(std::forward<decltype(args)>(args)...); });
        break;
      }
      case rpc_method::command: {
        anycable::CommandMessage question;
        question.set_command(request->command);
        question.set_identifier(request->identifier);
        question.set_connection_identifiers(request->identity);
        question.set_data(request->data);
        *question.mutable_env() = to_proto(request->env);
        start<anycable::CommandResponse>(
            *request, timeout, std::move(question), std::move(done),
            [](auto& stub, auto&&... args) { stub.async()->Command(std::forward<decltype(args)>(args)...); });
        break;
      }
      case rpc_method::disconnect: {
        anycable::DisconnectRequest question;
        question.set_identifiers(request->identity);
        for (const auto& each : request->subscriptions)
          question.add_subscriptions(each);
        *question.mutable_env() = to_proto(request->env);
        start<anycable::DisconnectResponse>(
            *request, timeout, std::move(question), std::move(done),
            [](auto& stub, auto&&... args) { stub.async()->Disconnect(std::forward<decltype(args)>(args)...); });
        break;
      }
    }
  }

  // Reads the channels' state: gRPC watches its connections, and `state` makes it connect.
  void probe(bool, std::chrono::milliseconds, std::function<void(probe_outcome)> done) override {
    const auto state = servers_->state();
    done(state == reachability::away ? probe_outcome{state, servers_->names(), servers_->why_away()} : state);
  }

  // After this no callback runs.
  void stop() override {
    servers_->stop();
    std::unique_lock guard{mutex_};
    for (auto* each : under_way_)
      each->TryCancel();
    none_left_.wait(guard, [this] { return under_way_.empty(); });
  }

private:
  template <class Response, class Question>
  struct exchange {
    std::shared_ptr<grpc_server> server;
    bool repeatable = true;
    std::function<void(rpc_outcome)> done;
    grpc::ClientContext context;
    Question question;
    Response answer;
  };

  template <class Response, class Question, class Method>
  void start(const rpc_request& request, std::chrono::milliseconds timeout, Question question,
             std::function<void(rpc_outcome)> done, Method method) {
    auto with = std::make_shared<exchange<Response, Question>>();
    with->repeatable = request.command != "message";
    with->done = std::move(done);
    with->question = std::move(question);
    with->context.set_deadline(std::chrono::system_clock::now() + timeout);
    with->context.AddMetadata("sid", request.sid);
    with->context.AddMetadata("protov", std::string{rpc_protocol_version});
    servers_->pick(timeout, [this, with, method](const grpc_servers::picked& found) {
      if (!found)
        return with->done(rpc_error{rpc_failure::unavailable, found.error()});
      with->server = *found;
      send(with, method);
    });
  }

  template <class Exchange, class Method>
  void send(const std::shared_ptr<Exchange>& with, Method method) {
    {
      std::scoped_lock guard{mutex_};
      under_way_.insert(&with->context);
    }
    method(*with->server->stub, &with->context, &with->question, &with->answer,
           std::function<void(grpc::Status)>{[this, with](const grpc::Status& status) {
             with->done(status.ok() ? rpc_outcome{reply_of(with->answer)}
                                    : rpc_outcome{error_of(with->server->name, status, with->repeatable)});
             std::scoped_lock guard{mutex_};
             under_way_.erase(&with->context);
             if (under_way_.empty())
               none_left_.notify_all();
           }});
  }

  const std::shared_ptr<grpc_servers> servers_;
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::set<grpc::ClientContext*> under_way_;
};

}  // namespace

std::shared_ptr<app_transport> make_grpc_app_transport(boost::asio::io_context& io, const grpc_app_endpoint& where) {
  return std::make_shared<grpc_app_transport>(io, where);
}

}  // namespace ability
