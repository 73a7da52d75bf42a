#include "net/grpc_app_transport.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include "anycable.grpc.pb.h"

namespace ability {

namespace {

constexpr int keepalive_ms = 10'000;

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const grpc_app_endpoint& where) {
  if (!where.tls)
    return grpc::InsecureChannelCredentials();
  if (where.verify) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = where.root_certificates;
    return grpc::SslCredentials(options);
  }
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::Channel> channel_to(const grpc_app_endpoint& where) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the app_server retries
  // A channel that failed tries again while our callers back off, not after gRPC's own 20 s.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetMaxReceiveMessageSize(static_cast<int>(where.max_reply));
  return grpc::CreateCustomChannel(where.target, credentials_of(where), arguments);
}

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
  }
  return reply;
}

// gRPC has no code for it. What it says otherwise may have come after the call was sent.
bool was_not_connected(const grpc::Status& status) {
  const auto says = [&](const char* what) { return status.error_message().find(what) != std::string::npos; };
  return says("failed to connect") || says("connections to all backends failing") || says("DNS resolution failed");
}

// `repeatable`: the application may see the call twice without harm.
rpc_error error_of(const grpc::Status& status, bool repeatable) {
  const auto why = [&] {
    switch (status.error_code()) {
      case grpc::StatusCode::UNAVAILABLE:
        return repeatable || was_not_connected(status) ? rpc_failure::unavailable : rpc_failure::broken;
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        // gRPC says so itself of an answer over our limit; the application has made it, and would again.
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
  return {why, status.error_message()};
}

// gRPC's own threads call back.
class grpc_app_transport final : public app_transport {
public:
  explicit grpc_app_transport(const grpc_app_endpoint& where)
      : channel_{channel_to(where)}, stub_{anycable::RPC::NewStub(channel_)} {}

  ~grpc_app_transport() override { stop(); }

  void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
            std::function<void(rpc_outcome)> done) override {
    switch (request->method) {
      case rpc_method::connect: {
        anycable::ConnectionRequest question;
        *question.mutable_env() = to_proto(request->env);
        start<anycable::ConnectionResponse>(*request, timeout, std::move(question), std::move(done),
                                            [](auto* stub, auto... args) { stub->Connect(args...); });
        break;
      }
      case rpc_method::command: {
        anycable::CommandMessage question;
        question.set_command(request->command);
        question.set_identifier(request->identifier);
        question.set_connection_identifiers(request->identity);
        question.set_data(request->data);
        *question.mutable_env() = to_proto(request->env);
        start<anycable::CommandResponse>(*request, timeout, std::move(question), std::move(done),
                                         [](auto* stub, auto... args) { stub->Command(args...); });
        break;
      }
      case rpc_method::disconnect: {
        anycable::DisconnectRequest question;
        question.set_identifiers(request->identity);
        for (const auto& each : request->subscriptions)
          question.add_subscriptions(each);
        *question.mutable_env() = to_proto(request->env);
        start<anycable::DisconnectResponse>(*request, timeout, std::move(question), std::move(done),
                                            [](auto* stub, auto... args) { stub->Disconnect(args...); });
        break;
      }
    }
  }

  // gRPC watches its connections, and dials when it is asked.
  void probe(bool, std::chrono::milliseconds, std::function<void(reachability)> done) override {
    switch (channel_->GetState(true)) {
      case GRPC_CHANNEL_READY:
        done(reachability::up);
        break;
      case GRPC_CHANNEL_TRANSIENT_FAILURE:
      case GRPC_CHANNEL_SHUTDOWN:
        done(reachability::away);
        break;
      default:
        done(reachability::unknown);
        break;
    }
  }

  // No callback comes after this.
  void stop() override {
    std::unique_lock guard{mutex_};
    for (auto* each : under_way_)
      each->TryCancel();
    none_left_.wait(guard, [this] { return under_way_.empty(); });
  }

private:
  template <class Response, class Question>
  struct exchange {
    grpc::ClientContext context;
    Question question;
    Response answer;
  };

  template <class Response, class Question, class Method>
  void start(const rpc_request& request, std::chrono::milliseconds timeout, Question question,
             std::function<void(rpc_outcome)> done, Method method) {
    auto with = std::make_shared<exchange<Response, Question>>();
    with->question = std::move(question);
    with->context.set_deadline(std::chrono::system_clock::now() + timeout);
    with->context.AddMetadata("sid", request.sid);
    with->context.AddMetadata("protov", std::string{rpc_protocol_version});
    {
      std::scoped_lock guard{mutex_};
      under_way_.insert(&with->context);
    }
    method(stub_->async(), &with->context, &with->question, &with->answer,
           std::function<void(grpc::Status)>{[this, with, repeatable = request.command != "message",
                                              done = std::move(done)](const grpc::Status& status) {
             done(status.ok() ? rpc_outcome{reply_of(with->answer)} : rpc_outcome{error_of(status, repeatable)});
             std::scoped_lock guard{mutex_};
             under_way_.erase(&with->context);
             if (under_way_.empty())
               none_left_.notify_all();
           }});
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<anycable::RPC::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::set<grpc::ClientContext*> under_way_;
};

}  // namespace

std::shared_ptr<app_transport> make_grpc_app_transport(const grpc_app_endpoint& where) {
  return std::make_shared<grpc_app_transport>(where);
}

}  // namespace ability
